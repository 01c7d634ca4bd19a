"""``oagw archive adopt`` and ``discard``: going on where stores do not belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oagw.cli.archives import Place, all_places
from oagw.cli.clierrors import CommandError
from oagw.cli.versions import check_versions
from oagw.config.settings import Settings
from oagw.gateway.repair import repair
from oagw.gateway.stores import (
    adopt,
    discard,
    mismatches,
)
from oagw.storage.damage import StorageError
from oagw.storage.pairing import ARCHIVE
from oagw.storage.statedir import StateDirectory, replaced_directory


def check_belonging(place: Place, settings: Settings) -> None:
    """Refuse to read values whose elements are not known for sure.

    :raises CommandError: the stores do not belong together, or are of a later version.
    :raises OagwError: the database that is configured cannot be reached.
    """
    check_versions(place.directory)
    found = mismatches(place.directory, settings)
    if found:
        raise CommandError("\n".join(found))


def adopt_all(state: Path, settings: Settings) -> list[str]:
    """Go on with what is there, wherever stores do not belong together.

    Gives a sentence for each fault that was.

    :raises CommandError: the files cannot be used, or there was no fault.
    """
    lines: list[str] = []
    kept = replaced_directory(state)
    with _held(state):
        for place in _known(state, settings):
            found = mismatches(place.directory, settings)
            if found:
                adopt(place.directory, kept / place.below, settings)
                lines += [f"adopted: {fault.partition('; ')[0]}" for fault in found]
    if not lines:
        raise CommandError(f"nothing was done: all stores of {state} belong together")
    if kept.exists():
        lines.append(f"months of other archives are in {kept}")
    return lines


def discard_mismatched(state: Path, settings: Settings) -> list[str]:
    """Put archives aside that do not belong to their datapoints; gives where they are.

    :raises CommandError: the files cannot be used, or there is none.
    """
    lines: list[str] = []
    kept = replaced_directory(state)
    with _held(state):
        for place in _known(state, settings):
            if mismatches(place.directory, settings):
                discard(place.directory, kept / place.below)
                lines.append(f"{place.title}{ARCHIVE} is in {kept / place.below}")
    if not lines:
        raise CommandError(
            f"nothing was done: all stores of {state} belong together; values are deleted "
            "with 'oagw archive delete'"
        )
    return lines


def repair_all(state: Path, settings: Settings) -> list[str]:
    """Keep what is whole of damaged files; gives a sentence for each thing that is lost.

    :raises CommandError: the files cannot be used.
    """
    kept = replaced_directory(state)
    with _held(state):
        return [
            line
            for place in _known(state, settings)
            for line in repair(place.directory, kept / place.below)
        ]


def _known(state: Path, settings: Settings) -> list[Place]:
    """All systems; nothing is changed unless this oagw knows the files of each.

    :raises CommandError: one has files of a later version.
    """
    found = list(all_places(state, settings))
    for place in found:
        check_versions(place.directory)
    return found


@contextmanager
def _held(state: Path) -> Iterator[None]:
    """The state directory, which no gateway uses.

    :raises CommandError: it, or a file in it, cannot be used.
    """
    if not state.is_dir():
        raise CommandError(f"{state} is no state directory of a gateway that has run")
    try:
        with closing(StateDirectory(state)):
            yield
    except StorageError as error:
        raise CommandError(str(error)) from error
