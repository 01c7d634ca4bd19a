"""Reading an archive: one series at a time, or a whole month past the gateway."""
