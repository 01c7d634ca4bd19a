"""The commands of the wire protocol: a structure each, its fields the arguments."""
