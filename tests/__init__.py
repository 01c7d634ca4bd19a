"""The trial suite."""
