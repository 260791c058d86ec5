"""Commands that README, docs and man pages show have options that the tools know, and settings that they take. The programs
in C are checked by docs/reference/snippets.py; what else the READMEs show is run by the bindings' tests."""

import pathlib
import re
import subprocess

import pytest
from tools import BUILD, environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs" / "man").glob("*.[15]"))]
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.S)
LITERAL = re.compile(r"^\.(?:Bd -literal.*|Dl )(.*?)^\.Ed|^\.Dl (.*?)$", re.S | re.M)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def commands(path):
    """Lines that begin with one of the tools, continued lines as one."""
    text = path.read_text()
    if path.suffix == ".md":
        blocks = [body for _, body in FENCE.findall(text)]
    else:
        blocks = [("".join(found)).replace("\\-", "-") for found in LITERAL.findall(text)]
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:\$ |# |sudo )*(qa-(?:help|share|relay))\b(.*)", line.strip())
            if found:
                yield found.group(1), found.group(2).split(" #")[0]


@pytest.fixture(scope="module")
def known():
    """Tool -> the options that it takes, as its own --help says."""
    def ask(tool):
        return set(OPTION.findall(subprocess.run([BUILD / "tools" / tool, "--help"], env=environment(), check=True,
                                                 capture_output=True, text=True).stdout)) | {"--help", "--version"}

    return {tool: ask(tool) for tool in ("qa-help", "qa-share", "qa-relay")}


def test_options_of_commands_are_known(known):
    seen, wrong = 0, []
    for path in DOCUMENTS:
        for tool, rest in commands(path):
            seen += 1
            wrong += [f"{path.relative_to(ROOT)}: {tool} has no {option}"
                      for option in OPTION.findall(rest) if option not in known[tool]]
    assert not wrong
    assert seen > 12
