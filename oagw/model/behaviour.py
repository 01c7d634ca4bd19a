"""The effect of configs on a value that is set: ranges, substitute value, smoothing.

The configs of :mod:`oagw.model.configs.processing` are read into a :class:`Behaviour` once,
whenever they change. An element without such configs has no behaviour and costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from oagw.errors import (
    InactiveElementError,
    OagwError,
    ValueBelowRangeError,
    ValueOutOfRangeError,
)
from oagw.model import status
from oagw.model.configs.declarations import Edit
from oagw.model.configs.processing import (
    MATCH_RANGE,
    MINMAX_RANGE,
    SET_RANGE,
    SIMPLE_ARCHIVE_SMOOTHING,
)
from oagw.model.samples import Sample
from oagw.model.values import Value

_Stored = Mapping[str, Value]

#: Bits that :func:`next_sample` computes; it ignores their previous state.
_JUDGED: Final = (
    status.OUT_PRANGE | status.OUT_RANGE | status.DEFAULT_BAD | status.AUT_DEFAULT
)
#: Range types of the details of ``_u_range`` (DPDETAIL_RANGETYPE_...), mapped to the types
#: of ``_pv_range``.
_USER_RANGES = {3: SET_RANGE, 4: MINMAX_RANGE, 5: MATCH_RANGE}


@dataclass(frozen=True, slots=True)
class Range:
    """A range of values: an interval ``low`` to ``high``, a set, or a text pattern.

    :ivar refuses: if true, a value outside the range is refused; otherwise it is stored
        with the out-of-range bit.
    """

    low: Value | None = None
    high: Value | None = None
    includes_low: bool = True
    includes_high: bool = True
    allowed: tuple[Value, ...] | None = None
    pattern: str | None = None
    negated: bool = False
    refuses: bool = False

    def verdict(self, value: Value) -> type[OagwError] | None:
        """Return ``None`` if the value is in the range, else the error that says why not.

        Lists are never checked. Texts are not checked against an interval.
        """
        if isinstance(value, tuple):
            return None
        found: type[OagwError] | None
        if self.allowed is not None:
            found = None if value in self.allowed else ValueOutOfRangeError
        elif self.pattern is not None:
            if isinstance(value, bytes | dict):
                return None
            fits = fnmatchcase(str(value), self.pattern)
            found = None if fits else ValueOutOfRangeError
        elif isinstance(value, int | float):
            found = self._between(value)
        else:
            return None
        if self.negated:
            return None if found else ValueOutOfRangeError
        return found

    def _between(self, value: float) -> type[OagwError] | None:
        if isinstance(self.low, int | float) and (
            value < self.low or (value == self.low and not self.includes_low)
        ):
            return ValueBelowRangeError
        if isinstance(self.high, int | float) and (
            value > self.high or (value == self.high and not self.includes_high)
        ):
            return ValueOutOfRangeError
        return None

    @property
    def described(self) -> str:
        """The range in words, for error messages."""
        if self.allowed is not None:
            text = ", ".join(map(str, self.allowed))
        elif self.pattern is not None:
            text = f"'{self.pattern}'"
        else:
            text = f"{_bound(self.low)} to {_bound(self.high)}"
        return f"not {text}" if self.negated else text


def _bound(value: Value | None) -> str:
    return "-" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Smoothing:
    """The conditions for a new value to count as a change (the vendor's ``_std_type``).

    :ivar tolerance: the value must differ by more than this, in the element's unit or, if
        ``relative``, in percent of the last value.
    :ivar interval: the minimum time in ns between two changes.
    :ivar both: value and time must both pass; otherwise one of them is enough.
    """

    by_value: bool = False
    by_time: bool = False
    both: bool = False
    relative: bool = False
    tolerance: float = 0.0
    interval: int = 0

    def passes(self, last: Sample | None, new: Sample) -> bool:
        """Return whether the new sample counts, compared with the last one that counted."""
        if last is None or last.status != new.status:
            return True
        if not self.by_time:
            return self._differs(last.value, new.value)
        # An earlier time means that the clock was set back: the interval starts again.
        elapsed = not 0 <= new.stime - last.stime < self.interval
        if not self.by_value:
            return elapsed
        if self.both:
            return elapsed and self._differs(last.value, new.value)
        return elapsed or self._differs(last.value, new.value)

    def _differs(self, old: object, new: object) -> bool:
        if isinstance(old, int | float) and isinstance(new, int | float):
            tolerance = self.tolerance
            if self.relative:
                tolerance *= abs(old) / 100
            return abs(new - old) > tolerance
        return old != new


#: By ``_std_type``: by value, by time, both required, uses the tolerance, relative.
_SMOOTHINGS: Final = {
    0: (True, False, False, True, False),
    1: (False, True, False, False, False),
    2: (True, True, True, True, False),
    3: (True, True, False, True, False),
    4: (True, False, False, False, False),
    5: (True, True, True, False, False),
    6: (True, True, False, False, False),
    7: (True, False, False, True, True),
    8: (True, True, True, True, True),
    9: (True, True, False, True, True),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The effect of an element's configs on its values.

    :ivar user_ranges: a value is good only if it lies in at least one of these ranges.
    :ivar substitute: the substitute value, or ``None``.
    :ivar smoothing: which values count as a change.
    :ivar archive_smoothing: which of these changes are archived.
    """

    pv_range: Range | None = None
    user_ranges: tuple[Range, ...] = ()
    substitute: Value | None = None
    on_invalid: bool = False
    on_out_of_range: bool = False
    smoothing: Smoothing | None = None
    archive_smoothing: Smoothing | None = None

    def check(self, value: Value) -> None:
        """Refuse a value outside the range.

        :raises ValueBelowRangeError: the value is below the range.
        :raises ValueOutOfRangeError: the value is above the range or not an allowed value.
        """
        if self.pv_range is None or not self.pv_range.refuses:
            return
        error = self.pv_range.verdict(value)
        if error is not None:
            raise error(f"{value!r} is outside the range {self.pv_range.described}")

    def judged(self, value: Value, bits: int) -> int:
        """Return the status of a value with the bits for ranges and substitute value."""
        bits &= ~_JUDGED
        if self.pv_range is not None and self.pv_range.verdict(value):
            bits |= status.OUT_PRANGE
        if self.user_ranges and all(one.verdict(value) for one in self.user_ranges):
            bits |= status.OUT_RANGE
        if self.substitute is None or (
            self.pv_range is not None and self.pv_range.verdict(self.substitute)
        ):
            bits |= status.DEFAULT_BAD
        if self.substitute is not None and (
            (self.on_invalid and status.is_invalid(bits))
            or (self.on_out_of_range and bits & status.OUT_PRANGE)
        ):
            bits |= status.AUT_DEFAULT
        return bits


def behaviour_of(stored: Callable[[str], _Stored]) -> Behaviour | None:
    """Read the configs of an element.

    :param stored: the stored attributes of each config, by config name.
    :returns: ``None`` if none of the configs has an effect.
    """
    default = stored("_default")
    archive = stored("_archive")
    found = Behaviour(
        pv_range=_pv_range(stored("_pv_range")),
        user_ranges=tuple(_user_ranges(stored("_u_range"))),
        substitute=default.get("_value"),
        on_invalid=bool(default.get("_set_ibit", False)),
        on_out_of_range=bool(default.get("_set_pvrange", False)),
        smoothing=_smoothing(stored("_smooth"), ""),
        archive_smoothing=_archive_smoothing(archive),
    )
    return None if found == _NONE else found


_NONE: Final = Behaviour()


def next_sample(
    present: Sample, edit: Edit, stime: int, user: int, behaviour: Behaviour | None
) -> Sample:
    """Apply an edit to the current sample and return the new sample.

    A new value starts with a clean status. It keeps the user bits. It also keeps a
    substitute value that was activated by hand (``_exp_default``) until it is deactivated
    by hand.
    """
    value: object = present.value
    bits = present.status
    if edit.has_value:
        value = edit.value
        kept = status.ALL_USERBITS
        if behaviour is not None and behaviour.substitute is not None:
            kept |= status.EXP_DEFAULT
        bits = status.NORMAL | bits & kept
    bits = (bits | edit.set_bits) & ~edit.clear_bits
    if behaviour is not None:
        bits = behaviour.judged(value, bits)  # type: ignore[arg-type]
    return Sample(value, stime, bits, user)


def judged_anew(sample: Sample, behaviour: Behaviour | None) -> int:
    """Return the status of the current value after the configs have changed.

    Deleting the substitute value also deactivates it.
    """
    bits = sample.status
    if behaviour is None or behaviour.substitute is None:
        bits &= ~status.EXP_DEFAULT
    judging = _NONE if behaviour is None else behaviour
    return judging.judged(sample.value, bits)  # type: ignore[arg-type]


def is_smoothed(present: Sample, new: Sample, behaviour: Behaviour | None) -> bool:
    """Return whether smoothing drops a new sample as too close to the current one."""
    if behaviour is None or behaviour.smoothing is None:
        return False
    # Before the first set there is no value to compare with.
    last = present if present.stime else None
    return not behaviour.smoothing.passes(last, new)


def check_edit(present: Sample, edit: Edit, behaviour: Behaviour | None) -> None:
    """Refuse an edit that the element does not accept.

    :raises InactiveElementError: the element is inactive, and the edit does not activate
        it.
    :raises ValueBelowRangeError: the value is below the range.
    :raises ValueOutOfRangeError: the value is above the range or not an allowed value.
    """
    if not edit.has_value:
        return
    if not (present.status | edit.set_bits) & status.ACTIVE:
        raise InactiveElementError(
            "the element is inactive; set its '_original.._active' to true first"
        )
    if behaviour is not None:
        behaviour.check(edit.value)


def online_value(sample: Sample, behaviour: Behaviour | None) -> Value:
    """Return the online value: the active substitute value, else the original value."""
    if (
        behaviour is not None
        and behaviour.substitute is not None
        and status.is_default(sample.status)
    ):
        return behaviour.substitute
    return sample.value  # type: ignore[return-value]


def _pv_range(config: _Stored) -> Range | None:
    if not config:
        return None
    kind = config.get("_type", MINMAX_RANGE)
    # By default a value outside the range is refused (reference, "Other configs").
    return _range(config, "", kind, refuses=bool(config.get("_ignor_inv", True)))


def _user_ranges(config: _Stored) -> list[Range]:
    """Return the ranges of all permission levels and the range of the config itself."""
    found: list[Range | None] = []
    details = dict.fromkeys(key.partition(".")[0] for key in config if "." in key)
    for detail in details:
        kind = _USER_RANGES.get(config.get(f"{detail}._type", 4))  # type: ignore[arg-type]
        found.append(None if kind is None else _range(config, f"{detail}.", kind))
    if {"_min", "_max", "_set", "_match"} & config.keys():
        found.append(_range(config, "", _own_kind(config)))
    # A range of unknown type allows every value.
    return [Range() if one is None else one for one in found]


def _own_kind(config: _Stored) -> int:
    if "_set" in config:
        return SET_RANGE
    return MATCH_RANGE if "_match" in config else MINMAX_RANGE


def _range(
    config: _Stored, detail: str, kind: object, refuses: bool = False
) -> Range | None:
    """Return a range, or ``None`` if its bounds, set or pattern are not set yet."""

    def get(attribute: str, default: Value | None = None) -> Value | None:
        return config.get(detail + attribute, default)

    negated = bool(get("_neg", False))
    if kind == SET_RANGE:
        allowed = get("_set")
        if not isinstance(allowed, tuple):
            return None
        return Range(allowed=allowed, negated=negated, refuses=refuses)
    if kind == MATCH_RANGE:
        pattern = get("_match")
        if pattern is None:
            return None
        return Range(pattern=str(pattern), negated=negated, refuses=refuses)
    low, high = get("_min"), get("_max")
    if low is None and high is None:
        return None
    return Range(
        low,
        high,
        bool(get("_incl_min", True)),
        bool(get("_incl_max", True)),
        negated=negated,
        refuses=refuses,
    )


def _archive_smoothing(config: _Stored) -> Smoothing | None:
    """Return the smoothing of the first detail, or else of the config itself.

    In oagw, type 0 means no smoothing, even with a tolerance (reference, "Other configs").
    In the vendor's numbering 0 means smoothing by value, so it does mean that in a detail
    of the type "smoothing".
    """
    for detail in ("1.", ""):
        smooths = config.get(f"{detail}_type") == SIMPLE_ARCHIVE_SMOOTHING
        if config.get(f"{detail}_std_type", 0) or smooths:
            found = _smoothing(config, detail)
            if found is not None:
                return found
    return None


def _smoothing(config: _Stored, detail: str) -> Smoothing | None:
    tolerance = config.get(f"{detail}_std_tol", 0.0)
    interval = config.get(f"{detail}_std_time", 0)
    kind = config.get(f"{detail}_std_type", 0)
    assert isinstance(tolerance, int | float)
    assert isinstance(interval, int)
    if kind == 1 and not interval:
        # Without an interval, smoothing by time can only mean the tolerance, if one is set.
        kind = 0
    if kind == 2 and not tolerance:
        # Without a tolerance every value passes, so only the time is left.
        kind = 1
    if kind not in _SMOOTHINGS or (kind == 0 and not tolerance):
        return None
    by_value, by_time, both, tolerant, relative = _SMOOTHINGS[kind]  # type: ignore[index]
    return Smoothing(
        by_value, by_time, both, relative, tolerance if tolerant else 0.0, interval
    )
