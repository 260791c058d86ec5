# The site's settings for Sphinx; scripts/site gathers the pages.
import os

project = "qassist"
author = "the qassist authors"
copyright = "the qassist authors"
version = release = os.environ.get("QASSIST_VERSION", "")
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["include", "examples", "bindings/**/examples"]
html_theme = "alabaster"
html_theme_options = {
    "description": "Remote assistance that anybody can host, embed and script",
    "fixed_sidebar": True,
    "page_width": "1080px",
    "sidebar_width": "240px",
}
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}
html_copy_source = False
html_show_sphinx = False
highlight_language = "none"
suppress_warnings = ["myst.header"]
