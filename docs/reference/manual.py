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
    text = text.replace("\\", "\\e")
    text = re.sub(r"`([^`]*)`", lambda found: f"\\fI{found.group(1)}\\fP", text)
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.splitlines())


def prose(text):
    """Paragraphs; a new sentence begins a new line, as mdoc wants it."""
    paragraphs = [re.sub(r"(?<=[.?!]) (?=[A-Z`*])", "\n", p) for p in text.splitlines() if p.strip()]
    return "\n.Pp\n".join(quote(p) for p in paragraphs)


def literal(text):
    lines = [line.replace("\\", "\\e") for line in text.splitlines()]
    lines = ["\\&" + line if line.startswith((".", "'")) else line for line in lines]
    return "\n".join([".Bd -literal", *lines, ".Ed"])


def arrange(include):
    """Page -> its headers, functions and types; everything public is on exactly one page."""
    known = {path.name: headers.read(path) for path in sorted(include.glob("qassist/*.h"))
             if path.name not in ("qassist.h", "export.h")}
    taken = {name for page in PAGES for name in page.functions}
    everything = {f.name: f for h in known.values() for f in h.functions}
    for name in taken - set(everything):
        raise SystemExit(f"pages.py: {name} is no function of the headers")
    borrowed = {name for page in PAGES for name in page.types}
    first, arranged = set(), []
    for page in PAGES:
        functions = [everything[name] for name in page.functions]
        types = [t for name in page.types for t in known[name].types]
        if page.header not in first and page.header not in borrowed and not page.functions:
            first.add(page.header)
            functions += [f for f in known[page.header].functions if f.name not in taken]
            types += known[page.header].types
        arranged.append((page, known[page.header], functions, types))
    for name in set(known) - first - borrowed:
        raise SystemExit(f"pages.py: no page for {name}")
    return arranged


def synopsis(functions):
    lines = []
    for function in functions:
        arguments = re.search(r"\((.*)\)$", function.declaration).group(1)
        depth, parts, current = 0, [], ""
        for letter in arguments:
            depth += letter == "("
            depth -= letter == ")"
            if letter == "," and depth == 0:
                parts.append(current.strip())
                current = ""
            else:
                current += letter
        parts.append(current.strip())
        lines += [f".Ft {function.returns}", f".Fn {function.name} " + " ".join(f'"{p}"' for p in parts)]
    return lines


def grouped(functions):
    groups = {}
    for function in functions:
        groups.setdefault((function.group, function.description), []).append(function)
    return groups.values()


def item(names):
    return [".It Xo", *(f".Fn {name}" + (" ," if name != names[-1] else "") for name in names), ".Xc"]


def tagged(functions, text_of):
    """A list with one entry for each group of functions whose text_of is not empty."""
    lines = []
    for group in grouped(functions):
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


def render(page, header, functions, types, examples, version):
    names = list(dict.fromkeys([page.name, *(f.name for f in functions)]))
    out = [f".Dd {DATE}", f".Dt {page.name.upper()} 3", f".Os qassist {version}", ".Sh NAME"]
    out += [f".Nm {name}" + (" ," if name != names[-1] else "") for name in names]
    out += [f".Nd {page.summary}", ".Sh LIBRARY", "libqassist (-lqassist; pkg-config: qassist)", ".Sh SYNOPSIS",
            ".In qassist/qassist.h", *synopsis(functions), ".Sh DESCRIPTION"]
    if page.functions:
        out += ["These functions belong to", f".Xr {page.of[0]} 3" + (" and" if page.of[1:] else " ."),
                *(f".Xr {other} 3 ." for other in page.of[1:])]
    else:
        out.append(prose(header.purpose))
    for group in grouped(functions):
        out += [".Ss " + ", ".join(f.name for f in group), prose(group[0].description)]
    if types:
        out.append(".Ss Types and constants")
        for found in types:
            out.append(literal(found.source))
    out.append(".Sh RETURN VALUES")
    if any(f.returns == "int" for f in functions):
        out.append("Functions that return\n.Vt int\nreturn 0, or one of the negative numbers under\n.Sx ERRORS .")
    if others := [f for f in functions if f.returns not in ("int", "void")]:
        out += [".Pp"] * (out[-1] != ".Sh RETURN VALUES") + ["The others return a value:"]
        out += tagged(others, lambda f: f"{f.returns}: {f.description}")
    if all(f.returns == "void" for f in functions):
        out.append("None.")
    file, name = page.example
    out += [".Sh EXAMPLES", f"From {file}, which is whole and runs:", literal(headers.region(examples / file, name))]
    out.append(".Sh ERRORS")
    out += tagged(functions, lambda f: f.errors) or ["None of these functions fails."]
    if page.name != "qa_errors":
        out += [".Pp", "What they mean:", ".Xr qa_errors 3 ."]
    out += [".Sh THREADS", *threads(functions), ".Pp", "The dispatch thread is the one that calls",
            ".Fn qa_context_dispatch", "or", ".Fn qa_context_run ."]
    out.append(".Sh SEE ALSO")
    see = [f".Xr {other} 3" for other in sorted(page.see)] + [".Xr libqassist 7"]
    out += [line + " ," for line in see[:-1]] + [see[-1]]
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
