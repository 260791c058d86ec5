"""Turns the lines of cargo's tests into JUnit's XML. Usage: junit.py LOG OUT.xml"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

LINE = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$", re.M)


def main(log, out):
    suite = ElementTree.Element("testsuite", name="rust")
    for name, outcome, reason in LINE.findall(pathlib.Path(log).read_text(errors="replace")):
        room, _, last = name.rpartition("::")
        case = ElementTree.SubElement(suite, "testcase", classname=room, name=last)
        if outcome == "FAILED":
            ElementTree.SubElement(case, "failure", message="see the output above")
        elif outcome == "ignored":
            ElementTree.SubElement(case, "skipped", message=reason or "ignored")
    ElementTree.ElementTree(suite).write(out, encoding="unicode")


if __name__ == "__main__":
    main(*sys.argv[1:])
