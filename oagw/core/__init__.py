"""Sessions, commands, routing to systems, live updates, periods and queries; no I/O."""
