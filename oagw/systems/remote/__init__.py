"""Systems behind a websocket with the wire protocol, whichever side dials."""
