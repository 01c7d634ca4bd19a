"""Live updates to clients: hotlinks, live queries, watches and events."""
