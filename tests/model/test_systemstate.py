"""The state of a system notifies its listeners."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.systemstate import State


class StateTests(SynchronousTestCase):
    """Listeners of a state."""

    timeout = 30

    def test_a_listener_may_leave_while_it_is_called(self) -> None:
        """All listeners are still called, each once."""
        state = State("S")
        calls: list[str] = []

        def leave(changed: State) -> None:
            calls.append(f"first {changed.name}")
            state.listeners.remove(leave)

        state.listeners += [leave, lambda changed: calls.append("second")]
        state.notify()
        state.notify()
        self.assertEqual(calls, ["first S", "second", "second"])
