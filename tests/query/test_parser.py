"""Queries are read as public projects write them; errors say where and what."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, SyntaxFaultError
from oagw.model.times import NS_PER_S
from oagw.query.parser import parse_query
from oagw.query.tree import Constant

VALUE = ":_online.._value"

STIME = ":_online.._stime"

FROM = "SELECT '_online.._value' FROM 'A.'"

#: A query, its headers and its pattern.
GOOD: list[tuple[str, list[str], str]] = [
    ("SELECT '_online.._value' FROM 'ExampleDP_*.'", [VALUE], "ExampleDP_*."),
    (
        "SELECT '_online.._value','_online.._stime' FROM 'Test*.**'",
        [VALUE, STIME],
        "Test*.**",
    ),
    (
        "SELECT '_original.._stime','_original.._value' FROM 'myDp*'",
        [":_original.._stime", ":_original.._value"],
        "myDp*",
    ),
    ("SELECT '_original.._value' FROM 'IS_?.P_?.x'", [":_original.._value"], "IS_?.P_?.x"),
    ("select '_online.._value' from 'A.'", [VALUE], "A."),
    ("Select\n\t'_online.._value'\r\nFrom\n'A.'\n", [VALUE], "A."),
    ("SELECT'_online.._value'FROM'A.'", [VALUE], "A."),
    ('SELECT "_online.._value" FROM "A."', [VALUE], "A."),
    ("SELECT ':_online.._value' FROM 'A.'", [VALUE], "A."),
    ("SELECT ' _online.._value , _online.._stime ' FROM 'A.'", [VALUE, STIME], "A."),
    ("SELECT '_online.._value' FROM ' A. '", [VALUE], "A."),
    ("SELECT '_online.._value' FROM 'A.';", [VALUE], "A."),
    ("\ufeffSELECT '_online.._value' FROM 'A.' ; ;;", [VALUE], "A."),
    ("/* all */ SELECT/**/'_online.._value' // 'x'\nFROM 'A.' //", [VALUE], "A."),
    ("SELECT '_online.._value' FROM 'A/*/*.//'", [VALUE], "A/*/*.//"),
    ("SELECT '_online.._value' FROM '{S:A,B}.x'", [VALUE], "{S:A,B}.x"),
    ("SELECT ALL '_online.._value' FROM 'A.'", [VALUE], "A."),
    (
        "SELECT '.name:_original.._value, .Claim.Date:_original.._value' FROM '*' "
        'WHERE _DPT = "T"',
        [".name:_original.._value", ".Claim.Date:_original.._value"],
        "*",
    ),
    (
        "SELECT 'Text1:_online.._value','.Text2' FROM '*' WHERE _DPT = \"T\"",
        [".Text1:_online.._value", ".Text2:_online.._value"],
        "*",
    ),
    ("SELECT '.:_online.._value' FROM 'A' WHERE _DPT = 'T'", [".:_online.._value"], "A"),
    ("SELECT ALERT '_alert_hdl.._ackable' FROM '*'", [":_alert_hdl.._ackable"], "*"),
    (
        "SELECT ALERT SINGLE '_alert_hdl.._value,_alert_hdl.._add_value_1' FROM '*'",
        [":_alert_hdl.._value", ":_alert_hdl.._add_value_1"],
        "*",
    ),
    (
        "SELECT MAX('_online.._value'), 'cnt(_online.._value)' FROM '*' GROUP BY _DPT",
        ["MAX(:_online.._value)", "COUNT(:_online.._value)"],
        "*",
    ),
    (
        "SELECT '_online.._value' FROM 'A.' TIMERANGE(0,1,1,0)",
        [":_online.._stime", VALUE],
        "A.",
    ),
]

#: Conditions, and what they mean the same as.
ALIKE = [
    ('_DPT = "T"', "_dpt=='T'"),
    ('_DPT != "T"', '_DPT <> "T"'),
    ('_DPT != "T"', 'NOT _DPT = "T"'),
    ('_DP NOT LIKE "a*"', "not (_DP like 'a*')"),
    ('_DP NOT IN ("a","b")', "! _DP IN ('a' , 'b')"),
    ('_LEAF AND _SYS="S" OR _DP="x"', '(_LEAF & _SYS="S") || _DP="x"'),
    ("_LEAF OR _LEAF AND NOT _LEAF", "_LEAF | (_LEAF && (NOT _LEAF))"),
    ("_LEAF", "_LEAF == TRUE"),
    ("_LEAF AND (_LEAF AND _LEAF)", "_LEAF and _LEAF and _LEAF"),
    ("'_online.._userbit7'", "'_online.._userbit7' = true"),
    ("5 < '_online.._value'", "'_online.._value' > 5"),
    ('"x" == _DP', "_DP = 'x'"),
    ("'_online.._value'>=-1.5e3", "'_online.._value' >= -1500.0"),
    ("'_online.._value' == 0x1F", "'_online.._value' == 31"),
    ('"_online.._value" > 1', "'_online.._value' > 1"),
    ("_ELC ==DPEL_BOOL", '_ELC = "DPEL_BOOL"'),
]

#: Clauses in one order and in another.
CLAUSES = [
    ("WHERE _LEAF FIRST 3", "FIRST 3 WHERE _LEAF"),
    ("SORT BY 1DESC FIRST 12WHERE _LEAF", "WHERE _LEAF FIRST 12 SORT BY 1 DESC"),
    (
        "WHERE '_online.._value'>5AND '_online.._value'<0x1FOR _LEAF",
        "WHERE ('_online.._value' > 5 AND '_online.._value' < 31) OR _LEAF",
    ),
    ("TIMERANGE(0,1,-1,0)", "TIMERANGE(0,1,1,0)"),
    (
        "SORT BY '_online.._stime' DESC TIMERANGE(0,1)",
        "TIMERANGE(0,1) SORT BY ':_online.._stime' DESC",
    ),
    (
        'TIMERANGE("2007.10.6 9:00:00","2007-10-06T9:01")',
        'TIMERANGE("2007.10.06 09:00:00.000","2007-10-06 09:01:00")',
    ),
    ("REMOTE 'Sys:' WHERE _LEAF", "WHERE (_LEAF) REMOTE Sys:"),
    ("REMOTE'Sys'", 'REMOTE "Sys:"'),
    ("SORT BY 1 DESC, 0", "ORDER BY '_online.._value' desc, _DP ASC"),
    ('TIMERANGE("1970.01.01","1970.01.02",1,0) LAST 2', "LAST 2 TIMERANGE(0,86400000)"),
    (
        'TIMERANGE("2007.10.06 09:00:00","2007.10.06 10:55:00.500",1,2)',
        "timerange ( '2007-10-06T09:00:00.000Z', 1191668100500 , 1 , 2 )",
    ),
    ("GROUP BY _DPT, 1 WHERE _LEAF", "WHERE _LEAF GROUP BY _DPT, '_online.._value', _DPT"),
]

#: Conditions that hold for every row, and for none.
ALWAYS = [
    *("TRUE", "true", '"TRUE"', "'TRUE'", "1", '"1"', "'1'", "5", "-0.5", "(TRUE)"),
    *("1 = 1", "1==1", "(1=1)", "1.0 = 1", '"a" == "a"', "'1' = '1'", '"1" = 1'),
    *("TRUE = TRUE", '"TRUE" = TRUE', "1 != 2", '"a" <> "b"', "1 < 2", "2 >= 2.0"),
    *('"abc" LIKE "a*"', "1 IN (2, 1)", "3 NOT IN (1, 2)", '"a" NOT LIKE "b*"'),
    *("NOT FALSE", "!FALSE", "NOT (1 = 1 AND FALSE)", "TRUE AND 1=1 & '1'"),
    *("FALSE OR 1=1", "0 | 1"),
]

NEVER = [
    *("FALSE", "false", '"FALSE"', "'0'", "0", "0.0", "1 = 0", "1 <> 1", "NOT TRUE"),
    *('"a" = "b"', '"a" = "A"', "1 > 2", "1 IN (2, 3)", "TRUE AND FALSE", "NOT (1=1)"),
    *("FALSE OR 1=0", '"abc" LIKE "b*"'),
]

#: Texts that are not queries, the position of the error (from 1), and a part of the reason.
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
    ("SELECT '_online' FROM 'A.'", 8, "is not an attribute"),
    ("SELECT '_nope.._value' FROM 'A.'", 8, "no config '_nope'"),
    ("SELECT '_online.._nope' FROM 'A.'", 8, "no attribute '_nope'"),
    ("SELECT '_online.._value' FROM 'A.' # all", 36, "unexpected '#'"),
    ("SELECT '_online.._value' FROM 'A.' HAVING 1", 36, "expected REMOTE, WHERE"),
    (f"{FROM} WHERE", 41, "expected an attribute in quotes"),
    (f"{FROM} WHERE _DPT", 46, "expected a comparison after _DPT"),
    (f"{FROM} WHERE _DPT =", 48, "expected an attribute in quotes"),
    (f"{FROM} WHERE _NOPE = 1", 42, "expected an attribute in quotes"),
    (f"{FROM} WHERE _DPT NOT = 1", 51, "expected LIKE or IN"),
    (f"{FROM} WHERE _DPT LIKE 5", 52, "a text with * and ?"),
    (f'{FROM} WHERE _DPT IN "a"', 50, "expected '(' after IN"),
    (f'{FROM} WHERE _DPT IN ("a"', 54, "expected ',' or ')'"),
    (f"{FROM} WHERE (_LEAF", 48, "expected AND, OR or ')'"),
    (f'{FROM} WHERE "yes"', 47, "expected a comparison"),
    (f'{FROM} WHERE ""', 44, "expected a comparison"),
    (f'{FROM} WHERE 1 == "a"', 42, '"a" is not a number'),
    (
        f'{FROM} WHERE "a" < 1',
        42,
        "type string have no order relative to the number 1",
    ),
    (f"{FROM} WHERE 1 LIKE '1'", 42, "LIKE compares texts"),
    (f"{FROM} WHERE TRUE AND", 50, "expected an attribute in quotes"),
    (f"{FROM} WHERE 'x' == 1", 42, "'x' is not an attribute"),
    (f"{FROM} WHERE '_online.._nope' == 1", 42, "no attribute '_nope'"),
    (f"{FROM} WHERE _LEAF AND _ELC IN (DPEL_INT, DPEL_FLOTA)", 71, "perhaps DPEL_FLOAT"),
    (f'{FROM} WHERE _LEAF AND _DP = "Tank1.level"', 52, "_DP is the name of a datapoint"),
    (f'{FROM} WHERE "S:Tank1.level" != _DP', 42, '_DP = "Tank1" AND _EL'),
    (f'{FROM} WHERE _DP NOT IN ("a.", "a.b")', 42, "_DP is the name of a datapoint"),
    (f'{FROM} WHERE _DP LIKE "Tank*.level"', 42, "_DP is the name of a datapoint"),
    (f'{FROM} WHERE _EL = "level."', 42, "without a dot at its end"),
    (f"{FROM} WHERE _LEAF WHERE _LEAF", 48, "WHERE occurs twice"),
    (f"{FROM} WHERE '_online.._value' > 3abc", 62, "this is not a number"),
    (f"{FROM} WHERE '_online.._value' > 0x10000000000000000", 62, "exceeds 64 bits"),
    (f"{FROM} WHERE '_online.._value' > {'9' * 5000}", 62, "too large"),
    (f"{FROM} FIRST 99999999999999999999", 42, "exceeds 64 bits"),
    (f"{FROM} WHERE '_online.._value' > - _DP", 64, "expected a number"),
    (f"{FROM} FIRST 1 LAST 1", 50, "FIRST or LAST, not both"),
    (f"{FROM} FIRST", 41, "a number of rows, a whole number"),
    (f"{FROM} FIRST 1.5", 42, "must be a whole number"),
    (f"{FROM} SORT 1", 41, "expected BY"),
    (f"{FROM} SORT BY 2", 44, "there is no column 2; the query has 1"),
    (f"{FROM} SORT BY '_online.._stime'", 44, "not among the selected columns"),
    (f"{FROM} TIMERANGE(1800000000000000,1800000001000000)", 46, "a number is ms since"),
    (f"{FROM} SORT BY '_offline.._stime' TIMERANGE(0,1)", 44, "not among the selected"),
    (f"{FROM} SORT BY '_online.._stime' TIMERANGE(0,1) GROUP BY _DP", 44, "not among"),
    (f"{FROM} /* x", 36, "the /* is not closed"),
    (f"{FROM} WHERE '_online.._value' > 5ANDY", 62, "this is not a number"),
    (f"{FROM} GROUP BY 0", 45, "expected an attribute in quotes, or one of"),
    (f"{FROM} REMOTE", 42, "expected ALL, or the name"),
    (f"{FROM} REMOTE ':'", 43, "the name of the system is empty"),
    (f"{FROM} TIMERANGE", 45, "expected '('"),
    (f'{FROM} TIMERANGE("x",1)', 46, "'x' is not a time"),
    (f"{FROM} TIMERANGE(2,1)", 46, "ends before it begins"),
    (f"{FROM} TIMERANGE(1)", 47, "the end of the period"),
    (f'{FROM} TIMERANGE(1,2,"x")', 50, "the mode"),
    (f"{FROM} TIMERANGE(1,2,1,-1)", 52, "bonus values"),
    ("SELECT NOPE('_online.._value') FROM 'A.'", 8, "an attribute in quotes"),
    ("SELECT 'NOPE(_online.._value)' FROM 'A.'", 8, "there is no function NOPE"),
    ("SELECT MAX(1) FROM 'A.'", 12, "an attribute in quotes"),
    ("SELECT 'a:b:_online.._value' FROM 'A.'", 8, "only an element and an attribute"),
    ("SELECT '.x:_online.._value' FROM 'A'", 34, "add WHERE _DPT"),
    (f"{FROM} WHERE '.x:_online.._value' == 1", 31, "add WHERE _DPT"),
    (
        "SELECT '_common.._alias' FROM 'A.' TIMERANGE(1,2)",
        1,
        "':_common.._alias' has no history",
    ),
    (f"{FROM} WHERE {'(' * 51}_LEAF{')' * 51}", 92, "nested more than 50 levels"),
    (f"{FROM} WHERE {'NOT ' * 51}_LEAF", 242, "nested more than 50 levels"),
]


class ParserTests(SynchronousTestCase):
    """From text to a query."""

    timeout = 30

    def test_reads_what_projects_write(self) -> None:
        """Any case, any white space, either quotes and lists in quotes are understood."""
        for text, headers, pattern in GOOD:
            with self.subTest(text):
                query = parse_query(text, UTC)
                self.assertEqual(query.header, ["", *headers])
                self.assertEqual(query.source.text, pattern)

    def test_conditions_that_mean_the_same_are_equal(self) -> None:
        """Operators may be spelled in several ways, and bind as in every language."""
        for first, second in ALIKE:
            with self.subTest(first):
                queries = [parse_query(f"{FROM} WHERE {one}") for one in (first, second)]
                self.assertEqual(*queries)
                self.assertIsNotNone(queries[0].where)

    def test_conditions_of_values_alone(self) -> None:
        """One that always holds is none; in front of others it changes nothing."""
        plain = parse_query(f"{FROM} WHERE _DPT = 'T' AND _LEAF")
        either = parse_query(f"{FROM} WHERE _DPT = 'T' OR _LEAF")
        for one in ALWAYS:
            self.assertEqual(parse_query(f"{FROM} WHERE {one}"), parse_query(FROM), one)
            longer = f"{FROM} WHERE ({one}) AND _DPT = 'T' AND _LEAF AND ({one})"
            self.assertEqual(parse_query(longer), plain, one)
        for one in NEVER:
            where = parse_query(f"{FROM} WHERE {one}").where
            self.assertEqual(where, Constant(False), one)
            longer = f"{FROM} WHERE {one} OR _DPT = 'T' OR _LEAF"
            self.assertEqual(parse_query(longer), either, one)

    def test_clauses_come_in_any_order(self) -> None:
        """Each clause may be spelled in several ways."""
        for first, second in CLAUSES:
            with self.subTest(first):
                queries = [parse_query(f"{FROM} {one}", UTC) for one in (first, second)]
                self.assertEqual(*queries)
                self.assertNotEqual(queries[0], parse_query(FROM))

    def test_times_are_in_the_zone_of_the_server(self) -> None:
        """A query has none of its own."""
        text = f'{FROM} TIMERANGE("2024.01.01 00:00:00","2024.01.01 00:00:01",1,0)'
        first, second = parse_query(text, UTC), parse_query(text, ZoneInfo("Asia/Tokyo"))
        assert first.period is not None
        assert second.period is not None
        self.assertEqual(first.period.first - second.period.first, 9 * 3600 * NS_PER_S)
        # Whole milliseconds are meant to their end.
        self.assertEqual(first.period.last - first.period.first, NS_PER_S + 999_999)

    def test_where_says_what_from_means(self) -> None:
        """Roots, or all elements if WHERE needs elements; internals if it names them."""
        cases = [
            ("", False, False),
            (' WHERE _DPT = "T"', False, False),
            (' WHERE _EL = "x"', True, False),
            (" WHERE _LEAF OR _ELC = 1", True, False),
            (' WHERE _DPTR = "T"', True, False),
            (' WHERE _DPT = "_T"', False, True),
            (' WHERE _LEAF AND _DP LIKE "_x*"', True, True),
            (' WHERE _DP = "System1:_x"', False, True),
            (' WHERE _DP != "_x"', False, False),
            (' WHERE _DP NOT LIKE "_x*"', False, False),
        ]
        for where, elements, internal in cases:
            with self.subTest(where):
                source = parse_query(f"SELECT '_online.._value' FROM 'x*'{where}").source
                self.assertEqual(source.matches("x1", "a.b"), elements)
                self.assertTrue(source.matches("x1", ""))
                star = parse_query(f"SELECT '_online.._value' FROM '*'{where}").source
                self.assertEqual(star.matches("_x1", ""), internal)

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
            *(
                f"{FROM} {more}"
                for more in (
                    "WHERE '_online.._value' == 1",
                    "WHERE '_online.._value' == 1.0",
                    "WHERE '_online.._value' == TRUE",
                    "WHERE '_online.._value' == \"1\"",
                    "FIRST 1",
                    "LAST 1",
                    "SORT BY 0",
                    "SORT BY 0 DESC",
                    "GROUP BY _DP",
                    "REMOTE ALL",
                    "TIMERANGE(1,2)",
                    "TIMERANGE(1,2,1,1)",
                )
            ),
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
                        "'.x:_online.._value'",
                        "NOT ",
                        " AND ",
                        "(",
                        ")",
                        " LIKE ",
                        " IN ",
                        "1",
                        "SORT BY ",
                        "GROUP BY ",
                        " FIRST ",
                        " TIMERANGE",
                        "MAX",
                        "REMOTE ",
                    ]
                ),
                max_size=14,
            ).map("".join),
        )
    )
    @example("SELECT '_online.._value' FROM 'a[1-99999999999999999999]'")
    @example("SELECT '_online.._value' FROM '" + "{" * 2000 + "}" * 2000 + "'")
    @settings(deadline=None, max_examples=300)
    def test_any_text_is_a_query_or_refused(self, text: str) -> None:
        """Any text gives a query or error 36."""
        try:
            query = parse_query(text)
        except OagwError as error:
            self.assertEqual(error.code, 36)
        else:
            self.assertGreaterEqual(len(query.header), 2)
