"""Writes the C source of the module qassist._native from the public headers.

The headers are what cffi reads, so a function, field or number that is new there is there for
Python, too, and a difference between the two cannot be. Usage: generate.py OUT.c COMPILER...
"""

import re
import subprocess
import sys

import cffi

INCLUDE = "#include <qassist/qassist.h>\n"
LINE_MARKER = re.compile(r'# \d+ "([^"]*)"')
CONSTANT = re.compile(r"^#define (QA_[A-Z0-9_]+) (.+)$", re.M)
CALLBACKS = re.compile(r"typedef struct qa_(\w+)_callbacks\s*{(.*?)}\s*qa_\1_callbacks;", re.S)
CALLBACK = re.compile(r"\bvoid\s*\(\*(\w+)\)\s*\((.*?)\);", re.S)


def preprocess(compiler, flags, *options):
    command = [*compiler, *flags, "-E", *options, "-D__attribute__(x)=", "-x", "c", "-"]
    return subprocess.run(command, input=INCLUDE, check=True, capture_output=True, text=True).stdout


def declarations(text):
    """What the preprocessor took from qassist's own headers, and nothing of the system's."""
    kept, ours = [], False
    for line in text.splitlines():
        marker = LINE_MARKER.match(line)
        if marker:
            ours = "/qassist/" in marker.group(1)
        elif ours and line.strip():
            kept.append(line)
    return "\n".join(kept) + "\n"


def constants(text):
    """The #defines that are numbers; cffi takes their values from the compiler."""
    found = []
    for name, value in CONSTANT.findall(text):
        if name != "QA_API" and "{" not in value and "INIT" not in value:
            found.append(f"#define {name} ...")
    return "\n".join(found) + "\n"


def callbacks(text):
    """For each member of the callback structs a C function that calls Python: helper_on_code ..."""
    found = [
        "void context_log(qa_log_level level, const char *line, void *user_data);",
        "void check_result(const qa_check_result *result, void *user_data);",
    ]
    for role, body in CALLBACKS.findall(text):
        found += [f"void {role}_{name}({arguments});" for name, arguments in CALLBACK.findall(body)]
    return 'extern "Python" {\n' + "\n".join(found) + "\n}\n"


def main(out, *compiler):
    flags = subprocess.run(
        ["pkg-config", "--cflags", "qassist"], check=True, capture_output=True, text=True
    ).stdout.split()
    text = declarations(preprocess(compiler, flags))
    builder = cffi.FFI()
    builder.cdef(text + constants(preprocess(compiler, flags, "-dM")) + callbacks(text))
    builder.set_source("qassist._native", INCLUDE)
    builder.emit_c_code(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
