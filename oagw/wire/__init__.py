"""The wire protocol: commands, replies and their JSON. Pure."""
