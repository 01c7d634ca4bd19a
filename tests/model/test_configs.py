"""The catalogue of configs has what the reference lists, and each entry works."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import AttributeNotFoundError, ConfigNotFoundError
from oagw.model import status
from oagw.model.configs.configcatalogue import (
    CONFIGS,
    find_attribute,
)
from oagw.model.configs.declarations import Edit
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value

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


class FakeElement:
    """An element with a sample and stored configs."""

    def __init__(self, sample: Sample, stored: Mapping[str, Value] | None = None) -> None:
        self.sample = sample
        self._stored = stored or {}
        self.type = ElementType.FLOAT

    @property
    def online(self) -> Value:
        return self.sample.value  # type: ignore[return-value]

    def stored(self, config: str) -> Mapping[str, Value]:
        return self._stored if config == "_archive" else {}


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


class AttributeTests(SynchronousTestCase):
    """Reading and writing through the catalogue."""

    timeout = 30

    def read(self, element: FakeElement, path: str) -> Value | None:
        config, attribute = path.split("..")
        return find_attribute(config, "", attribute, path)[1].read(element)

    def write(self, edit: Edit, path: str, value: Value) -> None:
        config, attribute = path.split("..")
        write = find_attribute(config, "", attribute, path)[1].write
        assert write is not None
        write(edit, value)

    def test_reads_the_parts_of_a_sample(self) -> None:
        """Value, time, both widths of the status and the user are the sample's."""
        bits = status.userbit(9) | status.userbit(2) | status.ACTIVE
        element = FakeElement(Sample(4.5, 17, bits, 3))
        for path, expected in (
            ("_online.._value", 4.5),
            ("_online.._stime", 17),
            ("_online.._status", status.userbit(2) | status.ACTIVE),
            ("_online.._status64", bits),
            ("_online.._user", 3),
            ("_online.._userbit9", True),
            ("_online.._userbit2", True),
            ("_online.._userbit1", False),
            ("_online.._active", True),
            ("_online.._bad", False),
        ):
            with self.subTest(path):
                self.assertEqual(self.read(element, path), expected)

    def test_each_bit_is_read_from_its_place(self) -> None:
        """A single bit shows in its own attribute and in no other real one."""
        masks = {name: 1 << bit for name, bit in status.BITS.items()}
        masks |= {f"_userbit{n}": status.userbit(n) for n in range(1, 33)}
        for name, mask in masks.items():
            element = FakeElement(Sample(0, 0, mask, 0))
            shown = [one for one in masks if self.read(element, f"_original..{one}")]
            self.assertEqual(shown, [name])

    def test_writes_note_a_value_a_time_and_bits(self) -> None:
        """An edit gathers what one command changes."""
        edit = Edit()
        self.assertFalse(edit.makes_sample)
        self.write(edit, "_original.._value", 5)
        self.write(edit, "_original.._stime", 99)
        self.write(edit, "_original.._userbit1", True)
        self.write(edit, "_original.._exp_inv", False)
        self.assertTrue(edit.makes_sample)
        self.assertEqual((edit.value, edit.has_value, edit.stime), (5, True, 99))
        self.assertEqual(edit.set_bits, status.userbit(1))
        self.assertEqual(edit.clear_bits, 1 << status.BITS["_exp_inv"])

    def test_the_last_write_of_a_bit_wins(self) -> None:
        """A bit is never both set and cleared."""
        edit = Edit()
        self.write(edit, "_original.._userbit1", True)
        self.write(edit, "_original.._userbit1", False)
        self.assertEqual((edit.set_bits, edit.clear_bits), (0, status.userbit(1)))
        self.write(edit, "_original.._userbit1", True)
        self.assertEqual((edit.set_bits, edit.clear_bits), (status.userbit(1), 0))

    def test_a_stored_config_has_its_default_until_it_is_set(self) -> None:
        """Archiving is off at first; setting it makes no sample of the element."""
        sample = initial_sample(ElementType.FLOAT)
        self.assertIs(self.read(FakeElement(sample), "_archive.._archive"), False)
        element = FakeElement(sample, {"_archive": True})
        self.assertIs(self.read(element, "_archive.._archive"), True)
        edit = Edit()
        self.write(edit, "_archive.._archive", True)
        self.assertEqual(edit.stored, {"_archive": {"_archive": True}})
        self.assertFalse(edit.makes_sample)

    def test_an_element_begins_with_a_good_default_of_1970(self) -> None:
        """What nobody has set has the type's default, a normal status and no time."""
        self.assertEqual(
            initial_sample(ElementType.FLOAT), Sample(0.0, 0, status.NORMAL, 0)
        )
        self.assertEqual(initial_sample(ElementType.INT, 7).value, 7)
