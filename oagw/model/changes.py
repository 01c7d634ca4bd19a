"""Changes to datapoints and types, and the events that report them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from oagw.model.dptypes import TypeNode


@dataclass(frozen=True, slots=True)
class CreateDatapoint:
    """Create a datapoint; all its elements have the default values of their types."""

    name: str
    dp_type: str


@dataclass(frozen=True, slots=True)
class DeleteDatapoint:
    """Delete a datapoint; its history stays readable until the retention time ends."""

    name: str


@dataclass(frozen=True, slots=True)
class CopyDatapoint:
    """Create a datapoint with the values and configs of another, without its aliases."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RenameDatapoint:
    """Rename a datapoint; values, configs and history stay with it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class CreateType:
    """Create a datapoint type; the name of the root is the name of the type."""

    root: TypeNode


@dataclass(frozen=True, slots=True)
class ChangeType:
    """Replace the elements of a datapoint type.

    Elements that stay keep their values, configs and history.

    :ivar renamed: the new path of each renamed element, by its old path.
    """

    root: TypeNode
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeleteType:
    """Delete a datapoint type that has no datapoints and is not referenced."""

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
    """The kind of an event; the first six are those of WinCC OA's sysConnect."""

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
    """A change to the datapoints or types of a system.

    :ivar name: the datapoint, the element (complete name) or the type.
    :ivar dp_type: the type of the datapoint; empty for other events.
    :ivar new_name: the new name after a rename; empty for other events.
    """

    kind: EventKind
    name: str
    dp_type: str = ""
    new_name: str = ""


class SystemFact(StrEnum):
    """A property of a whole system that a client can query."""

    REDUNDANT = "redundant"
    REDU_ACTIVE = "active of two"
    USER_ID = "number of a user"
    USER_NAME = "name of a user"
    VERSION = "version"


class Fact(StrEnum):
    """A property of a name that a client can query, other than an attribute."""

    EXISTS = "exists"
    TYPE_NAME = "type name"
    ELEMENT_TYPE = "element type"
    TYPE_REFERENCE = "type reference"
    ATTRIBUTE_TYPE = "attribute type"
