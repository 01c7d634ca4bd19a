"""The errors a client can cause: one exception class for each WinCC OA error number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class OagwError(Exception):
    """An error with a WinCC OA number and a sentence for the user.

    :ivar code: the WinCC OA error number that the client gets.
    :ivar message: what was wrong, and the way out where there is one.
    """

    code: ClassVar[int]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DatapointNotFoundError(OagwError):
    """No datapoint of that name exists."""

    code = 7


class ElementNotFoundError(OagwError):
    """The datapoint has no such element."""

    code = 8


class ConfigNotFoundError(OagwError):
    """The element has no such config."""

    code = 9


class AddressError(OagwError):
    """The text is no complete address of an attribute, or not of one that fits here."""

    code = 10


class ConversionError(OagwError):
    """The value cannot be converted to the type without losing something."""

    code = 11


class AttributeNotFoundError(OagwError):
    """The config has no such attribute."""

    code = 19


class SourceTimeRangeError(OagwError):
    """The source time is outside of what can be stored."""

    code = 20


class ConfigLockedError(OagwError):
    """The config is locked by another user."""

    code = 24


class ValueBelowRangeError(OagwError):
    """The value is below the element's value range."""

    code = 29


class ValueOutOfRangeError(OagwError):
    """The value is above the element's value range, or not one of those allowed."""

    code = 30


class NoSuchConnectError(OagwError):
    """There is no connect with that Id to end."""

    code = 32


class DataManagerError(OagwError):
    """The values could not be made durable."""

    code = 33


class DatapointExistsError(OagwError):
    """A datapoint of that name exists already."""

    code = 34


class TypeExistsError(OagwError):
    """A type of that name exists already."""

    code = 35


class SyntaxFaultError(OagwError):
    """A frame, a command or a query is not well formed."""

    code = 36


class ConnectionBrokenError(OagwError):
    """A system is away; whether what was sent to it took effect may be unknown."""

    code = 39


class InactiveElementError(OagwError):
    """The element is switched off and takes no values."""

    code = 41


class SourceTimeTooOldError(OagwError):
    """The source time is older than the last change, and no archive can take the value."""

    code = 43


class NoArchivedValuesError(OagwError):
    """The element is not archived."""

    code = 46


class ParameterError(OagwError):
    """An argument of a command is missing or out of its bounds."""

    code = 51


class IllegalCallError(OagwError):
    """The command cannot be applied to this thing."""

    code = 53


class UnexpectedStateError(OagwError):
    """Something failed inside oagw; the log has the details."""

    code = 54


class SystemUnknownError(OagwError):
    """No system of that name is configured."""

    code = 56


class TypeNotFoundError(OagwError):
    """No datapoint type of that name exists."""

    code = 57


class ForeignError(OagwError):
    """An error of another system, with a number that oagw itself does not use."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.number = code

    @property
    def code(self) -> int:  # type: ignore[override]
        """The number that the other system gave."""
        return self.number


class NamesRefusedError(OagwError):
    """A command over several names was refused as a whole.

    :ivar errors: what was wrong with each name, by the name as the client wrote it.
    """

    def __init__(self, errors: Mapping[str, OagwError]) -> None:
        self.errors = dict(errors)
        first = next(iter(self.errors.values()))
        super().__init__(first.message)
        self.first = first

    @property
    def code(self) -> int:  # type: ignore[override]
        """The number of the first error."""
        return self.first.code


_BY_CODE: Mapping[int, type[OagwError]] = {
    one.code: one for one in OagwError.__subclasses__() if isinstance(one.code, int)
}


def error_of(code: int, message: str) -> OagwError:
    """The error that has a number and a message on the wire."""
    known = _BY_CODE.get(code)
    return ForeignError(code, message) if known is None else known(message)
