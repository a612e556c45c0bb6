"""Sentences whose numbers and verbs come from what was measured, so that none is typed and none goes stale.

say("The walk {hypervolume:beats|does not beat} image interpolation: {hypervolume:.2f} times its area.", ...)
"""

from collections.abc import Mapping
from inspect import cleandoc

import numpy as np
from IPython.display import Markdown

from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Measured


def say(text: str, /, **values: object) -> Markdown:
    """A piece of Markdown for the reader of a notebook; see `filled`."""
    return Markdown(filled(text, values))


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its places filled in, as `str.format` does it, its indentation taken away.

    Args:
        values: numbers and words by their names; a claim with its number, or a truth value, may also choose a word:
            `{name:one|other}` is `one` where it holds and `other` where it does not. Either may hold places itself.
            `{name[0]}` is a part.

    Raises:
        DynnetError: the text names a value that is not there, or asks it for what it has not.
    """
    try:
        return cleandoc(text).format_map({name: _Spoken(value) for name, value in values.items()})
    except (KeyError, IndexError) as error:
        there = ", ".join(values) or "none"
        raise DynnetError(
            f"a sentence asks for {error} and there is no number of that name; there are {there}"
        ) from error
    except (ValueError, TypeError) as error:
        raise DynnetError(
            f"a sentence cannot be filled in: {error}; correct its braces: {text.strip()[:60]}"
        ) from error


class _Spoken:
    """A value as sentences use it."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __getitem__(self, key: object) -> "_Spoken":
        return _Spoken(self._value[key])

    def __format__(self, spec: str) -> str:
        value = self._value
        number = value.value if isinstance(value, Measured) else value
        if "|" not in spec:
            return format(number, spec)
        words = spec.split("|")
        truth = value.holds if isinstance(value, Measured) else value
        if len(words) != 2 or not isinstance(truth, bool | np.bool_):
            raise ValueError(f"{spec!r} chooses between two words by a claim or a truth value, got {number!r}")
        return words[0] if truth else words[1]
