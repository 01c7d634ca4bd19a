"""The archives of a state directory: of the gateway's own system, and of other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from oagw.archives.reading.snapshot import Snapshot
from oagw.cli.clierrors import CommandError
from oagw.cli.sampleexport import Chosen
from oagw.cli.usedstate import STORE
from oagw.config.settings import Settings
from oagw.model.patterns import compile_pattern
from oagw.model.times import LAST, parse_time_text
from oagw.systems.embedded.namesnapshot import NamesSnapshot

#: The subdirectory of a state directory for other systems.
SYSTEMS = "systems"


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """Where an archive and its datapoints are.

    :ivar system: the name of their system.
    :ivar directory: of both stores.
    :ivar below: the same, relative to the state directory.
    """

    system: str
    directory: Path
    below: Path

    @property
    def archive(self) -> Path:
        """The directory of the archive."""
        return self.directory / "archive"

    @property
    def title(self) -> str:
        """The prefix of its files in messages; empty for the gateway's own system."""
        return f"{self.below}/" if self.below.parts else ""


def archive_places(state: Path, settings: Settings) -> list[ArchivePlace]:
    """All archives of a state directory or a backup; the own system's is the first."""
    found = [ArchivePlace(settings.system.name, state, Path())]
    for directory in sorted((state / SYSTEMS).glob("*")):
        if (directory / "archive").is_dir() and (directory / STORE).exists():
            below = Path(SYSTEMS) / directory.name
            found.append(ArchivePlace(directory.name, directory, below))
    return found


def all_places(state: Path, settings: Settings) -> list[ArchivePlace]:
    """The same, including those that lack one of their stores."""
    found = [ArchivePlace(settings.system.name, state, Path())]
    for directory in sorted((state / SYSTEMS).glob("*")):
        if (directory / "archive").is_dir() or (directory / STORE).exists():
            found.append(
                ArchivePlace(directory.name, directory, Path(SYSTEMS) / directory.name)
            )
    return found


def meant_without(found: Sequence[ArchivePlace], settings: Settings) -> str:
    """The system of names without a system, among those with an archive."""
    known = {one.system for one in found}
    own = [name for name, one in settings.systems.items() if one.own and name in known]
    return own[0] if own else settings.system.name


@dataclass(frozen=True, slots=True)
class WantedValues:
    """The values that a command is about.

    :ivar dps: patterns of elements; empty for all.
    :ivar first: the first time as given on the command line; ``last`` is the last one.
    """

    dps: Sequence[str]
    first: str | None
    last: str | None

    def period(self, zone: tzinfo | None) -> tuple[int, int]:
        """Both ends in ns.

        :raises OagwError: one of them is not a time.
        :raises CommandError: the first is later than the last.
        """
        first = parse_time_text(self.first, zone, clamp=True) if self.first else 0
        last = parse_time_text(self.last, zone, clamp=True) if self.last else LAST
        if first > last:
            raise CommandError("--from is later than --to")
        return first, last


def choose(
    found: Sequence[ArchivePlace],
    opened: Callable[[ArchivePlace], Snapshot],
    settings: Settings,
    wanted: WantedValues,
) -> Iterator[tuple[ArchivePlace, Chosen]]:
    """The chosen values of each archive; archives without any are left out.

    :param opened: opens an archive for reading.
    :raises OagwError: a pattern or a time is not valid.
    :raises CommandError: a pattern names a system that has no archive here.
    """
    first, last = wanted.period(settings.server.time_zone)
    texts = _by_system(found, settings, wanted.dps)
    for place in found:
        if wanted.dps and place.system not in texts:
            continue
        known = NamesSnapshot(place.directory / STORE, place.system)
        patterns = known.patterns(texts.get(place.system, ()))
        yield place, Chosen(_opening(opened, place), known, patterns, first, last)


def _opening(
    opened: Callable[[ArchivePlace], Snapshot], place: ArchivePlace
) -> Callable[[], Snapshot]:
    return lambda: opened(place)


def _by_system(
    found: Sequence[ArchivePlace], settings: Settings, texts: Sequence[str]
) -> Mapping[str, list[str]]:
    own = meant_without(found, settings)
    sorted_texts: dict[str, list[str]] = {one.system: [] for one in found}
    for text in texts:
        system = compile_pattern(text).system or own
        if system not in sorted_texts:
            known = ", ".join(sorted_texts)
            raise CommandError(
                f"'{text}': there is no system '{system}' with an archive here; there "
                f"are {known}"
            )
        sorted_texts[system].append(text)
    return {system: some for system, some in sorted_texts.items() if some}
