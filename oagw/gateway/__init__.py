"""The parts of a gateway: systems, listeners, logins, health, status and control."""
