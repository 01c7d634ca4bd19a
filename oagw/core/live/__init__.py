"""What clients are kept informed of: hotlinks, live queries, watches, events."""
