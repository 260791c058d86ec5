"""Adds up the results that scripts/test left in a folder: JUnit files and one-word .check files."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def read_junit(path):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    wrong = []
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{path.stem}: {case.get('classname', '')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            counts["failed"] += 1
            wrong.append(name)
        elif (skipped := case.find("skipped")) is not None:
            counts["skipped"] += 1
            print(f"skipped {name}: {skipped.get('message') or 'no reason given'}")
        else:
            counts["passed"] += 1
    return counts, wrong


def main(folder):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    wrong = []
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        counts, names = read_junit(path)
        if not sum(counts.values()):
            counts["failed"], names = 1, [f"{path.stem}: ran no test"]
        for key in total:
            total[key] += counts[key]
        wrong += names
    for path in sorted(pathlib.Path(folder).glob("*.check")):
        log = path.with_suffix(".log")
        text = log.read_text(errors="replace") if log.exists() else ""
        if path.read_text().strip() != "passed":
            total["failed"] += 1
            wrong.append(path.stem)
        elif text.startswith("skipped:"):
            total["skipped"] += 1
            print(f"skipped {path.stem}: {text.splitlines()[0][9:]}")
        else:
            total["passed"] += 1
    for name in wrong:
        print(f"FAILED {name}")
    line = f"{total['passed']} passed, {total['failed']} failed"
    if total["skipped"]:
        line += f", {total['skipped']} skipped"
    print(line)
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
