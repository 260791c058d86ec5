"""What every bench says of its rounds, and how: files, tables in words, plots, the docs."""

import json
import math
import os
import signal
import sys

from programs import BUILD, ROOT

def percentile(values, share):
    """The nearest rank; a value that was measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _write_json(path, value):
    new = path.with_suffix(".new")
    new.write_text(json.dumps(value, indent=1) + "\n")
    new.replace(path)


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def _aligned(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["| " + " | ".join(cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width)
                              in enumerate(zip(line, widths))) + " |" for line in lines]


def table(heading, lines):
    made = _aligned([heading, *lines])
    rule = "|" + "|".join("-" * (len(cell)) for cell in made[0].split("|")[1:-1]) + "|"
    return "\n".join([made[0], rule, *made[1:]])


def _replace_in_docs(path, what, new):
    """Puts `new` between the page's marks of that bench."""
    begin, end = f"<!-- bench {what} begins -->", f"<!-- bench {what} ends -->"
    before, rest = path.read_text().split(begin, 1)
    after = rest.split(end, 1)[1]
    path.write_text(f"{before}{begin}\n\n{new}\n\n{end}{after}")


def _heading(about):
    measured = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return f"Versions: {measured}. Load of the machine before the run: {about['load_before']}."


def ready_pyplot():
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "qassist"
    from matplotlib import pyplot
    return pyplot


def save(figure, folder, what):
    figure.savefig(folder / f"{what}.png", dpi=110)
    figure.savefig(folder / f"{what}.svg", metadata={"Date": None})
    ready_pyplot().close(figure)


def add_options(parser):
    parser.add_argument("--update-docs", action="store_true",
                        help="put the table into docs/performance.md, too")
    parser.add_argument("--report", action="store_true",
                        help="measure nothing; table and plot of the last run again")


def _measure(what, options, measure, needed, folder):
    for name in needed:
        if not (BUILD / "tests" / "bench" / name).exists():
            sys.exit(f"bench: {BUILD}/tests/bench/{name} is not built.")
    load = os.getloadavg()[0]
    rows, about = measure(options)
    _write_json(folder / f"{what}.json", rows)
    _write_json(folder / f"{what}-about.json", {**about, "load_before": round(load, 2)})


def bench(what, options, measure, needed, shown):
    """The whole of a bench. `measure` gives its rows and what is to be said about them, with the
    programs `needed` built; the module `shown` makes a text and a plot of both."""
    # So that everything started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    if not options.report:
        _measure(what, options, measure, needed, folder)
    rows = json.loads((folder / f"{what}.json").read_text())
    about = json.loads((folder / f"{what}-about.json").read_text())
    said = shown.text(rows, about)
    print(said)
    shown.plot(rows, folder)
    print(f"\nwritten: {folder}/{what}.json, {what}.png, {what}.svg")
    if options.update_docs:
        _replace_in_docs(ROOT / "docs" / "performance.md", what, f"{_heading(about)}\n\n{said}")
        print("written: docs/performance.md")
    return 0
