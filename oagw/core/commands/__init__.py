"""The commands: a handler each, one catalogue."""
