"""A remote system when its connection breaks, is slow, or its peer changes meanwhile."""

from __future__ import annotations

from zope.interface.verify import verifyObject

from oagw.interfaces.systems import ISystem
from tests.core.test_session import Client
from tests.systems.remote.test_exchanges import ChainTestCase

F1, F2 = "System1:F1.:_online.._value", "System1:F2.:_online.._value"
SET = {"DpSet": {"Id": 1, "Values": [{"Dp": "F1.", "Value": 5}], "Wait": True}}


class BreakTests(ChainTestCase):
    """The cable is cut, or nothing comes through it."""

    def break_off(self) -> None:
        self.wire.break_off("the cable was cut")

    def test_is_a_system(self) -> None:
        """It has what the core asks of a system."""
        self.assertTrue(verifyObject(ISystem, self.remote))

    def test_a_set_whose_answer_is_missing_says_so_and_is_not_sent_again(self) -> None:
        """The set has taken effect here, but the sender cannot know that."""
        self.wire.held = []
        self.assertEqual(self.client.ask(SET), [])
        self.assertEqual([name for name, _ in self.wire.commands][-1], "DpSet")
        self.break_off()
        [answer] = self.client.outlet.take()
        self.assertEqual(answer["DpSetResult"]["Error"], 39)
        self.assertIn("is unknown", answer["DpSetResult"]["Message"])
        self.assertEqual(self.value("F1."), 5.0)
        self.wire.held = None
        self.wire.connect()
        self.bench.clock.advance(100)
        self.assertNotIn("DpSet", [name for name, _ in self.wire.commands])

    def test_a_set_without_wait_that_is_lost_is_told_too(self) -> None:
        """Nothing is taken for set that may not be."""
        self.wire.held = []
        self.client.ask({"DpSet": {"Id": 1, "Values": [{"Dp": "F1.", "Value": 5}]}})
        self.break_off()
        [answer] = self.client.outlet.take()
        self.assertEqual(answer["DpSetResult"]["Error"], 39)

    def test_a_set_while_it_is_away_is_refused(self) -> None:
        """The set was not sent, and the client can rely on that."""
        self.break_off()
        [answer] = self.client.ask(SET)
        self.assertEqual(answer["DpSetResult"]["Error"], 39)
        self.assertIn("nothing was done", answer["DpSetResult"]["Message"])
        self.assertIn("cable", answer["DpSetResult"]["Message"])
        self.assertEqual(self.value("F1."), 0.0)

    def test_reads_that_are_lost_are_an_error_of_each_name(self) -> None:
        """Other systems' values in the same command are not lost with them."""
        self.wire.held = []
        self.client.ask({"DpGet": {"Id": 1, "Dps": ["F1.", "F2."]}})
        self.break_off()
        [answer] = self.client.outlet.take()
        errors = answer["DpGetResult"]["Errors"]
        self.assertEqual({one["Code"] for one in errors.values()}, {39})
        self.assertEqual(set(errors), {"F1.", "F2."})

    def test_a_command_that_is_not_answered_in_time_is_given_up(self) -> None:
        """A late answer does no harm, and the connection goes on."""
        held: list[bytes] = []
        self.wire.held = held
        self.client.ask(SET)
        # Else the replies to the heartbeats would be held back too.
        self.wire.held = None
        self.client.ask({"DpConnect": {"Id": 2, "Dps": ["F2."]}})
        self.bench.clock.pump([1.0] * 62)
        [answer] = self.client.outlet.take()
        self.assertIn("no reply came in time", answer["DpSetResult"]["Message"])
        assert self.wire.cable is not None
        for one in held:
            self.wire.cable.come(one)
        self.assertEqual(self.client.outlet.take(), [])
        self.assertTrue(self.remote.presence.state.connected)

    def test_a_peer_without_signs_of_life_is_left(self) -> None:
        """Its values are invalid from then on."""
        names = ["F1.:_online.._aut_inv"]
        self.client.ask({"DpConnect": {"Id": 2, "Dps": names}})
        self.wire.held = []
        self.bench.clock.pump([1.0] * 25)
        [told] = self.client.outlet.take()
        self.assertEqual(list(told["DpConnectResult"]["Values"].values()), [True])
        self.assertFalse(self.remote.presence.state.connected)
        self.assertIn("does not answer heartbeats", self.remote.presence.state.error)

    def test_connects_go_on_after_a_break(self) -> None:
        """Each is watched again once, and reports the changes in between."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1.", "F2."]}})
        self.client.ask({"DpConnect": {"Id": 2, "Dps": ["F2."]}})
        self.break_off()
        self.client.outlet.take()
        self.set({"F1.": 7})
        self.wire.commands.clear()
        self.wire.connect()
        watches = [body["Dps"] for name, body in self.wire.commands if name == "DpWatch"]
        self.assertEqual(watches, [[], [F1, F2]])
        told = [one["DpConnectResult"] for one in self.client.outlet.take()]
        self.assertIn({"Id": 1, "Error": 0, "Values": {F1: 7.0, F2: 2.5}}, told)
        self.set({"F2.": 8})
        self.bench.clock.advance(0)
        told = [one["DpConnectResult"]["Id"] for one in self.client.outlet.take()]
        self.assertEqual(told, [1, 2])

    def test_what_is_no_more_after_a_break_ends(self) -> None:
        """Its connect has the error, the others go on."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.client.ask({"DpConnect": {"Id": 2, "Dps": ["F2."]}})
        self.break_off()
        self.client.outlet.take()
        direct = self.direct()
        direct.ask({"DpDelete": {"Dp": "F1"}})
        self.wire.connect()
        told = [one["DpConnectResult"] for one in self.client.outlet.take()]
        self.assertEqual([(one["Id"], one["Error"]) for one in told], [(2, 0), (1, 7)])

    def test_live_queries_go_on_after_a_break(self) -> None:
        """Rows that have left in between are reported as removed."""
        query = "SELECT '_online.._value','_online.._bad' FROM 'F*.'"
        self.client.ask({"DpQueryConnect": {"Id": 1, "Query": query, "Removed": True}})
        self.break_off()
        [told] = self.client.outlet.take()
        rows = [["System1:F1.", 0.0, True], ["System1:F2.", 2.5, True]]
        self.assertEqual(told["DpQueryConnectResult"]["Values"], rows)
        self.direct().ask({"DpDelete": {"Dp": "F1"}})
        self.wire.connect()
        [told] = self.client.outlet.take()
        body = told["DpQueryConnectResult"]
        self.assertEqual(body["Values"], [["System1:F2.", 2.5, False]])
        self.assertEqual(body["Removed"], ["System1:F1."])
        self.client.ask({"DpQueryDisconnect": {"Id": 1}})
        self.assertEqual(self.wire.commands[-1][0], "DpQueryDisconnect")

    def test_a_client_that_goes_while_its_query_is_connected_leaves_nothing(self) -> None:
        """The peer gets a disconnect, and its later table has no effect."""
        held: list[bytes] = []
        self.wire.held = held
        query = "SELECT '_online.._value' FROM 'F*.'"
        self.client.ask({"DpQueryConnect": {"Id": 1, "Query": query}})
        self.client.session.close()
        self.assertEqual(self.wire.commands[-1][0], "DpQueryDisconnect")
        self.wire.held = None
        assert self.wire.cable is not None
        for one in held:
            self.wire.cable.come(one)
        self.set({"F1.": 1})
        self.assertEqual(self.client.outlet.take(), [])
        self.assertEqual(self.manager.queries.count, 0)

    def test_a_peer_without_events_and_aliases_is_of_use(self) -> None:
        """As one that refuses them to the gateway's user."""
        self.break_off()
        self.wire.known = {"DpWatch", "DpGet", "DpSet"}
        self.wire.connect()
        self.assertTrue(self.remote.presence.state.connected)
        [answer] = self.client.ask({"DpGet": {"Id": 1, "Dps": ["F2."]}})
        self.assertEqual(answer["DpGetResult"]["Error"], 0)
        [refused] = self.client.ask({"DpNames": {"Id": 1}})
        self.assertIn("does not know DpNames", refused["DpNamesResult"]["Message"])

    def test_long_questions_leave_room_for_others(self) -> None:
        """A peer limits the commands of a connection: eight of them may be long."""
        self.wire.held = []
        for _ in range(3):
            client = self.new_client()
            for number in range(10):
                query = f"SELECT '_online.._value' FROM 'F{number}*.'"
                client.ask({"DpQuery": {"Query": query}})
        sent = [name for name, _ in self.wire.commands]
        self.assertEqual(sent.count("DpQuery"), 8)
        self.client.ask({"DpGet": {"Dps": ["F1."]}})
        self.assertEqual(self.wire.commands[-1][0], "DpGet")

    def test_who_connects_while_it_is_away_needs_a_value_that_is_known(
        self,
    ) -> None:
        """What others watch has its last value."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F2."]}})
        self.break_off()
        self.client.outlet.take()
        [known] = self.client.ask({"DpConnect": {"Id": 2, "Dps": ["F2."]}})
        self.assertEqual(known["DpConnectResult"]["Values"], {F2: 2.5})
        [unknown] = self.client.ask({"DpConnect": {"Id": 3, "Dps": ["F2.", "F1."]}})
        self.assertEqual(unknown["DpConnectResult"]["Error"], 39)
        self.assertEqual(set(unknown["DpConnectResult"]["Errors"]), {"F1."})

    def test_an_attribute_is_watched_once_and_unwatched_with_the_last(self) -> None:
        """However many clients watch it."""
        self.wire.commands.clear()
        other = self.new_client()
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1.", "F2."]}})
        other.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.client.ask({"DpDisconnect": {"Id": 1}})
        other.session.close()
        sent = [(name, body["Dps"]) for name, body in self.wire.commands]
        self.assertEqual(
            sent, [("DpWatch", [F1, F2]), ("DpUnwatch", [F2]), ("DpUnwatch", [F1])]
        )

    def test_everything_else_is_refused_while_it_is_away(self) -> None:
        """With error 39, whatever it is."""
        self.break_off()
        query = "SELECT '_online.._value' FROM 'F*.'"
        for command, arguments in (
            ("DpNames", {}),
            ("DpTypes", {}),
            ("DpTypeGet", {"Type": "Float"}),
            ("DpTypeName", {"Dp": "F1"}),
            ("DpGetAllAliases", {}),
            ("DpCreate", {"Dp": "new", "Type": "Float"}),
            ("DpQuery", {"Query": query}),
            ("DpQueryConnect", {"Query": query}),
            ("DpGetPeriod", {"Dps": ["K."], "T1": 0, "T2": 1}),
        ):
            [answer] = self.client.ask({command: {"Id": 1, **arguments}})
            self.assertEqual(answer[f"{command}Result"]["Error"], 39, command)

    def test_a_second_connection_takes_the_place_of_the_first(self) -> None:
        """As after a restart of the peer that was not noticed."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        link = self.remote.presence.line
        self.wire.connect()
        assert link is not None
        self.assertTrue(link.is_lost)
        self.assertTrue(self.remote.presence.state.connected)
        self.client.outlet.take()
        self.set({"F1.": 3})
        self.bench.clock.advance(0)
        self.assertEqual(len(self.client.outlet.take()), 1)

    def direct(self) -> Client:
        """A client of the far gateway."""
        return Client(self.manager, self.rules, self.bench.clock)
