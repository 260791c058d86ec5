"""Compares the members of every struct in two dumps of abidw: each one of the first must be in the second, at the
same place and of the same type. libabigail's suppression of growth at the end overlooks other changes to the same
struct (seen with 2.2), so it does not guard them alone. Usage: layout.py OLD.abi NEW.abi"""

import sys
import xml.etree.ElementTree as ElementTree

BASIC = ("type-decl", "class-decl", "union-decl", "enum-decl")


def load(path):
    root = ElementTree.parse(path).getroot()
    types = {}
    for node in root.iter():
        if "id" in node.attrib and not (node.get("is-declaration-only") and node.get("id") in types):
            types[node.get("id")] = node
    return root, types


def words(types, name):
    """A type as C would say it, without names of typedefs and without following structs."""
    node = types.get(name)
    if node is None:
        return name
    if node.tag in BASIC:
        return f"{node.get('name')}:{node.get('size-in-bits', '')}" if node.tag == "type-decl" else node.get("name")
    inner = words(types, node.get("type-id")) if node.get("type-id") else ""
    if node.tag == "typedef-decl":
        return inner  # another name is no other type, and versions of abidw differ in which one they say
    if node.tag == "qualified-type-def":
        return f"const {inner}"
    if node.tag == "array-type-def":
        return f"{inner}[{node.get('size-in-bits')}]"
    if node.tag == "function-type":
        takes = [words(types, one.get("type-id")) for one in node.iter("parameter")]
        return f"{words(types, node.find('return').get('type-id'))}({', '.join(takes)})"
    return f"{inner}*"


def members(path):
    root, types = load(path)
    found = {}
    for node in root.iter("class-decl"):
        for member in node.findall("data-member"):
            variable = member.find("var-decl")
            found[f"{node.get('name')}.{variable.get('name')}"] = (
                int(member.get("layout-offset-in-bits")), words(types, variable.get("type-id")))
    return found


def main(old, new):
    before, after = members(old), members(new)
    wrong = [f"{name}: was {before[name]}, is {after.get(name, 'gone')}"
             for name in before if before[name] != after.get(name)]
    print("\n".join(wrong))
    return 4 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
