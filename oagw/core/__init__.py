"""Behaviour: routing, hotlinks, live queries, history, sessions. No I/O."""
