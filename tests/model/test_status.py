"""Status bits stand where WinCC OA has them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status

#: The reference's list.
NUMBERS = {
    "_active": 0,
    "_exp_default": 1,
    "_aut_default": 2,
    "_out_prange": 3,
    "_out_range": 4,
    "_exp_inv": 5,
    "_aut_inv": 6,
    "_default_bad": 8,
    "_from_GI": 9,
    "_from_SI": 10,
    "_per_active": 11,
    "_corr": 12,
    "_compr": 13,
    "_comp_corr": 14,
    "_corr_add": 15,
    "_comp_inv": 16,
    "_stime_inv": 17,
}

_statuses = st.integers(0, 2**64 - 1)


def _bit(value: int, name: str) -> bool:
    return bool(value >> NUMBERS[name] & 1)


class StatusTests(SynchronousTestCase):
    """The bits and what is computed from them."""

    timeout = 30

    def test_each_bit_has_the_number_of_the_reference(self) -> None:
        """No bit is missing, none is somewhere else."""
        self.assertEqual(status.BITS, NUMBERS)

    def test_userbits_are_24_to_55(self) -> None:
        """The first userbit is bit 24, the last is bit 55."""
        self.assertEqual(status.userbit(1), 1 << 24)
        self.assertEqual(status.userbit(8), 1 << 31)
        self.assertEqual(status.userbit(32), 1 << 55)

    def test_the_short_status_has_eight_userbits(self) -> None:
        """The lower half of the status ends with the eighth userbit."""
        self.assertEqual(status.status32(2**64 - 1), 2**32 - 1)
        self.assertEqual(status.status32(status.userbit(8)), status.userbit(8))
        self.assertEqual(status.status32(status.userbit(9)), 0)

    def test_a_normal_value_is_active_and_good(self) -> None:
        """Without a substitute value, the bad default counts for nothing."""
        self.assertTrue(_bit(status.NORMAL, "_active"))
        self.assertFalse(status.is_bad(status.NORMAL))
        self.assertFalse(status.is_online_bad(status.NORMAL))

    @given(_statuses)
    @settings(deadline=None)
    def test_virtual_bits_follow_their_definitions(self, value: int) -> None:
        """The four virtual bits are what the reference says, for every status."""
        invalid = (
            _bit(value, "_exp_inv") or _bit(value, "_aut_inv") or _bit(value, "_stime_inv")
        )
        bad = invalid or _bit(value, "_out_prange")
        default = _bit(value, "_exp_default") or _bit(value, "_aut_default")
        online_bad = _bit(value, "_default_bad") if default else bad
        self.assertIs(status.is_invalid(value), invalid)
        self.assertIs(status.is_bad(value), bad)
        self.assertIs(status.is_default(value), default)
        self.assertIs(status.is_online_bad(value), online_bad)
