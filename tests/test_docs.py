"""The documents: well-formed, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from docutils.core import publish_doctree
from docutils.utils import SystemMessage
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.configs.catalogue import CONFIGS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.rst"), *(ROOT / "docs").glob("*.rst")]


class DocumentTests(SynchronousTestCase):
    timeout = 60

    def test_well_formed(self) -> None:
        """docutils finds nothing wrong with any of them."""
        self.assertGreater(len(DOCUMENTS), 5)
        for path in DOCUMENTS:
            try:
                publish_doctree(
                    path.read_text(),
                    str(path),
                    settings_overrides={
                        "halt_level": 2,
                        "report_level": 2,
                        "syntax_highlight": "none",
                    },
                )
            except SystemMessage as error:
                self.fail(f"{path.name}: {error}")

    def test_links(self) -> None:
        """Each file that a document links to exists."""
        for path in DOCUMENTS:
            for target in re.findall(r"<([^<>\s:]+\.\w+)>`_", path.read_text()):
                self.assertTrue((path.parent / target).exists(), f"{path.name}: {target}")

    def test_all_attributes_are_listed(self) -> None:
        """docs/protocol.rst names each attribute of the catalogue."""
        text = (ROOT / "docs/protocol.rst").read_text()
        for config in CONFIGS.values():
            self.assertIn(f"``{config.name}``", text)
            for name in config.attributes:
                shown = re.sub(r"_userbit\d+", "_userbit1", name)
                self.assertRegex(text, rf"(?<!\w){shown}(?!\w)")
