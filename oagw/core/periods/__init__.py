"""The text of replies to period queries."""
