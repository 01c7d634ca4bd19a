"""The archive's store in a PostgreSQL database: as blocks, or a row for each value."""
