"""What of that which a system tells of an element is to be archived."""

from __future__ import annotations

import msgspec

from oagw.model import status
from oagw.model.samples import Sample


def new_sample(last: Sample, told: Sample, now: int) -> Sample | None:
    """The sample to be archived; ``None`` if it is there already, or is none.

    A value that becomes invalid because its system is away, or valid again because it is
    back, keeps its source time. In the archive that happens when it happens, for else
    nobody could see from when to when the value was not known.

    :param last: the newest that was archived.
    :param now: in ns since the epoch.
    """
    if told.stime > last.stime:
        return told
    if told.stime == 0 or (told.value == last.value and told.status == last.status):
        # Nobody has set it yet, or it is told again, as after a reconnect.
        return None
    if (told.status ^ last.status) & status.AUT_INV:
        return msgspec.structs.replace(told, stime=max(now, last.stime))
    return told
