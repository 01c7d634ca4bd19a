"""Tests of oagw.wire.messages."""
