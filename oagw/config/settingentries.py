"""The texts that a configuration gives, by section and key, and what they are read as."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any

from oagw.config import sectionsettings
from oagw.config.backendsettings import (
    key_of_other_backend,
    keys_of,
    settings_of_backend,
)
from oagw.config.configerror import ConfigError
from oagw.config.sectionsettings import ArchiveGroupSettings
from oagw.config.settingkeys import PathKey, PathsKey, lines
from oagw.config.systemsettings import DEFAULT_BACKEND, NamedSystemSettings
from oagw.errors import OagwError
from oagw.model.dptypes import BY_KEYWORD
from oagw.model.patterns import compile_pattern

#: Sections that may occur any number of times, each with a name.
_NAMED = ("archive", "system")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Characters of a wrong value that an error shows.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """The text of a key.

    :ivar source: where it is: a line of the file, or an option of the command line.
    :ivar base: the directory that it is relative to, if it is a path.
    """

    value: str
    source: str
    base: Path


class SettingEntries:
    """The texts of all keys, by section; a later text of a key replaces an earlier one."""

    def __init__(self) -> None:
        self._sections: dict[str, dict[str, SettingEntry]] = {
            name: {} for name in sectionsettings.SECTIONS
        }
        self._begins: dict[str, str] = {}

    def add_section(self, section: str, source: str) -> None:
        """Note that a section exists.

        :raises ConfigError: no section can have this name.
        """
        kind, colon, name = section.partition(":")
        if colon and kind in _NAMED and not _NAME.fullmatch(name):
            raise ConfigError(
                f"{source}: [{section}]: the name in [{kind}:NAME] has 1 to 64 letters "
                "(A-Z, a-z), digits, _ and -"
            )
        if section not in sectionsettings.SECTIONS and not (colon and kind in _NAMED):
            known = [*sectionsettings.SECTIONS, *(f"{kind}:NAME" for kind in _NAMED)]
            written = f"{kind}:NAME" if colon else section
            raise ConfigError(
                f"{source}: [{section}]: unknown section; {_suggestion(written, known)}"
            )
        self._sections.setdefault(section, {})
        self._begins.setdefault(section, source)

    def add(self, section: str, key: str, entry: SettingEntry) -> None:
        """Note the text of a key.

        :raises ConfigError: no section can have this name.
        """
        self.add_section(section, entry.source)
        self._sections[section][key] = entry

    def places(self) -> dict[tuple[str, str], str]:
        """Where each key is given, and with an empty key where its section begins."""
        keys = {
            (section, key): entry.source
            for section, entries in self._sections.items()
            for key, entry in entries.items()
        }
        return keys | {(section, ""): place for section, place in self._begins.items()}

    def sections(self) -> dict[str, Any]:
        """The settings of the sections that exist once, by section.

        :raises ConfigError: a key is unknown, or its value is wrong.
        """
        return {
            section: self._read(section, holder)
            for section, holder in sectionsettings.SECTIONS.items()
        }

    def archive_groups(self) -> dict[str, ArchiveGroupSettings]:
        """The settings of all ``[archive:NAME]`` by name, in the order of the file.

        :raises ConfigError: a key is unknown, or its value is wrong.
        """
        return {
            name: self._read(section, ArchiveGroupSettings)
            for section, name in self._named("archive")
        }

    def systems(self) -> dict[str, NamedSystemSettings]:
        """The settings of all ``[system:NAME]`` by name, in the order of the file.

        :raises ConfigError: a backend or a key is unknown, a key is not of the system's
            backend, or a value is wrong.
        """
        return {
            name: self._read(section, self._backend(section))
            for section, name in self._named("system")
        }

    def _named(self, kind: str) -> list[tuple[str, str]]:
        """The sections ``[kind:NAME]``, each with its name."""
        start = f"{kind}:"
        return [
            (section, section.removeprefix(start))
            for section in self._sections
            if section.startswith(start)
        ]

    def _backend(self, section: str) -> type[NamedSystemSettings]:
        default = SettingEntry(DEFAULT_BACKEND, "default", Path())
        entry = self._sections[section].get("backend", default)
        found: type[NamedSystemSettings] = _read_value(
            section, "backend", settings_of_backend, entry
        )
        return found

    def _read(self, section: str, holder: type) -> Any:
        entries = self._sections[section]
        keys = keys_of(holder)
        signals = {
            key: entry
            for key, entry in entries.items()
            if section == "simulate" and _names_elements(key)
        }
        for key, entry in entries.items():
            if key not in keys and key not in signals:
                raise ConfigError(
                    f"{entry.source}: [{section}] {key}: "
                    f"{self._refusal(section, holder, key)}"
                )
        values = {name: _value(section, one, entries) for name, one in keys.items()}
        if section == "simulate":
            values["signals"] = {
                key: _checked_signal(key, entry) for key, entry in signals.items()
            }
        return holder(**values)

    def _refusal(self, section: str, holder: type, key: str) -> str:
        """Why a section cannot have a key, and what is possible instead."""
        if issubclass(holder, NamedSystemSettings):
            given = self._sections[section].get("backend")
            backend = None if given is None else given.value.strip()
            if reason := key_of_other_backend(key, backend):
                return reason
        suggestion = _suggestion(key, list(keys_of(holder)))
        if section == "simulate":
            suggestion += ", patterns with a dot (pump_*.speed) and types (float)"
        return f"unknown key; {suggestion}"


def _names_elements(key: str) -> bool:
    """Whether a key of ``[simulate]`` is a pattern, or an element type such as float."""
    return "." in key or key in BY_KEYWORD


def _value(section: str, key: Field[Any], entries: Mapping[str, SettingEntry]) -> object:
    default = SettingEntry(key.metadata["default"], "default", Path())
    entry = entries.get(key.name, default)
    is_secret = key.metadata["is_secret"]
    return _read_value(section, key.name, key.metadata["reader"], entry, is_secret)


def _read_value(
    section: str, key: str, reader: Any, entry: SettingEntry, is_secret: bool = False
) -> Any:
    text = entry.value.strip()
    try:
        if reader is PathKey:
            return _path(text, entry.base) if text else None
        if reader is PathsKey:
            return tuple(_path(line, entry.base) for line in lines(text))
        return reader(text)
    except ValueError as error:
        shown = "***" if is_secret else text
        shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
        raise ConfigError(
            f"{entry.source}: [{section}] {key} = {shown!r}: {error}"
        ) from error


def _path(text: str, base: Path) -> Path:
    try:
        return Path(normpath((base / Path(text).expanduser()).absolute()))
    except RuntimeError as error:
        raise ValueError(
            "must be a path; the home directory that '~' stands for is unknown"
        ) from error


def _checked_signal(pattern: str, entry: SettingEntry) -> str:
    try:
        if pattern not in BY_KEYWORD:
            compile_pattern(pattern)
    except OagwError as error:
        raise ConfigError(f"{entry.source}: [simulate] {pattern}: {error}") from error
    return entry.value


def _suggestion(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
