"""``_archive``: whether an element's values are kept."""

from __future__ import annotations

from oagw.model.configs.elements import Config
from oagw.model.configs.stored import stored_config
from oagw.model.dptypes import ElementType

#: WinCC OA's number of a config that archives (DPCONFIG_DB_ARCHIVEINFO).
DB_ARCHIVE_INFO = 45

ARCHIVE: Config = stored_config(
    "_archive",
    {
        "_type": (ElementType.INT, DB_ARCHIVE_INFO),
        "_archive": (ElementType.BOOL, False),
    },
    read_only={"_type"},
)
