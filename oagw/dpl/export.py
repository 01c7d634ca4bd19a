"""Writing DPL files: in an order and form of their own, so that equal plants are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Protocol, TypeAlias

from oagw.dpl.configrows import UNKNOWN
from oagw.dpl.dplcells import (
    Comment,
    format_cell,
    format_comment,
    is_exact,
)
from oagw.dpl.dpltimes import format_moment
from oagw.dpl.dplwriter import (
    CONFIG_SECTIONS,
    HEADER,
    SECTION_COLUMNS,
    section,
)
from oagw.dpl.strings import quote, quote_name
from oagw.dpl.types import TypeText, write_types
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.configs.declarations import kind_of
from oagw.model.dptypes import DpType, TypeElement, TypeNode
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value

#: What Aliases/Comments has in one cell.
_TEXTS = ("_description", "_format", "_unit")
_MANAGER = "ASC (1)/0"


class ExportedDatapoint(Protocol):
    """A datapoint that is written."""

    name: str
    dp_type: DpType
    dp_id: int


class ExportedElement(Protocol):
    """An element whose value and configs are written."""

    sample: Sample

    @property
    def node(self) -> TypeElement:
        """Its place in its type."""
        ...

    @property
    def name(self) -> str:
        """``Dp.element``."""
        ...

    @property
    def configs(self) -> Mapping[str, Mapping[str, Value]] | None:
        """What is set of its stored configs."""
        ...

    @property
    def datapoint(self) -> ExportedDatapoint:
        """The datapoint that it belongs to."""
        ...


_KEYS = ("Manager/User", "ElementName", "TypeName")


class CellText(str):
    """A cell that was kept as it stands, because nobody knows how to read it."""


#: An element and what is set of one of its configs. Taken once: a running system changes.
_Having: TypeAlias = tuple[ExportedElement, Mapping[str, Value]]


def export(
    types: Sequence[TypeNode],
    datapoints: Sequence[ExportedDatapoint],
    elements: Sequence[ExportedElement],
    kept: Sequence[tuple[str, str]],
    zone: tzinfo | None = None,
) -> Iterator[str]:
    """The lines of a DPL file.

    :param kept: name and text of sections that an import has kept.
    :param zone: the zone that times are written in; ``None`` is local time.
    """
    yield f"{HEADER}\n\n"
    if types:
        yield from write_types(map(_type_text, types))
    if datapoints:
        rows = (
            (
                quote_name(one.name),
                quote_name(one.dp_type.name),
                str(one.dp_id) if one.dp_id else "",
            )
            for one in datapoints
        )
        yield from section("Datapoint/DpId", SECTION_COLUMNS["Datapoint/DpId"], rows)
    yield from _section_if_any("Aliases/Comments", _comments(elements))
    yield from _section_if_any("DpValue", _values(elements, zone))
    for name, config in CONFIG_SECTIONS.items():
        yield from _config_sections(name, config, _having(elements, config), zone)
    for config in _other_configs(elements):
        having = _having(elements, config)
        yield from _config_section("GeneralConfig", config, _KEYS, having, zone)
    yield from _exact_texts(elements, zone)
    for _, text in kept:
        yield f"{text.rstrip()}\n\n"


def _having(elements: Iterable[ExportedElement], config: str) -> list[_Having]:
    """The elements that have a config, and what is set of it, texts of cells included."""
    unknown = f"{UNKNOWN}{config}"
    return [
        (one, _attributes(one.configs, config, unknown))
        for one in elements
        if one.configs and (config in one.configs or unknown in one.configs)
    ]


def _attributes(
    configs: Mapping[str, Mapping[str, Value]], config: str, unknown: str
) -> Mapping[str, Value]:
    texts = configs.get(unknown)
    if texts is None:
        return configs[config]
    kept = {key: CellText(text) for key, text in texts.items()}
    return {**kept, **configs.get(config, {})}


def _other_configs(elements: Iterable[ExportedElement]) -> list[str]:
    """Configs that are not known at all, of which only texts were kept."""
    names = {name for one in elements for name in one.configs or ()}
    unknown = {name.removeprefix(UNKNOWN) for name in names if name.startswith(UNKNOWN)}
    return sorted(unknown - set(CONFIG_SECTIONS.values()))


def _exact_texts(elements: Iterable[ExportedElement], zone: tzinfo | None) -> Iterator[str]:
    """Comments that Aliases/Comments cannot have: an attribute in each column."""
    having: list[_Having] = []
    for element in elements:
        common = element.configs.get("_common") if element.configs else None
        if common and not is_exact(_comment(common)):
            having.append((element, {name: _texts(common, name) for name in _TEXTS}))
    columns = (*_KEYS, *(f"_common..{name}" for name in _TEXTS))
    yield from _config_section("GeneralConfig", "_common", columns, having, zone)


def _section_if_any(name: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    rows = list(rows)
    if rows:
        yield from section(name, SECTION_COLUMNS[name], rows)


def _type_text(root: TypeNode) -> TypeText:
    """A definition whose elements all have ids; new ones come after the highest."""
    used: set[int] = set()
    _collect_ids(root, used)
    following = iter(range(max(used, default=0) + 1, 1 << 31))
    return _with_ids(root, set(), following)


def _collect_ids(node: TypeNode, used: set[int]) -> None:
    used.add(node.number)
    for child in node.children:
        _collect_ids(child, used)


def _with_ids(node: TypeNode, given: set[int], following: Iterator[int]) -> TypeText:
    number = node.number
    if not number or number in given:
        number = next(following)
    given.add(number)
    children = [_with_ids(child, given, following) for child in node.children]
    reference = node.reference or None
    return TypeText(node.name, int(node.type), number, reference, children)


def _comments(elements: Iterable[ExportedElement]) -> Iterator[Sequence[str]]:
    for element in elements:
        configs = element.configs
        common = configs.get("_common") if configs else None
        if not common:
            continue
        comment = _comment(common)
        has_text = comment.description or comment.format or comment.unit
        yield (
            quote_name(element.name),
            quote(str(common.get("_alias", ""))),
            format_comment(comment) if has_text and is_exact(comment) else "",
        )


def _comment(common: Mapping[str, Value]) -> Comment:
    return Comment(*(_texts(common, name) for name in _TEXTS))


def _texts(common: Mapping[str, Value], name: str) -> dict[str, str]:
    found = common.get(name)
    return found if isinstance(found, dict) else {}


def _values(
    elements: Iterable[ExportedElement], zone: tzinfo | None
) -> Iterator[Sequence[str]]:
    for element in elements:
        kind, sample = element.node.type, element.sample
        if not kind.holds_value or sample == initial_sample(kind):
            continue
        yield (
            f"ASC (1)/{sample.user}",
            quote_name(element.name),
            quote_name(element.datapoint.dp_type.name),
            format_cell(sample.value, kind, zone),  # type: ignore[arg-type]
            hex(sample.status),
            format_moment(sample.stime, zone),
        )


def _config_sections(
    name: str, config: str, having: Sequence[_Having], zone: tzinfo | None
) -> Iterator[str]:
    """The section of a config; of ``_general`` one for each set of attributes."""
    if config != "_general":
        yield from _config_section(name, config, SECTION_COLUMNS[name], having, zone)
        return
    groups: dict[tuple[str, ...], list[_Having]] = {}
    for one in having:
        key = tuple(sorted(key for key in one[1] if key != "_type"))
        groups.setdefault(key, []).append(one)
    for key in sorted(groups):
        columns = (*_KEYS, f"{config}.._type", *(f"{config}..{one}" for one in key))
        yield from _config_section(name, config, columns, groups[key], zone)


def _config_section(
    name: str,
    config: str,
    standard: Sequence[str],
    having: Sequence[_Having],
    zone: tzinfo | None,
) -> Iterator[str]:
    if not having:
        return
    keys = {key for _, attributes in having for key in attributes}
    used = {f"{config}..{key.rpartition('.')[2]}" for key in keys}
    columns = [*standard, *sorted(used - set(standard))]
    if any("." in key for key in keys) and "DetailNr" not in columns:
        columns.insert(columns.index("TypeName") + 1, "DetailNr")
    rows = (row for one in having for row in _config_rows(config, columns, *one, zone))
    yield from section(name, columns, rows)


def _config_rows(
    config: str,
    columns: Sequence[str],
    element: ExportedElement,
    attributes: Mapping[str, Value],
    zone: tzinfo | None,
) -> Iterator[Sequence[str]]:
    """A row for the config, and one for each of its details."""
    by_detail: dict[str, dict[str, Value]] = {"": {}}
    for key, value in attributes.items():
        detail, _, attribute = key.rpartition(".")
        by_detail.setdefault(detail, {})[attribute] = value
    if "_type" not in by_detail[""] and any(map(_is_read, attributes.values())):
        by_detail[""]["_type"] = CONFIGS[config].creates
    if not by_detail[""]:
        del by_detail[""]
    for detail in sorted(by_detail, key=_detail_order):
        cells = {
            f"{config}..{attribute}": _cell(config, detail, attribute, value, element, zone)
            for attribute, value in by_detail[detail].items()
        }
        cells |= {
            "Manager/User": _MANAGER,
            "ElementName": quote_name(element.name),
            "TypeName": quote_name(element.datapoint.dp_type.name),
            "DetailNr": detail,
        }
        yield [cells.get(column, "") for column in columns]


def _is_read(value: Value) -> bool:
    return not isinstance(value, CellText)


def _detail_order(detail: str) -> tuple[int, str]:
    return (int(detail) if detail.isdigit() else 1_000 * bool(detail), detail)


def _cell(
    config: str,
    detail: str,
    attribute: str,
    value: Value,
    element: ExportedElement,
    zone: tzinfo | None,
) -> str:
    if isinstance(value, CellText):
        return quote(value) if "\n" in value or "\t" in value else value
    found = CONFIGS[config].find(detail, attribute, attribute)
    # An empty cell would be nothing set; one blank is an empty list.
    return format_cell(value, kind_of(found.kind, element.node.type), zone) or " "
