"""Changing a type with existing datapoints: what stays keeps its values and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from oagw.errors import ConversionError, ElementNotFoundError, OagwError
from oagw.model.behaviour import judged_anew
from oagw.model.configs.catalogue import CONFIGS
from oagw.model.dptypes import DpType, ElementType, TypeElement, TypeNode, build_type
from oagw.model.samples import Sample
from oagw.model.values import Value, convert, to_wire
from oagw.systems.embedded.calculated import follow_names
from oagw.systems.embedded.entries import Removed, config_set
from oagw.systems.embedded.outcome import Outcome
from oagw.systems.embedded.plant import Datapoint, Element

#: Configs that mean the same whatever an element holds.
_KEPT = ("_common", "_archive", "_auth", "_distrib", "_address", "_general")


@dataclass(frozen=True, slots=True)
class Plan:
    """A type before and after.

    :ivar origins: the present element of each new path that had one, also if its type
        is another one.
    """

    old: DpType
    new: DpType
    origins: Mapping[str, TypeElement]

    @property
    def removed(self) -> list[TypeElement]:
        """Elements that are no more; one with another type is a new one."""
        return [one for one in self.old.elements if one.number not in self.new.by_number]


def affected_types(
    root: TypeNode, renamed: Mapping[str, str], types: Mapping[str, DpType]
) -> list[Plan]:
    """Plan the change of a type, and of all types that refer to it.

    :raises OagwError: one of them cannot be built.
    """
    definitions = {name: one.root for name, one in types.items()} | {root.name: root}
    changed = {root.name}
    while True:
        more = {
            one.name
            for one in types.values()
            if one.name not in changed and one.references & changed
        }
        if not more:
            break
        changed |= more
    return [
        _plan(types[name], root.name, renamed, definitions)
        for name in types
        if name in changed
    ]


def _plan(
    old: DpType,
    changed: str,
    renamed: Mapping[str, str],
    definitions: Mapping[str, TypeNode],
) -> Plan:
    moves = _Moves(old, changed, renamed)
    known = {
        path: element
        for element in old.elements
        if (path := moves.new_path(element.path)) == element.path
    }
    # What is moved there takes the place of what was there.
    known |= {
        path: element
        for element in old.elements
        if (path := moves.new_path(element.path)) != element.path
    }
    numbers = {path: element.number for path, element in known.items()}
    root = definitions[old.name]
    draft = build_type(old.name, root, definitions, numbers, old.next_number)
    stays = {
        element.path: element.number
        for element in draft.elements
        if element.path in known and known[element.path].type is element.type
    }
    new = build_type(old.name, root, definitions, stays, old.next_number)
    origins = {one.path: known[one.path] for one in new.elements if one.path in known}
    return Plan(old, new, origins)


class _Moves:
    """Where elements are now, when those of a type are renamed."""

    def __init__(self, old: DpType, changed: str, renamed: Mapping[str, str]) -> None:
        prefixes: dict[str, str] = {}
        for element in old.elements:
            is_root = old.name == changed and not element.path
            if is_root or element.reference == changed:
                head = f"{element.path}." if element.path else ""
                for before, after in renamed.items():
                    prefixes[head + before] = head + after
        # The longest first: an element may be renamed within one that is.
        self._prefixes = sorted(prefixes.items(), key=lambda pair: -len(pair[0]))

    def new_path(self, path: str) -> str:
        """The new path of an old one."""
        for before, after in self._prefixes:
            if path == before or path.startswith(f"{before}."):
                return after + path[len(before) :]
        return path


def migrate(plan: Plan, datapoints: Sequence[Datapoint], outcome: Outcome) -> list[Element]:
    """Give datapoints the elements of the new type; returns those that are no more."""
    gone: list[Element] = []
    renamed: list[Element] = []
    removed = plan.removed
    for datapoint in datapoints:
        present = datapoint.elements
        datapoint.dp_type = plan.new
        datapoint.elements = [
            _element(datapoint, node, plan, present, outcome) for node in plan.new.elements
        ]
        gone += [present[node.index] for node in removed]
        for node in removed:
            _end(present[node.index], node, outcome)
        for node in plan.old.elements:
            element = present[node.index]
            if element.node.path != node.path:
                _end(element, node, outcome)
                renamed.append(element)
    if gone:
        outcome.entries.append(Removed([element.number for element in gone]))
    follow_names(renamed, outcome)
    return gone


def _element(
    datapoint: Datapoint,
    node: TypeElement,
    plan: Plan,
    present: Sequence[Element],
    outcome: Outcome,
) -> Element:
    origin = plan.origins.get(node.path)
    if origin is None:
        return Element(datapoint, node)
    old = present[origin.index]
    if origin.number == node.number:
        old.node = node
        return old
    return _converted(old, Element(datapoint, node), outcome)


def _converted(old: Element, new: Element, outcome: Outcome) -> Element:
    """An element with another type takes over what can be had without loss."""
    for name in _KEPT:
        attributes = old.stored(name)
        if attributes and (new.type.holds_value or CONFIGS[name].on_structs):
            new.restore(name, attributes)
            outcome.entries.append(config_set(new.number, name, attributes))
    new.judge()
    if new.type.holds_value and old.type.holds_value and old.sample.stime:
        try:
            value = _converted_value(old.sample.value, old.type, new.type)
        except OagwError:
            return new
        bits = judged_anew(old.sample, new.behaviour)
        sample: Sample = msgspec.structs.replace(old.sample, value=value, status=bits)
        outcome.take(new, sample)
    return new


def _converted_value(value: object, old: ElementType, new: ElementType) -> Value:
    """A value as one of another type, as if a client read the one and set the other.

    :raises OagwError: it would lose something.
    """
    read = to_wire(value, old)  # type: ignore[arg-type]
    if convert(read, old) != value:
        raise ConversionError(f"a client does not see all of {value!r}")
    return convert(read, new)


def _end(element: Element, node: TypeElement, outcome: Outcome) -> None:
    reason = ElementNotFoundError(
        f"the type {element.datapoint.dp_type.name} was changed: its element "
        f"'{node.path}' is another one now, or no more"
    )
    outcome.ended.update(dict.fromkeys(element.watched or (), reason))
    element.watched = None
