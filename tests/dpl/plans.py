"""A small plant as DPL text, and the plan of an import."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from oagw.dpl.plan import DplSource, Plan
from oagw.dpl.planner import plan_import
from oagw.model.dptypes import DpType, ElementType, TypeNode, build_type
from oagw.model.times import NS_PER_S

UTC = ZoneInfo("UTC")

NOW = 1_700_000_000 * NS_PER_S

NORMAL = "0x8300000000000101"

TYPES = """\
# DpType
TypeName
Pump.Pump\t1#1
\tvalue\t1#2
\t\tspeed\t22#3
\t\trunning\t23#4
\tlabel\t25#5

"""

DATAPOINTS = """\
# Datapoint/DpId
DpName\tTypeName\tID
P1\tPump\t17
P2\tPump

"""

PLANT = TYPES + DATAPOINTS

VALUE_COLUMNS = (
    "Manager/User\tElementName\tTypeName\t_original.._value\t_original.._status64"
    "\t_original.._stime\n"
)


def values(*rows: tuple[str, str, str]) -> str:
    """A section DpValue: element, type and cell of each row."""
    lines = [
        f"UI (1)/7\t{element}\t{dp_type}\t{cell}\t{NORMAL}\t14.11.2023 22:13:20.000\n"
        for element, dp_type, cell in rows
    ]
    return f"# DpValue\n{VALUE_COLUMNS}{''.join(lines)}\n"


def config(section: str, columns: str, *rows: str) -> str:
    """A section of a config; columns and rows with blanks for tabs, ``~`` for a blank."""
    head = f"# {section}\nManager/User ElementName TypeName {columns}\n".replace(" ", "\t")
    lines = "".join(
        f"ASC (1)/0\t{row.replace(' ', chr(9)).replace('~', ' ')}\n" for row in rows
    )
    return f"{head}{lines}\n"


class System:
    """A system as the planner sees it."""

    def __init__(
        self,
        types: Mapping[str, TypeNode] | None = None,
        datapoints: Mapping[str, str] | None = None,
        aliases: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        definitions = dict(types or {})
        self.types: Mapping[str, DpType] = {
            name: build_type(name, root, definitions) for name, root in definitions.items()
        }
        self._datapoints = datapoints or {}
        self._aliases = aliases or {}

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint."""
        name = self._datapoints.get(datapoint)
        return None if name is None else self.types[name]

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """The element with an alias."""
        return self._aliases.get(alias)


def plan(*texts: str, system: System | None = None, most: int | None = None) -> Plan:
    """The plan of files called ``a.dpl``, ``b.dpl``, ..."""
    sources = [DplSource(f"{chr(97 + at)}.dpl", text) for at, text in enumerate(texts)]
    return plan_import(sources, system or System(), "System1", NOW, UTC, most)


def problems(*texts: str, system: System | None = None) -> list[str]:
    return [str(problem) for problem in plan(*texts, system=system).problems]


def samples(found: Plan) -> dict[tuple[str, str], object]:
    """The values by datapoint and path."""
    types = {name: build_type(name, root, {}) for name, root in found.new_types.items()}
    owners = {one.name: types[one.dp_type] for one in found.datapoints}
    return {
        (name, owners[name].elements[place].path): sample.value
        for name, place, sample in found.values
    }


def leaf(name: str, kind: ElementType, number: int = 0) -> TypeNode:
    return TypeNode(name, kind, number)


PUMP_TYPE = TypeNode(
    "Pump",
    ElementType.STRUCT,
    1,
    (
        TypeNode(
            "value",
            ElementType.STRUCT,
            2,
            (leaf("speed", ElementType.FLOAT, 3), leaf("running", ElementType.BOOL, 4)),
        ),
        leaf("label", ElementType.STRING, 5),
    ),
)
