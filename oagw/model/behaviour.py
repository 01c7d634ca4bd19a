"""What becomes of a value that is set: ranges, substitute values, smoothing.

The configs of :mod:`oagw.model.configs.processing` are read once, when they change, into a
:class:`Behaviour`; an element without any of them has none, and costs nothing.
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

#: What :func:`next_sample` computes, whatever the status was before.
_JUDGED: Final = (
    status.OUT_PRANGE | status.OUT_RANGE | status.DEFAULT_BAD | status.AUT_DEFAULT
)
#: Types of a detail of ``_u_range`` (DPDETAIL_RANGETYPE_...), as types of ``_pv_range``.
_USER_RANGES = {3: SET_RANGE, 4: MINMAX_RANGE, 5: MATCH_RANGE}


@dataclass(frozen=True, slots=True)
class Range:
    """A range of values: from ``low`` to ``high``, a set, or a pattern of texts.

    :ivar refuses: a value outside is refused; else it is taken and flagged.
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
        """``None`` if the value is inside, else the error that says how it is not.

        A list has no range, and a text none from one value to another.
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
        """The range in words, for the user."""
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
    """Which values are worth a change (the vendor's ``_std_type``).

    :ivar tolerance: the change in value that is needed, in the element's unit, or in
        percent of the last value if ``relative``.
    :ivar interval: the time in ns that must have passed since the last value.
    :ivar both: value and time must agree, rather than one of them.
    """

    by_value: bool = False
    by_time: bool = False
    both: bool = False
    relative: bool = False
    tolerance: float = 0.0
    interval: int = 0

    def passes(self, last: Sample | None, new: Sample) -> bool:
        """Whether the new sample is one that counts, after the last one that did."""
        if last is None or last.status != new.status:
            return True
        if not self.by_time:
            return self._differs(last.value, new.value)
        # A time that is earlier is of a clock that was set back: it begins anew.
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


#: By ``_std_type``: by value, by time, both, with tolerance, relative.
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
    """What the configs of an element make of its values.

    :ivar user_ranges: a value is good if it is in one of them.
    :ivar substitute: the substitute value, if there is one.
    :ivar smoothing: what becomes a change.
    :ivar archive_smoothing: what of that goes to the archive.
    """

    pv_range: Range | None = None
    user_ranges: tuple[Range, ...] = ()
    substitute: Value | None = None
    on_invalid: bool = False
    on_out_of_range: bool = False
    smoothing: Smoothing | None = None
    archive_smoothing: Smoothing | None = None

    def check(self, value: Value) -> None:
        """Refuse a value that the range does not let in.

        :raises ValueBelowRangeError: it is below the range.
        :raises ValueOutOfRangeError: it is above it, or not one of those allowed.
        """
        if self.pv_range is None or not self.pv_range.refuses:
            return
        error = self.pv_range.verdict(value)
        if error is not None:
            raise error(f"{value!r} is outside of the range {self.pv_range.described}")

    def judged(self, value: Value, bits: int) -> int:
        """The status of a value, with the bits that follow from ranges and substitute."""
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

    :param stored: what is set of a config, by its name.
    :returns: ``None`` if none of them does anything.
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
    """The sample that an edit makes of the present one.

    A new value starts with a clean status. It keeps the userbits, and a substitute value
    that was put in force by hand (``_exp_default``) until it is taken back by hand.
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
    """The status of a present value after the configs have changed.

    A substitute value that is no more is no longer in force either.
    """
    bits = sample.status
    if behaviour is None or behaviour.substitute is None:
        bits &= ~status.EXP_DEFAULT
    judging = _NONE if behaviour is None else behaviour
    return judging.judged(sample.value, bits)  # type: ignore[arg-type]


def is_smoothed(present: Sample, new: Sample, behaviour: Behaviour | None) -> bool:
    """Whether a new sample is too close to the present one to be a change."""
    if behaviour is None or behaviour.smoothing is None:
        return False
    # What was never set is no value that another could be close to.
    last = present if present.stime else None
    return not behaviour.smoothing.passes(last, new)


def check_edit(present: Sample, edit: Edit, behaviour: Behaviour | None) -> None:
    """Refuse an edit that the element does not take.

    :raises InactiveElementError: it is switched off, and the edit does not switch it on.
    :raises ValueBelowRangeError: the value is below the range.
    :raises ValueOutOfRangeError: it is above it, or not one of those allowed.
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
    """The online value: the substitute value where one is in force."""
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
    # Without a word on it a value outside is refused (reference, "Other configs").
    return _range(config, "", kind, refuses=bool(config.get("_ignor_inv", True)))


def _user_ranges(config: _Stored) -> list[Range]:
    """The ranges of all permission levels, and one of the config itself."""
    found: list[Range | None] = []
    details = dict.fromkeys(key.partition(".")[0] for key in config if "." in key)
    for detail in details:
        kind = _USER_RANGES.get(config.get(f"{detail}._type", 4))  # type: ignore[arg-type]
        found.append(None if kind is None else _range(config, f"{detail}.", kind))
    if {"_min", "_max", "_set", "_match"} & config.keys():
        found.append(_range(config, "", _own_kind(config)))
    # One that is not known lets everything in.
    return [Range() if one is None else one for one in found]


def _own_kind(config: _Stored) -> int:
    if "_set" in config:
        return SET_RANGE
    return MATCH_RANGE if "_match" in config else MINMAX_RANGE


def _range(
    config: _Stored, detail: str, kind: object, refuses: bool = False
) -> Range | None:
    """What is set of a range; ``None`` before its bounds, set or pattern are."""

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
    """That of the first detail, else of the config itself.

    Type 0 is none here (reference, "Other configs"), even with a tolerance; in the
    vendor's numbering it is by value, so a detail that says that it smooths means that.
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
        # Time smoothing without a time can only mean the tolerance, if there is one.
        kind = 0
    if kind == 2 and not tolerance:
        # Any value is beyond no tolerance, so only the time is left.
        kind = 1
    if kind not in _SMOOTHINGS or (kind == 0 and not tolerance):
        return None
    by_value, by_time, both, tolerant, relative = _SMOOTHINGS[kind]  # type: ignore[index]
    return Smoothing(
        by_value, by_time, both, relative, tolerance if tolerant else 0.0, interval
    )
