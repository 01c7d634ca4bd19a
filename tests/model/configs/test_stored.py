"""Stored configs: attributes by name, created by the first one, deleted by type 0."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import AttributeNotFoundError, ConfigNotFoundError
from oagw.model.configs.stored import merged, stored_config
from oagw.model.dptypes import ElementType


class StoredConfigTests(SynchronousTestCase):
    """A config with one attribute, and one attribute for each detail."""

    timeout = 30

    config = stored_config(
        "_test", 5, {"_limit": ElementType.FLOAT}, details={"_text": ElementType.STRING}
    )

    def test_attributes(self) -> None:
        """Each has its type; the type of the config is an attribute too."""
        for detail, name, kind in (
            ("", "_type", ElementType.INT),
            ("", "_limit", ElementType.FLOAT),
            ("1", "_text", ElementType.STRING),
            ("255", "_text", ElementType.STRING),
        ):
            found = self.config.find(detail, name, "X.")
            self.assertEqual((found.name, found.kind), (name, kind), (detail, name))

    def test_what_does_not_exist(self) -> None:
        for detail, name, error in (
            ("", "_text", AttributeNotFoundError),
            ("1", "_limit", AttributeNotFoundError),
            ("0", "_text", ConfigNotFoundError),
            ("_x", "_text", ConfigNotFoundError),
        ):
            with self.assertRaises(error) as caught:
                self.config.find(detail, name, "X.y")
            self.assertIn("'X.y'", caught.exception.message)

    def test_type_0_deletes_a_config(self) -> None:
        """Other changes are added to what is set."""
        present = {"_type": 5, "_limit": 1.5}
        self.assertEqual(merged(present, {"_limit": 2.5}), {"_type": 5, "_limit": 2.5})
        self.assertEqual(merged(present, {"_type": 0, "_limit": 3.5}), {})
