"""The replies of a peer, as they are declared and checked.

:mod:`oagw.systems.remote.peerframes` checks each against these declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

import msgspec

from oagw.errors import NamesRefusedError, OagwError, UnexpectedStateError, error_of

if TYPE_CHECKING:
    from oagw.model.values import WireValue as _Value
else:
    # The values that a peer may send: no objects, and no lists in lists. Whole numbers
    # beyond 64 bits are refused at the first pass.
    _Usual = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    _Value = bool | _Usual | float | str | list[bool | _Usual | float | str | None] | None
#: The same for the second pass, in which whole numbers beyond all types are floats.
_Seen: Any = bool | int | float | str | list[bool | int | float | str | None] | None
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
#: The largest error number of WinCC OA.
_LARGEST_CODE = 2**31 - 1
UNEXPECTED = UnexpectedStateError.code


class Refusal(msgspec.Struct, rename="pascal"):
    """The error of one name."""

    code: int = UNEXPECTED
    message: str | None = None

    @property
    def reason(self) -> OagwError:
        """The exception for it; an invalid number becomes 54."""
        code = self.code if 0 < self.code <= _LARGEST_CODE else UNEXPECTED
        return error_of(code, self.message or f"error {self.code}")


class PeerAnswer(msgspec.Struct, rename="pascal", kw_only=True):
    """The fields of every reply; a missing field and null mean the same."""

    #: For the second pass: the type of one of ``Values`` where these are by name, or the
    #: structure with all of them where its type differs from the first pass.
    item: ClassVar[Any] = None
    whole: ClassVar[Any] = None

    id: int | float | str | None = None
    error: int = 0
    message: str | None = None
    errors: dict[str, Refusal] | None = None

    @property
    def by_name(self) -> dict[str, OagwError]:
        """The errors by name."""
        return {name: one.reason for name, one in (self.errors or {}).items()}

    @property
    def failure(self) -> OagwError | None:
        """The error of the whole reply, with the errors of names if it has any."""
        if not self.error:
            return None
        if self.errors:
            return NamesRefusedError(self.by_name)
        return Refusal(self.error, self.message).reason

    def check(self) -> None:
        """Raise the error of the reply, if it has one.

        :raises OagwError: the error.
        """
        failure = self.failure
        if failure is not None:
            raise failure


class ValuesAnswer(PeerAnswer):
    """Values of attributes by name."""

    item: ClassVar[Any] = _Seen

    values: dict[str, _Value] | None = None


class WatchAnswer(ValuesAnswer):
    """Values of watched attributes; later the changes of each atomic set."""

    changes: list[dict[str, _Value]] | None = None


class TruthsAnswer(PeerAnswer):
    """True or false by name."""

    item: ClassVar[Any] = bool

    values: dict[str, bool] | None = None


class TextsAnswer(PeerAnswer):
    """A text by name."""

    item: ClassVar[Any] = str

    values: dict[str, str] | None = None


class CountsAnswer(PeerAnswer):
    """A number of a type by name."""

    item: ClassVar[Any] = _Small

    values: dict[str, _Small] | None = None


#: Replies with one entry for each name.
ByNameAnswer: TypeAlias = ValuesAnswer | TruthsAnswer | TextsAnswer | CountsAnswer


class TextAnswer(PeerAnswer):
    """One text."""

    value: str | None = None


class TruthAnswer(PeerAnswer):
    """True or false."""

    value: bool | None = None


class CountAnswer(PeerAnswer):
    """A number."""

    value: _Number | None = None


class DetailsAnswer(PeerAnswer):
    """Named texts and numbers."""

    value: dict[str, bool | int | float | str | None] | None = None


class NamesAnswer(PeerAnswer):
    """Names."""

    values: list[str] | None = None


class Step(msgspec.Struct, rename="pascal"):
    """A step of a plan."""

    step: str
    candidates: _Small = 0


class _TableRows(msgspec.Struct, rename="pascal"):
    """The rows of a table in the second pass."""

    values: list[list[_Seen]] | None = None


class TableAnswer(PeerAnswer):
    """Rows of a query, or its plan."""

    whole: ClassVar[Any] = _TableRows

    values: list[list[_Value]] | None = None
    removed: list[str] | None = None
    plan: list[Step] | None = None

    def rows(self, width: int) -> list[list[Any]]:
        """Return the rows, each beginning with a name.

        :param width: the number of columns, the name included.
        :raises UnexpectedStateError: a row has another number of columns, or no name.
        """
        rows = self.values or []
        for row in rows:
            if len(row) != width or not isinstance(row[0], str):
                raise UnexpectedStateError(
                    f"a row of the table has {len(row)} columns, and the first one is "
                    f"{type(row[0]).__name__ if row else 'missing'}; expected are "
                    f"{width} columns that begin with a name"
                )
        return rows


_Numeric = int | float
_Column = tuple[list[_Numeric], list[_Value]]


class PeriodAnswer(PeerAnswer):
    """Times (ms) and values by name, complete or a part of them."""

    item: ClassVar[Any] = tuple[list[_Numeric], list[_Seen]]

    values: dict[str, _Column] | None = None
    quality: dict[str, list[int | float | None]] | None = None
    progress: int | float | None = None


class Node(msgspec.Struct, rename="pascal"):
    """A node of a type's definition."""

    name: str
    type: int = 1
    ref_name: str | None = None
    children: list[Node] | None = None


class DefinitionAnswer(PeerAnswer):
    """The definition of a type."""

    value: Node | None = None


class EventAnswer(PeerAnswer):
    """An event."""

    event: str | None = None
    dp: str | None = None
    type: str | None = None
    new_name: str | None = None


class ResponseAnswer(PeerAnswer):
    """The reply to a frame that is not a command of the peer."""

    code: int = 0
