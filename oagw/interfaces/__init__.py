"""The interfaces between the rooms: systems, archives, sessions and services."""
