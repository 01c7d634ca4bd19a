"""Events of the systems' structure, for the subscribers of SysConnect."""

from __future__ import annotations

from collections.abc import Collection

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.model.changes import (
    EventKind,
    SystemEvent,
)
from oagw.wire.codec import encode


class SystemEvents:
    """The subscribers to each kind of event."""

    def __init__(self) -> None:
        self._audiences = {kind: Audience() for kind in EventKind}

    def connect(self, kinds: Collection[EventKind], subscriber: Subscriber) -> None:
        """Send a subscriber events of these kinds from now on."""
        for kind in kinds:
            self._audiences[kind].add(subscriber)

    def disconnect(self, kinds: Collection[EventKind], subscriber: Subscriber) -> None:
        """Undo :meth:`connect`."""
        for kind in kinds:
            self._audiences[kind].remove(subscriber)

    def notify(self, event: SystemEvent) -> None:
        """Send an event to the subscribers of its kind."""
        audience = self._audiences[event.kind]
        if audience:
            audience.notify(_fields(event))


def _fields(event: SystemEvent) -> bytes:
    """The fields of an event as JSON, without the braces."""
    about_type = event.kind in (
        EventKind.DP_TYPE_CREATED,
        EventKind.DP_TYPE_CHANGED,
        EventKind.DP_TYPE_DELETED,
    )
    fields = {"Event": event.kind.value, "Type" if about_type else "Dp": event.name}
    if event.dp_type:
        fields["Type"] = event.dp_type
    if event.new_name:
        fields["NewName"] = event.new_name
    return encode(fields)[1:-1]
