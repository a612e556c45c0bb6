"""Attribute expressions, such as `(Blond_Hair and not Male) or Bald`: recipes choose sub-sets of faces by them."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from dynnet.errors import DynnetError

_Test = Callable[[pd.DataFrame], np.ndarray]

_KEYWORDS = ("and", "or", "not")
# A name, a bracket, or one character that has no business here.
_TOKEN = re.compile(r"[A-Za-z0-9_]+|\S")
_NAME = re.compile(r"[A-Za-z0-9_]+")
# Far below the depth at which Python's own stack ends.
_DEEPEST = 50


class Expression:
    """An attribute expression; `text` is what was parsed, `names` are the attributes in it, each once."""

    def __init__(self, text: str, names: Sequence[str], test: _Test) -> None:
        self.text = text
        self.names = tuple(dict.fromkeys(names))
        self._test = test

    def matches(self, table: pd.DataFrame) -> np.ndarray:
        """Which rows of `table`, N rows and a column of booleans per attribute, fit: bool (N,).

        Raises:
            DynnetError: the table has no column of that name, or one of something else than booleans.
        """
        if unknown := [name for name in self.names if name not in table.columns]:
            raise DynnetError(
                f"attributes {self.text!r}: expected names among {', '.join(map(str, table.columns))}, "
                f"got {', '.join(unknown)}; correct the expression"
            )
        if wrong := [name for name in self.names if table[name].dtype != np.bool_]:
            raise DynnetError(
                f"attributes {self.text!r}: expected columns of booleans, got {wrong[0]} as {table[wrong[0]].dtype}; "
                "convert the table"
            )
        return self._test(table)


def parse(expression: str) -> Expression:
    """Parses names, `and`, `or`, `not` and round brackets; they bind as in Python.

    Raises:
        DynnetError: it is anything else; the message has the expression and the place.
    """
    return _Parser(expression).parsed()


class _Parser:
    """Recursive descent: each rule is a method that takes its tokens and returns a test of table rows."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(match[0], match.start()) for match in _TOKEN.finditer(text)]
        self._names: list[str] = []
        self._next = 0
        self._depth = 0

    def parsed(self) -> Expression:
        test = self._any()
        if self._next < len(self._tokens):
            raise self._unexpected("'and', 'or' or the end")
        return Expression(self._text, self._names, test)

    def _any(self) -> _Test:
        """any: all ('or' all)*"""
        terms = [self._all()]
        while self._take("or"):
            terms.append(self._all())
        return lambda table: np.logical_or.reduce([term(table) for term in terms])

    def _all(self) -> _Test:
        """all: one ('and' one)*"""
        terms = [self._one()]
        while self._take("and"):
            terms.append(self._one())
        return lambda table: np.logical_and.reduce([term(table) for term in terms])

    def _one(self) -> _Test:
        """one: 'not'* (name | '(' any ')')"""
        negated = False
        while self._take("not"):
            negated = not negated
        test = self._bracket() if self._token() == "(" else self._name()
        return (lambda table: ~test(table)) if negated else test

    def _bracket(self) -> _Test:
        if self._depth == _DEEPEST:
            raise self._unexpected(f"at most {_DEEPEST} brackets inside each other")
        self._depth += 1
        self._next += 1
        test = self._any()
        if not self._take(")"):
            raise self._unexpected("'and', 'or' or ')'")
        self._depth -= 1
        return test

    def _name(self) -> _Test:
        name = self._token()
        if name in _KEYWORDS or not _NAME.fullmatch(name):
            raise self._unexpected("an attribute, 'not' or '('")
        self._next += 1
        self._names.append(name)
        return lambda table: table[name].to_numpy()

    def _token(self) -> str:
        """The token to take next; empty at the end."""
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self, token: str) -> bool:
        taken = self._token() == token
        self._next += taken
        return taken

    def _unexpected(self, expected: str) -> DynnetError:
        token = self._token()
        got = f"{token!r} at character {self._tokens[self._next][1] + 1}" if token else "the end"
        return DynnetError(
            f"attributes {self._text!r}: expected {expected}, got {got}; "
            "write them like (Blond_Hair and not Male) or Bald"
        )
