"""Sphinx: the pages of docs/ and benchmarks/, and an API page from docstrings.

``python -m sphinx -W -c docs . build/site`` builds the site; the source folder is the checkout, so that links between
documents are the same here and in a browser of files.
"""

import re
from pathlib import Path

project = "dnnf_mlir"
copyright = "the dnnf_mlir authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**", "benchmarks/*.md", "examples/**.md"]
html_theme = "furo"
html_title = "dnnf_mlir"

source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_heading_anchors = 3
# A link to a folder or a source file leads out of the site: it is left as it stands.
suppress_warnings = ["myst.xref_missing", "myst.header"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}


def _operator_pages() -> str:
    """A section for each module of operator classes."""
    modules = []
    for path in sorted((Path(__file__).parents[1] / "dialect_defs").rglob("*.py")):
        if re.search(r"^class \w+\(.*, name=\"", path.read_text(), re.MULTILINE):
            name = ".".join(("dnnf_mlir", *path.relative_to(Path(__file__).parents[1]).with_suffix("").parts))
            modules.append(f"## {name.removeprefix('dnnf_mlir.')}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n")
    return "\n".join(modules)


myst_enable_extensions = ["substitution"]
myst_substitutions = {"operators": _operator_pages()}
