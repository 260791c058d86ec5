"""What the rounds of scripts/bench screen say: rows, tables in words, a plot."""

import statistics

from report import number, percentile, ready_pyplot, save, table

MEDIANS = ("fps", "server_cpu_percent", "viewer_cpu_percent", "relay_cpu_percent", "kib_per_s",
           "peak_rss_mib")
COLUMNS = (  # member, heading, digits
    ("fps", "fps", 1), ("frame_ms_p50", "frame p50 ms", 1), ("frame_ms_p99", "p99", 1),
    ("key_ms_p50", "key p50 ms", 1), ("key_ms_p99", "p99", 1),
    ("server_cpu_percent", "server CPU %", 1), ("viewer_cpu_percent", "viewer", 1),
    ("relay_cpu_percent", "relay", 1), ("kib_per_s", "KiB/s", 1), ("peak_rss_mib", "peak MiB", 0),
)
RATIOS = (("frame_ms_p50", "frame p50"), ("key_ms_p50", "key p50"), ("key_ms_p99", "key p99"),
          ("server_cpu_percent", "server CPU"), ("viewer_cpu_percent", "viewer CPU"),
          ("kib_per_s", "bytes"), ("peak_rss_mib", "memory"))


def _median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def row(case, rounds):
    """One row of the result; null where nothing was measured."""
    size, source, program = case
    # A key that never came is as late as can be said: two seconds.
    keys = [2000.0 if delay is None else delay for one in rounds for delay in one["key_delays"]]
    made = {
        "program": program, "source": source, "size": size,
        "fps": None,
        "frame_ms_p50": _median(percentile(one["frame_delays"], 0.5) for one in rounds),
        "frame_ms_p99": _median(percentile(one["frame_delays"], 0.99) for one in rounds),
        "key_ms_p50": percentile(keys, 0.5),
        "key_ms_p99": percentile(keys, 0.99),
    }
    for name in MEDIANS:
        made[name] = _median(one[name] for one in rounds)
    return {name: round(value, 2) if isinstance(value, float) else value
            for name, value in made.items()}


def _ratio(ours, theirs):
    return "-" if ours is None or not theirs else f"{ours / theirs:.2f}"


def _sizes(rows):
    return list(dict.fromkeys(one["size"] for one in rows))


def figures(rows, size):
    lines = [[one["source"], one["program"], *(number(one[name], digits)
                                               for name, _, digits in COLUMNS)]
             for one in rows if one["size"] == size]
    return table(["source", "program", *(heading for _, heading, _ in COLUMNS)], lines)


def ratios(rows, size):
    """Ours divided by theirs; None where ours or theirs was not measured."""
    here = [one for one in rows if one["size"] == size]
    ours = {one["source"]: one for one in here if one["program"] == "qassist"}
    lines = [[one["source"], one["program"], *(_ratio(ours[one["source"]][name], one[name])
                                               for name, _ in RATIOS)]
             for one in here if one["program"] != "qassist" and one["source"] in ours]
    if not lines:
        return None
    return table(["source", "qassist divided by", *(heading for _, heading in RATIOS)], lines)


def least(rows, about, size):
    """What no remote program can be faster than, beside ours; None where it was not measured."""
    known = {(one["source"], one["program"]): one for one in about.get("least", [])
             if one["size"] == size}
    ours = {one["source"]: one for one in rows
            if one["size"] == size and one["program"] == "qassist"}
    lines = []
    for source in dict.fromkeys(source for source, _ in known):
        line = [source]
        for one in (known.get((source, "display")), known.get((source, "mirror")), ours.get(source)):
            line += [number(one and one[name], 1) for name in ("key_ms_p50", "key_ms_p99")]
            line.append(_ratio(one and one["key_ms_p99"], one and one["key_ms_p50"]))
        lines.append(line)
    columns = [name for program in ("display", "mirror", "qassist")
               for name in (f"{program} p50 ms", "p99", "p99 / p50")]
    return table(["source", *columns], lines) if lines else None


def _rounds(number):
    return "one round" if number == 1 else f"medians of {number} rounds"


def text(rows, about):
    parts = []
    for size in _sizes(rows):
        parts.append(f"{size}, {_rounds(about['rounds'][size])} of {about['seconds'][size]:g} s, "
                     f"{about['keys'][size]} keys, {about['cpus']} processors:\n\n{figures(rows, size)}")
        compared = ratios(rows, size)
        if compared:
            parts.append(f"{size}, less than 1 is better for qassist:\n\n{compared}")
        floor = least(rows, about, size)
        if floor:
            parts.append(f"{size}, key to pixel beside what the displays take by themselves:\n\n"
                         f"{floor}")
    torn = [f"- {case}: {100 * share:.0f}%" for case, share in about["torn"].items() if share > 0.05]
    if torn:
        parts.append("How often the viewer showed a torn picture, where more than 5% of the times:"
                     "\n\n" + "\n".join(torn))
    slow = [f"- {case}: {fps:.1f}" for case, fps in about["drawn_fps"].items()
            if case.split()[1] not in ("idle", "typing") and fps < 29.5]
    if slow:
        parts.append("Frames per second drawn, where the machine did not manage 30:\n\n"
                     + "\n".join(slow))
    if about["reasons"]:
        parts.append("Not measured, at least in one round:\n\n" + "\n".join(
            f"- {case}: {why}" for case, why in about["reasons"].items()))
    return "\n\n".join(parts)


def plot(rows, folder):
    pyplot = ready_pyplot()
    panels = (("fps", "frames per second seen", False), ("frame_ms_p50", "frame delay p50, ms", True),
              ("key_ms_p50", "key to pixel p50, ms", True),
              ("server_cpu_percent", "CPU of the sharing side, % of a core", False),
              ("kib_per_s", "KiB/s", True), ("peak_rss_mib", "peak memory, MiB", False))
    upper = {"frame_ms_p50": "frame_ms_p99", "key_ms_p50": "key_ms_p99"}
    programs = list(dict.fromkeys(one["program"] for one in rows))
    colours = dict(zip(("qassist", "freerdp-shadow", "tigervnc", "x11vnc", "qassist-library"),
                       ("#1a5fb4", "#c64600", "#26a269", "#813d9c", "#62a0ea")))
    sizes = _sizes(rows)
    figure, axes = pyplot.subplots(len(panels), len(sizes), squeeze=False, sharey="row",
                                   figsize=(8 * len(sizes), 2.7 * len(panels)))
    for column, size in enumerate(sizes):
        here = {(one["source"], one["program"]): one for one in rows if one["size"] == size}
        sources = list(dict.fromkeys(source for source, _ in here))
        for line, (name, title, logarithmic) in enumerate(panels):
            axis = axes[line][column]
            for i, program in enumerate(programs):
                width = 0.8 / len(programs)
                places = [n - 0.4 + (i + 0.5) * width for n in range(len(sources))]
                values = [here[source, program][name] for source in sources]
                axis.bar(places, [value or 0 for value in values], width * 0.92,
                         color=colours[program], label=program)
                if name in upper:
                    for place, source, value in zip(places, sources, values):
                        high = here[source, program][upper[name]]
                        if value and high:
                            axis.plot([place, place], [value, high], color=colours[program],
                                      linewidth=1.2, marker="_", markevery=[1])
            if logarithmic and any(one[name] for one in rows if one["size"] == size):
                axis.set_yscale("log")
            axis.set_xticks(range(len(sources)), sources)
            axis.set_title(f"{title} ({size})" + (", line to p99" if name in upper else ""),
                           fontsize=10)
            axis.grid(axis="y", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(programs), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.975))
    save(figure, folder, "screen")
