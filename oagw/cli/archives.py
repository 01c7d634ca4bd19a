"""The archives of a state directory: the own system's, and those of other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from oagw.archives.snapshot import Snapshot
from oagw.cli.clierrors import CommandError
from oagw.cli.places import STORE
from oagw.cli.sampleexport import Chosen
from oagw.config.settings import Settings
from oagw.model.patterns import compile_pattern
from oagw.model.times import LAST, parse_time_text
from oagw.systems.embedded.known import Known

#: Where other systems are in a state directory.
SYSTEMS = "systems"


@dataclass(frozen=True, slots=True)
class Place:
    """An archive, and the datapoints that it belongs to.

    :ivar system: whose it is.
    :ivar directory: has both.
    :ivar below: where in the state directory that is.
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
        """What stands in front of its files in messages; nothing for the own ones."""
        return f"{self.below}/" if self.below.parts else ""


def places(state: Path, settings: Settings) -> list[Place]:
    """All archives of a state directory, or of a backup; the gateway's own is the first."""
    found = [Place(settings.system.name, state, Path())]
    for directory in sorted((state / SYSTEMS).glob("*")):
        if (directory / "archive").is_dir() and (directory / STORE).exists():
            below = Path(SYSTEMS) / directory.name
            found.append(Place(directory.name, directory, below))
    return found


def all_places(state: Path, settings: Settings) -> list[Place]:
    """The same with those that lack one of their stores."""
    found = [Place(settings.system.name, state, Path())]
    for directory in sorted((state / SYSTEMS).glob("*")):
        if (directory / "archive").is_dir() or (directory / STORE).exists():
            found.append(Place(directory.name, directory, Path(SYSTEMS) / directory.name))
    return found


def meant_without(found: Sequence[Place], settings: Settings) -> str:
    """The system that is meant where a name has none, among those with an archive."""
    known = {one.system for one in found}
    own = [name for name, one in settings.systems.items() if one.own and name in known]
    return own[0] if own else settings.system.name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command is about.

    :ivar dps: patterns of elements; none are all.
    :ivar first: the first time as it was given, if it was; ``last`` is the last one.
    """

    dps: Sequence[str]
    first: str | None
    last: str | None

    def period(self, zone: tzinfo | None) -> tuple[int, int]:
        """Both ends in ns.

        :raises OagwError: one is no time.
        :raises CommandError: the first is later than the last.
        """
        first = parse_time_text(self.first, zone, clamp=True) if self.first else 0
        last = parse_time_text(self.last, zone, clamp=True) if self.last else LAST
        if first > last:
            raise CommandError("--from is later than --to")
        return first, last


def choose(
    found: Sequence[Place],
    opened: Callable[[Place], Snapshot],
    settings: Settings,
    wanted: Wanted,
) -> Iterator[tuple[Place, Chosen]]:
    """What is meant of each archive, as far as anything is.

    :param opened: begins to read one.
    :raises OagwError: a pattern or a time is none.
    :raises CommandError: a pattern is about a system that has no archive here.
    """
    first, last = wanted.period(settings.server.time_zone)
    texts = _by_system(found, settings, wanted.dps)
    for place in found:
        if wanted.dps and place.system not in texts:
            continue
        known = Known(place.directory / STORE, place.system)
        patterns = known.patterns(texts.get(place.system, ()))
        yield place, Chosen(_opening(opened, place), known, patterns, first, last)


def _opening(opened: Callable[[Place], Snapshot], place: Place) -> Callable[[], Snapshot]:
    return lambda: opened(place)


def _by_system(
    found: Sequence[Place], settings: Settings, texts: Sequence[str]
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
