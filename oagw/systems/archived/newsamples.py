"""Which reported samples are new to the archive."""

from __future__ import annotations

import msgspec

from oagw.model import status
from oagw.model.samples import Sample


def new_sample(last: Sample, told: Sample, now: int) -> Sample | None:
    """Return the sample to archive; ``None`` if there is nothing new.

    A value that becomes invalid because its system is away, or valid again because it is
    back, keeps its source time. The archive takes the present time instead: otherwise
    the archive would not show how long the value was unknown.

    :param last: the newest archived sample.
    :param told: the reported sample.
    :param now: in ns since the epoch.
    """
    if told.stime > last.stime:
        return told
    if told.stime == 0 or (told.value == last.value and told.status == last.status):
        # It was never set, or it is reported again after a reconnect.
        return None
    if (told.status ^ last.status) & status.AUT_INV:
        return msgspec.structs.replace(told, stime=max(now, last.stime))
    return told
