"""Configs of elements: what they do to values, and that all of them are kept."""

from __future__ import annotations

from oagw.model.changes import Fact
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.dptypes import ElementType
from oagw.model.values import WireValue
from tests.systems.bench import NOW_MS, EmbeddedTestCase

#: Values on the wire by type, to set attributes with.
EXAMPLES: dict[ElementType, object] = {
    ElementType.CHAR: 200,
    ElementType.UINT: 4_000_000_000,
    ElementType.INT: -5,
    ElementType.FLOAT: 2.5,
    ElementType.BOOL: True,
    ElementType.BIT32: 5,
    ElementType.BIT64: 2**63,
    ElementType.LONG: -(2**62),
    ElementType.ULONG: 2**63,
    ElementType.STRING: "text",
    ElementType.TIME: NOW_MS,
    ElementType.DPID: "System1:F1.",
    ElementType.LANG_STRING: "größe",
    ElementType.BLOB: "aGk=",
}


def example(kind: ElementType) -> object:
    return EXAMPLES[kind] if kind.member is None else [EXAMPLES[kind.member]]


class StatusTests(EmbeddedTestCase):
    """Status bits after each kind of set."""

    BITS = ("_active", "_exp_inv", "_aut_inv", "_invalid", "_bad", "_online_bad")

    def test_a_plain_value_is_good(self) -> None:
        """It is active, nothing is wrong, and no substitute value is there."""
        self.set({"F1.": 1})
        self.assertEqual(
            self.status("F1.", *self.BITS), (True, False, False, False, False, False)
        )
        self.assertEqual(self.value("F1.:_original.._status64"), 0x101)
        self.assertEqual(self.status("F1.", "_default_bad", "_default"), (True, False))

    def test_invalid_by_hand_or_by_itself(self) -> None:
        """Both make it bad until the bit is taken back, or a new value comes."""
        for bit, other in (("_exp_inv", "_aut_inv"), ("_aut_inv", "_exp_inv")):
            self.set({"F1.": 1, f"F1.:_original..{bit}": True})
            self.assertEqual(
                self.status("F1.", bit, other, "_invalid", "_bad"),
                (True, False, True, True),
                bit,
            )
            self.set({f"F1.:_original..{bit}": False})
            self.assertEqual(self.status("F1.", bit, "_invalid"), (False, False), bit)
            self.assertEqual(self.value("F1."), 1.0, bit)
            self.set({f"F1.:_original..{bit}": True})
            self.set({"F1.": 2})
            self.assertEqual(self.status("F1.", bit, "_bad"), (False, False), bit)

    def test_several_attributes_of_one_element_are_one_change(self) -> None:
        """Value, time and bits of one set make one sample, in whatever order."""
        self.watch("K.", "K.:_online.._userbit2")
        self.set(
            {
                "K.:_original.._userbit2": True,
                "K.:_original.._stime": NOW_MS - 5,
                "K.": 4,
                "K.:_original.._exp_inv": True,
            }
        )
        self.assertEqual(
            self.told(), [{"K.:_online.._value": 4.0, "K.:_online.._userbit2": True}]
        )
        self.assertEqual(self.history("K."), [(NOW_MS - 5, 4.0)])
        self.assertEqual(
            self.status("K.", "_exp_inv", "_userbit2", "_userbit1"), (True, True, False)
        )

    def test_a_bit_that_is_set_is_a_change_of_its_own(self) -> None:
        """It has the time and user of the set, and is archived."""
        self.set({"K.": 1})
        self.later()
        self.set({"K.:_original.._userbit1": True})
        self.assertEqual(self.history("K."), [(NOW_MS, 1.0), (NOW_MS + 1000, 1.0)])
        self.assertEqual(self.value("K.:_online.._stime"), NOW_MS + 1000)

    def test_an_inactive_element_takes_no_values(self) -> None:
        """Error 41 until it is switched on again, which may come with a value."""
        self.set({"F1.": 1})
        self.set({"F1.:_original.._active": False})
        self.assertEqual(self.status("F1.", "_active"), (False,))
        self.assertEqual(self.refused({"F1.": 2}), {"F1.:_original.._value": 41})
        self.set({"F1.:_original.._userbit1": True})
        self.assertEqual(self.status("F1.", "_active", "_userbit1"), (False, True))
        self.reopen()
        self.assertEqual(self.refused({"F1.": 2}), {"F1.:_original.._value": 41})
        self.set({"F1.": 3, "F1.:_original.._active": True})
        self.set({"F1.": 4})
        self.assertEqual(self.value("F1."), 4.0)
        self.assertEqual(self.status("F1.", "_active"), (True,))

    def test_a_correction_has_the_bits_of_its_set(self) -> None:
        """It is flagged in the history; the present value keeps its status."""
        self.set({"K.": 1}, NOW_MS)
        self.set({"K.": 2, "K.:_original.._exp_inv": True}, NOW_MS - 1000)
        found, _ = self.period("K.:_offline.._corr", "K.:_offline.._exp_inv")
        self.assertEqual(
            [list(one.values) for one in found.values()], [[True, False], [True, False]]
        )
        self.assertEqual(self.status("K.", "_corr", "_exp_inv"), (False, False))


class DefaultTests(EmbeddedTestCase):
    """Substitute values: the online value against the original one."""

    def pair(self, element: str) -> tuple[WireValue, WireValue]:
        return self.value(element), self.value(f"{element}:_online.._value")

    def test_by_hand(self) -> None:
        """It is in force until it is taken back; new values are the original ones."""
        self.configure("F1.", "_default", _value=7)
        self.set({"F1.": 1})
        self.assertEqual(self.pair("F1."), (1.0, 1.0))
        self.set({"F1.:_original.._exp_default": True})
        self.assertEqual(self.pair("F1."), (1.0, 7.0))
        self.set({"F1.": 2})
        self.assertEqual(self.pair("F1."), (2.0, 7.0))
        self.assertEqual(
            self.status("F1.", "_exp_default", "_default", "_default_bad", "_online_bad"),
            (True, True, False, False),
        )
        self.set({"F1.": 3, "F1.:_original.._exp_inv": True})
        self.assertEqual(self.status("F1.", "_bad", "_online_bad"), (True, False))
        self.reopen()
        self.assertEqual(self.pair("F1."), (3.0, 7.0))
        self.set({"F1.:_original.._exp_default": False})
        self.assertEqual(self.pair("F1."), (3.0, 3.0))

    def test_of_an_invalid_value(self) -> None:
        """With ``_set_ibit`` it is active as long as the value is invalid."""
        self.configure("F1.", "_default", _value=7, _set_ibit=True)
        self.set({"F1.": 1, "F1.:_original.._aut_inv": True})
        self.assertEqual(self.pair("F1."), (1.0, 7.0))
        self.assertEqual(
            self.status("F1.", "_aut_default", "_default", "_bad", "_online_bad"),
            (True, True, True, False),
        )
        self.set({"F1.": 2})
        self.assertEqual(self.pair("F1."), (2.0, 2.0))
        self.assertEqual(self.status("F1.", "_aut_default", "_default"), (False, False))

    def test_of_a_value_out_of_range(self) -> None:
        """With ``_set_pvrange``; the value itself is taken and flagged."""
        self.configure("F1.", "_pv_range", _min=0, _max=10, _ignor_inv=False)
        self.configure("F1.", "_default", _value=7, _set_pvrange=True)
        self.set({"F1.": 11})
        self.assertEqual(self.pair("F1."), (11.0, 7.0))
        self.assertEqual(
            self.status("F1.", "_out_prange", "_aut_default", "_bad", "_online_bad"),
            (True, True, True, False),
        )
        self.set({"F1.": 10})
        self.assertEqual(self.pair("F1."), (10.0, 10.0))
        self.assertEqual(self.status("F1.", "_out_prange", "_bad"), (False, False))

    def test_that_is_out_of_range_itself(self) -> None:
        """What is shown then is bad."""
        self.configure("F1.", "_pv_range", _min=0, _max=10, _ignor_inv=False)
        self.configure("F1.", "_default", _value=70, _set_pvrange=True)
        self.assertEqual(self.status("F1.", "_default_bad"), (True,))
        self.set({"F1.": 11})
        self.assertEqual(self.pair("F1."), (11.0, 70.0))
        self.assertEqual(self.status("F1.", "_default_bad", "_online_bad"), (True, True))

    def test_that_is_removed(self) -> None:
        """The online value is the original one again, and no bit says otherwise."""
        for bit in ("_exp_default", "_aut_inv"):
            self.configure("F1.", "_default", _value=7, _set_ibit=True)
            self.set({"F1.": 1, f"F1.:_original..{bit}": True})
            self.assertEqual(self.pair("F1."), (1.0, 7.0), bit)
            self.configure("F1.", "_default", _type=0)
            self.assertEqual(self.pair("F1."), (1.0, 1.0), bit)
            self.assertEqual(
                self.status("F1.", "_default", "_default_bad"), (False, True), bit
            )
            self.assertIsNone(self.value("F1.:_default.._value"), bit)
            self.assertEqual(self.value("F1.:_default.._type"), 0, bit)

    def test_hotlinks_are_told_when_only_the_online_value_changes(self) -> None:
        """A new substitute value in force is a change; another config's is none."""
        self.set({"F1.": 1})
        self.watch("F1.", "F1.:_online.._stime")
        self.configure("F1.", "_default", _value=7)
        # Now there is one, so it is no longer bad: the status has changed.
        self.assertEqual(len(self.told()), 1)
        self.configure("F1.", "_default", _value=8)
        self.assertEqual(self.told(), [])
        self.set({"F1.:_original.._exp_default": True})
        self.told()
        self.configure("F1.", "_default", _value=9)
        self.assertEqual(
            self.told(), [{"F1.:_online.._value": 9.0, "F1.:_online.._stime": NOW_MS}]
        )

    def test_the_past_of_the_online_value(self) -> None:
        """It has the substitute value where one was in force, the original one has not."""
        self.configure("K.", "_default", _value=7, _set_ibit=True)
        self.set({"K.": 1})
        self.later()
        self.set({"K.": 2, "K.:_original.._aut_inv": True})
        found, _ = self.period(
            "K.:_online.._value", "K.:_original.._value", "K.:_online.._online_bad"
        )
        self.assertEqual(
            [list(one.values) for one in found.values()],
            [[1.0, 7.0], [1.0, 2.0], [False, False]],
        )


class RangeTests(EmbeddedTestCase):
    """The value range and the user range."""

    def test_every_numeric_type_has_a_range(self) -> None:
        """Below is error 29, above 30, for whole numbers and floats alike."""
        for name in ("c", "u", "i", "f", "w", "w64", "l", "ul", "t"):
            element = f"A.{name}"
            self.configure(element, "_pv_range", _min=10, _max=20)
            full = f"{element}:_original.._value"
            self.assertEqual(self.refused({element: 9}), {full: 29}, name)
            self.assertEqual(self.refused({element: 21}), {full: 30}, name)
            self.set({element: 20})
            self.assertEqual(self.value(element), 20, name)

    def test_texts_lists_and_others_are_not_hurt(self) -> None:
        """What has no order is in no range of values."""
        for name, bound, given in (
            ("s", "b", "a"),
            ("ls", "b", "a"),
            ("d", "b", "a"),
            ("x", "aGk=", ""),
            ("df", [5.0], [1.0]),
            ("ds", ["b"], ["a"]),
            ("dt", [5], [1]),
        ):
            element = f"A.{name}"
            self.configure(element, "_pv_range", _min=bound)
            self.set({element: given})
            self.assertEqual(self.value(element), given, name)
            self.assertEqual(self.status(element, "_bad"), (False,), name)

    def test_sets_and_patterns(self) -> None:
        """Types 8 and 64; what does not fit is error 30."""
        self.configure("A.i", "_pv_range", _type=8, _set=[1, 5])
        self.assertEqual(self.refused({"A.i": 2}), {"A.i:_original.._value": 30})
        self.set({"A.i": 5})
        self.configure("A.s", "_pv_range", _type=64, _match="P?mp*")
        self.assertEqual(self.refused({"A.s": "x"}), {"A.s:_original.._value": 30})
        self.set({"A.s": "Pump 1"})
        self.assertEqual(self.value("A.i:_pv_range.._set"), [1, 5])

    def test_one_value_out_of_range_refuses_the_whole_set(self) -> None:
        """No part of it takes effect, and only the wrong name has an error."""
        self.configure("F1.", "_pv_range", _max=10)
        self.watch("F1.", "F2.")
        self.assertEqual(
            self.refused({"F2.": 1, "F1.": 11, "F1.:_original.._userbit1": True}),
            {"F1.:_original.._value": 30},
        )
        self.assertEqual(self.get("F1.", "F2."), [0.0, 2.5])
        self.assertEqual(self.told(), [])

    def test_a_range_counts_for_the_value_that_comes_with_it(self) -> None:
        """All that one set changes is looked at as it will be."""
        values = {"F1.": 11, "F1.:_pv_range.._max": 10}
        self.assertEqual(self.refused(values), {"F1.:_original.._value": 30})
        self.assertIsNone(self.value("F1.:_pv_range.._max"))
        self.configure("F1.", "_pv_range", _max=10)
        self.set({"F1.": 11, "F1.:_pv_range.._type": 0})
        self.assertEqual(self.value("F1."), 11.0)

    def test_a_range_changed_around_the_present_value(self) -> None:
        """The value stays and is flagged; its hotlinks report only that."""
        self.set({"F1.": 5})
        self.watch("F1.", "F1.:_online.._bad")
        self.configure("F1.", "_pv_range", _max=10)
        self.assertEqual(self.told(), [])
        self.configure("F1.", "_pv_range", _max=4)
        self.assertEqual(
            self.told(), [{"F1.:_online.._value": 5.0, "F1.:_online.._bad": True}]
        )
        self.reopen()
        self.assertEqual(self.status("F1.", "_out_prange", "_bad"), (True, True))
        self.configure("F1.", "_pv_range", _type=0)
        self.assertEqual(self.status("F1.", "_out_prange", "_bad"), (False, False))
        self.assertEqual(self.value("F1.:_online.._stime"), NOW_MS)

    def test_a_value_out_of_the_user_range_is_flagged(self) -> None:
        """It is not bad."""
        self.configure("F1.", "_u_range", _1__type=4, _1__min=0, _1__max=10)
        self.set({"F1.": 11})
        self.assertEqual(self.status("F1.", "_out_range", "_bad"), (True, False))
        self.set({"F1.": 10})
        self.assertEqual(self.status("F1.", "_out_range"), (False,))


class SmoothingTests(EmbeddedTestCase):
    """Which sets become changes, and which of these are archived."""

    def test_a_smoothed_value_is_answered_without_an_error(self) -> None:
        """The set changes nothing, and no subscriber is notified."""
        self.configure("K.", "_smooth", _std_type=0, _std_tol=1.0)
        self.set({"K.": 5})
        self.watch("K.")
        self.later()
        self.set({"K.": 5.9})
        self.assertEqual(self.get("K.", "K.:_online.._stime"), [5.0, NOW_MS])
        self.assertEqual(self.told(), [])
        self.assertEqual(self.history("K."), [(NOW_MS, 5.0)])
        # Small steps add up: the last value that counted is what is compared with.
        self.set({"K.": 6.1})
        self.assertEqual(self.told(), [{"K.:_online.._value": 6.1}])

    def test_the_first_value_and_a_new_status_always_count(self) -> None:
        """They pass smoothing with any value."""
        self.configure("F1.", "_smooth", _std_type=4)
        self.watch("F1.")
        self.set({"F1.": 0})
        self.assertEqual(len(self.told()), 1)
        self.set({"F1.": 0})
        self.assertEqual(len(self.told()), 0)
        self.set({"F1.": 0, "F1.:_original.._exp_inv": True})
        self.assertEqual(len(self.told()), 1)

    def test_after_a_start_the_present_value_is_the_last_one(self) -> None:
        """What would have been smoothed before is smoothed after."""
        self.configure("F1.", "_smooth", _std_type=4)
        self.set({"F1.": 5})
        self.reopen()
        self.later()
        self.set({"F1.": 5})
        self.assertEqual(self.value("F1.:_online.._stime"), NOW_MS)

    def test_the_archive_gets_less_than_the_hotlinks(self) -> None:
        """Its own smoothing compares with what it got last."""
        for detail in ("", "_1_"):
            self.setUp()
            attributes = {f"{detail}_std_type": 1, f"{detail}_std_tol": 1.0}
            self.configure("K.", "_archive", **attributes)
            self.watch("K.")
            for value in (5, 5.9, 6.1, 6.0):
                self.set({"K.": value})
                self.later()
            self.assertEqual(len(self.told()), 4, detail)
            self.assertEqual(
                self.history("K."), [(NOW_MS, 5.0), (NOW_MS + 2000, 6.1)], detail
            )
            self.assertEqual(self.value("K."), 6.0, detail)

    def test_the_archive_by_time(self) -> None:
        """At most one value in the interval, and each change of the status."""
        self.configure("K.", "_archive", _1__std_type=1, _1__std_time=10_000)
        for second in range(25):
            self.set({"K.": second})
            self.later()
        self.assertEqual([value for _, value in self.history("K.")], [0.0, 10.0, 20.0])
        self.set({"K.": 99, "K.:_original.._exp_inv": True})
        self.assertEqual(self.history("K.")[-1], (NOW_MS + 25_000, 99.0))

    def test_the_archive_gets_the_first_value_after_a_start_or_a_change(self) -> None:
        """It does not know what it got before."""
        self.configure("K.", "_archive", _std_type=4)
        self.set({"K.": 5})
        self.reopen()
        self.later()
        self.set({"K.": 5})
        self.set({"K.": 5})
        self.assertEqual(len(self.history("K.")), 2)
        self.configure("K.", "_archive", _archive=False)
        self.configure("K.", "_archive", _archive=True)
        self.set({"K.": 5})
        self.assertEqual(len(self.history("K.")), 3)

    def test_corrections_are_not_smoothed(self) -> None:
        """Each is archived."""
        self.configure("K.", "_archive", _std_type=4)
        self.set({"K.": 5}, NOW_MS)
        self.set({"K.": 5}, NOW_MS - 20)
        self.set({"K.": 5}, NOW_MS - 10)
        self.assertEqual(len(self.history("K.")), 3)


class StoredTests(EmbeddedTestCase):
    """All stored configs, through their addresses."""

    def attributes(self, element: str) -> dict[str, object]:
        """Every attribute of every stored config with a value that fits."""
        found: dict[str, object] = {}
        for config in CONFIGS.values():
            if not config.creates:
                continue
            details = ["", "_original" if config.name in ("_lock", "_auth") else "2"]
            for detail in details:
                for name in config.attributes if not detail else _of_details(config.name):
                    full = f"{element}:{config.name}.{detail}.{name}"
                    [number] = self.successResultOf(
                        self.bench.system.lookup(Fact.ATTRIBUTE_TYPE, [full])
                    )
                    assert isinstance(number, int), full
                    if name != "_type":
                        found[full] = example(ElementType(number))
        return found

    def test_every_attribute_can_be_set_and_read_and_is_kept(self) -> None:
        """In the empty detail and in others, at an element with a value."""
        wanted = self.attributes("F1.")
        self.assertGreater(len(wanted), 300)
        # A function, a range and a lock would refuse what else is set.
        wanted = {
            name: value
            for name, value in wanted.items()
            if "_dp_fct.._fct" not in name and "_lock" not in name
        }
        for name, value in wanted.items():
            self.set({name: value})
            self.assertEqual(self.value(name), value, name)
        self.reopen()
        for name, value in wanted.items():
            self.assertEqual(self.value(name), value, name)

    def test_nothing_is_set_at_first(self) -> None:
        """An unset attribute is null or its default; the type is 0."""
        for name in self.attributes("F1."):
            element, _, path = name.partition(":")
            config = path.partition(".")[0]
            known: dict[str, WireValue] = {
                "_archive.._archive": False,
                "_default.._set_ibit": False,
                "_default.._set_pvrange": False,
                **{f"_common..{one}": "" for one in ("_alias", "_unit", "_format")},
                "_common.._description": "",
            }
            self.assertEqual(self.value(name), known.get(path), name)
            self.assertEqual(self.value(f"{element}:{config}.._type"), 0, name)

    def test_a_config_begins_and_ends(self) -> None:
        """With the first attribute it has its type; type 0 ends all of it."""
        for config, attribute, value, kind in (
            ("_archive", "_archive", True, 45),
            ("_pv_range", "_min", 1.0, 7),
            ("_default", "_value", 1.0, 3),
            ("_smooth", "_std_tol", 1.0, 48),
            ("_alert_hdl", "_l_limit", 1.0, 12),
            ("_address", "_reference", "DB1", 16),
            ("_distrib", "_driver", 1, 56),
            ("_msg_conv", "_poly_grade", 1, CONFIGS["_msg_conv"].creates),
            ("_cmd_conv", "_poly_grade", 1, CONFIGS["_cmd_conv"].creates),
            ("_auth", "_write", 1, 62),
            ("_general", "_float_03", 1.0, CONFIGS["_general"].creates),
            ("_alert_class", "_prior", 1, 14),
        ):
            name, type_name = f"F1.:{config}..{attribute}", f"F1.:{config}.._type"
            self.set({name: value})
            self.assertEqual(self.get(name, type_name), [value, kind], config)
            self.set({type_name: 0})
            self.assertEqual(self.value(type_name), 0, config)
            self.assertIn(self.value(name), (None, False), config)
        self.assertEqual(
            self.bench.on_disk("SELECT * FROM config WHERE name != '_archive'"), []
        )

    def test_another_type_leaves_the_attributes(self) -> None:
        """A range of values may become one of a set and back."""
        self.configure("F1.", "_pv_range", _min=1, _max=2)
        self.configure("F1.", "_pv_range", _type=8, _set=[7.0])
        self.set({"F1.": 7})
        self.configure("F1.", "_pv_range", _type=7)
        self.assertEqual(self.refused({"F1.": 7}), {"F1.:_original.._value": 30})

    def test_details_are_kept_apart(self) -> None:
        """Each detail has attributes of its own, beside those of the config."""
        values: dict[str, object] = {
            "K.:_archive.1._class": "_NGA_G_EVENT",
            "K.:_alert_hdl.._text1": "hot",
            "K.:_alert_hdl.1._text": "warm",
            "K.:_alert_hdl.2._text": "hot",
            "K.:_alert_hdl.2._l_limit": 90.0,
            "K.:_auth._original._write": 3,
            "K.:_auth._archive._write": 4,
            "K.:_msg_conv.1._poly_a": 1.5,
            "K.:_general.._float_03": 2.5,
        }
        self.set(values)
        self.reopen()
        self.assertEqual(self.get(*values), list(values.values()))
        self.assertIsNone(self.value("K.:_alert_hdl.1._l_limit"))
        self.assertIsNone(self.value("K.:_alert_hdl.3._text"))
        self.assertEqual(self.value("K.:_archive.._archive"), True)

    def test_what_is_unknown_has_its_number(self) -> None:
        """A config or detail is error 9, an attribute 19, a value that misfits 11."""
        for name, code in (
            ("F1.:_nope.._value", 9),
            ("F1.:_pv_range.1._min", 9),
            ("F1.:_alert_hdl.0._text", 9),
            ("F1.:_alert_hdl.x._text", 9),
            ("F1.:_alert_hdl.1000._text", 9),
            ("F1.:_lock.1._locked", 9),
            ("F1.:_pv_range.._nope", 19),
            ("F1.:_alert_hdl.1._nope", 19),
            ("F1.:_archive.1._archive", 19),
        ):
            self.assertEqual(self.error(name), code, name)
            self.assertEqual(self.refused({name: 1}), {name: code}, name)
        for name, value in (
            ("F1.:_pv_range.._min", "x"),
            ("F1.:_pv_range.._incl_min", 2),
            ("F1.:_pv_range.._set", 1),
            ("F1.:_general.._int_01", 1.5),
            ("F1.:_alert_hdl.1._l_limit", []),
            ("F1.:_distrib.._driver", 256),
            ("F1.:_archive.._type", None),
        ):
            self.assertEqual(self.refused({name: value}), {name: 11}, name)

    def test_structures_have_what_belongs_to_no_value(self) -> None:
        """A description or a permission, but no range; and nothing of a value's type."""
        self.set(
            {
                "pump_01.value:_common.._description": "values",
                "pump_01.:_auth._original._write": 2,
                "pump_01.value:_alert_hdl.._dp_list": ["pump_01.value.speed"],
            }
        )
        self.reopen()
        self.assertEqual(self.value("pump_01.value:_common.._description"), "values")
        self.assertEqual(self.value("pump_01.:_auth._original._write"), 2)
        for name, code in (
            ("pump_01.value:_pv_range.._min", 9),
            ("pump_01.value:_smooth.._old_new", 9),
            ("pump_01.value:_dp_fct.._fct", 9),
            ("pump_01.value:_original.._value", 9),
            ("pump_01.value:_alert_hdl.._l_limit", 19),
            ("pump_01.value:_alert_hdl.1._set", 19),
        ):
            self.assertEqual(self.error(name), code, name)
            self.assertEqual(self.refused({name: 1}), {name: code}, name)

    def test_connects_to_configs_are_told_of_configs(self) -> None:
        """Connects to values report only values."""
        self.watch("F1.", "F1.:_pv_range.._max", "F1.:_alert_hdl.2._text")
        self.configure("F1.", "_pv_range", _max=5)
        self.assertEqual(self.told(), [{"F1.:_pv_range.._max": 5.0}])
        self.configure("F1.", "_alert_hdl", _2__text="hot")
        self.assertEqual(self.told(), [{"F1.:_alert_hdl.2._text": "hot"}])
        self.set({"F1.": 1})
        self.assertEqual(self.told(), [{"F1.:_online.._value": 1.0}])
        self.configure("F1.", "_pv_range", _type=0)
        self.assertEqual(self.told(), [{"F1.:_pv_range.._max": None}])


def _of_details(config: str) -> list[str]:
    """Names of the attributes that the details of a config have."""
    found = CONFIGS[config].details
    if found is None:
        return []
    known = {
        "_lock": ["_locked", "_man_type", "_man_num", "_man_id", "_user_id", "_user_name"]
    }
    names = known.get(config, list(CONFIGS[config].attributes))
    detail = "_original" if config in known else "2"
    return [name for name in names if found.attribute(detail, name) is not None]
