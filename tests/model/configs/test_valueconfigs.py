"""Attributes of values are read from samples and written to edits."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status
from oagw.model.configs.configcatalogue import (
    find_attribute,
)
from oagw.model.configs.declarations import Edit
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value


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
        """An unset element has the type's default, a normal status and no time."""
        self.assertEqual(
            initial_sample(ElementType.FLOAT), Sample(0.0, 0, status.NORMAL, 0)
        )
        self.assertEqual(initial_sample(ElementType.INT, 7).value, 7)
