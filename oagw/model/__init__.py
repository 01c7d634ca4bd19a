"""Names, patterns, values, times, status bits, types and configs; no I/O."""
