"""Commands that create, change and delete datapoints and types."""

from __future__ import annotations

from typing import Any

import msgspec

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command, one_of


class OneDatapoint(Command, kw_only=True):
    """A command about one datapoint; its name may be in any of these arguments."""

    dp: str | None = None
    name: str | None = None

    def check(self) -> None:
        """It must be named, and once."""
        one_of(self.dp, self.name, meant="a Dp, the name of the datapoint")

    @property
    def datapoint(self) -> str:
        """The name, as the client wrote it."""
        return one_of(self.dp, self.name, meant="a Dp")


class OneElement(Command, kw_only=True):
    """A command about one element; its name may be in any of these arguments."""

    dp: str | None = None
    dpe: str | None = None
    name: str | None = None

    def check(self) -> None:
        """It must be named, and once."""
        one_of(self.dp, self.dpe, self.name, meant="a Dp, the name of the element")

    @property
    def element(self) -> str:
        """The name, as the client wrote it."""
        return one_of(self.dp, self.dpe, self.name, meant="a Dp")


class DpCreate(OneDatapoint):
    """Create a datapoint."""

    type: str


class DpDelete(OneDatapoint):
    """Delete a datapoint."""


class DpRename(OneDatapoint):
    """Give a datapoint another name."""

    new_name: str


class DpCopy(Command):
    """Create a datapoint with the values and configs of another."""

    source: str | None = None
    destination: str | None = None
    from_: str | None = msgspec.field(default=None, name="From")
    to: str | None = None

    def check(self) -> None:
        """Both must be named."""
        one_of(self.source, self.from_, meant="a Source, the datapoint to copy")
        one_of(self.destination, self.to, meant="a Destination, the name of the copy")

    @property
    def source_name(self) -> str:
        """The datapoint to copy, as the client wrote it."""
        return one_of(self.source, self.from_, meant="a Source")

    @property
    def destination_name(self) -> str:
        """The name of the copy, as the client wrote it."""
        return one_of(self.destination, self.to, meant="a Destination")


class DpTypeCreate(Command):
    """Create a datapoint type; ``node`` is its definition."""

    node: Any


class DpTypeChange(Command):
    """Give a datapoint type other elements."""

    node: Any


class DpTypeDelete(Command):
    """Delete a datapoint type."""

    type: str


class DpSetAlias(OneElement):
    """Set the alias of an element; the empty text removes it."""

    alias: str


class DpSetDescription(OneElement):
    """Set the description of an element, in one language or in several by name."""

    description: str | dict[str, str]


class DpSetUnit(OneElement):
    """Set the unit of an element."""

    unit: str | dict[str, str]


class DpSetFormat(OneElement):
    """Set the format of an element."""

    format: str | dict[str, str]


class SysConnect(Command):
    """Get an event whenever a datapoint or a type is created, changed or deleted."""

    events: list[str] | None = None

    def check(self) -> None:
        """At least one event, if they are named."""
        if self.events is not None and not self.events:
            raise ParameterError("Events is empty; leave it out to get all events")


class SysDisconnect(Command):
    """End a SysConnect."""
