"""The policy of an archive: retention by group."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.policy import KEEP_ALL, Policy
from oagw.archives.retention import FOR_EVER, Retention


class PolicyTests(SynchronousTestCase):
    timeout = 30

    def test_a_group_may_have_its_own_retention(self) -> None:
        """Others have the default."""
        year, day = Retention(age=365 * 86400), Retention(age=86400)
        policy = Policy(retention=year, groups={"fast": day})
        self.assertEqual(
            [policy.of("fast"), policy.of("slow"), policy.of("")], [day, year, year]
        )

    def test_whether_anything_is_removed(self) -> None:
        """By the default or by one of the groups."""
        day = Retention(age=86400)
        self.assertFalse(KEEP_ALL.removes)
        self.assertFalse(Policy(groups={"fast": FOR_EVER}).removes)
        self.assertTrue(Policy(groups={"fast": day}).removes)
        self.assertTrue(Policy(retention=day, groups={"fast": FOR_EVER}).removes)
