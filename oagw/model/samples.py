"""A sample: one value of an element, with its time, status and user."""

from __future__ import annotations

import msgspec

from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.values import Value, default_value


class Sample(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The value of an element at one time.

    :ivar value: the value, in the form of :mod:`oagw.model.values`.
    :ivar stime: the source time in ns since the epoch.
    :ivar status: the 64 status bits (:mod:`oagw.model.status`).
    :ivar user: the number of the user who set it.
    """

    # Any for msgspec: a union of the value types does not show the type of the element.
    value: object
    stime: int
    status: int
    user: int


def initial_sample(kind: ElementType, value: Value | None = None) -> Sample:
    """Return the sample of an element that was never set; its source time is 1970."""
    if value is None:
        return _INITIAL[kind]
    return Sample(value, 0, status.NORMAL, 0)


#: One shared sample for each type, because a plant has many elements that were never set.
_INITIAL = {kind: Sample(default_value(kind), 0, status.NORMAL, 0) for kind in ElementType}
