"""The websocket edge: TLS, listeners, protocol, delivery."""
