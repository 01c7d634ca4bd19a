"""The documents of the checkout, read as reStructuredText."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree

ROOT = Path(__file__).parents[1]


def parse(path: Path) -> nodes.document:
    """Read a document.

    :raises SystemMessage: something is wrong with it.
    """
    found: nodes.document = publish_doctree(
        path.read_text(),
        str(path),
        settings_overrides={
            "halt_level": 2,
            "report_level": 2,
            "syntax_highlight": "none",
        },
    )
    return found
