"""The short way of a text frame, and all that it leaves to Autobahn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.frames import next_text


def frame(
    data: bytes, start: int = 0x81, mask: bytes | None = b"\x01\x82\x43\xff", form: int = 0
) -> bytes:
    """A client's frame.

    :param form: the length's form if not the shortest: 126 or 127.
    """
    length, masked = len(data), 0 if mask is None else 0x80
    if form == 127 or length >= 1 << 16:
        head = bytes([start, masked | 127]) + length.to_bytes(8, "big")
    elif form == 126 or length > 125:
        head = bytes([start, masked | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([start, masked | length])
    if mask is None:
        return head + data
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


class NextTextTests(SynchronousTestCase):
    timeout = 30

    @given(
        st.text(max_size=300),
        st.binary(min_size=4, max_size=4),
        st.binary(max_size=20),
        st.binary(max_size=20),
    )
    def test_a_whole_text(
        self, text: str, mask: bytes, before: bytes, after: bytes
    ) -> None:
        """It is found at any position, with the start of the next one."""
        data = text.encode()
        sent = frame(data, mask=mask)
        found = next_text(before + sent + after, len(before), 2000)
        self.assertEqual(found, (data, len(before) + len(sent)))

    def test_lengths(self) -> None:
        """Each of the short forms at its edges; the longest form is left."""
        for length in (0, 1, 125, 126, 127, 65535):
            sent = frame(b"x" * length)
            self.assertEqual(next_text(sent, 0, 65535), (b"x" * length, len(sent)))
        self.assertIsNone(next_text(frame(b"x" * 65536), 0, 1 << 20))

    def test_limit(self) -> None:
        """A longer text than is allowed is left."""
        self.assertIsNotNone(next_text(frame(b"x" * 100), 0, 100))
        self.assertIsNone(next_text(frame(b"x" * 101), 0, 100))

    @given(st.text(max_size=200), st.data())
    def test_parts(self, text: str, data: st.DataObject) -> None:
        """A part of a frame is one to wait for, wherever it ends."""
        sent = frame(text.encode())
        end = data.draw(st.integers(0, len(sent) - 1))
        if end:
            self.assertEqual(next_text(sent[:end], 0, 2000), (None, 0))

    @given(st.integers(0, 255).filter(lambda start: start != 0x81))
    def test_other_frames(self, start: int) -> None:
        """Binary and control frames, parts of texts and reserved bits are left."""
        self.assertIsNone(next_text(frame(b"text", start), 0, 2000))

    def test_what_must_not_be(self) -> None:
        """No mask, a longer form of a length than needed, no UTF-8: all left."""
        self.assertIsNone(next_text(frame(b"long enough", mask=None), 0, 2000))
        self.assertIsNone(next_text(frame(b"text", form=126), 0, 2000))
        self.assertIsNone(next_text(frame(b"text", form=127), 0, 2000))
        for wrong in (b"\xff", b"a\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3"):
            self.assertIsNone(next_text(frame(wrong), 0, 2000), wrong)
