"""``oagw archive adopt``, ``discard`` and ``repair``: mismatched and damaged stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oagw.archives.enginetable import engine_of
from oagw.cli.archiveplaces import ArchivePlace, all_places
from oagw.cli.clierrors import CommandError
from oagw.cli.fileversions import check_versions
from oagw.config.settings import Settings
from oagw.gateway.repair import repair
from oagw.gateway.stores import adopt, discard, mismatches
from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory, replaced_directory
from oagw.storage.storeidentity import ARCHIVE


def check_belonging(place: ArchivePlace, settings: Settings) -> None:
    """Check that the stores of an archive belong together.

    Otherwise its values could be those of other elements.

    :raises CommandError: they do not, or were written by a later oagw.
    :raises OagwError: the database that is configured cannot be reached.
    """
    check_versions(place.directory)
    try:
        found = mismatches(place.directory, engine_of(settings))
    except StorageError as error:
        raise CommandError(str(error)) from error
    if found:
        raise CommandError("\n".join(found))


def adopt_all(state: Path, settings: Settings) -> list[str]:
    """Make stores belong together wherever they do not.

    Returns a sentence for each fault.

    :raises CommandError: the files cannot be used, or there is no fault.
    """
    lines: list[str] = []
    kept = replaced_directory(state)
    engine = engine_of(settings)
    with _held(state):
        for place in _known(state, settings):
            found = mismatches(place.directory, engine)
            if found:
                adopt(place.directory, kept / place.below, engine)
                lines += [f"adopted: {fault.partition('; ')[0]}" for fault in found]
    if not lines:
        raise CommandError(f"nothing was done: all stores of {state} belong together")
    if kept.exists():
        lines.append(f"months of other archives are in {kept}")
    return lines


def discard_mismatched(state: Path, settings: Settings) -> list[str]:
    """Move archives away that do not belong to their datapoints.

    Returns a sentence for each, which says where it is.

    :raises CommandError: the files cannot be used, or there is no such archive.
    """
    lines: list[str] = []
    kept = replaced_directory(state)
    engine = engine_of(settings)
    with _held(state):
        for place in _known(state, settings):
            if mismatches(place.directory, engine):
                discard(place.directory, kept / place.below)
                lines.append(f"{place.title}{ARCHIVE} is in {kept / place.below}")
    if not lines:
        raise CommandError(
            f"nothing was done: all stores of {state} belong together; values are deleted "
            "with 'oagw archive delete'"
        )
    return lines


def repair_all(state: Path, settings: Settings) -> list[str]:
    """Repair damaged files; returns a sentence for each loss.

    :raises CommandError: the files cannot be used.
    """
    kept = replaced_directory(state)
    with _held(state):
        return [
            line
            for place in _known(state, settings)
            for line in repair(place.directory, kept / place.below)
        ]


def _known(state: Path, settings: Settings) -> list[ArchivePlace]:
    """All systems, after a check that this oagw knows the files of each.

    :raises CommandError: a file was written by a later oagw.
    """
    found = list(all_places(state, settings))
    for place in found:
        check_versions(place.directory)
    return found


@contextmanager
def _held(state: Path) -> Iterator[None]:
    """Lock the state directory, so that no gateway uses it.

    :raises CommandError: it cannot be used, or a file in it cannot be used.
    """
    if not state.is_dir():
        raise CommandError(f"{state} is not the state directory of a gateway that has run")
    try:
        with closing(StateDirectory(state)):
            yield
    except StorageError as error:
        raise CommandError(str(error)) from error
