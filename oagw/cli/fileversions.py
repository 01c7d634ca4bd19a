"""Refusing files of a later oagw, which this one must neither read nor replace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from oagw.archives.files.filestore import partition_files
from oagw.cli.clierrors import CommandError
from oagw.gateway.repair import HOT_SCHEMA, MONTH_SCHEMA, SYSTEM_SCHEMA
from oagw.storage.damage import StorageError
from oagw.storage.sqlite import check_version, connect_to_read
from oagw.storage.storeidentity import ARCHIVE, HOT, SYSTEM


def check_versions(directory: Path) -> None:
    """Check that this oagw knows the versions of a system's files.

    :param directory: of both stores; files may be missing.
    :raises CommandError: a file was written by a later oagw.
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
            # It is damaged, which is reported when it is read.
            continue


def _files(directory: Path) -> Iterator[tuple[Path, str]]:
    yield directory / SYSTEM, SYSTEM_SCHEMA
    yield directory / ARCHIVE / HOT, HOT_SCHEMA
    for _, path in partition_files(directory / ARCHIVE):
        yield path, MONTH_SCHEMA
