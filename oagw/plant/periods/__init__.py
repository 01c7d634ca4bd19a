"""Archived samples to the columns that period queries ask for."""
