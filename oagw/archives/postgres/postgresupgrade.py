"""Creating and upgrading the schema in the database."""

from __future__ import annotations

from importlib import resources

import psycopg

from oagw.archives.postgres.database import Connection
from oagw.storage.damage import StorageError

_SCHEMA = "oagw.archives.postgres.schema"
#: The key of advisory locks: of the schema (0), and of each archive.
LOCK = 0x6F616777
#: The oldest version of the server that is supported.
_SERVER = 13


def upgrade(connection: Connection, name: str) -> None:
    """Create or upgrade the schema ``oagw``.

    It is the result of the package's files ``0001.sql``, ``0002.sql``, ...; the table
    ``version`` has the number of files that were applied.

    :param name: the name of the database in errors.
    :raises StorageError: the schema was written by a later version of oagw, the server is
        too old, its encoding is not UTF8, or the schema cannot be created.
    """
    server = connection.info.server_version // 10_000
    if server < _SERVER:
        raise StorageError(
            f"{name}: it is PostgreSQL {server}; {_SERVER} or a later one is needed"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StorageError(
            f"{name}: its encoding is {encoding}, which cannot hold every text; oagw needs "
            "UTF8. Make another database with CREATE DATABASE oagw TEMPLATE template0 "
            "ENCODING 'UTF8' LOCALE 'C' and name it in [archive] url"
        )
    scripts = sorted(
        (one for one in resources.files(_SCHEMA).iterdir() if one.name.endswith(".sql")),
        key=lambda one: one.name,
    )
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s, 0)", (LOCK,))
        version = _version(connection, name)
        if version > len(scripts):
            raise StorageError(
                f"{name}: its schema has version {version}, written by a later oagw; this "
                f"one knows versions up to {len(scripts)}. Install the later oagw again"
            )
        for script in scripts[version:]:
            connection.execute(script.read_bytes())
        if version < len(scripts):
            connection.execute("UPDATE version SET number = %s", (len(scripts),))


def _version(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT to_regclass('oagw.version')").fetchone()
    assert found is not None
    if found[0] is None:
        try:
            connection.execute("CREATE SCHEMA IF NOT EXISTS oagw")
        except psycopg.errors.InsufficientPrivilege as error:
            raise StorageError(
                f"{name}: the user of [archive] url may not create the schema oagw there; "
                "GRANT CREATE ON DATABASE to it, or CREATE SCHEMA oagw AUTHORIZATION for it"
            ) from error
        connection.execute("CREATE TABLE version (number int NOT NULL)")
        connection.execute("INSERT INTO version VALUES (0)")
    rows = connection.execute("SELECT number FROM version").fetchall()
    return int(rows[0][0])
