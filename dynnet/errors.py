"""The one exception that a user of dynnet is meant to read."""


class DynnetError(ValueError):
    """A mistake in the input: says what was expected, what was got and what to do, in one line.

    The command line prints it without a traceback; the library raises it like any `ValueError`.
    """
