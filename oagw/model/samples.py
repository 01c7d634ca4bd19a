"""A sample: one value of an element with its time, status and user."""

from __future__ import annotations

import msgspec

from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.values import Value, default_value


class Sample(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was set at one time.

    :ivar value: the value, as :mod:`oagw.model.values` has it.
    :ivar stime: the source time in ns since the epoch.
    :ivar status: the 64 status bits (:mod:`oagw.model.status`).
    :ivar user: the number of the user who set it.
    """

    # The type is Any for msgspec: its union of types cannot tell the element's type.
    value: object
    stime: int
    status: int
    user: int


def initial_sample(kind: ElementType, value: Value | None = None) -> Sample:
    """The sample of an element that nobody has set yet; its source time is 1970."""
    if value is None:
        return _INITIAL[kind]
    return Sample(value, 0, status.NORMAL, 0)


#: One for each type: a plant has many elements that nobody has set.
_INITIAL = {kind: Sample(default_value(kind), 0, status.NORMAL, 0) for kind in ElementType}
