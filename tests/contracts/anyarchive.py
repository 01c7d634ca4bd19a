"""Any archive is a sorted list: whatever comes in whatever order, and whatever is done.

An engine's test class is this and ``SynchronousTestCase``, with ``opened`` of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks import chunks
from oagw.archives.hot import hotstore
from oagw.archives.reading import seriesscan
from oagw.archives.sealed import compaction
from oagw.model.samples import Sample
from tests.contracts.archive import NaiveArchive

# Only the engines' classes are test cases: trial runs whatever is one.
if TYPE_CHECKING:
    _Base = SynchronousTestCase
else:
    _Base = object

#: Values of elements of one type each, and of one that changes its type.
VALUES = {
    1: st.floats(allow_nan=False),
    2: st.integers(-9999, 9999).map(lambda number: number / 100),
    3: st.integers(-(2**63), 2**63 - 1),
    4: st.booleans(),
    5: st.text(max_size=3),
    6: st.integers(2**63 - 3, 2**63 + 3),
    7: st.one_of(st.booleans(), st.integers(0, 3), st.floats(0, 1), st.text(max_size=1)),
}
_SAMPLES = st.one_of(
    [
        st.tuples(
            st.just(series),
            st.builds(
                Sample,
                values,
                st.one_of(st.integers(0, 9), st.integers(0, 2).map(lambda n: n * 10**16)),
                st.sampled_from([0, 257, 2**64 - 1]),
                st.integers(0, 2),
            ),
        )
        for series, values in VALUES.items()
    ]
)


#: A deletion: of one series or of all, from one time to another.
_DELETIONS = st.tuples(
    st.one_of(st.none(), st.sampled_from([*VALUES])),
    st.integers(0, 9),
    st.one_of(st.integers(0, 9), st.integers(0, 2).map(lambda n: n * 10**16)),
)


class AnyArchiveCases(_Base):
    """Any samples in any order, sealed, merged, deleted and reopened at any time."""

    def opened(self, directory: Path, seal: int) -> Any:
        """Open the engine's archive of a directory."""
        raise NotImplementedError

    @given(
        st.lists(st.lists(_SAMPLES, max_size=12), max_size=12),
        st.integers(1, 20),
        st.tuples(st.integers(0, 9), st.integers(0, 3 * 10**16)),
        st.integers(0, 5),
        st.sets(st.integers(0, 12)),
        st.dictionaries(st.integers(0, 12), _DELETIONS, max_size=3),
    )
    @settings(
        deadline=None,
        max_examples=40,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    def test_reads_as_a_sorted_list_would(
        self,
        batches: list[list[tuple[int, Sample]]],
        seal: int,
        period: tuple[int, int],
        bonus: int,
        reopened: set[int],
        deleted: dict[int, tuple[int | None, int, int]],
    ) -> None:
        """With blocks, runs and chunks so small that each way is taken."""
        small = (
            patch.object(chunks, "FULL", 4),
            patch.object(compaction, "FULL", 4),
            patch.object(compaction, "_WORTH_KEEPING", 2),
            patch.object(compaction, "_FAN_IN", 2),
            patch.object(seriesscan, "_AT_ONCE", 3),
            patch.object(hotstore, "_YOUNG", 5),
        )
        directory, naive = Path(self.mktemp()), NaiveArchive()
        for patched in small:
            patched.start()
        try:
            archive = self.opened(directory, seal)
            for number, batch in enumerate(batches):
                naive.samples += batch
                self.successResultOf(archive.append(batch, True))
                if number in deleted:
                    one, *span = deleted[number]
                    count = naive.delete(one, *span)
                    chosen = None if one is None else [one]
                    done = archive.delete(chosen, *span)
                    self.assertEqual(self.successResultOf(done), count)
                if number in reopened:
                    self.successResultOf(archive.stop())
                    archive = self.opened(directory, seal)
            first, last = min(period), max(period)
            for series in VALUES:
                read = archive.read(series, first, last, bonus, 10**6)
                expected = naive.read(series, first, last, bonus, 10**6)
                self.assertEqual(
                    [_exact(one) for one in self.successResultOf(read)],
                    [_exact(one) for one in expected],
                )
            self.successResultOf(archive.stop())
        finally:
            for patched in small:
                patched.stop()


def _exact(one: Sample) -> tuple[object, ...]:
    """All of a sample, of which -0.0 is not 0.0, and True not 1."""
    return repr(one.value), one.stime, one.status, one.user
