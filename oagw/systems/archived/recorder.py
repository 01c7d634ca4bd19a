"""Writes the values that a system reports to the archive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from oagw.errors import (
    ConnectionBrokenError,
    ConversionError,
    DataManagerError,
    NamesRefusedError,
    OagwError,
)
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import ISystem
from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS, parse_time
from oagw.model.values import Value, WireValue, convert
from oagw.plant.element import Element
from oagw.systems.archived.newsamples import new_sample
from oagw.systems.embedded.systemstore import SystemStore

_log = Logger()
#: What is watched of each element, in the order of ``_Told.values``.
_ATTRIBUTES = (
    "_original.._value",
    "_original.._stime",
    "_original.._status64",
)
#: Elements per watch command.
_CHUNK = 500
#: Seconds after which elements that could not be watched are tried again.
_AGAIN = 60.0
#: The last time in ms, and the first number that 64 bits cannot hold.
_LAST_MS, _WORD = LAST // NS_PER_MS, 1 << 64
#: Seconds between two writes of the newest values, which the next start reads.
_SAVE = 1.0


class _Told:
    """The values that were reported last of an element.

    :ivar values: in the order of :data:`_ATTRIBUTES`.
    """

    __slots__ = ("element", "is_wrong", "values")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.values: list[WireValue] = [None] * len(_ATTRIBUTES)
        self.is_wrong = False


class Recorder:
    """Watches elements of a system, and archives their values.

    :param system: the system elsewhere.
    :param store: the file that keeps the newest value of each element.
    :ivar refused: errors by element of those that cannot be watched; they are tried again.
    """

    def __init__(
        self, system: ISystem, archive: IArchive, store: SystemStore, clock: IReactorTime
    ) -> None:
        self._system = system
        self._archive = archive
        self._store = store
        self._clock = clock
        self._server_time = server_time_of(clock)
        self._slots: dict[str, tuple[_Told, int]] = {}
        self._unsaved: dict[Element, None] = {}
        self._saving: IDelayedCall | None = None
        self._lost = 0
        self.refused: dict[Element, OagwError] = {}
        self._retry: IDelayedCall | None = None
        # One caller after the other, so that no element is watched twice.
        self._lock = DeferredLock()

    @property
    def count(self) -> int:
        """The number of watched elements."""
        return len(self._slots) // len(_ATTRIBUTES)

    async def want(self, elements: Sequence[Element]) -> None:
        """Watch elements; those that are watched already are left as they are.

        :raises OagwError: the system does not reply; some may be watched.
        """
        async with self._lock:
            await self._want(elements)

    async def _want(self, elements: Sequence[Element]) -> None:
        before = set(self.refused)
        new: list[Element] = []
        for element in elements:
            found = self._slots.get(self._names(element)[0])
            if found is None:
                new.append(element)
            elif found[0].element is not element:
                # It has another type now, or was created again.
                found[0].element = element
        for one in new:
            self.refused.pop(one, None)
        for start in range(0, len(new), _CHUNK):
            await self._watch(new[start : start + _CHUNK])
        self._report(before)
        if self.refused and self._retry is None:
            self._retry = self._clock.callLater(_AGAIN, self._try_again)

    def _report(self, before: Collection[Element]) -> None:
        """Log elements that are not archived, each once.

        :param before: elements that were not archived before.
        """
        new = [one for one in self.refused if one not in before]
        if new:
            _log.warn(
                "{system}: {count} elements are not archived, such as {element}: {error}; "
                "oagw tries again every {seconds:g} s",
                system=self._system.name,
                count=len(new),
                element=new[0].name,
                error=self.refused[new[0]],
                seconds=_AGAIN,
            )
        elif before and not self.refused:
            _log.info("{system}: all elements are archived", system=self._system.name)

    def _try_again(self) -> None:
        self._retry = None
        trying = Deferred.fromCoroutine(self.want(list(self.refused)))
        # The connection has ended; the next one watches everything again.
        trying.addErrback(lambda failure: failure.trap(OagwError))

    def _names(self, element: Element) -> list[str]:
        name = f"{self._system.name}:{element.name}"
        return [f"{name}:{attribute}" for attribute in _ATTRIBUTES]

    async def _watch(self, elements: Sequence[Element]) -> None:
        left = list(elements)
        while left:
            tolds = [_Told(element) for element in left]
            names = [name for element in left for name in self._names(element)]
            # Before the reply, because a value may change until it comes.
            for number, name in enumerate(names):
                told, at = tolds[number // len(_ATTRIBUTES)], number % len(_ATTRIBUTES)
                self._slots[name] = told, at
            try:
                values = await self._system.watch(names)
            except NamesRefusedError as refused:
                self._forget(names)
                if isinstance(refused.first, ConnectionBrokenError):
                    raise refused.first from refused
                refusing = {name.rpartition(":")[0] for name in refused.errors}
                left = [
                    one for one in left if f"{self._system.name}:{one.name}" not in refusing
                ]
                if len(left) == len(tolds):
                    raise
                self._refuse(tolds, refused)
                continue
            except BaseException:
                self._forget(names)
                raise
            await self._begin(tolds, values)
            return

    def _refuse(self, tolds: Sequence[_Told], refused: NamesRefusedError) -> None:
        """Note elements that cannot be watched; archive a valid value as invalid."""
        now = int(self._clock.seconds() * 1000) * NS_PER_MS
        invalid: list[tuple[Element, Sample]] = []
        errors = {name.rpartition(":")[0]: one for name, one in refused.errors.items()}
        for told in tolds:
            element = told.element
            error = errors.get(f"{self._system.name}:{element.name}")
            if error is None:
                continue
            self.refused[element] = error
            last = element.sample
            if last.stime and not last.status & status.AUT_INV:
                bits, stime = last.status | status.AUT_INV, max(now, last.stime)
                ended = msgspec.structs.replace(last, status=bits, stime=stime)
                invalid.append((element, ended))
        self._keep(invalid)

    async def _begin(self, tolds: Sequence[_Told], values: Sequence[WireValue]) -> None:
        """Archive the present values, unless the last run did so already."""
        width = len(_ATTRIBUTES)
        for number, told in enumerate(tolds):
            told.values = list(values[number * width : (number + 1) * width])
        told_news = [(told, self._news(told)) for told in tolds]
        samples = [(told.element, one) for told, one in told_news if one is not None]
        try:
            samples = await self._not_there(samples)
        except DataManagerError as error:
            # It is better to have a value twice than not at all.
            _log.warn("{system}: {error}", system=self._system.name, error=error)
        samples = [(one, sample) for one, sample in samples if sample != one.sample]
        self._keep(samples, may_be_late=True)

    async def _not_there(
        self, samples: Sequence[tuple[Element, Sample]]
    ) -> list[tuple[Element, Sample]]:
        """Return the samples that are not in the archive yet.

        A process that is killed may have archived some before it could note that.

        :raises DataManagerError: the archive cannot be read.
        """
        if not samples:
            return []
        times = [sample.stime for _, sample in samples]
        numbers = [element.number for element, _ in samples]
        if await self._archive.most(numbers, min(times), max(times), 0, 0) == 0:
            # Usually none is, and one count shows that.
            return list(samples)
        return [pair for pair in samples if not await self._is_there(*pair)]

    async def _is_there(self, element: Element, sample: Sample) -> bool:
        time = sample.stime
        found = await self._archive.read(element.number, time, time, 0, 100)
        return any(
            (one.value, one.status) == (sample.value, sample.status) for one in found
        )

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._slots.pop(name, None)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Archive what one atomic set has changed; skips names that are not archived."""
        slots = self._slots
        touched: dict[_Told, None] = {}
        for name, value in changes.items():
            found = slots.get(name)
            if found is not None:
                told, at = found
                told.values[at] = value
                touched[told] = None
        if touched:
            samples = [(told.element, self._news(told)) for told in touched]
            self._keep([(one, sample) for one, sample in samples if sample is not None])

    def on_end(self, names: Collection[str]) -> None:
        """Forget names that are no longer watched because they were deleted."""
        for name in names:
            found = self._slots.get(name)
            if found is not None:
                ended = self._names(found[0].element)
                self._forget([name, *ended])
                self._system.unwatch([one for one in ended if one not in names])

    def _news(self, told: _Told) -> Sample | None:
        """The sample to archive; ``None`` if the reported values make none, or none new."""
        value, stime, bits = told.values
        element = told.element
        try:
            sample = Sample(
                _value(value, element.type), _time(stime), _bits(bits), element.sample.user
            )
        except OagwError as error:
            if not told.is_wrong and None not in told.values:
                told.is_wrong = True
                name = f"{self._system.name}:{element.name}"
                _log.warn("{name} is not archived: {error}", name=name, error=error)
            return None
        told.is_wrong = False
        now = int(self._server_time() * 1000) * NS_PER_MS
        return new_sample(element.sample, sample, now)

    def _keep(
        self, samples: Sequence[tuple[Element, Sample]], may_be_late: bool = False
    ) -> None:
        """Archive samples.

        :param may_be_late: newer samples of the elements may be archived already.
        """
        if not samples or not self._has_room(len(samples)):
            return
        for element, sample in samples:
            if not may_be_late or sample.stime >= element.sample.stime:
                element.sample = sample
                self._unsaved[element] = None
        entries = [(element.number, sample) for element, sample in samples]
        self._archive.append(entries, False)
        if self._saving is None:
            self._saving = self._clock.callLater(_SAVE, self._save)

    def _has_room(self, count: int) -> bool:
        """Whether the archive accepts samples; those it refuses are lost and counted."""
        try:
            self._archive.check_room()
        except DataManagerError as error:
            if not self._lost:
                _log.error(
                    "{system}: values are lost from now on: {error}",
                    system=self._system.name,
                    error=error,
                )
            self._lost += count
            return False
        if self._lost:
            _log.error(
                "{system}: {count} values were lost; the archive takes values again",
                system=self._system.name,
                count=self._lost,
            )
            self._lost = 0
        return True

    def _save(self) -> None:
        """Store the newest samples, once the archive has them on disk."""
        self._saving = None
        unsaved, self._unsaved = list(self._unsaved), {}
        done = self._archive.append([], True)
        done.addCallbacks(self._saved, self._not_saved, (unsaved,), errbackArgs=(unsaved,))

    def _saved(self, _: None, elements: Sequence[Element]) -> None:
        self._store.add([(one.number, one.sample) for one in elements])

    def _not_saved(self, failure: object, elements: Sequence[Element]) -> None:
        # The archive logs the reason, and tries again.
        self._unsaved = dict.fromkeys((*elements, *self._unsaved))
        if self._saving is None:
            self._saving = self._clock.callLater(_SAVE, self._save)

    async def stop(self) -> None:
        """Store the newest samples, then stop recording."""
        self._slots.clear()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        unsaved, self._unsaved = list(self._unsaved), {}
        await self._archive.append([], True)
        self._saved(None, unsaved)


def _value(given: WireValue, kind: ElementType) -> Value:
    if kind is ElementType.FLOAT and type(given) is float:
        return given
    return convert(given, kind)


def _time(given: WireValue) -> int:
    """Convert a source time from ms to ns.

    :raises ConversionError: it is not a time.
    :raises SourceTimeRangeError: it is outside of what an archive can hold.
    """
    if type(given) is int and 0 <= given <= _LAST_MS:
        return given * NS_PER_MS
    if not isinstance(given, str | int | float):
        raise ConversionError(f"the source time is {given!r}")
    return parse_time(given)


def _bits(given: WireValue) -> int:
    if type(given) is int and 0 <= given < _WORD:
        return given
    bits = convert(given, ElementType.BIT64)
    assert isinstance(bits, int)
    return bits
