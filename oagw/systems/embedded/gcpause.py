"""The garbage collector and a large plant: what stays is none of its business."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Look for no garbage meanwhile: of millions of new objects none becomes any.

    To look at all of them takes half a second, in which nobody is served.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
