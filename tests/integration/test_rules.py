"""The rules of the tree: who may include whom, what is exported, what each header needs."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QASSIST_BUILD", ROOT / "build"))
ROOMS = ROOT / "libqassist"

# Room -> the rooms below it that it may include. docs/architecture.md draws the same picture.
ALLOWED = {
    "base": set(),
    "wire": {"base"},
    "crypto": {"base"},
    "link": {"base", "wire"},
    "policy": {"base", "wire", "link"},
    "http": {"base"},
    "identity": {"base", "wire", "http"},
    "input": {"base"},
    "clipboard": {"base", "input"},  # input holds the X connection that all use
    "rdp": {"base"},
    "screen": {"base", "rdp", "input"},  # input holds the X connection that both use
    "overlay": {"base", "input"},
    "session": {"base", "wire", "input", "clipboard"},
    "api": {"base", "wire", "crypto", "link", "policy", "http", "identity", "input", "clipboard", "rdp", "screen", "overlay", "session"},
    "worker": {"base", "rdp"},
    "relay": {"base", "wire", "http"},
}

# Library header prefix -> the only rooms (or tool folders) that may include it.
OWNERS = {
    "freerdp/": {"worker"},
    "winpr/": {"worker"},
    "libwebsockets.h": {"link", "relay"},
    "mbedtls/": {"crypto"},
    "cairo": {"overlay", "tools"},
    "pango/": {"overlay", "tools"},
    "xcb/": {"overlay", "tools", "screen", "input", "clipboard"},
    "xkbcommon/": {"screen", "input"},
    "libyuv.h": {"worker"},
    "seccomp.h": {"worker"},
    "gtk/": {"tools"},
    "png.h": {"tools"},
    "sqlite3.h": {"relay"},
    "curl/": {"http"},
    "ini.h": {"relay", "policy", "tools"},
    "hiredis/": {"relay"},
    "X11/": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return INCLUDE.findall(path.read_text())


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h"))


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_arrows_go_down_only(room):
    wrong = []
    files = sources(ROOMS / room)
    assert files, f"libqassist/{room} is empty"
    for path in files:
        for kind, name in includes(path):
            if kind == "<":
                continue
            target = name.split("/")[0]
            if target != room and target not in ALLOWED[room]:
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong


def test_every_room_has_a_rule():
    assert {p.name for p in ROOMS.iterdir() if p.is_dir()} == set(ALLOWED)


def test_third_party_headers_stay_in_their_rooms():
    wrong = []
    for path in sources(ROOMS) + sources(ROOT / "tools") + sources(ROOT / "include"):
        parts = path.relative_to(ROOT).parts
        room = parts[1] if parts[0] == "libqassist" else parts[0]
        for kind, name in includes(path):
            for prefix, owners in OWNERS.items():
                if kind == "<" and name.startswith(prefix) and room not in owners:
                    wrong.append(f"{path.relative_to(ROOT)} includes <{name}>")
    assert not wrong


def test_tools_and_examples_see_the_public_headers_only():
    wrong = []
    for path in sources(ROOT / "tools") + sources(ROOT / "examples"):
        relay_tool = path.name.startswith("qa-relay") or "qa-relay" in path.parts
        for kind, name in includes(path):
            if kind == '"' and name.split("/")[0] in ALLOWED:
                if not (relay_tool and name.split("/")[0] == "relay"):
                    wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong


def test_session_and_wire_do_no_io_and_read_no_clock():
    forbidden = re.compile(
        r"\b(socket|connect|open|fopen|read|write|send|recv|clock_gettime|clock_ms|time|uv_\w+)\s*\("
    )
    wrong = []
    for room in ("session", "wire"):
        for path in sources(ROOMS / room):
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
            wrong += [f"{path.name}: {m.group(0)}" for m in forbidden.finditer(text)]
    assert not wrong


def test_files_hold_one_idea():
    long = []
    for path in sources(ROOT / "libqassist") + sources(ROOT / "tools"):
        lines = len(path.read_text().splitlines())
        if lines > 700:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
    assert not long


def map_symbols():
    text = (ROOMS / "libqassist.map").read_text()
    return set(re.findall(r"^\s+(qa_\w+);", text, re.M))


def header_symbols():
    found = set()
    for path in (ROOT / "include" / "qassist").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        found |= set(re.findall(r"QA_API\s[^;{]*?\b(qa_\w+)\s*\(", text))
    return found


def test_exported_symbols_are_those_of_the_version_script_and_the_headers():
    library = BUILD / "libqassist" / "libqassist.so"
    output = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True
    ).stdout
    exported = {
        line.split()[-1].split("@")[0]
        for line in output.splitlines()
        if line.split()[-2] in "TDBRVW" and not line.split()[-1].startswith("QASSIST_")
    }
    # The sanitizers' runtimes leave their marks in an instrumented build.
    exported = {name for name in exported if not name.startswith(("__asan", "__odr", "__ubsan", "__tsan"))}
    assert exported == map_symbols() == header_symbols()


def test_library_links_neither_freerdp_nor_gtk():
    output = subprocess.run(
        ["readelf", "-d", str(BUILD / "libqassist" / "libqassist.so")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    needed = re.findall(r"NEEDED.*\[(.*)\]", output)
    assert "libqassist.so.0" in re.findall(r"SONAME.*\[(.*)\]", output)
    assert not [n for n in needed if re.search("freerdp|winpr|gtk|avcodec|png", n)]


COMPILERS = [
    ("cc", "c", "c99"),
    ("cc", "c", "c11"),
    ("c++", "c++", "c++11"),
    ("c++", "c++", "c++17"),
]


@pytest.mark.parametrize("compiler,language,standard", COMPILERS)
@pytest.mark.parametrize("header", sorted(p.name for p in (ROOT / "include/qassist").glob("*.h")))
def test_headers_compile_alone(tmp_path, compiler, language, standard, header):
    assert shutil.which(compiler), f"{compiler} is not installed"
    source = tmp_path / "alone.source"
    source.write_text(f"#include <qassist/{header}>\nint unused_symbol(void);\n")
    result = subprocess.run(
        [compiler, "-x", language, f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra",
         "-Werror", "-fsyntax-only", f"-I{ROOT / 'include'}", str(source)],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr


def test_nothing_names_a_package_registry_or_this_machine():
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True,
    )
    assert listed.returncode == 0, "this test reads the list of files from git"
    # Written in pieces, so that this file does not find itself.
    hosts = ["deb.deb" + "ian.org", "pypi" + ".org", "crates" + ".io", "registry.npm" + "js", "/wo" + "rk/"]
    wrong = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        wrong += [f"{name}: {host}" for host in hosts if host in text]
    assert not wrong
