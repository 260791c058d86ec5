#!/usr/bin/env python3
"""Programs in the docs are parts of programs that are built and run by the tests: copies them there anew.

A block of C in a Markdown file stands under a comment that names its origin, a file and a part of it. What the READMEs
show in other languages is run as it stands by the tests of those bindings.
Usage: snippets.py [--check]      --check: changes nothing, says what differs, exits with 1 then
"""

import pathlib
import re
import sys

import headers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:<!-- (?P<file>\S+) (?P<part>[\w-]+) -->\n)?```(?P<kind>c)\n(?P<text>.*?)```", re.S)


def documents():
    yield from [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def origin(found):
    return headers.region(ROOT / found["file"], found["part"]) + "\n"


def main(arguments):
    wrong = 0
    for path in documents():
        text = path.read_text()

        def anew(found):
            nonlocal wrong
            line = text.count("\n", 0, found.start()) + 1
            if not found["file"]:
                wrong += 1
                print(f"{path.relative_to(ROOT)}:{line}: a program that names no origin")
                return found.group(0)
            head = found.group(0).split("```")[0]
            new = f"{head}```{found['kind']}\n{origin(found)}```"
            if new != found.group(0) and "--check" in arguments:
                wrong += 1
                print(f"{path.relative_to(ROOT)}:{line}: is not what {found['file']} says; run docs/reference/snippets.py")
            return new

        made = BLOCK.sub(anew, text)
        if "--check" not in arguments and made != text:
            path.write_text(made)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
