"""Batches of the hot store: what is written comes back, and damage is seen."""

from __future__ import annotations

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.chunks import Lists
from oagw.archives.hot.hotstore import decode_batch, decode_lists, encode_batch

_VALUES = st.one_of(
    st.floats(allow_nan=False),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(st.integers(0, 3), max_size=3),
)
_ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**63 - 1),
        st.integers(0, 2**63 - 1),
        _VALUES,
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**31),
    ),
    min_size=1,
    max_size=20,
)


def _lists(rows: list[tuple[int, int, object, int, int]]) -> Lists:
    series, stime, values, status, users = map(list, zip(*rows, strict=True))
    return series, stime, values, status, users


class BatchTests(SynchronousTestCase):
    timeout = 30

    @given(_ROWS)
    @example([(7, 10**18 + at, at / 4, 257, 1) for at in range(1000)])
    @example([(7, 10**18 + at, at % 2 == 0 or at, 257, 1) for at in range(1000)])
    def test_what_is_written_comes_back(
        self, rows: list[tuple[int, int, object, int, int]]
    ) -> None:
        """Samples come in the order of their arrival, with their types of that time."""
        lists = _lists(rows)
        found = decode_lists(encode_batch(lists))
        self.assertEqual(found, lists)
        self.assertEqual([*map(type, found[2])], [*map(type, lists[2])])

    def test_equal_columns_take_no_room(self) -> None:
        """A thousand values of one element, as they come, have a third of their bytes."""
        rows = [(7, 10**18 + at * 10**9, at % 50 / 4, 257, 1) for at in range(1000)]
        self.assertLess(len(encode_batch(_lists([*rows]))), 8 * 1000)

    def test_batches_of_earlier_versions_are_read(self) -> None:
        """They are msgpack and nothing else."""
        lists = _lists([(7, 10, 1.5, 257, 1), (8, 9, "text", 257, 1)])
        self.assertEqual(decode_lists(msgspec.msgpack.encode(lists)), lists)

    @given(st.data())
    def test_damage_is_seen(self, data: st.DataObject) -> None:
        """Whichever bit is another, and however little is left."""
        whole = encode_batch(_lists([(7, 10**18 + at, at / 4, 257, 1) for at in range(50)]))
        damaged = bytearray(whole)
        bit = data.draw(st.integers(0, 8 * len(whole) - 1))
        damaged[bit // 8] ^= 1 << (bit % 8)
        self.assertRaises(ValueError, decode_batch, bytes(damaged))
        length = data.draw(st.integers(0, len(whole) - 1))
        self.assertRaises(ValueError, decode_batch, whole[:length])
