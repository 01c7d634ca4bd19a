"""The commands of the wire protocol: a class for each, with its arguments as fields."""
