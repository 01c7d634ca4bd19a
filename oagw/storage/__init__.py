"""Access to the disk that several rooms share: SQLite, group commit, threads, files."""
