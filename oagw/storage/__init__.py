"""What several rooms need of the disk: SQLite, group commit, threads, files."""
