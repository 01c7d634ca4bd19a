"""What a peer's answers must be before anything is made of them.

:mod:`oagw.systems.remote.peerframes` checks each against these declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec

from oagw.errors import NamesRefusedError, OagwError, UnexpectedStateError, error_of

if TYPE_CHECKING:
    from oagw.model.values import WireValue as _Value
else:
    # What a peer may send of it: no objects, and no lists in lists. Whole numbers that
    # need a closer look are none at first.
    _Usual = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    _Value = bool | _Usual | float | str | list[bool | _Usual | float | str | None] | None
#: The same at the second look, when whole numbers that no type has are floats.
_Seen: Any = bool | int | float | str | list[bool | int | float | str | None] | None
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
#: Numbers of errors that WinCC OA can have.
_LARGEST_CODE = 2**31 - 1
UNEXPECTED = UnexpectedStateError.code


class Refusal(msgspec.Struct, rename="pascal"):
    """What is wrong with a name."""

    code: int = UNEXPECTED
    message: str | None = None

    @property
    def reason(self) -> OagwError:
        """The same as an error; a number that is none becomes 54."""
        code = self.code if 0 < self.code <= _LARGEST_CODE else UNEXPECTED
        return error_of(code, self.message or f"error {self.code}")


class Answer(msgspec.Struct, rename="pascal", kw_only=True):
    """What all answers have; missing and null are the same."""

    #: What one of ``Values`` must be at a second look, where these are by name; or the
    #: structure that has all of them, if they are not what they are at the first.
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
        """The error that it is; of names, if it says which."""
        if not self.error:
            return None
        if self.errors:
            return NamesRefusedError(self.by_name)
        return Refusal(self.error, self.message).reason

    def check(self) -> None:
        """Refuse an answer that is an error.

        :raises OagwError: the error.
        """
        failure = self.failure
        if failure is not None:
            raise failure


class Values(Answer):
    """Values of attributes by name."""

    item: ClassVar[Any] = _Seen

    values: dict[str, _Value] | None = None


class Watched(Values):
    """The same, and later the changes of each atomic set."""

    changes: list[dict[str, _Value]] | None = None


class Truths(Answer):
    """A yes or a no by name."""

    item: ClassVar[Any] = bool

    values: dict[str, bool] | None = None


class Texts(Answer):
    """A text by name."""

    item: ClassVar[Any] = str

    values: dict[str, str] | None = None


class Counts(Answer):
    """A number of a type by name."""

    item: ClassVar[Any] = _Small

    values: dict[str, _Small] | None = None


class Text(Answer):
    """One text."""

    value: str | None = None


class Truth(Answer):
    """A yes or a no."""

    value: bool | None = None


class Count(Answer):
    """A number."""

    value: _Number | None = None


class Details(Answer):
    """Texts and numbers by what they are."""

    value: dict[str, bool | int | float | str | None] | None = None


class Listed(Answer):
    """Names."""

    values: list[str] | None = None


class Step(msgspec.Struct, rename="pascal"):
    """A step of a plan."""

    step: str
    candidates: _Small = 0


class _Rows(msgspec.Struct, rename="pascal"):
    """The rows of a table at a second look."""

    values: list[list[_Seen]] | None = None


class Table(Answer):
    """Rows of a query, or how they would be found."""

    whole: ClassVar[Any] = _Rows

    values: list[list[_Value]] | None = None
    removed: list[str] | None = None
    plan: list[Step] | None = None

    def rows(self, width: int) -> list[list[Any]]:
        """The rows, each with a name and so many columns in all.

        :raises UnexpectedStateError: one has not.
        """
        rows = self.values or []
        for row in rows:
            if len(row) != width or not isinstance(row[0], str):
                raise UnexpectedStateError(
                    f"a row of the table has {len(row)} columns, the first of them "
                    f"{type(row[0]).__name__ if row else 'missing'}; there should be "
                    f"{width} after a name"
                )
        return rows


_Numeric = int | float
_Column = tuple[list[_Numeric], list[_Value]]


class Periods(Answer):
    """Times (ms) and values by name, or a part of them."""

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


class Definition(Answer):
    """The definition of a type."""

    value: Node | None = None


class Happened(Answer):
    """An event."""

    event: str | None = None
    dp: str | None = None
    type: str | None = None
    new_name: str | None = None


class Response(Answer):
    """What a frame gets that is no command of the peer's."""

    code: int = 0
