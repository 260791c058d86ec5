#!/usr/bin/env python3
"""Gathers what the site is made of: README, docs, guides and every man page, as Markdown in one folder.

Usage: gather.py OUT
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "reference"))

GUIDES = {
    "Guides": ["docs/install", "docs/guides/share-your-app", "docs/guides/gtk-helper", "docs/guides/run-a-relay", "docs/operations"],
    "Signing in": ["docs/sign-in", "docs/sign-in-entra", "docs/sign-in-microsoft"],
    "How it is made": ["docs/architecture", "docs/abi", "docs/protocol", "docs/performance", "docs/dependencies", "SECURITY",
                       "CONTRIBUTING"],
    "Bindings": ["bindings/python/README", "bindings/rust/README"],
}
SECTIONS = {"1": "Tools", "3": "C API", "5": "Files", "7": "Overview"}


def man_page(path, out):
    """One man page as Markdown under a title of its own, its cross-references as links."""
    text = subprocess.run(["mandoc", "-T", "markdown", str(path)], check=True, capture_output=True, text=True).stdout
    name, section = path.stem, path.suffix[1:]
    body = re.sub(r"\A.*?\n(?=# )", "", text, flags=re.S)  # the line above the first section
    body = re.sub(r"\n[^\n]*\n\Z", "\n", body)             # and the one below the last
    body = re.sub(r"^(#+) ", r"#\1 ", body, flags=re.M)
    body = re.sub(r"&#8203;|&zwnj;", "", body)
    (out / f"{name}.{section}.md").write_text(f"# {name}({section})\n\n{body}")
    return f"man/{name}.{section}"


def link(text, known):
    """qa_frame(3) and the like, where there is such a page."""
    def one(found):
        target = f"{found.group(1).replace(chr(92), '')}.{found.group(2)}"
        return f"[{found.group(0)}]({target}.md)" if target in known else found.group(0)

    return re.sub(r"((?:qa\\?[-_]|libqassist|qassist)[\w\\.-]*)\((\d)\)", one, text)


def tree(title, pages):
    return "\n".join(["```{toctree}", ":maxdepth: 1", f":caption: {title}", "", *pages, "```", ""])


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    (out / "man").mkdir(parents=True)
    for name in ("docs", "examples", "include"):
        shutil.copytree(ROOT / name, out / name,
                        ignore=shutil.ignore_patterns("man", "site", "reference", "__pycache__", "meson.build"))
    for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "ChangeLog", "LICENSE"):
        shutil.copy(ROOT / name, out / name)
    for binding in (ROOT / "bindings").iterdir():
        shutil.copytree(binding, out / "bindings" / binding.name,
                        ignore=lambda folder, names: [n for n in names if pathlib.Path(folder, n).is_file()
                                                      and pathlib.Path(n).suffix not in (".md", ".py", ".rs")])
    shutil.copy(ROOT / "docs" / "site" / "conf.py", out / "conf.py")

    pages = sorted((ROOT / "docs" / "man").glob("*.[1-8]"))
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([sys.executable, ROOT / "docs" / "reference" / "manual.py", ROOT / "include", ROOT / "examples",
                        made], check=True)
        pages += [page for page in sorted(pathlib.Path(made).glob("*.3"))
                  if not page.read_text().startswith(".so")]
        found = {section: [man_page(page, out / "man") for page in pages if page.suffix == f".{section}"]
                 for section in SECTIONS}
    for path in out.rglob("*.md"):  # links to man pages as files lead to their pages here
        up = "../" * (len(path.relative_to(out).parts) - 1)
        path.write_text(re.sub(r"\]\([./\w]*man/(q[\w.-]+\.\d)\)", rf"]({up}man/\1.md)", path.read_text()))
    known = {pathlib.Path(name).name for names in found.values() for name in names}
    for name in known:
        title, text = (out / "man" / f"{name}.md").read_text().split("\n", 1)
        (out / "man" / f"{name}.md").write_text(title + "\n" + link(text, known))
    readme = (out / "README.md").read_text()
    trees = [tree(title, [p for p in names if (out / f"{p}.md").exists()]) for title, names in GUIDES.items()]
    trees += [tree(SECTIONS[section], names) for section, names in found.items() if names]
    (out / "index.md").write_text(readme + "\n" + "\n".join(t for t in trees if t.count("\n") > 5))
    (out / "README.md").unlink()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
