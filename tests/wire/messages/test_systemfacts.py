"""Questions about systems and users: their defaults and bounds."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.codec import RefusedFrame, decode
from oagw.wire.messages.systemfacts import GetSystemName, GetUserId, GetUserName


class UserNameTests(SynchronousTestCase):
    """The number of a user has 32 bits."""

    timeout = 30

    def test_bounds(self) -> None:
        for number in (None, 0, 2**32 - 1):
            GetUserName(user_id=number).check()
        for number in (-1, 2**32):
            with self.assertRaises(ParameterError) as caught:
                GetUserName(user_id=number).check()
            self.assertIn(f"UserId is {number};", caught.exception.message)

    def test_a_frame_out_of_bounds_is_refused(self) -> None:
        with self.assertRaises(RefusedFrame) as caught:
            decode(b'{"GetUserName": {"Id": 3, "UserId": -1}}')
        self.assertIs(caught.exception.command, GetUserName)
        self.assertEqual(caught.exception.id, 3)
        self.assertIsInstance(caught.exception.error, ParameterError)

    def test_what_is_not_named_is_the_own(self) -> None:
        for text, kind in (
            (b'{"GetUserId": {"Id": 1}}', GetUserId),
            (b'{"GetUserName": {"Id": 1}}', GetUserName),
        ):
            command = decode(text)
            assert isinstance(command, kind)
            self.assertIsNone(command.system)
        command = decode(b'{"GetSystemName": {"Id": 1, "SystemId": 2}}')
        assert isinstance(command, GetSystemName)
        self.assertEqual(command.system_id, 2)
