"""The engine that keeps sealed samples in a PostgreSQL database."""
