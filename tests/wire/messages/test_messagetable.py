"""The table of all commands."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.codec import error_answer
from oagw.wire.messages.messagetable import EMPTY_ANSWERS


class MessageTableTests(SynchronousTestCase):
    """Every command."""

    timeout = 30

    def test_names_are_unique(self) -> None:
        """The name on the wire is that of the class."""
        names = [command.__name__ for command in EMPTY_ANSWERS]
        self.assertEqual(len(set(names)), len(names))

    def test_the_reply_to_an_error_has_all_fields(self) -> None:
        """With empty values, so that a client can index them."""
        for command, fields in EMPTY_ANSWERS.items():
            message = error_answer(command, 1, ParameterError("wrong"))
            [body] = json.loads(message.body).values()
            self.assertEqual((body.pop("Error"), body.pop("Id")), (51, 1))
            self.assertEqual(body.pop("Message"), "wrong")
            self.assertEqual(body, fields, command)
