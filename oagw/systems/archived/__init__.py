"""Systems of other servers whose values are archived here."""
