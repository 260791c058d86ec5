"""The binding beside the C library's public headers: nothing is missing unless a reason is given."""

import pathlib
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import qassist
from qassist._native import ffi, lib
from qassist.life import Life

HEADERS = ROOT / "include" / "qassist"
SOURCES = pathlib.Path(qassist.__file__).parent

# Public symbols that Python has no use for, and why.
NOT_BOUND = {
    "qa_context_ref": "Python counts references",
    "qa_context_run": "asyncio runs the loop",
    "qa_context_stop": "asyncio runs the loop",
    "qa_frame_ref": "Frame takes its reference by qa_frame_hold",
    "qa_helper_ref": "Python counts references",
    "qa_sharer_ref": "Python counts references",
    "qa_sign_in_ref": "Python counts references",
}
# Numbers that need no name in Python, and why.
NO_NAME = {
    "QA_OK": "what is well raises nothing",
    "QA_PERMISSIONS_ALL": "a | of the members that are wanted says it",
}


def header_text():
    text = "".join(path.read_text() for path in sorted(HEADERS.glob("*.h")))
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def python_text():
    return "".join(path.read_text() for path in sorted(SOURCES.glob("*.py")))


def bound_functions():
    """lib.qa_... as written, and what sessions and sign-ins call by the end of the name."""
    text = python_text()
    found = set(re.findall(r"\blib\.(qa_\w+)", text))
    for role, modules in ("helper", ["session"]), ("sharer", ["session"]), ("sign_in", []):
        own = "".join((SOURCES / f"{module}.py").read_text() for module in (role, "life", *modules))
        names = re.findall(r'\._(?:call|function)\(\s*"(\w+)"', own)
        found |= {f"qa_{role}_{name}" for name in names if hasattr(lib, f"qa_{role}_{name}")}
    return found


def test_every_public_symbol_is_bound_or_has_a_reason_not_to_be():
    symbols = set(re.findall(r"^\s+(qa_\w+);", (ROOT / "libqassist/libqassist.map").read_text(), re.M))
    assert len(symbols) > 60
    bound = bound_functions()
    assert symbols - bound == set(NOT_BOUND)
    assert bound <= symbols


@pytest.mark.parametrize("role", ["helper", "sharer", "sign_in"])
def test_every_callback_reaches_python(role):
    fields = dict(ffi.typeof(f"qa_{role}_callbacks").fields)
    fields.pop("size")
    text = (SOURCES / f"{role}.py").read_text()
    assert len(fields) > 3
    for name in fields:
        assert f'callback("{role}_{name}")' in text


@pytest.mark.parametrize("role", ["helper", "sharer", "sign_in"])
def test_every_callback_is_given_to_c(role):
    class Runs(Life):
        _role = role

    def new(context, options, callbacks, handle, out):
        assert callbacks.size == ffi.sizeof(f"qa_{role}_callbacks")
        for name, _ in ffi.typeof(f"qa_{role}_callbacks").fields[1:]:
            assert getattr(callbacks, name) == getattr(lib, f"{role}_{name}") != ffi.NULL
        out[0] = ffi.cast(f"qa_{role} *", 1)
        return 0

    runs = Runs("wss://relay.example")
    runs._function = {"new": new}.get
    assert runs._create(ffi.NULL) == ffi.cast(f"qa_{role} *", 1)
    runs.context.close()


@pytest.mark.parametrize("struct", ["context_options", "helper_options", "sharer_options", "sign_in_options"])
def test_every_option_can_be_set(struct):
    text = (SOURCES / f"{struct.removesuffix('_options')}.py").read_text()
    for name, _ in ffi.typeof(f"qa_{struct}").fields:
        assert f"options.{name}" in text or f'"{name}": ' in text, name


@pytest.mark.parametrize("struct", ["rect", "move", "cursor", "screen_info", "input_event", "mark_event", "check_result",
                                    "sign_in_token"])
def test_every_member_of_what_callbacks_hand_over_is_read(struct):
    text = python_text()
    for name, _ in ffi.typeof(f"qa_{struct}").fields:
        assert name == "size" or re.search(rf"\b(cursor|event|token|s|r|moves\[i\])\.{name}\b", text), name


def test_every_number_has_a_name():
    text = python_text()
    numbers = set(re.findall(r"^#define (QA_[A-Z0-9_]+) +[^{\s]", header_text(), re.M))
    numbers = {name for name in numbers if name != "QA_API" and not name.endswith("_INIT")}
    enums = re.findall(r"typedef enum (qa_\w+)", header_text())
    for name in enums:
        numbers |= set(ffi.typeof(name).relements)
    assert len(numbers) > 60
    used = set(re.findall(r"\blib\.(QA_\w+)", text))
    assert numbers - used == set(NO_NAME)


def test_every_error_has_an_exception_of_its_own():
    codes = ffi.typeof("qa_error").relements
    assert len(codes) > 30
    for name, code in codes.items():
        if code == 0:
            continue
        error = qassist.error_of(code, "more words")
        assert type(error) is not qassist.QassistError and type(error).code == code
        assert error.name == name and str(error).endswith("(more words)")
        assert getattr(qassist, type(error).__name__) is type(error)
    assert qassist.error_of(-9999).name == "QA_UNKNOWN"


def test_numbers_of_a_newer_library_do_no_harm():
    assert qassist.SessionState(77).name == "UNKNOWN_77"
    assert str(qassist.SessionState.WAITING) == "waiting"
    assert qassist.Permission(1 << 20 | 1) & qassist.Permission.VIEW


def test_permissions_have_the_names_of_the_protocol():
    both = qassist.Permission.VIEW | qassist.Permission.CLIPBOARD_TO_HELPER
    assert both.words == ["view", "clipboard-to-helper"]
    assert qassist.Permission.from_word("control") is qassist.Permission.CONTROL
    with pytest.raises(ValueError):
        qassist.Permission.from_word("everything")


def test_versions_agree():
    project = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text()).group(1)
    own = (ROOT / "bindings/python/pyproject.toml").read_text()
    assert qassist.version() == qassist.__version__ == project
    assert f'\nversion = "{project}"\n' in own


def test_everything_public_is_documented():
    for name in qassist.__all__:
        thing = getattr(qassist, name)
        if isinstance(thing, type) and not issubclass(thing, qassist.QassistError):
            assert thing.__doc__, name
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    assert value.__doc__, f"{name}.{member}"


def test_types_hold(tmp_path):
    """The package itself strictly, and the examples as a program that uses it."""
    config = ROOT / "bindings/python/pyproject.toml"
    examples = sorted(map(str, (ROOT / "bindings/python/examples").glob("*.py")))
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path)]
    for what in (["-p", "qassist"], examples):
        result = subprocess.run([*command, *what], capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
