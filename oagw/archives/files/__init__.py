"""The engine that keeps sealed samples in SQLite files, one for each month."""
