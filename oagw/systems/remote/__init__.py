"""Systems behind a websocket that speak the wire protocol, whoever has dialled."""
