"""The catalogue of configs has what the reference lists, and each entry works."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import AttributeNotFoundError, ConfigNotFoundError
from oagw.model import status
from oagw.model.configs.configcatalogue import (
    CONFIGS,
    find_attribute,
)

VALUE_ATTRIBUTES = {
    "_value",
    "_stime",
    "_status",
    "_status64",
    "_user",
    "_manager",
    "_type",
    "_invalid",
    "_bad",
    "_default",
    "_online_bad",
    *status.BITS,
    *(f"_userbit{number}" for number in range(1, 33)),
}


class CatalogueTests(SynchronousTestCase):
    """Looking up an attribute."""

    timeout = 30

    def test_the_three_value_configs_have_the_same_attributes(self) -> None:
        """What can be read of the original value can be read of the others."""
        for name in ("_original", "_online", "_offline"):
            with self.subTest(name):
                attributes = set(CONFIGS[name].attributes)
                self.assertEqual(VALUE_ATTRIBUTES, attributes)

    def test_only_the_original_can_be_set(self) -> None:
        """Online and offline values follow from the original one."""
        for name in ("_online", "_offline"):
            for attribute in CONFIGS[name].attributes.values():
                self.assertIsNone(attribute.write, f"{name}.{attribute.name}")
        self.assertIsNotNone(CONFIGS["_original"].attributes["_value"].write)

    def test_computed_bits_cannot_be_set(self) -> None:
        """Virtual bits and those that the gateway computes are only read."""
        attributes = CONFIGS["_original"].attributes
        for name in ("_bad", "_invalid", "_default", "_online_bad", "_corr", "_out_prange"):
            self.assertIsNone(attributes[name].write, name)

    def test_configs_say_what_can_be_done_with_them(self) -> None:
        """Values are live, the archived ones have a past, a stored config neither."""
        uses = {
            name: (config.live, config.historical, config.needs_archive)
            for name, config in CONFIGS.items()
            if name in ("_original", "_online", "_offline", "_archive")
        }
        self.assertEqual(
            uses,
            {
                "_original": (True, True, False),
                "_online": (True, True, False),
                "_offline": (False, True, True),
                "_archive": (False, False, False),
            },
        )

    def test_unknown_configs_and_attributes_have_their_numbers(self) -> None:
        """An unknown config or detail is error 9, an unknown attribute error 19."""
        for config, detail, attribute in (
            ("_nope", "", "_value"),
            ("_online", "1", "_value"),
        ):
            with self.assertRaises(ConfigNotFoundError) as missing:
                find_attribute(config, detail, attribute, "X.")
            self.assertEqual(missing.exception.code, 9)
            self.assertIn("'X.'", missing.exception.message)
        with self.assertRaises(AttributeNotFoundError) as caught:
            find_attribute("_online", "", "_nope", "X.")
        self.assertEqual(caught.exception.code, 19)
        self.assertIn("_nope", caught.exception.message)
