"""``_original``, ``_online`` and ``_offline``: the value, its time, status and user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from oagw.model import status
from oagw.model.configs.declarations import (
    Attribute,
    Config,
    Edit,
    ElementState,
    Own,
)
from oagw.model.dptypes import ElementType
from oagw.model.values import Value

#: Status bits that a client may set: those that mark a value, not those we compute.
_SETTABLE_BITS = (
    "_active",
    "_exp_default",
    "_exp_inv",
    "_aut_inv",
    "_from_GI",
    "_from_SI",
)
#: What stands in ``_manager``: every value comes in through an API manager.
_API_MANAGER = 7


def _value(element: ElementState) -> Value:
    return element.sample.value  # type: ignore[return-value]


def _online(element: ElementState) -> Value:
    return element.online


def _stime(element: ElementState) -> Value:
    return element.sample.stime


def _status(element: ElementState) -> Value:
    return status.status32(element.sample.status)


def _status64(element: ElementState) -> Value:
    return element.sample.status


def _user(element: ElementState) -> Value:
    return element.sample.user


def _manager(element: ElementState) -> Value:
    return _API_MANAGER


def _type(element: ElementState) -> Value:
    return int(element.type)


def _write_value(edit: Edit, value: Value) -> None:
    edit.value = value
    edit.has_value = True


def _write_stime(edit: Edit, value: Value) -> None:
    assert isinstance(value, int)
    edit.stime = value


def _bit_reader(mask: int) -> Callable[[ElementState], Value]:
    return lambda element: bool(element.sample.status & mask)


def _bit_writer(mask: int) -> Callable[[Edit, Value], None]:
    def write(edit: Edit, value: Value) -> None:
        if value:
            edit.set_bits |= mask
            edit.clear_bits &= ~mask
        else:
            edit.clear_bits |= mask
            edit.set_bits &= ~mask

    return write


def _virtual(read: Callable[[int], bool]) -> Callable[[ElementState], Value]:
    return lambda element: read(element.sample.status)


def _attributes() -> Iterator[Attribute]:
    yield Attribute("_value", Own.VALUE, _value, _write_value)
    yield Attribute("_stime", ElementType.TIME, _stime, _write_stime)
    yield Attribute("_status", ElementType.BIT32, _status)
    yield Attribute("_status64", ElementType.BIT64, _status64)
    yield Attribute("_user", ElementType.UINT, _user)
    yield Attribute("_manager", ElementType.UINT, _manager)
    yield Attribute("_type", ElementType.INT, _type)
    for name, bit in status.BITS.items():
        write = _bit_writer(1 << bit) if name in _SETTABLE_BITS else None
        yield Attribute(name, ElementType.BOOL, _bit_reader(1 << bit), write)
    for number in range(1, status.USERBITS + 1):
        mask = status.userbit(number)
        yield Attribute(
            f"_userbit{number}", ElementType.BOOL, _bit_reader(mask), _bit_writer(mask)
        )
    yield Attribute("_invalid", ElementType.BOOL, _virtual(status.is_invalid))
    yield Attribute("_bad", ElementType.BOOL, _virtual(status.is_bad))
    yield Attribute("_default", ElementType.BOOL, _virtual(status.is_default))
    yield Attribute("_online_bad", ElementType.BOOL, _virtual(status.is_online_bad))


_ORIGINAL = {attribute.name: attribute for attribute in _attributes()}
_SHOWN = {name: replace(one, write=None) for name, one in _ORIGINAL.items()}

ORIGINAL = Config("_original", _ORIGINAL, live=True, historical=True)
ONLINE = Config(
    "_online",
    {**_SHOWN, "_value": Attribute("_value", Own.VALUE, _online)},
    live=True,
    historical=True,
)
OFFLINE = Config("_offline", _SHOWN, historical=True, needs_archive=True)
