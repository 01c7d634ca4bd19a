"""Datapoint functions: elements that are computed from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oagw.errors import NamesRefusedError
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    DeleteDatapoint,
    RenameDatapoint,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.values import Value, WireValue
from oagw.plant.dpfunctions import DpFunction
from oagw.plant.element import Element
from tests.systems.bench import NOW_MS, PLANT, EmbeddedTestCase

_PLANT = PLANT.replace('"F{1,2}"', '"F{1,2}", "X{1..5}"')


class FunctionTestCase(EmbeddedTestCase):
    """Functions of X1 to X5, which are floats, from F1 and F2."""

    def setUp(self) -> None:
        super().setUp()
        self.bench.plant_text = _PLANT
        self.reopen()

    @staticmethod
    def function(
        element: str, formula: str, *parameters: str, **more: object
    ) -> dict[str, object]:
        """What to set for a function."""
        return {
            f"{element}:_dp_fct.._param": list(parameters),
            f"{element}:_dp_fct.._fct": formula,
            **{f"{element}:_dp_fct..{name}": value for name, value in more.items()},
        }

    def flags(self, bit: str) -> list[WireValue]:
        """A status bit of X1 and X2."""
        return [*self.status("X1.", bit), *self.status("X2.", bit)]

    def compute(self, element: str, formula: str, *parameters: str, **more: object) -> None:
        self.set(self.function(element, formula, *parameters, **more))


class ComputingTests(FunctionTestCase):
    """When functions are computed, and with what result."""

    def test_computed_when_set_and_when_a_parameter_changes(self) -> None:
        """Parameters without an attribute are online values."""
        self.set({"F1.": 2, "F2.": 3})
        self.compute("X1.", "p1 * p2 + 1", "F1.", "System1:F2.:_original.._value")
        self.assertEqual(self.value("X1."), 7.0)
        self.set({"F1.": 4})
        self.assertEqual(self.value("X1."), 13.0)
        self.assertEqual(self.value("X1.:_dp_fct.._type"), 60)

    def test_one_change_with_what_caused_it(self) -> None:
        """A subscriber to both gets one update."""
        self.compute("X1.", "p1 + p2", "F1.", "F2.")
        self.watch("F1.", "F2.", "X1.")
        self.set({"F1.": 1, "F2.": 2})
        self.assertEqual(
            self.told(),
            [
                {
                    "F1.:_online.._value": 1,
                    "F2.:_online.._value": 2,
                    "X1.:_online.._value": 3,
                }
            ],
        )

    def test_chains_and_diamonds_are_computed_once_and_in_order(self) -> None:
        """Each is computed after all that it depends on, whatever their order."""
        self.compute("X4.", "p1 + p2", "X2.", "X3.")
        self.compute("X5.", "p1 * 10", "X4.")
        self.compute("X3.", "p1 + 1", "X1.")
        self.compute("X2.", "p1 - 1", "X1.")
        self.compute("X1.", "p1 * 2", "F1.")
        self.set({f"X{number}.:_archive.._archive": True for number in range(1, 6)})
        self.set({"F1.": 3})
        self.assertEqual(
            self.get(*(f"X{number}." for number in range(1, 6))), [6, 5, 7, 12, 120]
        )
        for number in range(1, 6):
            self.assertEqual(len(self.history(f"X{number}.")), 1, number)

    def test_a_function_may_be_set_in_parts(self) -> None:
        """It is computed once it is whole; a part may be changed."""
        self.set({"F1.": 5})
        self.set({"X1.:_dp_fct.._fct": "p1 + 1"})
        self.assertEqual(self.value("X1."), 0.0)
        self.set({"X1.:_dp_fct.._param": ["F1."]})
        self.assertEqual(self.value("X1."), 6.0)
        self.set({"X1.:_dp_fct.._fct": "p1 + 2"})
        self.assertEqual(self.value("X1."), 7.0)
        # Neither the new formula nor the new parameters would do by themselves.
        self.compute("X1.", "p1 + p2", "F1.", "F2.")
        self.assertEqual(self.value("X1."), 7.5)
        self.compute("X1.", "p1", "F2.")
        self.assertEqual(self.value("X1."), 2.5)

    def test_the_source_time_is_the_newest_of_the_parameters(self) -> None:
        """The user is the one whose set caused it."""
        self.set({"F1.": 1}, NOW_MS - 500)
        self.set({"F2.": 1}, NOW_MS - 900)
        self.compute("X1.", "p1 + p2", "F1.", "F2.")
        self.assertEqual(self.value("X1.:_online.._stime"), NOW_MS - 500)
        self.set({"F2.": 2}, NOW_MS - 100)
        self.assertEqual(self.value("X1.:_online.._stime"), NOW_MS - 100)
        self.set({"F1.": 2}, NOW_MS - 400)
        self.assertEqual(self.get("X1.", "X1.:_online.._stime"), [4.0, NOW_MS - 100])
        self.set({"F1.": 3}, user="bert")
        self.assertEqual(
            self.value("X1.:_online.._user"), self.bench.system.user_number("bert")
        )

    def test_computed_elements_are_archived(self) -> None:
        """Each result is a value of their history."""
        self.set({"X1.:_archive.._archive": True})
        self.compute("X1.", "p1 * 2", "F1.")
        self.later()
        self.set({"F1.": 1})
        self.assertEqual(self.history("X1."), [(0, 0.0), (NOW_MS + 1000, 2.0)])

    def test_an_invalid_parameter_makes_the_result_invalid(self) -> None:
        """Through a whole chain, and no longer than it is invalid."""
        self.compute("X1.", "p1 * 2", "F1.")
        self.compute("X2.", "p1 * 2", "X1.")
        self.set({"F1.": 1, "F1.:_original.._exp_inv": True})
        self.assertEqual(self.get("X1.", "X2."), [2.0, 4.0])
        self.assertEqual(self.status("X2.", "_aut_inv", "_exp_inv"), (True, False))
        self.set({"F1.": 2})
        self.assertEqual(
            self.status("X1.", "_bad") + self.status("X2.", "_bad"), (False,) * 2
        )

    def test_a_good_substitute_value_is_a_good_parameter(self) -> None:
        """The online value is good; the original one stays invalid."""
        self.configure("F1.", "_default", _value=5, _set_ibit=True)
        self.compute("X1.", "p1", "F1.")
        self.compute("X2.", "p1", "F1.:_original.._value")
        self.set({"F1.": 1, "F1.:_original.._aut_inv": True})
        self.assertEqual(self.get("X1.", "X2."), [5.0, 1.0])
        self.assertEqual(
            self.status("X1.", "_bad") + self.status("X2.", "_bad"), (False, True)
        )
        self.configure("F1.", "_default", _value=6)
        self.assertEqual(self.value("X1."), 6.0)

    def test_without_a_result_the_last_value_stays(self) -> None:
        """It is flagged invalid until there is one again."""
        self.set({"F1.": 6, "F2.": 2})
        self.compute("X1.", "p1 / p2", "F1.", "F2.")
        self.set({"F2.": 0})
        self.assertEqual(self.value("X1."), 3.0)
        self.assertEqual(self.status("X1.", "_aut_inv", "_bad"), (True, True))
        self.set({"F2.": 3})
        self.assertEqual(self.value("X1."), 2.0)
        self.assertEqual(self.status("X1.", "_bad"), (False,))

    def test_a_result_must_fit(self) -> None:
        """Into the type and the range; otherwise the last value stays, flagged."""
        self.compute("A.i", "p1 / 2", "F1.")
        self.set({"F1.": 4})
        self.assertEqual(self.value("A.i"), 2)
        self.set({"F1.": 5})
        self.assertEqual(self.value("A.i"), 2)
        self.assertEqual(self.status("A.i", "_aut_inv"), (True,))
        self.configure("A.i", "_pv_range", _max=10)
        self.set({"F1.": 6})
        self.assertEqual(self.status("A.i", "_aut_inv"), (False,))
        self.set({"F1.": 100})
        self.assertEqual(self.value("A.i"), 3)
        self.assertEqual(self.status("A.i", "_aut_inv"), (True,))

    def test_equal_results_may_be_left_out(self) -> None:
        """With ``_old_new_compare``; elements that depend on it are not computed either."""
        self.compute("X1.", "p1 > 5 ? 1 : 0", "F1.", _old_new_compare=True)
        self.compute("X2.", "p1", "X1.")
        self.compute("X3.", "p1 > 5 ? 1 : 0", "F1.")
        self.watch("X1.", "X2.", "X3.")
        self.set({"F1.": 1})
        self.assertEqual(self.told(), [{"X3.:_online.._value": 0.0}])
        self.set({"F1.": 6})
        self.assertEqual([len(one) for one in self.told()], [3])

    def test_smoothing_counts_for_results(self) -> None:
        """Small changes of a computed value are none."""
        self.set({"F1.": 1})
        self.compute("X1.", "p1", "F1.")
        self.configure("X1.", "_smooth", _std_type=0, _std_tol=1.0)
        self.set({"F1.": 1.5})
        self.assertEqual(self.value("X1."), 1.0)
        self.set({"F1.": 2.5})
        self.assertEqual(self.value("X1."), 2.5)

    def test_an_inactive_element_is_not_computed(self) -> None:
        """It stays inactive."""
        self.compute("X1.", "p1", "F1.")
        self.set({"X1.:_original.._active": False})
        self.set({"F1.": 9})
        self.assertEqual(self.value("X1."), 0.0)
        self.assertEqual(self.status("X1.", "_active"), (False,))

    def test_other_configs_of_a_parameter_change_nothing(self) -> None:
        """Only the value that is used."""
        self.compute("X1.", "p1", "F1.")
        self.watch("X1.")
        self.configure("F1.", "_alert_hdl", _text1="hot")
        self.assertEqual(self.told(), [])


class RefusedTests(FunctionTestCase):
    """Functions that are refused; nothing of the set takes effect."""

    def codes(self, values: dict[str, object]) -> set[int]:
        found = set(self.refused(values).values())
        self.assertIsNone(self.value("X1.:_dp_fct.._fct"))
        return found

    def test_a_formula_that_is_not_well_formed(self) -> None:
        """Error 36 with the position, reported for the formula."""
        wanted = self.function("X1.", "p1 + * 2", "F1.")
        self.assertEqual(self.refused(wanted), {"X1.:_dp_fct.._fct": 36})
        settings = [NewValue(self.full(name), one) for name, one in wanted.items()]
        done = self.bench.system.set(SetRequest(settings, "anna"), False)
        failure = self.failureResultOf(done, NamesRefusedError)
        self.assertIn("6", failure.value.first.message)
        self.assertEqual(self.codes(self.function("X1.", "p2", "F1.")), {36})

    def test_parameters_that_cannot_be(self) -> None:
        """Unknown ones are 7 and 8, other systems 56, those without changes 53, none 51."""
        for parameters, code in (
            (["Nope."], 7),
            (["F1.nope"], 8),
            (["Other:F1."], 56),
            (["F1.:_online.._nope"], 19),
            (["F1.:_offline.._value"], 53),
            ([], 51),
        ):
            formula = "p1" if parameters else "1"
            found = self.codes(self.function("X1.", formula, *parameters))
            self.assertEqual(found, {code}, parameters)

    def test_circles(self) -> None:
        """Of one element, of several, and of several in one set: error 53."""
        self.assertEqual(self.codes(self.function("X1.", "p1", "X1.")), {53})
        self.compute("X2.", "p1", "X1.")
        self.compute("X3.", "p1", "X2.")
        self.assertEqual(self.codes(self.function("X1.", "p1 + p2", "F1.", "X3.")), {53})
        both = self.function("X1.", "p1", "X4.") | self.function("X4.", "p1", "X1.")
        self.assertEqual(self.codes(both), {53})
        self.assertIsNone(self.value("X4.:_dp_fct.._fct"))

    def test_a_circle_that_the_same_set_opens_is_none(self) -> None:
        """All functions count as they will be."""
        self.compute("X2.", "p1", "X1.")
        self.set(self.function("X1.", "p1", "X2.") | self.function("X2.", "p1", "F1."))
        self.set({"F1.": 4})
        self.assertEqual(self.value("X1."), 4.0)


class LifeTests(FunctionTestCase):
    """Functions, and what happens to the elements around them."""

    def test_type_0_ends_a_function(self) -> None:
        """The last value stays; it may be set by hand."""
        self.set({"F1.": 1})
        self.compute("X1.", "p1", "F1.")
        self.set({"X1.:_dp_fct.._type": 0})
        self.set({"F1.": 2})
        self.assertEqual(self.value("X1."), 1.0)
        self.assertIsNone(self.value("X1.:_dp_fct.._fct"))

    def test_statistics_are_kept_and_not_computed(self) -> None:
        """Only type 60 is a formula."""
        self.set(self.function("X1.", "p1", "F1.", _type=66))
        self.set({"F1.": 2})
        self.assertEqual(self.value("X1."), 0.0)
        self.assertEqual(self.value("X1.:_dp_fct.._type"), 66)

    def test_functions_are_there_after_a_restart(self) -> None:
        """A start alone computes nothing."""
        self.compute("X1.", "p1 * 2", "F1.")
        self.set({"F1.": 2})
        for again in (self.reopen, self.crash):
            again()
            self.later()
            self.assertEqual(self.get("X1.", "X1.:_online.._stime"), [4.0, NOW_MS])
        self.set({"F1.": 5})
        self.assertEqual(self.value("X1."), 10.0)

    def test_a_parameter_that_is_deleted_and_made_again(self) -> None:
        """In between the result is invalid; a restart does not change that."""
        self.set({"F1.": 2})
        self.compute("X1.", "p1 * 2", "F1.")
        self.compute("X2.", "p1", "X1.")
        self.watch("X1.")
        for restart in (False, True):
            self.set({"F1.": 2})
            self.told()
            self.change(DeleteDatapoint("F1"))
            self.assertEqual(self.told(), [{"X1.:_online.._value": 4.0}])
            self.assertEqual(self.get("X1.", "X2."), [4.0, 4.0])
            self.assertEqual(
                self.status("X1.", "_aut_inv") + self.status("X2.", "_aut_inv"),
                (True, True),
            )
            if restart:
                self.bench.plant_text = _PLANT.replace('"F{1,2}"', '"F2"')
                self.reopen()
                self.assertEqual(self.status("X1.", "_aut_inv"), (True,))
            self.change(CreateDatapoint("F1", "Float"))
            self.assertEqual(self.get("X1.", "X2."), [0.0, 0.0])
            self.assertEqual(self.status("X2.", "_bad"), (False,))
            self.set({"F1.": 7})
            self.assertEqual(self.get("X1.", "X2."), [14.0, 14.0])

    def test_a_datapoint_with_function_and_parameter_is_deleted(self) -> None:
        """Nothing of it stays, on disk either."""
        self.compute("pump_01.value.speed", "strlen(p1)", "pump_01.state.text")
        self.set({"pump_01.state.text": "abc"})
        self.assertEqual(self.value("pump_01.value.speed"), 3.0)
        number = self.bench.system.plant.datapoints["pump_01"].number
        self.change(DeleteDatapoint("pump_01"))
        self.bench.plant_text = _PLANT.replace("pump_{01..03}", "pump_{02..03}")
        self.reopen()
        for table in ("last_value", "config"):
            rows = self.bench.on_disk(
                f"SELECT * FROM {table} WHERE element / 65536 = {number}"
            )
            self.assertEqual(rows, [], table)

    def test_a_parameter_that_is_renamed_stays_one(self) -> None:
        """The function calls it by its new name; the same after a restart."""
        self.compute("X1.", "p1 + p2", "System1:F1.:_original.._value", "F2.")
        self.change(RenameDatapoint("F1", "G1"))
        expected = ["System1:G1.:_original.._value", "F2."]
        self.assertEqual(self.value("X1.:_dp_fct.._param"), expected)
        self.bench.plant_text = _PLANT.replace('"F{1,2}"', '"F2"')
        for _ in range(2):
            self.set({"G1.": 4})
            self.assertEqual(self.value("X1."), 6.5)
            self.reopen()
            self.set({"G1.": 5})
            self.assertEqual(self.value("X1."), 7.5)
        self.assertEqual(self.value("X1.:_dp_fct.._param"), expected)

    def test_a_waiting_function_follows_new_names(self) -> None:
        """New names of datapoints and elements, while another parameter is missing."""
        self.compute("X1.", "p1 + p2 + p3", "System1:F1.", "K.", "pump_01.value.speed")
        self.set({"F1.": 1, "pump_01.value.speed": 3})
        self.change(DeleteDatapoint("K"), RenameDatapoint("F1", "G1"))
        root = pump(node("rpm", ElementType.FLOAT))
        self.change(ChangeType(root, {"value.speed": "value.rpm"}))
        expected = [
            "System1:G1.:_online.._value",
            "K.",
            "pump_01.value.rpm:_online.._value",
        ]
        for restart in (False, True):
            if restart:
                self.bench.plant_text = ""
                self.change(DeleteDatapoint("K"))
                self.reopen()
            self.assertEqual(self.value("X1.:_dp_fct.._param"), expected)
            self.change(CreateDatapoint("K", "Float"))
            self.set({"K.": 2})
            self.assertEqual(self.value("X1."), 6.0)
            self.assertEqual(self.status("X1.", "_bad"), (False,))

    def test_only_what_waits_for_a_datapoint_is_tried_again(self) -> None:
        """When that is there, under its name or a new one, or has the element now."""
        for number, name in enumerate(("F1.", "F2.", "pump_01.value.speed"), 1):
            self.compute(f"X{number}.", "p1", name)
        self.change(DeleteDatapoint("F1"), DeleteDatapoint("F2"))
        self.change(ChangeType(pump(node("rpm", ElementType.FLOAT))))
        self.assertEqual(self.waiting(), ["X1.", "X2.", "X3."])
        tried: list[str] = []
        compiled = self.bench.system.functions.compile

        def spy(element: Element, config: Mapping[str, Value]) -> DpFunction | None:
            tried.append(element.name)
            return compiled(element, config)

        self.patch(self.bench.system.functions, "compile", spy)
        self.change(CreateDatapoint("New", "Float"), DeleteDatapoint("K"))
        self.assertEqual(tried, [])
        self.change(CreateDatapoint("F1", "Float"))
        self.assertEqual(tried, ["X1."])
        self.change(RenameDatapoint("New", "F2"))
        self.assertEqual(tried, ["X1.", "X2."])
        self.change(ChangeType(pump(node("speed", ElementType.FLOAT))))
        self.assertEqual(tried, ["X1.", "X2.", "X3."])
        self.assertEqual(self.waiting(), [])

    def waiting(self) -> list[str]:
        """Elements whose function cannot be computed now."""
        return sorted(one.name for one in self.bench.system.functions._waiting)

    def test_a_function_that_waits_for_a_circle_to_open(self) -> None:
        """It is computed once another function in it ends, or goes."""
        for ends in (True, False):
            self.change(CreateDatapoint("Far", "Float"))
            self.compute("X1.", "p1", "Far.")
            self.change(DeleteDatapoint("Far"))
            self.compute("X2.", "p1", "X1.")
            self.compute("X3.", "p1", "X2.")
            self.change(CopyDatapoint("X3", "Copy"), RenameDatapoint("Copy", "Far"))
            self.assertEqual(self.waiting(), ["X1."])
            if ends:
                self.set({"X2.:_dp_fct.._type": 0})
            else:
                self.change(DeleteDatapoint("X2"), CreateDatapoint("X2", "Float"))
            self.set({"X2.": 5 + ends})
            self.assertEqual(self.waiting(), [], ends)
            self.assertEqual(self.get("X3.", "Far.", "X1."), [5.0 + ends] * 3)
            self.change(DeleteDatapoint("Far"))

    def test_a_function_stays_when_its_element_gets_another_type(self) -> None:
        """It is computed by the new type, also after a restart."""
        self.compute("pump_01.value.speed", "p1 * 2", "F1.")
        self.set({"F1.": 2})
        self.change(ChangeType(pump(node("speed", ElementType.INT))))
        self.bench.plant_text = ""
        for value in (3, 4):
            self.set({"F1.": value})
            self.assertEqual(repr(self.value("pump_01.value.speed")), repr(value * 2))
            self.reopen()

    def test_a_removed_element_with_a_function_leaves_nothing(self) -> None:
        """Its parameter has another name after the same change."""
        self.compute("pump_01.state.text", "p1", "pump_01.value.speed")
        [element] = [
            one
            for one in self.bench.system.plant.datapoints["pump_01"].elements
            if one.name == "pump_01.state.text"
        ]
        number = element.number
        root = pump(node("rpm", ElementType.FLOAT))
        self.change(ChangeType(root, {"value.speed": "value.rpm"}))
        self.assertEqual(
            self.bench.on_disk(f"SELECT * FROM config WHERE element = {number}"), []
        )

    def test_a_parameter_in_a_type_that_changes(self) -> None:
        """A renamed element is followed; one of another type takes its place."""
        self.compute("X1.", "p1 + strlen(p2)", "pump_01.value.speed", "pump_01.state.text")
        self.set({"pump_01.value.speed": 3, "pump_01.state.text": "ab"})
        self.assertEqual(self.value("X1."), 5.0)
        text = TypeNode("state", ElementType.STRUCT, 0, (node("text", ElementType.STRING),))
        self.watch("X1.")
        root = pump(node("rpm", ElementType.FLOAT), text)
        self.change(ChangeType(root, {"value.speed": "value.rpm"}))
        self.assertEqual(
            self.value("X1.:_dp_fct.._param"),
            ["pump_01.value.rpm:_online.._value", "pump_01.state.text"],
        )
        self.assertEqual(self.told(), [])
        self.set({"pump_01.value.rpm": 4})
        self.assertEqual(self.value("X1."), 6.0)
        self.change(ChangeType(pump(node("rpm", ElementType.INT), text)))
        self.assertEqual(self.value("X1."), 6.0)
        self.assertEqual(self.status("X1.", "_bad"), (False,))
        self.set({"pump_01.value.rpm": 5})
        self.assertEqual(self.value("X1."), 7.0)

    def test_a_copy_is_computed_too(self) -> None:
        """From the same parameters."""
        self.compute("X1.", "p1 * 2", "F1.")
        self.change(CopyDatapoint("X1", "Copy"))
        self.set({"F1.": 3})
        self.assertEqual(self.get("X1.", "Copy."), [6.0, 6.0])


def node(name: str, kind: ElementType) -> TypeNode:
    return TypeNode(name, kind)


def pump(value: TypeNode, *others: TypeNode) -> TypeNode:
    children: Sequence[TypeNode] = (
        TypeNode("value", ElementType.STRUCT, 0, (value,)),
        *others,
    )
    return TypeNode("Pump", ElementType.STRUCT, 0, tuple(children))
