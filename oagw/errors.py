"""The errors a client can cause: one exception class for each WinCC OA error number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class OagwError(Exception):
    """An error with a WinCC OA number and a sentence for the user.

    :ivar code: the WinCC OA error number, which is sent to the client.
    :ivar message: what is wrong and, if possible, what to do about it.
    """

    code: ClassVar[int]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DatapointNotFoundError(OagwError):
    """There is no datapoint with this name."""

    code = 7


class ElementNotFoundError(OagwError):
    """The datapoint does not have the element."""

    code = 8


class ConfigNotFoundError(OagwError):
    """The element does not have the config."""

    code = 9


class AddressError(OagwError):
    """The text is not a complete attribute address, or the attribute does not fit here."""

    code = 10


class ConversionError(OagwError):
    """The value cannot be converted to the type without loss."""

    code = 11


class AttributeNotFoundError(OagwError):
    """The config does not have the attribute."""

    code = 19


class SourceTimeRangeError(OagwError):
    """The source time is before 1970 or after 2262, so it cannot be stored."""

    code = 20


class ConfigLockedError(OagwError):
    """Another user has locked the config."""

    code = 24


class ValueBelowRangeError(OagwError):
    """The value is below the value range of the element."""

    code = 29


class ValueOutOfRangeError(OagwError):
    """The value is above the element's value range, or not one of the allowed values."""

    code = 30


class NoSuchConnectError(OagwError):
    """The session has no connect with this Id."""

    code = 32


class DataManagerError(OagwError):
    """The values could not be written to disk."""

    code = 33


class DatapointExistsError(OagwError):
    """There is already a datapoint with this name."""

    code = 34


class TypeExistsError(OagwError):
    """There is already a datapoint type with this name."""

    code = 35


class SyntaxFaultError(OagwError):
    """The syntax of a frame, a command or a query is wrong."""

    code = 36


class ConnectionBrokenError(OagwError):
    """A system is not connected. A command sent to it may or may not have taken effect."""

    code = 39


class InactiveElementError(OagwError):
    """The element is inactive and does not accept values."""

    code = 41


class SourceTimeTooOldError(OagwError):
    """The source time is before the last change, and no archive can store the value."""

    code = 43


class NoArchivedValuesError(OagwError):
    """The element is not archived."""

    code = 46


class ParameterError(OagwError):
    """An argument of a command is missing or out of bounds."""

    code = 51


class IllegalCallError(OagwError):
    """The command cannot be applied to this object."""

    code = 53


class UnexpectedStateError(OagwError):
    """Something failed inside oagw; the log has the details."""

    code = 54


class SystemUnknownError(OagwError):
    """No system with this name is configured."""

    code = 56


class TypeNotFoundError(OagwError):
    """There is no datapoint type with this name."""

    code = 57


class ForeignError(OagwError):
    """An error reported by another system, with a number that oagw itself does not use."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.number = code

    @property
    def code(self) -> int:  # type: ignore[override]
        """The error number that the other system reported."""
        return self.number


class NamesRefusedError(OagwError):
    """A command for several names failed as a whole.

    :ivar errors: the error of each name; the keys are the names as the client wrote them.
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
    """Return the error for a number and a message received over the wire."""
    known = _BY_CODE.get(code)
    return ForeignError(code, message) if known is None else known(message)
