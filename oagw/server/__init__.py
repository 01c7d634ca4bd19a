"""Listeners, TLS, websockets and the delivery of messages."""
