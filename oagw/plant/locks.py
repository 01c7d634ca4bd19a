"""Locks: a config that somebody has locked is refused to others."""

from __future__ import annotations

from oagw.errors import ConfigLockedError
from oagw.model.configs.declarations import Edit
from oagw.model.identifiers import parse
from oagw.plant.cells import Cell
from oagw.plant.usernumbers import ROOT

LOCK = "_lock"
_LOCKED = "._locked"


def check_lock(cell: Cell, user: str) -> None:
    """Refuse to set what another user has locked; root may do everything.

    :raises ConfigLockedError: somebody else has locked the config, or of ``_lock``
        itself what is to be changed.
    """
    locks = cell.element.stored(LOCK)
    if not locks or user == ROOT:
        return
    for config in _touched(cell):
        owner = str(locks.get(f"{config}._user_name", ""))
        if locks.get(f"{config}{_LOCKED}") and owner != user:
            raise ConfigLockedError(
                f"'{cell.name}': the user '{owner}' has locked the config '{config}'; "
                f"only that user or {ROOT} can unlock it"
            )


def _touched(cell: Cell) -> list[str]:
    """The configs whose locks count when an attribute is set."""
    if cell.config.name != LOCK:
        return [cell.config.name]
    detail = parse(cell.name, "", "").detail
    if detail:
        return [detail]
    # The type of all locks: 0 would end them.
    locks = cell.element.stored(LOCK)
    return [key.removesuffix(_LOCKED) for key in locks if key.endswith(_LOCKED)]


def note_owner(edit: Edit, user: int, name: str) -> None:
    """Note in an edit of locks whose they are."""
    changes = edit.stored.get(LOCK, {})
    for key, locked in list(changes.items()):
        if key.endswith(_LOCKED):
            config = key.removesuffix(_LOCKED)
            changes[f"{config}._user_id"] = user if locked else 0
            changes[f"{config}._user_name"] = name if locked else ""
