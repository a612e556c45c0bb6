"""The one exception that a user of dynnet is meant to read, and how it quotes other people's."""


class DynnetError(ValueError):
    """A mistake in the input: says what was expected, what was got and what to do, in one line.

    The command line prints it without a traceback; the library raises it like any `ValueError`.
    """


def one_line(error: Exception) -> str:
    """What an exception says, as a part of a line; the name of its class where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def first_line(error: Exception) -> str:
    """The same of its first line alone, for exceptions that go on for pages, as PyTorch's do."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
