"""Queries are read as public projects write them; errors say where and what."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, SyntaxFaultError
from oagw.query.lexer import Kind, tokenize
from oagw.query.parser import parse_query

VALUE = ":_online.._value"
STIME = ":_online.._stime"

#: A query, its headers, its pattern and its type.
GOOD: list[tuple[str, list[str], str, str | None]] = [
    ("SELECT '_online.._value' FROM 'ExampleDP_*.'", [VALUE], "ExampleDP_*.", None),
    (
        "SELECT '_online.._value','_online.._stime' FROM 'Test*.**'",
        [VALUE, STIME],
        "Test*.**",
        None,
    ),
    (
        "SELECT '_original.._stime','_original.._value' FROM 'myDp*'",
        [":_original.._stime", ":_original.._value"],
        "myDp*",
        None,
    ),
    (
        """SELECT '_online.._value' FROM '*.cmd.State' WHERE _DPT = "UDPRelay\"""",
        [VALUE],
        "*.cmd.State",
        "UDPRelay",
    ),
    (
        "SELECT '_online.._value' FROM '_Connections.{Api,Ctrl,Device,Driver}.ManNums' "
        'WHERE _DPT = "_Connections"',
        [VALUE],
        "_Connections.{Api,Ctrl,Device,Driver}.ManNums",
        "_Connections",
    ),
    (
        "SELECT '_original.._value' FROM 'IS_?.PST_?.status'",
        [":_original.._value"],
        "IS_?.PST_?.status",
        None,
    ),
    ("select '_online.._value' from 'A.'", [VALUE], "A.", None),
    ("Select\n\t'_online.._value'\r\nFrom\n'A.'\n", [VALUE], "A.", None),
    ("SELECT'_online.._value'FROM'A.'", [VALUE], "A.", None),
    ('SELECT "_online.._value" FROM "A."', [VALUE], "A.", None),
    ("SELECT ':_online.._value' FROM 'A.'", [VALUE], "A.", None),
    ("SELECT ' _online.._value , _online.._stime ' FROM 'A.'", [VALUE, STIME], "A.", None),
    ("SELECT '_online.._value' FROM ' A. '", [VALUE], "A.", None),
    ("SELECT '_online.._value' FROM 'A.';", [VALUE], "A.", None),
    ("SELECT '_online.._value' FROM 'A.' where _dpt == 'T'", [VALUE], "A.", "T"),
]

#: What is no query, the position that is blamed (from 1), and a part of the reason.
BAD = [
    ("", 1, "expected SELECT"),
    ("UPDATE x", 1, "expected SELECT"),
    ("SELECT", 7, "attribute in quotes"),
    ("SELECT _online.._value FROM 'A.'", 15, "unexpected '.'"),
    ("SELECT _online FROM 'A.'", 8, "attribute in quotes"),
    ("SELECT '_online.._value' 'A.'", 26, "expected FROM"),
    ("SELECT '_online.._value' FROM A", 31, "pattern in quotes"),
    ("SELECT '_online.._value' FROM ''", 31, "empty"),
    ("SELECT '_online.._value' FROM 'A{.'", 31, "open brace"),
    ("SELECT '_online.._value' FROM 'A.", 31, "the ' is not closed"),
    ("SELECT '_online.._value', FROM 'A.'", 27, "attribute in quotes"),
    ("SELECT '_online' FROM 'A.'", 8, "is no attribute"),
    ("SELECT '_nope.._value' FROM 'A.'", 8, "no config '_nope'"),
    ("SELECT '_online.._nope' FROM 'A.'", 8, "no attribute '_nope'"),
    ("SELECT '_online.._value' FROM 'A.' # all", 36, "unexpected '#'"),
]


class ParserTests(SynchronousTestCase):
    """From text to a query."""

    timeout = 30

    def test_reads_what_projects_write(self) -> None:
        """Any case, any white space, either quotes and lists in quotes are understood."""
        for text, headers, pattern, dp_type in GOOD:
            with self.subTest(text):
                query = parse_query(text)
                self.assertEqual(query.header, ["", *headers])
                self.assertEqual(query.source.text, pattern)
                self.assertEqual(query.dp_type, dp_type)

    def test_errors_say_where_and_what(self) -> None:
        """A syntax error is error 36 and names the position and what is wrong there."""
        for text, position, wrong in BAD:
            with self.subTest(text):
                with self.assertRaises(SyntaxFaultError) as caught:
                    parse_query(text)
                self.assertEqual(caught.exception.code, 36)
                self.assertIn(f"position {position},", caught.exception.message)
                self.assertIn(wrong, caught.exception.message)

    def test_equal_queries_are_equal(self) -> None:
        """Spelling aside, the same query is one key, so that it is evaluated once."""
        first = parse_query("SELECT '_online.._value','_online.._stime' FROM 'A*.'")
        second = parse_query('select  ":_online.._value, _online.._stime" from "A*." ;')
        self.assertEqual(first, second)
        self.assertEqual(hash(first), hash(second))

    def test_other_queries_differ(self) -> None:
        """The columns, their order, the pattern and the type all count."""
        texts = [
            "SELECT '_online.._value','_online.._stime' FROM 'A*.'",
            "SELECT '_online.._stime','_online.._value' FROM 'A*.'",
            "SELECT '_online.._value','_online.._stime' FROM 'B*.'",
            "SELECT '_online.._value','_online.._stime' FROM 'A*.' WHERE _DPT = 'T'",
        ]
        self.assertEqual(len({parse_query(text) for text in texts}), len(texts))

    @given(
        st.one_of(
            st.text(max_size=60),
            st.lists(
                st.sampled_from(
                    [
                        "SELECT ",
                        "'_online.._value'",
                        " FROM ",
                        "'A.'",
                        "'{a}'",
                        "','",
                        ",",
                        " WHERE _DPT",
                        " = ",
                        '"T\\"',
                        "'",
                        ";",
                        "[1-9]",
                    ]
                ),
                max_size=9,
            ).map("".join),
        )
    )
    @example("SELECT '_online.._value' FROM 'a[1-99999999999999999999]'")
    @example("SELECT '_online.._value' FROM '" + "{" * 2000 + "}" * 2000 + "'")
    @settings(deadline=None, max_examples=300)
    def test_any_text_is_a_query_or_refused(self, text: str) -> None:
        """Whatever a client sends, a query or error 36 comes of it."""
        try:
            query = parse_query(text)
        except OagwError as error:
            self.assertEqual(error.code, 36)
        else:
            self.assertGreaterEqual(len(query.header), 2)


class LexerTests(SynchronousTestCase):
    """From text to tokens."""

    timeout = 30

    def test_tokens_have_their_kind_text_and_position(self) -> None:
        """Quotes are taken off, and the end is a token too."""
        tokens = tokenize("WHERE a==1.5 'b' \"c\"")
        self.assertEqual(
            [(token.kind, token.text, token.position) for token in tokens],
            [
                (Kind.WORD, "WHERE", 0),
                (Kind.WORD, "a", 6),
                (Kind.SYMBOL, "==", 7),
                (Kind.NUMBER, "1.5", 9),
                (Kind.QUOTED, "b", 13),
                (Kind.TEXT, "c", 17),
                (Kind.END, "", 20),
            ],
        )

    def test_keywords_are_known_in_any_case(self) -> None:
        """A keyword in quotes is none."""
        [word, text, _] = tokenize("sElEcT 'SELECT'")
        self.assertTrue(word.is_word("SELECT"))
        self.assertFalse(text.is_word("SELECT"))

    def test_a_backslash_keeps_a_double_quote(self) -> None:
        """In double quotes a quote may be written with a backslash."""
        [text, _] = tokenize(r'"a\"b\\c"')
        self.assertEqual(text.text, 'a"b\\c')

    @given(st.text(st.characters(exclude_characters="'"), max_size=30))
    @settings(deadline=None)
    def test_single_quotes_keep_everything(self, text: str) -> None:
        """What stands in single quotes comes out as it went in."""
        [token, _] = tokenize(f"'{text}'")
        self.assertEqual((token.kind, token.text), (Kind.QUOTED, text))
