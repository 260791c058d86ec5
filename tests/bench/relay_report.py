"""What the rounds of scripts/bench relay say: rows, a table in words, a plot."""

import math
import statistics

from report import number, percentile, ready_pyplot, save, table

FIGURES = ("mb_per_s", "cpu_s_per_gb", "fairness", "rtt_us_p50", "rtt_us_p99", "kib_per_idle_pair")
COLUMNS = (  # member, heading, digits
    ("mb_per_s", "MB/s", 0), ("cpu_s_per_gb", "CPU s/GB", 2), ("fairness", "fairness", 3),
    ("rtt_us_p50", "round trip p50 us", 0), ("rtt_us_p99", "p99", 0),
    ("kib_per_idle_pair", "KiB an idle pair", 1),
)
COLOURS = {"qa-relay": "#1a5fb4", "haproxy": "#c64600", "nginx": "#26a269", "coturn": "#813d9c",
           "websockify": "#865e3c"}


def row(case, rounds):
    """One row of the result: medians over the rounds, null where nothing was measured."""
    program, pairs, message_bytes = case
    trips = [time_us for one in rounds for time_us in one.get("round_trips", [])]
    made = {"program": program, "pairs": pairs, "message_bytes": message_bytes}
    for name in FIGURES:
        known = [one[name] for one in rounds if one.get(name) is not None]
        made[name] = round(statistics.median(known), 3) if known else None
    if trips:
        made["rtt_us_p50"] = round(percentile(trips, 0.5), 1)
        made["rtt_us_p99"] = round(percentile(trips, 0.99), 1)
    return made


def _case(one):
    if one["message_bytes"] is None:
        return f"{one['pairs']} idle"
    return f"{one['pairs']} x {one['message_bytes']}"


def text(rows, about):
    lines = [[_case(one), one["program"], *(number(one[name], digits) for name, _, digits in COLUMNS)]
             for one in rows if any(one[name] is not None for name in FIGURES)]
    said = (f"Medians of {about['rounds']} rounds of {about['seconds']:g} s; round trips over all of "
            f"them; {about['seconds_in_all']} s in all, at most {about['descriptors']} descriptors a "
            "process.\n\n" + table(["pairs x bytes", "program", *(head for _, head, _ in COLUMNS)],
                                   lines))
    if about["reasons"]:
        said += "\n\nNot measured, or otherwise:\n\n" + "\n".join(
            f"- {case}: {why}" for case, why in about["reasons"].items())
    return said


def _bars(axis, rows, programs, cases, name):
    for i, program in enumerate(programs):
        width = 0.8 / len(programs)
        values = {(one["pairs"], one["message_bytes"]): one[name] for one in rows
                  if one["program"] == program}
        axis.bar([n - 0.4 + (i + 0.5) * width for n in range(len(cases))],
                 [values.get(case) or 0 for case in cases], width * 0.92, color=COLOURS[program],
                 label=program)


def _growth(axis, rows, programs):
    for program in programs:
        points = [(one["pairs"], one["cpu_s_per_gb"]) for one in rows if one["program"] == program
                  and one["message_bytes"] == 16384 and one["cpu_s_per_gb"] is not None]
        if points:
            axis.plot(*zip(*points), color=COLOURS[program], marker="o", label=program)
    axis.set_xscale("log")
    axis.set_ylim(bottom=0)
    axis.set_xlabel("pairs")


def plot(rows, folder):
    pyplot = ready_pyplot()
    programs = list(dict.fromkeys(one["program"] for one in rows))
    panels = (("mb_per_s", "MB/s on one core", False), ("cpu_s_per_gb", "CPU seconds for a GB", True),
              ("fairness", "fairness (Jain)", False), ("rtt_us_p99", "round trip p99, us", True),
              ("kib_per_idle_pair", "KiB an idle pair", True))
    figure, axes = pyplot.subplots(3, 2, figsize=(13, 11))
    for axis, (name, title, logarithmic) in zip(axes.flat, panels):
        cases = list(dict.fromkeys((one["pairs"], one["message_bytes"]) for one in rows
                                   if one[name] is not None))
        _bars(axis, rows, programs, cases, name)
        axis.set_xticks(range(len(cases)), [f"{pairs} idle" if size is None else f"{pairs} x {size}"
                                            for pairs, size in cases], fontsize=8)
        axis.set_title(title, fontsize=10)
        known = [one[name] for one in rows if one[name]]
        if logarithmic and known:
            axis.set_yscale("log")
            axis.set_ylim(bottom=10 ** math.floor(math.log10(min(known))))
    _growth(axes.flat[5], rows, programs)
    axes.flat[5].set_title("CPU seconds for a GB as pairs grow, 16 KB messages", fontsize=10)
    for axis in axes.flat:
        axis.grid(axis="y", alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    shown = [pyplot.Rectangle((0, 0), 1, 1, color=COLOURS[program]) for program in programs]
    figure.legend(shown, programs, loc="upper center", ncols=len(programs), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.97))
    save(figure, folder, "relay")
