"""The command oagw."""
