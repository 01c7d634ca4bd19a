"""Files of a later oagw, which this one must neither read nor replace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from oagw.archives.directory import files
from oagw.cli.clierrors import CommandError
from oagw.gateway.repair import (
    HOT_SCHEMA,
    MONTH_SCHEMA,
    SYSTEM_SCHEMA,
)
from oagw.storage.damage import StorageError
from oagw.storage.pairing import ARCHIVE, HOT, SYSTEM
from oagw.storage.sqlite import check_version, connect_to_read


def check_versions(directory: Path) -> None:
    """Find out whether this oagw knows the files of a system.

    :param directory: has both stores, as far as they are there.
    :raises CommandError: one is of a later version.
    """
    for path, schema in _files(directory):
        if not path.exists():
            continue
        try:
            with closing(connect_to_read(path)) as connection:
                check_version(connection, path, schema)
        except StorageError as error:
            raise CommandError(str(error)) from error
        except sqlite3.Error:
            # It is damaged; whoever reads it says where and what to do.
            continue


def _files(directory: Path) -> Iterator[tuple[Path, str]]:
    yield directory / SYSTEM, SYSTEM_SCHEMA
    yield directory / ARCHIVE / HOT, HOT_SCHEMA
    for _, path in files(directory / ARCHIVE):
        yield path, MONTH_SCHEMA
