"""What ends a command with a message for the person at the terminal."""


class CommandError(Exception):
    """A command cannot be carried out; the text says why, and what to do."""


class NoGateway(CommandError):  # noqa: N818 - a place without one
    """No gateway has run with the state directory."""
