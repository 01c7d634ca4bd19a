"""Frames become commands or are refused; answers become frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import (
    ConversionError,
    DatapointNotFoundError,
    NamesRefusedError,
    SyntaxFaultError,
)
from oagw.server.delivery import text_frame
from oagw.wire.codec import (
    Message,
    RefusedFrame,
    answer_head,
    decode,
    encode,
    error_answer,
    partial_answer,
    plain_answer,
    response,
    values_answer,
)
from oagw.wire.messages.attributes import (
    DpGet,
    DpSet,
    DpSetValue,
)
from oagw.wire.messages.base import MAX_NAMES, MAX_QUERY, Command, Echo, Id
from oagw.wire.messages.connects import (
    DpConnect,
)
from oagw.wire.messages.messagetable import EMPTY_ANSWERS
from oagw.wire.messages.names import AboutNames
from oagw.wire.messages.periods import (
    DpGetPeriod,
)
from oagw.wire.messages.queries import (
    DpQueryConnect,
)
from oagw.wire.messages.structurechanges import (
    OneDatapoint,
    OneElement,
)

#: A frame and the command that it is.
GOOD: list[tuple[str, Command]] = [
    ('{"DpGet": {"Id": 2, "Dps": ["A.", "B."]}}', DpGet(id=2, dps=["A.", "B."])),
    ('{"DpGet":{"Dps":[]}}', DpGet(dps=[])),
    ('\n {  "DpGet" :\n\t  {"Dps": [\n"}"] }\n   }  \n', DpGet(dps=["}"])),
    ('{"DpGet": {"Id": "x", "Dps": []}}', DpGet(id="x", dps=[])),
    ('{"DpGet": {"Id": null, "Dps": []}}', DpGet(dps=[])),
    ('{"DpGet": {"Id": -1, "Dps": ["ü"], "More": {}}}', DpGet(id=-1, dps=["ü"])),
    (
        '{"DpSet": {"Values": [{"Dp": "A.", "Value": [1, "x", null]}]}}',
        DpSet(values=[DpSetValue(dp="A.", value=[1, "x", None])]),
    ),
    (
        '{"DpSet": {"Values": [], "Wait": true, "Timestamp": 5}}',
        DpSet(values=[], wait=True, timestamp=5),
    ),
    ('{"DpConnect": {"Dps": ["A."]}}', DpConnect(dps=["A."])),
    (
        '{"DpConnect": {"Dps": ["A."], "Answer": false}}',
        DpConnect(dps=["A."], answer=False),
    ),
    ('{"DpQueryConnect": {"Query": "q"}}', DpQueryConnect(query="q")),
    (
        '{"DpGetPeriod": {"Dps": ["A."], "T1": "a", "T2": 5, "Count": 1, "Ts": 4}}',
        DpGetPeriod(dps=["A."], t1="a", t2=5, count=1, ts=4),
    ),
    (
        '{"DpGetPeriod": {"Dps": [], "T1": 1.5, "T2": 2}}',
        DpGetPeriod(dps=[], t1=1.5, t2=2),
    ),
]

#: A frame that is refused: the number, the Id that is found, whether the command is
#: known, and a part of the message.
BAD: list[tuple[bytes, int, Echo, bool, str]] = [
    (b"", 36, None, False, "not JSON"),
    (b"hello", 36, None, False, "not JSON"),
    (b'{"DpGet": {"Dps": []}} x', 36, None, False, "not JSON"),
    (b'{"Dp\xff": {}}', 36, None, False, "not JSON"),
    (b"[]", 36, None, False, "one object"),
    (b"5", 36, None, False, "one object"),
    (b"null", 36, None, False, "one object"),
    (b'"DpGet"', 36, None, False, "one object"),
    (b"{}", 36, None, False, "0 keys"),
    (b'{"DpGet": {"Id": 3}, "DpSet": {}}', 36, 3, False, "2 keys"),
    (b'{"DpGet": {"Id": 3}, "DpGet": {"Id": 4, "Dps": []}}', 36, 4, False, "twice"),
    (b'{"Ping":{"Id":3},"Ping":{"Id":3},"Ping":{}}', 36, None, False, "twice"),
    (b'{"Nope": {"Id": 4}}', 36, 4, False, "no command 'Nope'"),
    (b'{"dpGet": {"Id": "a"}}', 36, "a", False, "no command 'dpGet'"),
    (b'{"Nope": 5}', 36, None, False, "no command 'Nope'"),
    (b'{"DpGet": {"Id": 5}}', 51, 5, True, "`Dps`"),
    (b'{"DpGet": []}', 51, None, True, "object"),
    (b'{"DpGet": null}', 51, None, True, "object"),
    (b'{"DpGet": {"Id": 5, "Dps": "A."}}', 51, 5, True, "`Dps`"),
    (b'{"DpGet": {"Id": 5, "Dps": ["A.", 3]}}', 51, 5, True, "`Dps[1]`"),
    (b'{"DpGet": {"Id": true, "Dps": []}}', 51, msgspec.Raw(b"true"), True, "`Id`"),
    (b'{"DpGet": {"Id": {}, "Dps": []}}', 51, msgspec.Raw(b"{}"), True, "`Id`"),
    (b'{"DpSet": {"Id": 5, "Values": [{"Dp": "A."}]}}', 51, 5, True, "`Value`"),
    (b'{"DpSet": {"Id": 5, "Values": [], "Wait": "yes"}}', 51, 5, True, "`Wait`"),
    (b'{"DpConnect": {"Id": 5, "Dps": []}}', 51, 5, True, "Dps is empty"),
    (b'{"DpConnect": {"Id": 5, "Dps": ["A."], "Answer": 2}}', 51, 5, True, "`Answer`"),
    (
        b'{"DpGetPeriod": {"Id": 5, "Dps": [], "T1": 1, "T2": 2, "Ts": 5}}',
        51,
        5,
        True,
        "Ts is 5",
    ),
    (
        b'{"DpGetPeriod": {"Id": 5, "Dps": [], "T1": 1, "T2": 2, "Count": -1}}',
        51,
        5,
        True,
        "Count is -1",
    ),
    (b'{"DpGetPeriod": {"Id": 5, "Dps": [], "T1": 1}}', 51, 5, True, "`T2`"),
    (b'{"DpGetPeriod": {"Id": 5, "Dps": [], "T1": true, "T2": 2}}', 51, 5, True, "`T1`"),
    (b'{"DpExists": {"Id": 5, "Dp": "\\ud800", "X": NaN}}', 36, 5, False, "not JSON"),
    (b'{"DpExists": {"Id": 5}}', 51, 5, True, "it needs a Dp, or Dps"),
    (b'{"DpCreate": {"Id": 5, "Dp": "A"}}', 51, 5, True, "`Type`"),
    (b'{"DpCopy": {"Id": 5, "From": "A"}}', 51, 5, True, "it needs a Destination"),
]

#: What stands in a frame as Id, and what the answer has; ``None`` is none.
IDS: list[tuple[str, str | None]] = [
    ("5", "5"),
    ("5.0", "5.0"),
    ("1e3", "1000.0"),
    ("-1", "-1"),
    ("0.5", "0.5"),
    ("9007199254740993", "9007199254740993"),
    ("18446744073709551616", "18446744073709551616"),
    ("1180591620717411303424", "1180591620717411303424"),
    ('""', '""'),
    ('"5"', '"5"'),
    ('"\\u00fc\\""', '"\\u00fc\\""'),
    (f'"{"x" * 5000}"', f'"{"x" * 5000}"'),
    ("null", None),
    # These are refused, and come back all the same.
    ("true", "true"),
    ("false", "false"),
    ("[1, 2]", "[1, 2]"),
    ('{"a": {"Id": 1}}', '{"a": {"Id": 1}}'),
    ("1e400", "1e400"),
    ("9" * 5000, "9" * 5000),
]
#: The same for a frame of which no more can be read; ``%s`` is the Id.
TORN = [
    '{"DpGet": {"Id": %s, "Dps": ["A.",]}}',
    '{"DpGet": {"Dps": [], "Id": %s}',
    "{'DpGet': {\"Id\":%s}}",
    '{"DpGet": {"Id" : %s, "Dps": ["\\ud800", NaN]}}',
    '{"DpGet": {"Id": %s}} {}',
]

#: Arguments that each command which needs some can be sent with.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "DpWatch": {"Dps": ["A."]},
    "DpUnwatch": {"Dps": ["A."]},
    "DpGet": {"Dps": ["A."]},
    "DpGetMaxAge": {"Dps": ["A."], "Age": 5},
    "DpGetDpTypeRefs": {"Type": "T"},
    "DpGetRefsToDpType": {"Type": "T"},
    "DpConnect": {"Dps": ["A."]},
    "DpSet": {"Values": []},
    "DpQuery": {"Query": "q"},
    "DpQueryConnect": {"Query": "q"},
    "DpQueryConnectSingle": {"Query": "q"},
    "DpQueryConnectAll": {"Query": "q"},
    "DpGetPeriod": {"Dps": ["A."], "T1": 0, "T2": 1},
    **{
        command.__name__: {"Dp": "A."}
        for command in EMPTY_ANSWERS
        if issubclass(command, AboutNames | OneDatapoint | OneElement)
    },
    "DpAliasToName": {"Alias": "a"},
    "DpTypeGet": {"Type": "T"},
    "DpCreate": {"Dp": "A", "Type": "T"},
    "DpRename": {"Dp": "A", "NewName": "B"},
    "DpCopy": {"From": "A", "To": "B"},
    "DpTypeCreate": {"Node": {}},
    "DpTypeChange": {"Node": {}},
    "DpTypeDelete": {"Type": "T"},
    "DpSetAlias": {"Dpe": "A.", "Alias": "a"},
    "DpSetDescription": {"Dpe": "A.", "Description": "a"},
    "DpSetUnit": {"Dpe": "A.", "Unit": {"en_US.utf8": "a"}},
    "DpSetFormat": {"Name": "A.", "Format": "a"},
    "DpWaitForValue": {"DpNamesWait": ["A."]},
    "DpSetAndWaitForValue": {"DpNamesWait": ["A."], "DpNamesSet": [], "SetValues": []},
}

_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.dictionaries(
            st.one_of(
                st.text(max_size=5),
                st.sampled_from(["Id", "Dps", "Values", "T1", "T2", "Ts", "Query"]),
            ),
            below,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
_ids = st.one_of(
    st.none(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
)
_commands = st.sampled_from(list(EMPTY_ANSWERS))


def answer_to(frame: bytes) -> bytes:
    """The answer that only says whether a frame is a command."""
    try:
        command = decode(frame)
    except RefusedFrame as refused:
        if refused.command is None:
            return response(refused.error, refused.id).body
        return error_answer(refused.command, refused.id, refused.error).body
    return plain_answer(type(command), command.id).body


class DecodeTests(SynchronousTestCase):
    """Frames to commands."""

    timeout = 30

    def test_reads_each_command(self) -> None:
        """Arguments come in with their defaults; what is unknown is passed over."""
        for frame, command in GOOD:
            self.assertEqual(decode(frame.encode()), command, frame)

    def test_refuses_what_is_no_command(self) -> None:
        """The refusal says to whom and how to answer, and what was wrong."""
        for frame, code, id_, known, message in BAD:
            with self.assertRaises(RefusedFrame, msg=frame) as caught:
                decode(frame)
            refused = caught.exception
            self.assertEqual((refused.error.code, refused.id), (code, id_), frame)
            self.assertIs(refused.command is not None, known, frame)
            self.assertIn(message, refused.error.message, frame)

    def test_the_id_comes_back_as_it_was_sent(self) -> None:
        """Accepted or refused, known command or not: its client can match the answer."""
        for sent, expected in IDS:
            for frame in (
                '{"DpGet": {"Id": %s, "Dps": []}}',
                '{"DpGet": {"Dps": 5, "Id": %s}}',
                '{"Nope": {"Id": %s}}',
                '{"DpGet": {"Id": %s}, "DpSet": {}}',
                '{"DpGet": {}, "Id": %s}',
                '{"DpGet": {"Id": 7, "Id": %s}}',
            ):
                body = answer_to((frame % sent).encode())
                if expected is None:
                    self.assertNotIn(b'"Id"', body, frame)
                else:
                    self.assertIn(b'{"Id":%b,' % expected.encode(), body, frame)

    def test_the_id_is_found_in_what_is_not_json(self) -> None:
        """The id is used only if there is no doubt about it."""
        for frame in TORN:
            for sent in ("5", "-7", "5.5", '"a\\"b"'):
                body = answer_to((frame % sent).encode())
                self.assertIn(b'{"Id":%b,' % sent.encode(), body, frame)
        half = answer_to(b'{"DpGet": {"Id": "\\ud800", "Dps": []}}')
        self.assertIn(b'{"Id":"\\ud800",', half)
        for doubtful in (
            b'{"DpGet": {"Id": 5, "Id": 6,}}',
            b'{"DpSet": {"Values": "{\\"Id\\": 5}",}}',
            b'{"DpGet": {"Id": nope, "Dps": []}}',
            b'{"DpGet": {"Id": 5x, "Dps": []}}',
            b'{"DpGet": {"Id": "\n", "Dps": []}}',
            b'{"DpGet": {"Id": "5, "Dps": []}}',
        ):
            self.assertIn(b'{"Response":{"Code":36,', answer_to(doubtful))

    def test_refuses_more_than_it_could_work_at(self) -> None:
        """The number of names, of values and of a query's characters has a limit."""
        names = ["A."] * (MAX_NAMES + 1)
        values = [{"Dp": "A.", "Value": 1}] * (MAX_NAMES + 1)
        for command, arguments, wrong in (
            ("DpGet", {"Dps": names}, "Dps"),
            ("DpConnect", {"Dps": names}, "Dps"),
            ("DpGetPeriod", {"Dps": names, "T1": 0, "T2": 1}, "Dps"),
            ("DpSet", {"Values": values}, "Values"),
            ("DpQueryConnect", {"Query": "q" * (MAX_QUERY + 1)}, "Query"),
            ("DpNames", {"Pattern": "q" * (MAX_QUERY + 1)}, "Pattern"),
            ("DpTypes", {"Pattern": "q" * (MAX_QUERY + 1)}, "Pattern"),
            ("DpGetAllAliases", {"Filter": "q" * (MAX_QUERY + 1)}, "Filter"),
            ("DpGetAllAliases", {"DpFilter": "q" * (MAX_QUERY + 1)}, "DpFilter"),
            ("DpExists", {"Dps": names}, "Dps"),
            ("DpWatch", {"Dps": names}, "Dps"),
            ("DpAliasToName", {"Aliases": names}, "Aliases"),
            ("DpWaitForValue", {"DpNamesWait": names}, "DpNamesWait"),
            (
                "DpWaitForValue",
                {"DpNamesWait": ["A."], "DpNamesReturn": names},
                "DpNamesReturn",
            ),
            (
                "DpSetAndWaitForValue",
                {"DpNamesWait": ["A."], "DpNamesSet": names, "SetValues": names},
                "DpNamesSet",
            ),
        ):
            frame = json.dumps({command: {"Id": 1, **arguments}}).encode()
            with self.assertRaises(RefusedFrame, msg=command) as caught:
                decode(frame)
            self.assertEqual((caught.exception.error.code, caught.exception.id), (51, 1))
            self.assertIn(wrong, caught.exception.error.message, command)

    def test_every_command_can_be_sent(self) -> None:
        """A command's name on the wire is its class's name; all take an Id."""
        for command in EMPTY_ANSWERS:
            arguments = ARGUMENTS.get(command.__name__, {}) | {"Id": 9}
            found = decode(json.dumps({command.__name__: arguments}).encode())
            self.assertIs(type(found), command)
            self.assertEqual(found.id, 9, command.__name__)

    @given(st.binary(max_size=80))
    @example(b"[" * 100_000)
    @example(b'{"DpGet":' + b"[" * 100_000)
    @example(b'{"DpGet":{"Id":' + b"9" * 5000 + b',"Dps":[]}}')
    @example(b'{"Nope":{"Id":' + b"9" * 5000 + b"}}")
    @example(b'{"DpSet":{"Values":[{"Dp":"X","Value":' + b"9" * 5000 + b"}]}}")
    @example(b'{"DpSet":{"Id":NaN,"Values":' + b"9" * 5000 + b"}}")
    @example(b"\xef\xbb\xbf{}")
    @settings(deadline=None)
    def test_any_bytes_are_a_command_or_refused(self, frame: bytes) -> None:
        """Whatever comes over the wire, a command or a refusal comes of it."""
        try:
            command = decode(frame)
        except RefusedFrame as refused:
            self.assertIn(refused.error.code, (36, 51))
        else:
            self.assertIn(type(command), EMPTY_ANSWERS)

    @given(_commands, _json)
    @settings(deadline=None, max_examples=300)
    def test_any_json_is_a_command_or_refused(
        self, command: type[Command], arguments: object
    ) -> None:
        """A known command with any arguments is accepted or refused in its own name."""
        frame = json.dumps({command.__name__: arguments}).encode()
        try:
            found = decode(frame)
        except RefusedFrame as refused:
            self.assertIn(refused.error.code, (36, 51))
        else:
            self.assertIs(type(found), command)


class AnswerTests(SynchronousTestCase):
    """Answers to frames."""

    timeout = 30

    def body(self, message: Message) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(message.body)
        return parsed

    def test_an_answer_without_error(self) -> None:
        """It has the Id, Error 0 and the values."""
        message = values_answer(DpGet, 2, b'{"A.":1}')
        self.assertEqual(
            self.body(message),
            {"DpGetResult": {"Id": 2, "Error": 0, "Values": {"A.": 1}}},
        )
        self.assertEqual(
            self.body(plain_answer(DpSet, 3)), {"DpSetResult": {"Id": 3, "Error": 0}}
        )

    def test_no_id_in_the_command_is_none_in_the_answer(self) -> None:
        """The key is left out."""
        self.assertEqual(
            self.body(plain_answer(DpSet, None)), {"DpSetResult": {"Error": 0}}
        )

    def test_an_error_answer_carries_the_empty_result(self) -> None:
        """A client that indexes the answer does not crash."""
        for command, empty in EMPTY_ANSWERS.items():
            answer = self.body(error_answer(command, 7, ConversionError("no")))
            expected = {"Id": 7, "Error": 11, "Message": "no", **empty}
            self.assertEqual(answer, {f"{command.__name__}Result": expected})

    def test_an_answer_that_normally_has_values_has_them_empty(self) -> None:
        """The shapes are those of the protocol."""
        shapes: Mapping[str, Mapping[str, object]] = {
            command.__name__: empty for command, empty in EMPTY_ANSWERS.items()
        }
        self.assertEqual(shapes["DpGet"], {"Values": {}})
        self.assertEqual(shapes["DpConnect"], {"Values": {}})
        self.assertEqual(shapes["DpGetPeriod"], {"Values": {}})
        self.assertEqual(shapes["DpQueryConnect"], {"Header": [], "Values": []})
        self.assertEqual(shapes["DpSet"], {})

    def test_errors_stand_by_name(self) -> None:
        """A partial answer has the first error's number and message, and all of them."""
        errors = {
            "Nope.": DatapointNotFoundError("no Nope"),
            "A.x": ConversionError("no x"),
        }
        expected = {
            "Error": 7,
            "Message": "no Nope",
            "Errors": {
                "Nope.": {"Code": 7, "Message": "no Nope"},
                "A.x": {"Code": 11, "Message": "no x"},
            },
        }
        partial = self.body(partial_answer(DpGet, 1, b'{"B.":2}', errors))
        self.assertEqual(
            partial, {"DpGetResult": {"Id": 1, **expected, "Values": {"B.": 2}}}
        )
        whole = self.body(error_answer(DpSet, 1, NamesRefusedError(errors)))
        self.assertEqual(whole, {"DpSetResult": {"Id": 1, **expected}})

    def test_a_response_answers_what_is_no_command(self) -> None:
        """It has a number and a message, and the Id where one was found."""
        error = SyntaxFaultError("what?")
        self.assertEqual(
            self.body(response(error)), {"Response": {"Code": 36, "Message": "what?"}}
        )
        self.assertEqual(
            self.body(response(error, "a")),
            {"Response": {"Id": "a", "Code": 36, "Message": "what?"}},
        )

    def test_half_a_surrogate_can_be_answered(self) -> None:
        """A name that UTF-8 cannot carry does not break the answer about it."""
        errors = {"\ud800": DatapointNotFoundError("no \ud800")}
        answer = self.body(partial_answer(DpGet, 1, b"{}", errors))["DpGetResult"]
        self.assertEqual(answer["Error"], 7)
        self.assertEqual(len(answer["Errors"]), 1)

    @given(_commands, _ids)
    @settings(deadline=None)
    def test_any_id_comes_back(self, command: type[Command], id_: Id) -> None:
        """The Id in the answer is the one in the command, of the same type."""
        answer = json.loads(answer_head(command, id_) + b"}}")
        expected = {"Error": 0} if id_ is None else {"Id": id_, "Error": 0}
        self.assertEqual(answer, {f"{command.__name__}Result": expected})

    def test_infinity_and_nan_leave_as_null(self) -> None:
        """JSON has no such numbers."""
        self.assertEqual(encode([float("nan"), float("inf"), 1.5]), b"[null,null,1.5]")

    def test_what_a_peer_may_send_and_we_never_have(self) -> None:
        """An integer of any size stays exact; half a surrogate pair becomes a mark."""
        for value, text in (
            ([2**64, 1.5, float("nan")], "[18446744073709551616,1.5,null]"),
            ({"a": {"b": -(2**63) - 1}}, '{"a":{"b":-9223372036854775809}}'),
            ([10**400, True, None], f"[1{'0' * 400},true,null]"),
            ([10**5000], "[null]"),
            (["\ud800x", "ü"], '["?x","ü"]'),
            ({"\udfff": ("a", 1)}, '{"?":["a",1]}'),
        ):
            self.assertEqual(encode(value), text.encode(), value)


def read_frame(data: bytes) -> tuple[int, bytes, bytes]:
    """Read one frame by RFC 6455, 5.2: the first byte, the payload and what follows."""
    first, second = data[0], data[1]
    assert not second & 0x80, "a server must not mask"
    length, at = second & 0x7F, 2
    if length == 126:
        length, at = int.from_bytes(data[2:4], "big"), 4
        assert length > 125, "the shortest length must be used"
    elif length == 127:
        length, at = int.from_bytes(data[2:10], "big"), 10
        assert 0xFFFF < length < 1 << 63, "the shortest length must be used"
    return first, data[at : at + length], data[at + length :]


class FrameTests(SynchronousTestCase):
    """The websocket frames around answers."""

    timeout = 30

    def check(self, body: bytes) -> None:
        first, payload, rest = read_frame(text_frame(body) + b"next")
        # Final, no extension, opcode 1: text.
        self.assertEqual(first, 0b1000_0001)
        self.assertEqual(payload, body)
        self.assertEqual(rest, b"next")

    def test_lengths_at_their_bounds(self) -> None:
        """Each of the three forms of a length is used where it must be."""
        for length in (0, 1, 125, 126, 127, 65_535, 65_536, 70_000):
            self.check(bytes(length))

    @given(st.binary(max_size=300))
    @settings(deadline=None)
    def test_any_body_comes_out_of_its_frame(self, body: bytes) -> None:
        """An independent reader finds the same bytes."""
        self.check(body)
