"""Systems that are elsewhere and whose values are archived here."""
