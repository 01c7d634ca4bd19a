"""Names are read as clients write them, and always come back complete."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import AddressError, DatapointNotFoundError, OagwError
from oagw.model.identifiers import (
    FORBIDDEN,
    MAX_LENGTH,
    OFFLINE_VALUE,
    ONLINE_VALUE,
    ORIGINAL_VALUE,
    Address,
    check_datapoint,
    parse,
    parse_attribute,
)

#: Written name, complete name; the default attribute is ``_online.._value``.
COMPLETED = [
    ("ExampleDP_Trend1.", "System1:ExampleDP_Trend1.:_online.._value"),
    ("ExampleDP_Trend1", "System1:ExampleDP_Trend1.:_online.._value"),
    ("Pump1.value.speed", "System1:Pump1.value.speed:_online.._value"),
    ("System2:Pump1.value.speed", "System2:Pump1.value.speed:_online.._value"),
    ("Pump1.speed:_original.._stime", "System1:Pump1.speed:_original.._stime"),
    ("System2:Pump1.speed:_original.._stime", "System2:Pump1.speed:_original.._stime"),
    ("Pump1.speed:_archive.1._class", "System1:Pump1.speed:_archive.1._class"),
    ("_Internal.x", "System1:_Internal.x:_online.._value"),
    ("System1:_Internal.x", "System1:_Internal.x:_online.._value"),
    ("ExampleDP_Trend1:_online.._value", "System1:ExampleDP_Trend1.:_online.._value"),
    (":Pump1.speed:_online.._value", "System1:Pump1.speed:_online.._value"),
    ("Pumpe_größe.Wert", "System1:Pumpe_größe.Wert:_online.._value"),
]

#: What cannot be a datapoint.
NO_DATAPOINT = [
    "",
    ".value",
    "System1:",
    "System1:.value",
    " Pump1.",
    "Pump1 .value",
    "Pump*.value",
    "Pump?.",
    "Pump[1].",
    "Pump{1}.",
    "Pump,2.",
    "Pump;.",
    "Pump$.",
    "@alias",
    "@alias.",
]

#: Texts that are not attributes.
NO_ADDRESS = [
    "Pump1.:_online",
    "Pump1.:_online._value",
    "Pump1.:online.._value",
    "Pump1.:_online..value",
    "Pump1.:_online.._value.",
    "Pump1.speed:value",
    "Pump1.speed:",
    "System1:Pump1.speed:_online..",
    "a:b:c:d",
    "System1:Pump1.:_online.._value:more",
]

_part = st.text(
    st.characters(exclude_characters="".join(FORBIDDEN), exclude_categories=["C", "Z"]),
    min_size=1,
    max_size=12,
)
_word = st.text("abcXYZ019_", min_size=1, max_size=8)
_attribute = _word.map(lambda word: f"_{word}")
_addresses = st.builds(
    Address,
    system=_part,
    datapoint=_part,
    element=st.lists(_part, max_size=4).map(".".join),
    config=_attribute,
    detail=st.one_of(st.just(""), _word),
    attribute=_attribute,
)


class ParseTests(SynchronousTestCase):
    """From what a client writes to the six parts."""

    timeout = 30

    def test_completes_what_a_client_leaves_out(self) -> None:
        """A name without a system, a dot or an attribute gets what is meant by it."""
        for written, complete in COMPLETED:
            with self.subTest(written):
                self.assertEqual(parse(written, "System1", ONLINE_VALUE).name, complete)

    def test_takes_the_default_attribute_of_the_command(self) -> None:
        """Each command has a default of its own for a plain element."""
        for default in (ORIGINAL_VALUE, ONLINE_VALUE, OFFLINE_VALUE):
            with self.subTest(default):
                self.assertEqual(parse("X.", "S", default).name, f"S:X.:{default}")

    def test_refuses_what_is_no_datapoint(self) -> None:
        """A forbidden character, white space at the ends or no name at all is error 7."""
        for written in NO_DATAPOINT:
            with self.subTest(written):
                with self.assertRaises(DatapointNotFoundError) as caught:
                    parse(written, "System1", ONLINE_VALUE)
                self.assertEqual(caught.exception.code, 7)
                self.assertIn(f"'{written}'", caught.exception.message)

    def test_refuses_what_is_no_attribute(self) -> None:
        """An attribute in another form than ``_config.detail._attribute`` is error 10."""
        for written in NO_ADDRESS:
            with self.subTest(written):
                with self.assertRaises(AddressError) as caught:
                    parse(written, "System1", ONLINE_VALUE)
                self.assertEqual(caught.exception.code, 10)
                self.assertIn(f"'{written}'", caught.exception.message)

    @given(_addresses)
    @settings(deadline=None)
    def test_a_complete_name_comes_back_unchanged(self, address: Address) -> None:
        """Reading a complete name gives the parts that it was made of."""
        self.assertEqual(parse(address.name, "Other", ORIGINAL_VALUE), address)

    @given(st.text(max_size=60))
    @settings(deadline=None)
    def test_any_text_is_a_name_or_refused(self, text: str) -> None:
        """Any text gives a complete name or a numbered error."""
        try:
            address = parse(text, "System1", ONLINE_VALUE)
        except OagwError as error:
            self.assertIn(error.code, (7, 10))
        else:
            self.assertEqual(parse(address.name, "Other", ORIGINAL_VALUE), address)


class AddressTests(SynchronousTestCase):
    """The parts of a name, and names built from parts."""

    timeout = 30

    def test_the_root_element_keeps_its_dot(self) -> None:
        """A datapoint of a single element is written with a dot at the end."""
        address = parse("X", "System1", ONLINE_VALUE)
        self.assertEqual(address.element_name, "System1:X.")
        self.assertEqual(address.attribute_path, "_online.._value")

    def test_a_detail_stands_between_the_dots(self) -> None:
        """The detail is what makes the two dots one each."""
        self.assertEqual(
            parse_attribute("_archive.1._class", "x"), ("_archive", "1", "_class")
        )

    def test_each_forbidden_character_is_refused(self) -> None:
        """No datapoint can have any of the characters that names are written with."""
        for char in ".:,;*?[]{}$@":
            with self.subTest(char), self.assertRaises(DatapointNotFoundError):
                check_datapoint(f"a{char}b", "context")

    def test_white_space_inside_is_allowed(self) -> None:
        """Only at the ends is white space forbidden."""
        check_datapoint("Pump of hall 1", "context")
        for name in (" a", "a ", "\ta", "a\n"):
            with self.subTest(name), self.assertRaises(DatapointNotFoundError):
                check_datapoint(name, "context")

    def test_control_characters_and_long_names_are_refused(self) -> None:
        """No name breaks a line, and none is longer than any name needs to be."""
        check_datapoint("a" * MAX_LENGTH, "context")
        for name in (
            "a\nb",
            "a\tb",
            "a\x00b",
            "a\u2028b",
            "\ud800",
            "a" * (MAX_LENGTH + 1),
        ):
            with self.subTest(name), self.assertRaises(DatapointNotFoundError):
                check_datapoint(name, "context")
