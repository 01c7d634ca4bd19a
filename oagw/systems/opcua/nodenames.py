"""Names of elements for variables of an address space: stable and configurable."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.identifiers import FORBIDDEN, MAX_LENGTH, is_name
from oagw.systems.opcua.nodeids import NodeTextError, read_node_text
from oagw.systems.opcua.nodes import Variable

#: The parts of a pattern: several levels, a part of one level, literal text.
_WILD = re.compile(r"\*\*|\*|[^*]+")
_HOLE = re.compile(r"\$(\d)")
_COLUMNS = ("node", "name", "type", "writable", "history", "path")


class NamingError(Exception):
    """A rule or a table is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names variables whose path matches a pattern.

    :ivar template: ``$1`` is the match of the first ``*``; empty leaves variables out.
    """

    pattern: re.Pattern[str]
    template: str

    def name(self, path: str) -> str | None:
        """The name of a variable; ``None`` if the pattern does not match."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return _HOLE.sub(lambda hole: _part(found[int(hole[1])]), self.template)


def read_rule(line: str) -> Rule:
    """Read a rule of the configuration: ``Plant/*/Values/* = $1.$2``.

    :raises NamingError: the line is not a rule.
    """
    path, equals, template = (part.strip() for part in line.partition("="))
    if not path or not equals:
        raise NamingError(
            f"'{line}' is not a rule; write it as in Plant/*/Values/* = $1.$2"
        )
    count = 0
    expression = ""
    for one in _WILD.findall(path):
        if one.startswith("*"):
            count += 1
            expression += "(.*)" if one == "**" else "([^/]*)"
        else:
            expression += re.escape(one)
    wanted = [int(number) for number in _HOLE.findall(template)]
    if any(not 1 <= number <= count for number in wanted):
        raise NamingError(f"'{line}': its pattern has {count} wildcards")
    if template and "." not in template:
        raise NamingError(f"'{line}': the name needs a dot before the element")
    return Rule(re.compile(expression), template)


@dataclass(frozen=True, slots=True)
class Kept:
    """A node of the kept table.

    :ivar path: its browse names as text, see :func:`path_text`; empty if unknown.
    :ivar line: the line of the table, unchanged.
    """

    name: str
    path: str = ""
    line: str = ""


def path_text(path: Sequence[str]) -> str:
    """Join browse names with slashes; ``&`` escapes a slash within one."""
    return "/".join(one.replace("&", "&&").replace("/", "&/") for one in path)


def read_table(text: str, source: str) -> dict[str, str]:
    """Read names by node ids from CSV with the columns ``node`` and ``name``.

    :param source: the file's name, for messages.
    :raises NamingError: the text is not such a table.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not {"node", "name"} <= set(reader.fieldnames or ()):
        raise NamingError(f"{source}: the first line must name the columns node and name")
    names: dict[str, str] = {}
    taken: set[str] = set()
    for row in reader:
        line = f"{source}: line {reader.line_num}"
        name = (row["name"] or "").strip()
        try:
            node = str(read_node_text((row["node"] or "").strip()))
        except NodeTextError as error:
            raise NamingError(f"{line}: {error}") from error
        _check_name(name, line)
        if node in names:
            raise NamingError(f"{line}: '{node}' occurs twice")
        if name and name in taken:
            raise NamingError(f"{line}: '{name}' is the name of another node")
        names[node] = name
        taken.add(name)
    return names


def _check_name(name: str, line: str) -> None:
    if name and not _is_element(name):
        raise NamingError(
            f"{line}: '{name}' cannot be the name of an element; write it as in Pump1.speed"
        )


def write_table(rows: Iterable[tuple[Variable, str]]) -> str:
    """Write the table of variables and their names as CSV."""
    lines = [_line(_COLUMNS)]
    for one, name in rows:
        writable, history = (
            "yes" if flag else "no" for flag in (one.is_writable, one.has_history)
        )
        keyword = one.kind.keyword
        lines.append(
            _line((one.node, name, keyword, writable, history, path_text(one.path)))
        )
    return "".join(lines)


def _line(cells: Sequence[str]) -> str:
    """Write a line of a table; line ends within cells are kept."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return f"{text.getvalue()[:-2]}\n"


def read_kept(text: str, source: str) -> dict[str, Kept]:
    """Read the nodes of a table from :func:`write_table`.

    :raises NamingError: the text is not such a table.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    kept: dict[str, Kept] = {}
    for row in reader:
        line = f"{source}: line {reader.line_num}"
        if reader.line_num == 1 and row[:2] == ["node", "name"]:
            continue
        if len(row) < 2:
            raise NamingError(f"{line}: the name is missing")
        node, name = row[:2]
        _check_name(name, line)
        if node in kept:
            raise NamingError(f"{line}: '{node}' occurs twice")
        path = row[5] if len(row) > 5 else ""
        kept[node] = Kept(name, path, _line(row))
    return kept


def name_variables(
    variables: Sequence[Variable],
    rules: Sequence[Rule],
    given: Mapping[str, str],
    kept: Mapping[str, Kept],
) -> dict[Variable, str]:
    """Name variables; those without a name are left out.

    :param given: names by node ids, before all rules; an empty one leaves the node out.
    :param kept: former names; nodes keep them unless a rule says otherwise.
    """
    names: dict[Variable, str] = {}
    taken = _Taken()
    waiting: list[Variable] = []
    for one in variables:
        name = given.get(one.node)
        if name is None:
            # A user may have written the index of the namespace instead of its URI.
            name = given.get(one.place)
        if name is None:
            waiting.append(one)
        elif name and taken.take(name):
            names[one] = name
    # Nodes that had the name, or a numbered form of it, come before new ones.
    fresh: list[tuple[Variable, str]] = []
    for one in waiting:
        wanted = _wanted(one, rules)
        if wanted is None:
            continue
        before = kept.get(one.node)
        if before and _is_made_of(before.name, wanted) and taken.take(before.name):
            names[one] = before.name
        else:
            fresh.append((one, wanted))
    present = {one.node for one in variables}
    away = [one for node, one in kept.items() if one.path and node not in present]
    heirs = _heirs([one for one, _ in fresh], away)
    reserved = {one.name for one in away}
    # Variables with exactly this name come before those whose name was adapted.
    fresh.sort(key=lambda pair: not _is_own(*pair))
    for one, wanted in fresh:
        before = heirs.get(one)
        if before and _is_made_of(before.name, wanted) and taken.take(before.name):
            names[one] = before.name
            continue
        at_element = taken.may_hold(wanted)
        versions = _versions(wanted, at_element)
        names[one] = next(
            name for name in versions if name not in reserved and taken.take(name)
        )
    return {one: names[one] for one in variables if one in names}


def _heirs(fresh: Sequence[Variable], away: Iterable[Kept]) -> dict[Variable, Kept]:
    """Match new variables with former nodes of the same, unique path.

    Some servers give their nodes new ids at each start.
    """
    before: dict[str, list[Kept]] = {}
    for one in away:
        before.setdefault(one.path, []).append(one)
    after: dict[str, list[Variable]] = {}
    for variable in fresh:
        after.setdefault(path_text(variable.path), []).append(variable)
    return {
        variables[0]: before[path][0]
        for path, variables in after.items()
        if len(variables) == 1 and len(before.get(path, ())) == 1
    }


def _is_own(one: Variable, name: str) -> bool:
    """Whether a name is exactly the path of its variable."""
    own = ".".join(one.path)
    return name in (own, f"{own}.")


def _wanted(one: Variable, rules: Sequence[Rule]) -> str | None:
    path = "/".join(one.path)
    for rule in rules:
        name = rule.name(path)
        if name is not None:
            return name if name and _is_element(name) else None
    *above, last = map(_part, one.path)
    if not above:
        return f"{last}."
    return f"{_short('_'.join(above))}.{last}"


def _part(text: str) -> str:
    """Make a part of a name of a browse name, or of several levels."""
    fine = "".join(
        "_" if one in FORBIDDEN or one in "/ " or not one.isprintable() else one
        for one in text
    )
    return _short(fine) or "_"


def _short(text: str) -> str:
    # Room for a number.
    return text[: MAX_LENGTH - 8]


def _is_element(name: str) -> bool:
    datapoint, dot, path = name.partition(".")
    parts = path.split(".") if path else []
    return bool(dot) and all(is_name(part) for part in (datapoint, *parts))


def _versions(wanted: str, at_element: bool) -> Iterator[str]:
    """Yield a name, and numbered forms of it for the case that it is taken.

    :param at_element: number the element; otherwise the datapoint.
    """
    yield wanted
    for number in range(2, 1_000_000):
        yield _numbered(wanted, str(number))[0 if at_element else 1]


def _numbered(wanted: str, number: str) -> tuple[str, str]:
    """Return a name numbered at the element, and one numbered at the datapoint."""
    datapoint, _, path = wanted.partition(".")
    other = f"{datapoint}_{number}.{path}"
    return (f"{wanted}_{number}" if path else other), other


def _is_made_of(name: str, wanted: str) -> bool:
    if name == wanted:
        return True
    parts = (name.partition(".")[0], name)
    numbers = (part.rstrip(".").rpartition("_")[2] for part in parts)
    return any(one.isdecimal() and name in _numbered(wanted, one) for one in numbers)


class _Taken:
    """Element names in use; none may be below an element that holds a value."""

    def __init__(self) -> None:
        self._leaves: set[str] = set()
        self._above: set[str] = set()

    def may_hold(self, name: str) -> bool:
        """Whether no element above this one holds a value."""
        return self._leaves.isdisjoint(_above(name))

    def take(self, name: str) -> bool:
        """Use a name if it is free; returns whether it was."""
        above = list(_above(name))
        if name in self._leaves or name in self._above:
            return False
        if not self._leaves.isdisjoint(above):
            return False
        self._leaves.add(name)
        self._above.update(above)
        return True


def _above(name: str) -> Iterator[str]:
    """The names of the elements above one, the root first."""
    datapoint, _, path = name.partition(".")
    if not path:
        return
    yield f"{datapoint}."
    parts = path.split(".")
    for count in range(1, len(parts)):
        yield f"{datapoint}.{'.'.join(parts[:count])}"


@dataclass(frozen=True, slots=True)
class Design:
    """Types and datapoints for variables.

    :ivar types: the definition of each type, by name.
    :ivar datapoints: the type of each datapoint, by name.
    """

    types: Mapping[str, TypeNode]
    datapoints: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NamePlan:
    """Names, types and datapoints for the variables of a server.

    :ivar names: the names of variables that have one, in the order of the variables.
    """

    names: Mapping[Variable, str]
    design: Design


def design(names: Mapping[Variable, str]) -> Design:
    """Group variables into datapoints; equal ones share a type."""
    found: dict[str, dict[str, Variable]] = {}
    for one, name in names.items():
        datapoint, _, path = name.partition(".")
        found.setdefault(datapoint, {})[path] = one
    types: dict[str, TypeNode] = {}
    datapoints: dict[str, str] = {}
    shapes: dict[tuple[str, TypeNode], str] = {}
    for datapoint, elements in sorted(found.items()):
        base = _type_name(datapoint, elements)
        shape = _tree("", [(path, one.kind) for path, one in sorted(elements.items())])
        known = shapes.get((base, shape))
        if known is None:
            known = next(name for name in _type_versions(base) if name not in types)
            shapes[base, shape] = known
            types[known] = TypeNode(known, shape.type, 0, shape.children)
        datapoints[datapoint] = known
    return Design(types, datapoints)


def _type_name(datapoint: str, elements: Mapping[str, Variable]) -> str:
    root = elements.get("")
    if root is not None:
        return f"OpcUa_{root.kind.keyword}"
    owners = {one.owner for one in elements.values()}
    return _part(owners.pop() if len(owners) == 1 and owners != {""} else datapoint)


def _type_versions(base: str) -> Iterator[str]:
    yield base
    for number in range(2, 1_000_000):
        yield f"{base}_{number}"


def _tree(name: str, paths: Sequence[tuple[str, ElementType]]) -> TypeNode:
    if len(paths) == 1 and not paths[0][0]:
        return TypeNode(name, paths[0][1])
    children: dict[str, list[tuple[str, ElementType]]] = {}
    for path, kind in paths:
        first, _, rest = path.partition(".")
        children.setdefault(first, []).append((rest, kind))
    nodes = tuple(_tree(first, below) for first, below in children.items())
    return TypeNode(name, ElementType.STRUCT, 0, nodes)
