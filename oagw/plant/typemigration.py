"""Type changes with existing datapoints: elements that stay keep values and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from oagw.errors import ConversionError, ElementNotFoundError, OagwError
from oagw.model.behaviour import judged_anew
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.configs.declarations import (
    Config,
    kind_of,
)
from oagw.model.dptypes import DpType, ElementType, TypeElement, TypeNode, build_type
from oagw.model.identifiers import path_below
from oagw.model.values import Value, convert, to_wire
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.facts import ConfigRow, ConfigsChanged, ElementsDeleted
from oagw.plant.outcome import (
    VALUE,
    Outcome,
)


@dataclass(frozen=True, slots=True)
class TypeMigration:
    """A type before and after.

    :ivar origins: the present element at each new path, also if its type differs.
    """

    old: DpType
    new: DpType
    origins: Mapping[str, TypeElement]

    @property
    def removed(self) -> list[TypeElement]:
        """Deleted elements; an element whose type changes is deleted and created again."""
        return [one for one in self.old.elements if one.number not in self.new.by_number]

    @property
    def new_numbers(self) -> int:
        """The number of element numbers that new elements use."""
        return self.new.next_number - self.old.next_number

    @property
    def converted(self) -> list[TypeElement]:
        """New elements that take over from an element of another type."""
        return [
            one
            for one in self.new.elements
            if one.path in self.origins and self.origins[one.path].number != one.number
        ]

    @property
    def sources(self) -> list[tuple[TypeElement, int | None]]:
        """Each element of the new type with its old place; ``None`` if it is new."""
        old = self.old.by_number
        return [
            (one, old[one.number].index if one.number in old else None)
            for one in self.new.elements
        ]

    @property
    def paths(self) -> dict[str, str]:
        """The new path of each renamed element by its old one."""
        new = self.new.by_number
        return {
            one.path: new[one.number].path
            for one in self.old.elements
            if one.number in new and new[one.number].path != one.path
        }

    @property
    def ended(self) -> list[TypeElement]:
        """Elements that can no longer be watched under their old paths."""
        paths = self.paths
        deleted = {one.number for one in self.removed}
        return [
            one for one in self.old.elements if one.number in deleted or one.path in paths
        ]


def plan_migrations(
    root: TypeNode, renamed: Mapping[str, str], types: Mapping[str, DpType]
) -> list[TypeMigration]:
    """Plan the change of a type and of all types that refer to it.

    :raises OagwError: a type cannot be built.
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
) -> TypeMigration:
    moves = _Moves(old, changed, renamed)
    known = {
        path: element
        for element in old.elements
        if (path := moves.new_path(element.path)) == element.path
    }
    # A renamed element replaces the former element at its new path.
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
    return TypeMigration(old, new, origins)


class _Moves:
    """The new paths of elements when elements of a type are renamed."""

    def __init__(self, old: DpType, changed: str, renamed: Mapping[str, str]) -> None:
        prefixes: dict[str, str] = {}
        for element in old.elements:
            is_root = old.name == changed and not element.path
            if is_root or element.reference == changed:
                for before, after in renamed.items():
                    old_path = path_below(element.path, before)
                    prefixes[old_path] = path_below(element.path, after)
        # The longest first: an element may be renamed inside a renamed structure.
        self._prefixes = sorted(prefixes.items(), key=lambda pair: -len(pair[0]))

    def new_path(self, path: str) -> str:
        """The new path of an old one."""
        for before, after in self._prefixes:
            if path == before or path.startswith((f"{before}.", f"{before}[")):
                return after + path[len(before) :]
        return path


def migrate_datapoints(
    plan: TypeMigration, datapoints: Sequence[Datapoint], outcome: Outcome
) -> list[Element]:
    """Give datapoints the elements of the new type; returns the deleted elements."""
    deleted: list[Element] = []
    configs: list[ConfigRow] = []
    removed, converted, ended = plan.removed, plan.converted, plan.ended
    paths, sources = plan.paths, plan.sources
    for datapoint in datapoints:
        present = datapoint.elements
        datapoint.dp_type = plan.new
        datapoint.elements = _elements(datapoint, sources)
        for node in converted:
            new = datapoint.elements[node.index]
            old = present[plan.origins[node.path].index]
            configs += _take_over(old, new, outcome)
        deleted += [present[node.index] for node in removed]
        for node in ended:
            element = present[node.index]
            if element.watched is None:
                continue
            reason = ElementNotFoundError(
                f"the type {plan.new.name} was changed: its element '{node.path}' was "
                "deleted, renamed or replaced"
            )
            outcome.end_watches(element, reason)
        if paths:
            outcome.renamed[datapoint.name] = (datapoint, paths)
    if deleted:
        outcome.facts.append(ElementsDeleted([element.number for element in deleted]))
    if configs:
        outcome.facts.append(ConfigsChanged(configs))
    return deleted


def _elements(
    datapoint: Datapoint, sources: Sequence[tuple[TypeElement, int | None]]
) -> list[Element]:
    present = datapoint.elements
    elements = []
    for node, index in sources:
        if index is None:
            elements.append(Element(datapoint, node))
        else:
            element = present[index]
            element.node = node
            elements.append(element)
    return elements


def _take_over(old: Element, new: Element, outcome: Outcome) -> list[ConfigRow]:
    """Let an element of another type take over what converts without loss.

    :returns: its configs.
    """
    rows: list[ConfigRow] = []
    for name, attributes in (old.configs or {}).items():
        config = CONFIGS.get(name)
        if config is None:
            # The texts of unknown attributes.
            kept = dict(attributes)
        elif new.type.holds_value or config.on_structs:
            kept = _converted_config(config, attributes, old.type, new.type)
        else:
            continue
        if kept:
            new.replace_config(name, kept)
            rows.append((new.number, name, kept))
            outcome.mark(new, frozenset((name,)))
    new.apply_configs()
    if new.type.holds_value and old.type.holds_value and old.sample.stime:
        _take_value(old, new, outcome)
    return rows


def _take_value(old: Element, new: Element, outcome: Outcome) -> None:
    """Take over the present value, which the archive has already."""
    try:
        value = _converted_value(old.sample.value, old.type, new.type)
    except OagwError:
        return
    bits = judged_anew(msgspec.structs.replace(old.sample, value=value), new.behaviour)
    new.sample = msgspec.structs.replace(old.sample, value=value, status=bits)
    outcome.facts.append((new.number, new.sample))
    outcome.mark(new, VALUE)


def _converted_config(
    config: Config, attributes: Mapping[str, Value], old: ElementType, new: ElementType
) -> dict[str, Value]:
    """What is left of a config: attributes of the element's type only if they convert."""
    kept: dict[str, Value] = {}
    for key, value in attributes.items():
        detail, _, name = key.rpartition(".")
        kind = config.find(detail, name, config.name).kind
        before, after = kind_of(kind, old), kind_of(kind, new)
        if before is after:
            kept[key] = value
        elif before.holds_value and after.holds_value:
            with suppress(OagwError):
                kept[key] = _converted_value(value, before, after)
    return kept


def _converted_value(value: object, old: ElementType, new: ElementType) -> Value:
    """A value in another type, as if a client read the old and set the new element.

    A single value becomes a list of one.

    :raises OagwError: it would lose something.
    """
    if new.member is not None and old.member is None:
        return (_converted_value(value, old, new.member),)
    read = to_wire(value, old)  # type: ignore[arg-type]
    if convert(read, old) != value:
        raise ConversionError(f"a client does not see all of {value!r}")
    found = convert(read, new)
    if _loses_digits(value, found):
        raise ConversionError(f"{value!r} as {new.keyword} would lose digits")
    return found


def _loses_digits(value: object, found: object) -> bool:
    """Whether a float, or one in a list, is only the nearest to the integer."""
    if isinstance(value, tuple) and isinstance(found, tuple):
        return any(map(_loses_digits, value, found))
    return isinstance(value, int) and isinstance(found, float) and found != value
