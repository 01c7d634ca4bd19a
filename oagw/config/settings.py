"""The configuration as frozen, typed settings. ``etc/oagw.ini`` explains every key.

Whatever is wrong with it (an unknown section or key, a key of another backend, a value)
is a :class:`ConfigError` of one line, which names file, line, section and key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from oagw.config.configerror import ConfigError
from oagw.config.ini import IniError, parse_ini
from oagw.config.secret import Secret
from oagw.config.sectionsettings import (
    SECTIONS,
    ArchiveGroupSettings,
    ArchiveSettings,
    AuthSettings,
    QuerySettings,
    ServerSettings,
    SimulateSettings,
    SystemSettings,
)
from oagw.config.settingentries import SettingEntries, SettingEntry
from oagw.config.systemsettings import NamedSystemSettings
from oagw.config.winccoasettings import BridgeSettings

#: What an error about a key begins with.
_KEY = re.compile(r"\[([^\]]+)\] ?(\S*)")


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration.

    :ivar source: the name of the file that it comes from.
    :ivar places: by section and key, where the key is given: file and line, or an option of
        the command line. With an empty key: where the section begins.
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
        """A problem, preceded by the place of the key that its text begins with.

        :param problem: such as ``[server] listen x: must be ...``. If it does not begin
            with a section, the place is the whole file.
        """
        found = _KEY.match(str(problem))
        if found is None:
            return f"{self.source}: {problem}"
        section, key = found[1], found[2].rstrip(":")
        place = self.places.get((section, key)) or self.places.get((section, ""))
        return f"{place or self.source}: {problem}"


def read_settings(
    text: str, source: str, base: Path, overrides: Sequence[str] = ()
) -> Settings:
    """Read a configuration.

    :param text: the ini.
    :param source: the name of the file, for errors.
    :param base: the directory that relative paths in the text belong to.
    :param overrides: each is ``section.key=value``; their relative paths belong to the
        current directory.
    :raises ConfigError: something is wrong with it.
    """
    entries = SettingEntries()
    try:
        parsed = parse_ini(text)
    except IniError as error:
        place = source if error.line is None else f"{source}, line {error.line}"
        raise ConfigError(f"{place}: {error}") from error
    for section, one in parsed.items():
        entries.add_section(section, f"{source}, line {one.line}")
        for key, value in one.values.items():
            line = one.lines.get(key, one.line)
            entries.add(section, key, SettingEntry(value, f"{source}, line {line}", base))
    for override in overrides:
        name, separator, value = override.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot:
            raise ConfigError(f"--set {override}: must be section.key=value")
        entries.add(section, key.strip(), SettingEntry(value, f"--set {name}", Path()))
    return Settings(
        source=source,
        places=entries.places(),
        **entries.sections(),
        archive_groups=entries.archive_groups(),
        systems=entries.systems(),
    )


def describe(settings: Settings) -> list[str]:
    """The effective settings, a line for each key, for the log; passwords are hidden.

    Of checkers only the kind is shown: the rest of the text may have a password.
    """
    lines = []
    parts = [(section, getattr(settings, section)) for section in SECTIONS]
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
                shown = Secret(value) if isinstance(value, str) else value
                lines.append(f"[{section}] {one.name} = {shown}")
    return lines
