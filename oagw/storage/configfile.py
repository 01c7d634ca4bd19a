"""Finding and reading the configuration's file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from oagw.config.settings import (
    ConfigError,
    Settings,
    read_settings,
)
from oagw.storage.textfile import read_text_file

#: Where it is looked for: in a checkout, then where the service has it.
USUAL = (Path("etc/oagw.ini"), Path("/etc/oagw/oagw.ini"))


def find_config(given: str | None, usual: Sequence[Path] = USUAL) -> Path:
    """The configuration's file: the given one, or the first of the usual ones.

    :raises ConfigError: there is none.
    """
    if given:
        return Path(given)
    for path in usual:
        if path.exists():
            return path
    names = " or ".join(map(str, usual))
    raise ConfigError(f"there is no configuration {names}; name one with --config")


def read_file(path: Path, overrides: Sequence[str] = ()) -> Settings:
    """Read a configuration file; see :func:`read_settings`.

    :raises ConfigError: it cannot be read, or something is wrong with it.
    """
    try:
        text = read_text_file(path)
    except OSError as error:
        raise ConfigError(f"--config {path}: {error.strerror}") from error
    return read_settings(text, str(path), path.parent, overrides)


def command_line(settings: Settings, words: str) -> str:
    """What to type to have ``oagw`` do something for the gateway that is configured.

    It stands beside the program that runs, where an installation has put both.
    """
    beside = Path(sys.argv[0]).with_name("oagw")
    program = str(beside) if beside.exists() else "oagw"
    places = ["--config", settings.source, "--state", str(settings.server.state)]
    return f"{program} {words} {shlex.join(places)}"
