"""The handlers of all commands, and their table."""
