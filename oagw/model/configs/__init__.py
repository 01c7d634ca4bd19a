"""The configs of an element: a module per kind, one catalogue."""
