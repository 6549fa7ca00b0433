"""How the pages become HTML; `python scripts/build_docs.py` stages them beside this file and runs Sphinx on it."""

from seglam import __version__

project = "seglam"
author = "The seglam developers"
copyright = author  # noqa: A001 - the name is Sphinx's
version = release = __version__

extensions = ["myst_nb"]
html_theme = "furo"
html_title = f"seglam {version}"
html_show_sourcelink = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
pygments_style = "default"

# notebooks are executed before they get here, each on a store of its own
nb_execution_mode = "off"
# no page loads anything from another host
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
# an address is where it leads; these are no roles of another scheme
myst_url_schemes = ["http", "https"]

# `text` and `console` are what is typed and printed, not a language
suppress_warnings = ["misc.highlighting_failure"]
