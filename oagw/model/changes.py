"""Changes of what there is, rather than of its values; and events that tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from oagw.model.dptypes import TypeNode


@dataclass(frozen=True, slots=True)
class CreateDatapoint:
    """Make a datapoint; all its elements have the defaults of their types."""

    name: str
    dp_type: str


@dataclass(frozen=True, slots=True)
class DeleteDatapoint:
    """Remove a datapoint; its history stays readable until retention removes it."""

    name: str


@dataclass(frozen=True, slots=True)
class CopyDatapoint:
    """Make a datapoint with the values and configs of another, but not its aliases."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RenameDatapoint:
    """Give a datapoint another name; values, configs and history stay with it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class CreateType:
    """Make a datapoint type; its name is the root's."""

    root: TypeNode


@dataclass(frozen=True, slots=True)
class ChangeType:
    """Give a datapoint type other elements.

    Elements that stay keep their values, configs and history.

    :ivar renamed: the new path of elements that are called otherwise now, by the old.
    """

    root: TypeNode
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeleteType:
    """Remove a datapoint type that nothing uses."""

    name: str


StructureChange: TypeAlias = (
    CreateDatapoint
    | DeleteDatapoint
    | CopyDatapoint
    | RenameDatapoint
    | CreateType
    | ChangeType
    | DeleteType
)


class EventKind(StrEnum):
    """What happened; the first six are those of WinCC OA's sysConnect."""

    DP_CREATED = "dpCreated"
    DP_DELETED = "dpDeleted"
    DP_RENAMED = "dpRenamed"
    DP_TYPE_CREATED = "dpTypeCreated"
    DP_TYPE_CHANGED = "dpTypeChanged"
    DP_TYPE_DELETED = "dpTypeDeleted"
    DP_ALIAS_CHANGED = "dpAliasChanged"
    DP_DESCRIPTION_CHANGED = "dpDescriptionChanged"
    DP_UNIT_CHANGED = "dpUnitChanged"
    DP_FORMAT_CHANGED = "dpFormatChanged"


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """Something that happened to a system's datapoints or types.

    :ivar name: the datapoint, element (complete) or type.
    :ivar dp_type: the type of a datapoint, else empty.
    :ivar new_name: what it is called now, if it was renamed, else empty.
    """

    kind: EventKind
    name: str
    dp_type: str = ""
    new_name: str = ""


class SystemFact(StrEnum):
    """What can be asked of a system as a whole."""

    REDUNDANT = "redundant"
    REDU_ACTIVE = "active of two"
    USER_ID = "number of a user"
    USER_NAME = "name of a user"
    VERSION = "version"


class Fact(StrEnum):
    """What can be asked of a name, besides the values of attributes."""

    EXISTS = "exists"
    TYPE_NAME = "type name"
    ELEMENT_TYPE = "element type"
    TYPE_REFERENCE = "type reference"
    ATTRIBUTE_TYPE = "attribute type"
