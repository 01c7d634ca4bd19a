"""The hot store: samples on disk and in memory until they are sealed."""
