"""A query as text again means the same."""

from __future__ import annotations

from datetime import UTC

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError
from oagw.query.parser import parse_query
from oagw.query.querywriter import write_query
from tests.exchanges.exchanges import EXCHANGES
from tests.query.test_parser import CLAUSES, FROM, GOOD

#: What the tables have too little of.
MORE = [
    "SELECT '_online.._value' FROM 'F*.' WHERE NOT ('_online.._value' > -1.5 OR _LEAF) "
    'AND _DP IN ("a\\"b", "c\\\\d", \'it\') SORT BY 1 DESC, 0 LAST 3',
    "SELECT '.:_online.._value', '.a.b:_original.._stime' FROM '{F1,F2}' WHERE "
    '_DPT = "Pump" AND (_ALIAS LIKE "x*" OR NOT _UNIT = "m")',
    "SELECT '_offline.._value' FROM 'K.' TIMERANGE(\"2023.11.14 22:13:20.123\", "
    "1.8e12, 1, 2) SORT BY '_offline.._stime' DESC",
    "SELECT MAX('_online.._value'), '_online.._value' FROM 'F*.' GROUP BY _DPT, 2",
    "SELECT '_online.._value' FROM 'F*.' WHERE '_online.._value' IN (1, 1.0, TRUE, 1e300)",
    "SELECT '_online.._value' FROM 'F*.' WHERE 1 = 0",
    "SELECT '_online.._value' FROM 'F*.' WHERE _LEAF AND (TRUE OR _DP = 'F1')",
]


def _queries() -> list[str]:
    texts = [*MORE, *(case[0] for case in GOOD)]
    texts += [f"{FROM} {one}" for pair in CLAUSES for one in pair]
    for exchange in EXCHANGES:
        for sent, _ in exchange.steps:
            bodies = sent.values() if isinstance(sent, dict) else ()
            texts += [str(one["Query"]) for one in bodies if "Query" in one]
    return texts


class QueryWriterTests(SynchronousTestCase):
    timeout = 30

    def test_what_is_written_is_read_as_the_same_query(self) -> None:
        """All queries of the tests, whatever they have."""
        count = 0
        for text in _queries():
            try:
                query = parse_query(text, UTC)
            except OagwError:
                continue
            written = write_query(query, query.source.text)
            with self.subTest(written):
                again = parse_query(written, UTC)
                self.assertEqual(again.where, query.where)
                self.assertEqual(again.columns, query.columns)
                self.assertEqual(
                    (again.period, again.group, again.sort, again.first, again.last),
                    (query.period, query.group, query.sort, query.first, query.last),
                )
                self.assertEqual(again.source, query.source)
            count += 1
        self.assertGreater(count, 60)
