"""The ABI: nothing that programs were built against goes away, and what would take it away is noticed."""

import re
import shutil
import subprocess

import pytest
import test_examples
from test_examples import start  # noqa: F401: a fixture
from tools import BUILD, ROOT

ABI = ROOT / "tests" / "abi"
BASELINE = ABI / "0.1"
MAP = ROOT / "libqassist" / "libqassist.map"

needs_abidiff = pytest.mark.skipif(not shutil.which("abidiff"), reason="abigail-tools are not installed")


def compare(headers, version_map=MAP):
    done = subprocess.run([str(ABI / "compare"), str(headers), str(version_map)], capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@needs_abidiff
def test_todays_headers_keep_what_the_baseline_promised():
    code, words = compare(ROOT / "include")
    assert code == 0, words


def edited(tmp_path, header, before, after):
    headers = tmp_path / "include"
    shutil.copytree(BASELINE / "include", headers)
    path = headers / "qassist" / header
    text = path.read_text()
    assert text.count(before) == 1, f"{before!r} is not once in the baseline's {header}"
    path.write_text(text.replace(before, after))
    return headers


@needs_abidiff
@pytest.mark.parametrize("header,before,after", [
    ("context.h", "    const char *ca_file;\n", ""),
    ("context.h", "    const char *ca_file;\n", "    int32_t new_one;\n    const char *ca_file;\n"),
    ("context.h", "    void *log_user_data;\n", "    int log_user_data;\n"),
    ("sharer.h", "    int32_t reconnect_seconds;\n", "    int64_t reconnect_seconds;\n"),
    ("sharer.h", "QA_API int qa_sharer_pause(qa_sharer *sharer);\n", ""),
    ("sharer.h", "qa_sharer_set_prompt(qa_sharer *sharer, bool up)", "qa_sharer_set_prompt(qa_sharer *sharer, long up)"),
    ("helper.h", "QA_API uint32_t qa_helper_restart_seconds", "QA_API int64_t qa_helper_restart_seconds"),
    ("errors.h", 'XX(-3, ESTATE, "not', 'XX(-33, ESTATE, "not'),
    ("picture.h", "typedef struct qa_rect {\n", "typedef struct qa_rect {\n    int32_t new_one;\n"),
    ("picture.h", "} qa_rect;", "    int32_t new_one;\n} qa_rect;"),
], ids=["removed", "inserted", "changed", "widened", "function", "argument", "result", "number", "rect", "no-size"])
def test_a_break_is_noticed(tmp_path, header, before, after):
    code, words = compare(edited(tmp_path, header, before, after))
    assert code & 4, words or "nothing was noticed"


@needs_abidiff
@pytest.mark.parametrize("header,before,after", [
    ("context.h", "} qa_context_options;", "    const char *new_one;\n} qa_context_options;"),
    ("sharer.h", "} qa_sharer_callbacks;", "    void (*on_new)(qa_sharer *sharer, void *user_data);\n} qa_sharer_callbacks;"),
    ("screen.h", "} qa_screen_info;", "    int32_t new_one;\n} qa_screen_info;"),
    ("context.h", "QA_API const char *qa_version(void);", "QA_API const char *qa_version(void);\nQA_API int qa_new(void);"),
    ("sharer.h", "    QA_BANNER_ON = 1,\n", "    QA_BANNER_ON = 1,\n    QA_BANNER_NEW = 3,\n"),
], ids=["option", "callback", "info", "function", "number"])
def test_growth_is_allowed(tmp_path, header, before, after):
    headers = edited(tmp_path, header, before, after)
    version_map = tmp_path / "new.map"
    version_map.write_text(MAP.read_text().replace("    qa_version;", "    qa_version;\n    qa_new;"))
    code, words = compare(headers, version_map)
    assert code == 0, words


@needs_abidiff
def test_a_symbol_that_changes_its_version_is_noticed(tmp_path):
    version_map = tmp_path / "moved.map"
    text = MAP.read_text().replace("    qa_version;\n", "")
    version_map.write_text(text + "\nQASSIST_0.2 {\nglobal:\n    qa_version;\n} QASSIST_0.1;\n")
    code, words = compare(ROOT / "include", version_map)
    assert code & 4, words


def test_the_library_has_the_baselines_symbols_in_their_versions():
    promised = set(re.findall(r"<elf-symbol name='(qa_\w+)' version='(\w+\.\d+)' is-default-version='yes'",
                              (BASELINE / "libqassist.abi").read_text()))
    assert len(promised) > 80
    output = subprocess.run(["nm", "-D", "--defined-only", str(BUILD / "libqassist" / "libqassist.so")],
                            check=True, capture_output=True, text=True).stdout
    there = set(re.findall(r"\b(qa_\w+)@@(\w+\.\d+)$", output, re.M))
    assert not promised - there


def sanitizers():
    linked = subprocess.run(["ldd", str(BUILD / "libqassist" / "libqassist.so")], capture_output=True, text=True).stdout
    return ["-fsanitize=address,undefined"] if "libasan" in linked else []


@pytest.fixture(scope="module")
def old_programs(tmp_path_factory):
    """The baseline's examples, built against the baseline's headers and linked with today's library."""
    folder = tmp_path_factory.mktemp("old")
    library = BUILD / "libqassist"
    for name in ("poll-helper", "uv-sharer"):
        subprocess.run(["cc", "-std=gnu11", *sanitizers(), str(BASELINE / f"{name}.c"), f"-I{BASELINE / 'include'}",
                        f"-L{library}", "-lqassist", "-luv", f"-Wl,-rpath,{library}", "-o", str(folder / name)],
                       check=True)
    return folder


@pytest.mark.parametrize("work", [
    test_examples.test_poll_helper_saves_the_screen,
    test_examples.test_uv_sharer_shares_its_own_pixels_and_takes_a_click,
], ids=["helper", "sharer"])
def test_old_programs_do_their_work_with_todays_library(session, old_programs, tmp_path, start, monkeypatch, work):
    monkeypatch.setattr(test_examples.Example, "FOLDER", old_programs)
    work(session, tmp_path, start)
