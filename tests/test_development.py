"""The steps of docs/development.rst work, in a copy of the checkout."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.walkthrough import Walkthrough, copy_to, walkthroughs

TITLES = {
    "Add a backend",
    "Add a command",
    "Add an archive engine",
    "Add an attribute",
    "Add a setting",
    "Change a schema",
}


class DevelopmentTests(SynchronousTestCase):
    """A test for each section is added below."""

    timeout = 600

    def test_each_kind_of_addition_has_a_section(self) -> None:
        """With steps and commands."""
        found = {one.title: one for one in walkthroughs()}
        self.assertEqual(set(found), TITLES)
        for one in found.values():
            self.assertTrue(one.commands, one.title)


def _add_test(walkthrough: Walkthrough) -> None:
    def test(self: DevelopmentTests) -> None:
        copy = Path(self.mktemp())
        copy_to(copy)
        walkthrough.follow(copy)

    test.__doc__ = f"{walkthrough.title}: the steps are complete."
    name = walkthrough.title.lower().replace(" ", "_")
    setattr(DevelopmentTests, f"test_{name}", test)


for _walkthrough in walkthroughs():
    _add_test(_walkthrough)
