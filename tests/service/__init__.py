"""Tests of the whole: a real daemon, real TLS sockets, a real client."""
