"""Times as queries write them: ``2007.10.06 09:00:00.000``, or as everywhere else."""

from __future__ import annotations

import re
from datetime import tzinfo

from oagw.model.times import parse_time

_SHORT_HOUR = re.compile(r"(?<=\d[T ])(?=\d:)", re.ASCII)
_DOTTED = re.compile(r"(\d{4})\.(\d\d?)\.(\d\d?)(?=\D|$)", re.ASCII)


def read_time(given: str | float, zone: tzinfo | None, *, clamp: bool = False) -> int:
    """Read a time, in ns since the epoch.

    :param zone: what a text without a zone is in; ``None`` is the server's local time.
    :param clamp: take the nearest time that can be stored for one that cannot.
    :raises ConversionError: it is not a time.
    :raises SourceTimeRangeError: it cannot be stored, without ``clamp``.
    """
    if isinstance(given, str):
        given = _DOTTED.sub(
            lambda date: f"{date[1]}-{date[2]:0>2}-{date[3]:0>2}", given.strip(), count=1
        )
        given = _SHORT_HOUR.sub("0", given, count=1)
    return parse_time(given, zone, clamp=clamp)
