"""Configuration: ini text to frozen, typed settings. Every key stands in etc/oagw.ini.

A value's reader turns text into what the code uses; a bad value, an unknown section or
key ends in a :class:`ConfigError` of one line that names file, line, section and key.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import tzinfo
from pathlib import Path
from posixpath import normpath
from typing import Any

from oagw.config.ini import (
    IniError,
    parse_ini,
)
from oagw.config.quantities import (
    duration,
    size,
    size_or_any,
)
from oagw.config.secret import Secret
from oagw.config.settingkeys import PathKey as _Path
from oagw.config.settingkeys import PathsKey as _Paths
from oagw.config.settingkeys import boolean as _boolean
from oagw.config.settingkeys import choice as _choice
from oagw.config.settingkeys import count as _count
from oagw.config.settingkeys import key as _key
from oagw.config.settingkeys import lines as _lines
from oagw.config.settingkeys import patterns
from oagw.config.settingkeys import system_name as _system_name
from oagw.config.settingkeys import zone as _zone
from oagw.config.systemsettings import (
    BridgeSettings,
    NamedSystemSettings,
)
from oagw.errors import OagwError
from oagw.model.dptypes import BY_KEYWORD
from oagw.model.patterns import compile_pattern


class ConfigError(Exception):
    """The configuration cannot be used; one line says where and what would be right."""


def _some_lines(text: str) -> tuple[str, ...]:
    if not (lines := _lines(text)):
        raise ValueError("must name at least one listener, as wss://localhost:8443/winccoa")
    return lines


def _url_path(text: str) -> str:
    if not text.startswith("/") or not text.isprintable() or set(text) & set(" ?#"):
        raise ValueError("must be the path of a URL, as in /winccoa")
    return text


def _database(text: str) -> Secret:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be empty, or postgresql://USER@HOST:PORT/DATABASE")
    return Secret(text)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """``[server]``."""

    listen: tuple[str, ...] = _key("wss://localhost:8443/winccoa", _some_lines)
    path: str = _key("/winccoa", _url_path)
    certificate: Path | None = _key("", _Path)
    private_key: Path | None = _key("", _Path)
    allow_plain: bool = _key("no", _boolean)
    state: Path | None = _key("../state", _Path)
    answer: bool = _key("yes", _boolean)
    time_zone: tzinfo | None = _key("local", _zone)
    max_connections: int = _key("10000", _count)
    max_message: int = _key("16MiB", size)
    max_unsent: int = _key("64MiB", size)
    max_queue: int = _key("128KiB", size)
    max_delay: float = _key("2s", duration)
    max_stall: float = _key("60s", duration)


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """``[auth]``."""

    users: Path | None = _key("", _Path)
    demo_user: bool = _key("yes", _boolean)
    checkers: tuple[str, ...] = _key("", _lines)


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """``[system]``."""

    name: str = _key("System1", _system_name)
    plant: Path | None = _key("plant.toml", _Path)
    dpl: tuple[Path, ...] = _key("", _Paths)


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """``[archive]``."""

    url: Secret = _key("", _database)
    schema: str = _key("blocks", _choice("blocks", "rows"))
    deliver: float = _key("1s", duration)
    max_period_values: int = _key("10000000", _count)
    seal: int = _key("262144", _count)
    keep: float = _key("0", duration)
    max_size: int = _key("0", size_or_any)


@dataclass(frozen=True, slots=True)
class ArchiveGroupSettings:
    """``[archive:NAME]``."""

    elements: tuple[str, ...] = _key("", patterns)
    keep: float = _key("0", duration)
    max_size: int = _key("0", size_or_any)


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """``[query]``."""

    max_rows: int = _key("200000", _count)


@dataclass(frozen=True, slots=True)
class SimulateSettings:
    """``[simulate]``; ``signals`` are its keys that are patterns or element types."""

    enabled: bool = _key("yes", _boolean)
    hold: float = _key("10s", duration)
    history: float = _key("3h", duration)
    history_step: float = _key("10s", duration)
    signals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration.

    :ivar source: where it comes from: the file's name.
    :ivar places: where each key that is given stands (file and line, or the command line),
        by section and key; where a section begins, if the key is empty.
    :ivar archive_groups: by name, in the order of the file; so are ``systems``.
    """

    source: str
    places: Mapping[tuple[str, str], str]
    archive_groups: Mapping[str, ArchiveGroupSettings]
    systems: Mapping[str, NamedSystemSettings]
    server: ServerSettings
    auth: AuthSettings
    system: SystemSettings
    bridge: BridgeSettings
    archive: ArchiveSettings
    query: QuerySettings
    simulate: SimulateSettings

    def located(self, problem: object) -> str:
        """What is wrong, behind the place of the key that it begins with.

        :param problem: such as ``[server] listen x: must be ...``; without a known section
            at its beginning it is about the whole file.
        """
        found = _KEY.match(str(problem))
        if found is None:
            return f"{self.source}: {problem}"
        section, key = found[1], found[2].rstrip(":")
        place = self.places.get((section, key)) or self.places.get((section, ""))
        return f"{place or self.source}: {problem}"


#: What an error begins with that is about a key.
_KEY = re.compile(r"\[([^\]]+)\] ?(\S*)")

_SECTIONS: Mapping[str, type] = {
    "server": ServerSettings,
    "auth": AuthSettings,
    "system": SystemSettings,
    "bridge": BridgeSettings,
    "archive": ArchiveSettings,
    "query": QuerySettings,
    "simulate": SimulateSettings,
}
#: Sections of which there may be several, each with a name: ``[archive:NAME]``.
_NAMED: Mapping[str, type] = {
    "archive": ArchiveGroupSettings,
    "system": NamedSystemSettings,
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _class_of(section: str) -> type | None:
    """What holds a section's settings, if there is such a section."""
    kind, colon, name = section.partition(":")
    if colon:
        return _NAMED.get(kind) if _NAME.fullmatch(name) else None
    return _SECTIONS.get(section)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value and where it comes from: a file, or the command line."""

    value: str
    source: str
    base: Path


class _Entries:
    """Values by section and key, from all sources; later ones win."""

    def __init__(self) -> None:
        self._sections: dict[str, dict[str, _Entry]] = {name: {} for name in _SECTIONS}
        self._begins: dict[str, str] = {}

    def places(self) -> dict[tuple[str, str], str]:
        """Where sections begin, and where each key is that is given."""
        keys = {
            (section, key): entry.source
            for section, entries in self._sections.items()
            for key, entry in entries.items()
        }
        return keys | {(section, ""): place for section, place in self._begins.items()}

    def named(self, kind: str) -> dict[str, Any]:
        """The settings of all sections ``[kind:NAME]`` that there are, by name."""
        sections = [one for one in self._sections if one.startswith(f"{kind}:")]
        return {one.partition(":")[2]: self.build(one) for one in sections}

    def add(self, section: str, key: str, entry: _Entry) -> None:
        """Note a value.

        :raises ConfigError: there is no such section or key.
        """
        holder = self.check_section(section, entry.source)
        known = [one.name for one in fields(holder) if one.metadata]
        is_pattern = section == "simulate" and _names_elements(key)
        if key not in known and not is_pattern:
            hint = _suggest(key, known)
            if section == "simulate":
                hint += ", patterns with a dot (pump_*.speed) and types (float)"
            raise ConfigError(f"{entry.source}: [{section}] {key}: unknown key; {hint}")
        self._sections[section][key] = entry

    def check_section(self, section: str, source: str) -> type:
        """Note that a section is there; gives the class that holds its settings.

        :raises ConfigError: there is no such section.
        """
        holder = _class_of(section)
        kind, colon, _ = section.partition(":")
        if holder is None and colon and kind in _NAMED:
            raise ConfigError(
                f"{source}: [{section}]: the name in [{kind}:NAME] has 1 to 64 letters "
                "(A-Z, a-z), digits, _ and -"
            )
        if holder is None:
            known = [*_SECTIONS, *(f"{kind}:NAME" for kind in _NAMED)]
            raise ConfigError(
                f"{source}: [{section}]: unknown section; {_suggest(section, known)}"
            )
        self._sections.setdefault(section, {})
        self._begins.setdefault(section, source)
        return holder

    def build(self, section: str) -> Any:
        """The settings of a section.

        :raises ConfigError: a value is bad.
        """
        entries = self._sections[section]
        holder = _class_of(section)
        assert holder is not None
        values: dict[str, object] = {}
        for one in fields(holder):
            if one.metadata:
                default = _Entry(one.metadata["default"], "default", Path())
                entry = entries.get(one.name, default)
                values[one.name] = _read(section, one.name, one.metadata["reader"], entry)
        if section == "simulate":
            values["signals"] = {
                key: _checked_pattern(key, entry)
                for key, entry in entries.items()
                if _names_elements(key)
            }
        return holder(**values)


def _names_elements(key: str) -> bool:
    """Whether a key of ``[simulate]`` is a pattern, or an element type such as float."""
    return "." in key or key in BY_KEYWORD


def _read(section: str, key: str, reader: Any, entry: _Entry) -> object:
    text = entry.value.strip()
    try:
        if reader is _Path:
            return _path(text, entry.base) if text else None
        if reader is _Paths:
            return tuple(_path(line, entry.base) for line in _lines(text))
        return reader(text)
    except ValueError as error:
        # The address of a database may have a password, wherever it stands in a wrong one.
        text = "***" if reader is _database else text
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        raise ConfigError(
            f"{entry.source}: [{section}] {key} = {shown!r}: {error}"
        ) from error


def _path(text: str, base: Path) -> Path:
    try:
        return Path(normpath((base / Path(text).expanduser()).absolute()))
    except RuntimeError as error:
        raise ValueError("must be a path; '~' is no known home directory") from error


def _checked_pattern(pattern: str, entry: _Entry) -> str:
    try:
        if pattern not in BY_KEYWORD:
            compile_pattern(pattern)
    except OagwError as error:
        raise ConfigError(f"{entry.source}: [simulate] {pattern}: {error}") from error
    return entry.value


def _suggest(wrong: str, known: Sequence[str] | Mapping[str, object]) -> str:
    near = difflib.get_close_matches(wrong, list(known), 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


def read_settings(
    text: str, source: str, base: Path, overrides: Sequence[str] = ()
) -> Settings:
    """Read a configuration.

    :param text: the ini.
    :param source: what to call it in errors: the file's name.
    :param base: the directory that relative paths in it belong to.
    :param overrides: ``section.key=value`` each; their paths belong to the current
        directory.
    :raises ConfigError: something is wrong with it.
    """
    entries = _Entries()
    try:
        parsed = parse_ini(text)
    except IniError as error:
        place = source if error.line is None else f"{source}, line {error.line}"
        raise ConfigError(f"{place}: {error}") from error
    for section, one in parsed.items():
        entries.check_section(section, f"{source}, line {one.line}")
        for key, value in one.values.items():
            line = one.lines.get(key, one.line)
            entries.add(section, key, _Entry(value, f"{source}, line {line}", base))
    for override in overrides:
        name, separator, value = override.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot:
            raise ConfigError(f"--set {override}: must be section.key=value")
        entries.add(section, key.strip(), _Entry(value, f"--set {name}", Path()))
    sections = {section: entries.build(section) for section in _SECTIONS}
    groups = entries.named("archive")
    systems = entries.named("system")
    return Settings(
        source=source,
        places=entries.places(),
        archive_groups=groups,
        systems=systems,
        **sections,
    )


def describe(settings: Settings) -> list[str]:
    """The effective settings, a line each, for the log; no value of ours is secret.

    Checkers are shown by their kind alone: what follows may hold a password.
    """
    lines = []
    parts = [(section, getattr(settings, section)) for section in _SECTIONS]
    parts += [(f"archive:{name}", one) for name, one in settings.archive_groups.items()]
    parts += [(f"system:{name}", one) for name, one in settings.systems.items()]
    for section, part in parts:
        for one in fields(part):
            value = getattr(part, one.name)
            if one.name == "checkers":
                value = [checker.partition(":")[0] for checker in value]
            if one.name == "signals":
                lines += [f"[{section}] {key} = {text}" for key, text in value.items()]
            else:
                lines.append(f"[{section}] {one.name} = {value}")
    return lines
