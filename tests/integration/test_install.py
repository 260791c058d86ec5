"""What `meson install` puts where, and that it works from wherever it was put."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from desk import has_window
from tools import BUILD, ROOT, environment

TOOLS = sorted(name for name in ("qa-help", "qa-relay", "qa-share") if (BUILD / "tools" / name).exists())


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The prefix, moved from where the build was told it would be."""
    staged, moved = tmp_path_factory.mktemp("staged"), tmp_path_factory.mktemp("moved")
    subprocess.run(["meson", "install", "-C", str(BUILD), "--no-rebuild", "--quiet", "--destdir",
                    str(staged)], check=True, capture_output=True)
    # Everything of ours is below one prefix; a prefix such as /usr may have /etc beside it.
    prefix = next(iter(staged.rglob("include/qassist"))).parents[1]
    target = moved / "a place of its own"
    shutil.move(prefix, target)
    return target


def files(prefix):
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir()}


def library_folder(prefix):
    return next(iter(prefix.rglob("libqassist.so"))).parent


def moved_environment(prefix, **extra):
    env = environment(LD_LIBRARY_PATH=str(library_folder(prefix)), **extra)
    del env["QASSIST_WORKER"], env["QASSIST_LOCALEDIR"]
    return env


def test_everything_is_installed(installed):
    found = files(installed)
    library = str(library_folder(installed).relative_to(installed))
    wanted = {f"include/qassist/{path.name}" for path in (ROOT / "include/qassist").glob("*.h")}
    wanted |= {f"share/man/man{page.suffix[1:]}/{page.name}" for page in (ROOT / "docs/man").glob("*.[1-9]")
               if "qa-relay" in TOOLS or not page.name.startswith("qa-relay")}
    wanted |= {f"{library}/libqassist.so{end}" for end in ("", ".0")}
    wanted |= {f"{library}/pkgconfig/qassist.pc", "share/qassist/libqassist.map"}
    if has_window():
        wanted |= {f"share/applications/qa-{tool}.desktop" for tool in ("help", "share")}
        wanted |= {"share/icons/hicolor/scalable/apps/qassist.svg"}
    if "qa-relay" in TOOLS:
        wanted |= {"lib/systemd/system/qa-relay.service", "lib/systemd/system/qa-relay.socket"}
    for tool in TOOLS:
        wanted |= {f"bin/{tool}", f"share/man/man1/{tool}.1",
                   f"share/bash-completion/completions/{tool}",
                   f"share/zsh/site-functions/_{tool}", f"share/fish/vendor_completions.d/{tool}.fish"}
    assert not wanted - found
    assert [name for name in found if re.fullmatch(r"libexec/.*/qassist-worker", name)]
    stray = [name for name in found if re.search(r"(^|/)(lib\w+\.a|test_|.*\.py$|qassist-worker-test)", name)]
    assert not stray


def test_a_moved_installation_finds_its_parts(installed, display, french):
    done = subprocess.run([str(installed / "bin/qa-share"), "--check"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL,
                          env=moved_environment(installed, DISPLAY=display.name, **french))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Le programme qui envoie l’image démarre et répond." in done.stdout


def test_programs_are_built_against_a_moved_installation(installed, tmp_path):
    env = {**os.environ, "PKG_CONFIG_PATH": str(library_folder(installed) / "pkgconfig")}

    def asked(*what):
        return subprocess.run(["pkg-config", *what, "qassist"], env=env, check=True,
                              capture_output=True, text=True).stdout.strip()

    def unescaped(flags):
        return [flag.replace("\\ ", " ") for flag in re.split(r"(?<!\\) ", flags)]

    assert pathlib.Path(asked("--variable=prefix").replace("\\ ", " ")).resolve() == installed
    program = tmp_path / "poll-helper"
    extra = ["-fsanitize=address,undefined"] if "asan" in subprocess.run(
        ["ldd", str(library_folder(installed) / "libqassist.so")], capture_output=True, text=True).stdout else []
    subprocess.run(["cc", *extra, str(ROOT / "examples/poll-helper.c"), "-o", str(program),
                    *unescaped(asked("--cflags")), *unescaped(asked("--libs"))], check=True)
    done = subprocess.run([str(program)], env=moved_environment(installed), capture_output=True, text=True)
    assert "usage" in (done.stdout + done.stderr).lower()


def options_of(tool):
    text = subprocess.run([str(BUILD / "tools" / tool), "--help"], env=environment(), check=True,
                          capture_output=True, text=True).stdout
    return set(re.findall(r"--[a-z][a-z-]*", text))


def in_bash(script, tool, *words):
    function = "_" + tool.replace("-", "_")
    command = f'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); {function}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", command, str(script), tool, *words], check=True,
                          capture_output=True, text=True, cwd=ROOT)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("tool", TOOLS)
def test_bash_completes_every_option(installed, tool):
    script = installed / "share/bash-completion/completions" / tool
    told = options_of(tool)
    of_commands = in_bash(script, tool, "helper", "add", "") if tool == "qa-relay" else set()
    assert len(told) > 10
    assert told - of_commands <= in_bash(script, tool, "--")
    assert in_bash(script, tool, "--ver") == {"--verbose", "--version"}
    file_option = "--cert" if tool == "qa-relay" else "--ca"
    assert in_bash(script, tool, file_option, "README") == {"README.md"}
    assert in_bash(script, tool, "--relay" if tool != "qa-relay" else "--listen", "") == set()


@pytest.mark.skipif("qa-relay" not in TOOLS, reason="built without the relay")
def test_bash_completes_the_relays_commands(installed):
    script = installed / "share/bash-completion/completions/qa-relay"
    assert in_bash(script, "qa-relay", "he") == {"helper"}
    assert {"add", "list", "remove", "block"} <= in_bash(script, "qa-relay", "helper", "")
    assert "--token-file" in in_bash(script, "qa-relay", "helper", "add", "Ada", "--")
    assert "--cert" not in in_bash(script, "qa-relay", "helper", "list", "--")


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
@pytest.mark.parametrize("tool", TOOLS)
def test_fish_completes_every_option(installed, tool, tmp_path):
    script = installed / "share/fish/vendor_completions.d" / f"{tool}.fish"

    def complete(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source $argv[1]; complete -C $argv[2]", str(script), line],
                              check=True, capture_output=True, text=True,
                              env={**os.environ, "HOME": str(tmp_path)})
        return {found.split("\t")[0] for found in done.stdout.splitlines()}

    found = complete(f"{tool} --")
    if tool == "qa-relay":
        assert complete("qa-relay helper ") >= {"add", "list", "remove"}
        found |= complete("qa-relay helper add --")
    assert options_of(tool) <= found


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
@pytest.mark.parametrize("tool", TOOLS)
def test_zsh_knows_every_option(installed, tool):
    """What the function hands to zsh's _arguments, for the completion itself wants a terminal."""
    script = installed / "share/zsh/site-functions" / f"_{tool}"
    subprocess.run(["zsh", "-f", "-n", str(script)], check=True)

    def handed(*words):
        command = '_arguments() { print -rl -- "$@" }; compadd() { print -rl -- "$@" }; f=$1; shift; words=("$@"); CURRENT=$#; source $f'
        return subprocess.run(["zsh", "-f", "-c", command, "zsh", str(script), *words], check=True,
                              capture_output=True, text=True).stdout

    text = handed(tool, "")
    if tool == "qa-relay":
        text += handed(tool, "helper", "add", "")
        assert {"add", "list"} <= set(handed(tool, "helper", "").split())
    assert options_of(tool) <= set(re.findall(r"^(--[a-z-]+)\[.+\]", text, re.M))


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="no desktop-file-validate here")
def test_desktop_files_are_valid(installed):
    for path in (installed / "share/applications").glob("*.desktop"):
        done = subprocess.run(["desktop-file-validate", str(path)], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stdout, done.stdout


@pytest.mark.parametrize("link", [
    "qassist://relay.example/4821-9305-7716",
    "qassist://relay.example/4821 --yes-view",
    "qassist://x/;touch$IFS/tmp/x",
    "--yes-view",
])
def test_a_desktop_hands_a_link_over_as_one_word(installed, tmp_path, monkeypatch, link):
    """As a browser's click does, whatever stands in the link."""
    gi = pytest.importorskip("gi")
    from gi.repository import Gio, GLib

    del gi
    said = tmp_path / "said"
    stub = tmp_path / "qa-share"
    stub.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{said}.new" && mv "{said}.new" "{said}"\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    app = Gio.DesktopAppInfo.new_from_filename(str(installed / "share/applications/qa-share.desktop"))
    assert "x-scheme-handler/qassist" in app.get_supported_types()
    pids = []
    app.launch_uris_as_manager([link], None, GLib.SpawnFlags.DO_NOT_REAP_CHILD, None, None,
                               lambda _, pid: pids.append(pid))
    os.waitpid(pids[0], 0)
    words = said.read_text().splitlines()
    assert words[:2] == ["--gui", "--"] and len(words) == 3
    assert words[2].replace("%20", " ") == link or link == "--yes-view"


@pytest.mark.skipif("qa-relay" not in TOOLS, reason="built without the relay")
def test_the_debian_packages_take_all_of_it(installed):
    """Each file is named in debian/*.install, and each name there is a file: dpkg-buildpackage would end at it."""
    folder = str(library_folder(installed).relative_to(installed))
    found = set()
    for name in files(installed):
        name = re.sub(rf"^{re.escape(folder)}/", "lib/TRIPLET/", name)
        found.add("usr/" + re.sub(r"^libexec/", "lib/TRIPLET/", name))
    patterns = set()
    for path in (ROOT / "debian").glob("*.install"):
        patterns |= {line.split()[0] for line in path.read_text().splitlines() if line.strip()}

    def takes(pattern, name):
        return pathlib.PurePath(name).match(pattern) or any(
            parent.match(pattern) for parent in pathlib.PurePath(name).parents)

    assert not [name for name in sorted(found) if not any(takes(pattern, name) for pattern in patterns)]
    assert not [pattern for pattern in sorted(patterns) if not any(takes(pattern, name) for name in found)]


def test_the_package_has_the_projects_version():
    version = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text()).group(1)
    assert (ROOT / "debian/changelog").read_text().startswith(f"qassist ({version})")


def test_the_packages_build_dependencies_are_those_of_the_setup_script():
    setup = (ROOT / "scripts/setup").read_text()
    block = re.search(r"^build_packages=\((.*?)^\)", setup, re.M | re.S).group(1)
    wanted = {name for name in block.split() if re.fullmatch(r"lib.*-dev|freerdp3-dev|libwebsockets-evlib-uv", name)}
    control = (ROOT / "debian/control").read_text().split("\n\n")[0]
    assert len(wanted) > 20
    assert not wanted - {"libc6-dev"} - set(re.findall(r"^ ([\w.+-]+)", control, re.M))
