"""A library with the public functions and nothing in them, whose debug information is the ABI that the headers
promise: small, and without what the library is inside. Usage: stub.py HEADERS MAP SONAME OUT.so"""

import pathlib
import re
import subprocess
import sys
import tempfile

FUNCTION = re.compile(r"QA_API\s+([^;{]*?\bqa_\w+\s*\([^;]*\))\s*;")


def source(headers):
    folder = pathlib.Path(headers) / "qassist"
    text = '#include <qassist/qassist.h>\n'
    for path in sorted(folder.glob("*.h")):
        plain = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for declaration in FUNCTION.findall(plain):
            text += f"{declaration}\n{{\n    __builtin_trap();\n}}\n"
        # Functions return errors as int: the numbers of an enumeration are a promise of their own.
        for name in re.findall(r"typedef enum (\w+)", plain):
            text += f"void {name}_numbers(enum {name} number)\n{{\n}}\n"
    return text


def build(headers, version_map, soname, out):
    headers, version_map, out = (pathlib.Path(path).resolve() for path in (headers, version_map, out))
    with tempfile.TemporaryDirectory() as folder:
        own_map = pathlib.Path(folder) / "stub.map"
        own_map.write_text(version_map.read_text() + "NUMBERS {\nglobal:\n    *_numbers;\n};\n")
        (pathlib.Path(folder) / "stub.c").write_text(source(headers))  # a name that is the same everywhere
        subprocess.run(["cc", "-std=gnu11", "-g", "-O0", "-w", "-fPIC", "-shared", "-nostdlib", f"-I{headers}",
                        f"-Wl,--version-script={own_map}", f"-Wl,-soname,{soname}", "stub.c", "-o", str(out)],
                       check=True, cwd=folder)


if __name__ == "__main__":
    build(*sys.argv[1:])
