"""The gateway: the systems of the configuration, their health, and its control."""
