"""The wire protocol: commands, answers and their JSON. Pure."""
