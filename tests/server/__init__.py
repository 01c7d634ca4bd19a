"""Tests of the websocket edge, in this process."""
