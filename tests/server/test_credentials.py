"""Names and passwords in URLs."""

from __future__ import annotations

import string
from urllib.parse import quote, quote_plus, urlencode

from twisted.trial.unittest import SynchronousTestCase

from oagw.server.credentials import credentials_of

#: Each printable ASCII character, and some of other scripts.
CHARACTERS = [*string.printable[:95], *"äß€中😀\u00a0\u0301"]


def found(query: str) -> list[tuple[str, str]]:
    """What a query means; a client that writes other than ASCII sends UTF-8."""
    uri = f"/winccoa?{query}".encode().decode("iso-8859-1")
    return [(one.username.decode(), one.password.decode()) for one in credentials_of(uri)]


class CredentialTests(SynchronousTestCase):
    timeout = 30

    def test_every_character_can_be_encoded(self) -> None:
        """Percent-encoded and form-encoded names and passwords arrive as they are."""
        for text in (*(f"a{one}b" for one in CHARACTERS), "".join(CHARACTERS)):
            with self.subTest(text):
                wanted = [(text, text)]
                self.assertEqual(
                    found(
                        f"username={quote(text, safe='')}&password={quote(text, safe='')}"
                    ),
                    wanted,
                )
                form = found(urlencode({"username": text, "password": text}))
                self.assertEqual(form[0], wanted[0])
                plus = found(f"password={quote_plus(text)}&username={quote_plus(text)}")
                self.assertEqual(plus[0], wanted[0])

    def test_most_characters_need_no_encoding(self) -> None:
        """What does not end a value or begin an escape may be written as it is."""
        for one in set(CHARACTERS) - set("&+# "):
            with self.subTest(one):
                self.assertEqual(found(f"username=u&password=a{one}"), [("u", f"a{one}")])
        self.assertEqual(found("username=u&password=100%"), [("u", "100%")])
        self.assertEqual(found("username=u&password=a=b=c"), [("u", "a=b=c")])

    def test_a_plus_may_be_a_space_or_itself(self) -> None:
        """Both are tried, the rule for queries first."""
        both = [("u", "a b"), ("u", "a+b")]
        self.assertEqual(found("username=u&password=a+b"), both)
        both = [("u v", "a b"), ("u+v", "a b")]
        self.assertEqual(found("username=u+v&password=a%20b"), both)
        self.assertEqual(found("username=u&password=a%2Bb"), [("u", "a+b")])

    def test_both_are_needed(self) -> None:
        """Without user or password there is nothing to check."""
        for query in (
            "",
            "username=u",
            "password=p",
            "username=&password=p",
            "username=u&password=",
            "user=u&pass=p",
        ):
            self.assertEqual(found(query), [], query)

    def test_the_first_of_several_counts(self) -> None:
        """As it did before."""
        query = "x=1&username=u&password=p&username=v&password=q"
        self.assertEqual(found(query), [("u", "p")])

    def test_bytes_that_are_no_text(self) -> None:
        """They match no password, and cause no error."""
        self.assertEqual(found("username=u&password=%FF%00"), [("u", "\ufffd\0")])
