#!/usr/bin/env python3
"""Writes the man pages of the C API (section 3) from the public headers and the examples.

Usage: manual.py INCLUDE EXAMPLES OUT     OUT/NAME.3 for each page, and one for each function that leads to it
       manual.py --list INCLUDE           the names of all files that it writes
"""

import pathlib
import re
import sys

import headers
from pages import PAGES

DATE = "November 23, 2026"  # of the words that are written here


def quote(text):
    """Text that holds no macros: neither a backslash nor a point at the beginning of a line means anything."""
    lines = text.replace("\\", "\\e").splitlines()
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in lines)


def prose(text):
    """Paragraphs; a new sentence begins a new line, as mdoc wants it."""
    paragraphs = [re.sub(r"(?<=[.?!]) (?=[A-Z`*])", "\n", p) for p in text.splitlines() if p.strip()]
    return re.sub(r"`([^`]*)`", r"\\fI\1\\fP", "\n.Pp\n".join(quote(p) for p in paragraphs))


def literal(text):
    return f".Bd -literal\n{quote(text)}\n.Ed"


def arrange(include):
    """Page -> its headers, functions and types; everything public is on exactly one page."""
    known = {path.name: headers.read(path) for path in sorted(include.glob("qassist/*.h"))
             if path.name not in ("qassist.h", "export.h")}
    taken = {name for page in PAGES for name in page.functions}
    everything = {f.name: f for h in known.values() for f in h.functions}
    for name in taken - set(everything):
        raise SystemExit(f"pages.py: {name} is no function of the headers")
    arranged = []
    for page in PAGES:
        header = known[page.header]
        functions = [everything[name] for name in page.functions]
        types = [t for name in page.types for t in known[name].types]
        if not page.functions:  # the header's first page, with all that no other one names
            functions = [f for f in header.functions if f.name not in taken]
            types += header.types
        arranged.append((page, header, functions, types))
    for name in set(known) - {page.header for page in PAGES} - {name for page in PAGES for name in page.types}:
        raise SystemExit(f"pages.py: no page for {name}")
    return arranged


def listed(macro, names):
    """One line for each, with a comma after all but the last."""
    return [f"{macro} {name}" + (" ," if name != names[-1] else "") for name in names]


def synopsis(functions):
    lines = []
    for function in functions:
        arguments = re.search(r"\((.*)\)$", function.declaration).group(1).split(", ")
        lines += [f".Ft {function.returns}", f".Fn {function.name} " + " ".join(f'"{one}"' for one in arguments)]
    return lines


def grouped(functions, also=lambda function: None):
    groups = {}
    for function in functions:
        groups.setdefault((function.group, function.description, also(function)), []).append(function)
    return groups.values()


def item(names):
    return [".It Xo", *listed(".Fn", names), ".Xc"]


def tagged(functions, text_of, also=lambda function: None):
    """A list with one entry for each group of functions whose text_of is not empty."""
    lines = []
    for group in grouped(functions, also):
        if text := text_of(group[0]):
            lines += [*item([f.name for f in group]), prose(text)]
    return [".Bl -tag -width Ds", *lines, ".El"] if lines else []


def threads(functions):
    """From where each may be called, those of one kind together."""
    kinds = {}
    for function in functions:
        kinds.setdefault(function.thread or "Dispatch thread.", []).append(function.name)
    if len(kinds) == 1:
        return [f"All of these: {next(iter(kinds))[0].lower()}{next(iter(kinds))[1:]}"]
    lines = [".Bl -tag -width Ds"]
    for kind, names in kinds.items():
        lines += [*item(names), prose(kind)]
    return [*lines, ".El"]


def title(page, functions, version):
    names = list(dict.fromkeys([page.name, *(f.name for f in functions)]))
    return [f".Dd {DATE}", f".Dt {page.name.upper()} 3", f".Os qassist {version}", ".Sh NAME", *listed(".Nm", names),
            f".Nd {page.summary}", ".Sh LIBRARY", "libqassist (-lqassist; pkg-config: qassist)", ".Sh SYNOPSIS",
            ".In qassist/qassist.h", *synopsis(functions)]


def description(page, header, functions, types):
    out = [".Sh DESCRIPTION"]
    if page.functions:
        out += ["These functions belong to", *(f".Xr {name} 3" + (" and" if name != page.of[-1] else " .")
                                               for name in page.of)]
    else:
        out.append(prose(header.purpose))
    for group in grouped(functions):
        out += [".Ss " + ", ".join(f.name for f in group), prose(group[0].description)]
    return out + [".Ss Types and constants"] * bool(types) + [literal(found.source) for found in types]


def return_values(functions):
    out = [".Sh RETURN VALUES"]
    if any(f.returns == "int" for f in functions):
        out.append("Functions that return\n.Vt int\nreturn 0, or one of the negative numbers under\n.Sx ERRORS .")
    if others := [f for f in functions if f.returns not in ("int", "void")]:
        out += [".Pp"] * (len(out) > 1) + ["The others return a value:"]
        out += tagged(others, lambda f: f"{f.returns}: {f.description}", lambda f: f.returns)
    return out if len(out) > 1 else [*out, "None."]


def errors(page, functions):
    out = [".Sh ERRORS", *(tagged(functions, lambda f: f.errors) or ["None of these functions fails."])]
    return out if page.name == "qa_errors" else [*out, ".Pp", "What they mean:", ".Xr qa_errors 3 ."]


def render(page, header, functions, types, examples, version):
    file, part = page.example
    out = [*title(page, functions, version), *description(page, header, functions, types), *return_values(functions),
           ".Sh EXAMPLES", f"From {file}, which is whole and runs:", literal(headers.region(examples / file, part)),
           *errors(page, functions), ".Sh THREADS", *threads(functions), ".Pp",
           "The dispatch thread is the one that calls", ".Fn qa_context_dispatch", "or", ".Fn qa_context_run .",
           ".Sh SEE ALSO", *listed(".Xr", [f"{name} 3" for name in sorted(page.see)] + ["libqassist 7"])]
    return "\n".join(out) + "\n"


def main(arguments):
    if arguments[0] == "--list":
        arranged = arrange(pathlib.Path(arguments[1]))
        names = {page.name for page, *_ in arranged} | {f.name for _, _, functions, _ in arranged for f in functions}
        print("\n".join(f"{name}.3" for name in sorted(names)))
        return
    include, examples, out = map(pathlib.Path, arguments[:3])
    version = arguments[3] if len(arguments) > 3 else ""
    out.mkdir(parents=True, exist_ok=True)
    for page, header, functions, types in arrange(include):
        (out / f"{page.name}.3").write_text(render(page, header, functions, types, examples, version))
        for function in functions:
            if function.name != page.name:
                (out / f"{function.name}.3").write_text(f".so man3/{page.name}.3\n")


if __name__ == "__main__":
    main(sys.argv[1:])
