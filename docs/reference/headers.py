"""Reads what the public headers declare and say: the one source of the reference.

Knows the shape that they all have: a comment, then a typedef, defines, or functions without a blank line between.
"""

import dataclasses
import re

THREAD = re.compile(r"\s*(?:The calling thread is the dispatch thread|(?:Dispatch|Any) thread\b[^.]*)\.")
ERRORS = re.compile(r"(?:Errors(?::| as )|Each fails with )")


@dataclasses.dataclass
class Function:
    name: str
    returns: str
    declaration: str  # one line, without QA_API and semicolon
    group: int        # functions that share a comment have the same
    description: str
    errors: str
    thread: str


@dataclasses.dataclass
class Type:
    name: str
    source: str  # as in the header, with the comment before it


@dataclasses.dataclass
class Header:
    name: str
    purpose: str
    functions: list
    types: list


def plain(comment):
    """A comment's text as paragraphs, each one line."""
    text = re.sub(r"^/\*+|\*+/$", "", comment.strip())
    lines = [re.sub(r"^\s*\* ?", "", line).strip() for line in text.splitlines()]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip())
    return "\n".join(" ".join(p.split()) for p in paragraphs)


def split_comment(text):
    """Description, errors and thread of a function's comment."""
    thread = " ".join(found.strip() for found in THREAD.findall(text))
    text = THREAD.sub("", text).strip()
    found = ERRORS.search(text)
    if not found:
        return text, "", thread
    errors = text[found.start():].strip()
    return text[:found.start()].strip(), re.sub(r"^Errors:\s*", "", errors), thread


def functions_of(comment, text, group):
    description, errors, thread = split_comment(plain(comment))
    found = []
    for declaration in re.findall(r"QA_API\s+([^;]+);", text):
        declaration = " ".join(declaration.split())
        returns, name = re.match(r"(.*?)(qa_\w+)\(", declaration).groups()
        found.append(Function(name, returns.strip(), declaration, group, description, errors, thread))
    return found


def read(path):
    text = path.read_text()
    comments = re.match(r"\s*(/\*.*?\*/)", text, re.S)
    header = Header(path.name, plain(comments.group(1)), [], [])
    body = text[comments.end():]
    body = re.sub(r"^#(ifndef|ifdef|endif|include).*\n", "", body, flags=re.M)
    body = body.replace('extern "C" {\n', "").replace("\n}\n", "\n")
    # A block: comment lines and what stands under them up to a blank line outside of braces and comments.
    blocks, current, depth, inside = [], [], 0, False
    for line in body.splitlines():
        if not line.strip() and depth == 0 and not inside:
            blocks.append("\n".join(current))
            current = []
            continue
        current.append(line)
        if "/*" in line:
            inside = True
        if inside and "*/" in line:
            inside = False
        elif not inside:
            depth += line.count("{") - line.count("}")
    blocks.append("\n".join(current))
    for number, block in enumerate(b for b in blocks if b.strip()):
        comment = re.match(r"\s*(/\*.*?\*/)?(.*)", block, re.S)
        what = comment.group(2) or ""
        if "QA_API" in what:
            header.functions += functions_of(comment.group(1) or "", what, number)
        elif name := (re.search(r"typedef[^;]*?\(\*(qa_\w+)\)", what) or re.search(r"\}\s*(qa_\w+);", what)
                      or re.search(r"typedef struct (\w+) \w+;", what) or re.search(r"#define (QA_\w+)", what)):
            header.types.append(Type(name.group(1), block.strip("\n")))
    return header


def region(path, name):
    """The lines of an example between its marks for `name`, moved to the left."""
    lines, taken, on = path.read_text().splitlines(), [], False
    for line in lines:
        if f"/* [{name}] */" in line:
            on = True
        elif f"/* [end {name}] */" in line:
            on = False
        elif on and "/* [" not in line:
            taken.append(line)
    if not taken:
        raise SystemExit(f"{path.name}: no example named {name}")
    margin = min(len(line) - len(line.lstrip()) for line in taken if line.strip())
    return "\n".join(line[margin:] for line in taken)
