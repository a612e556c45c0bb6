"""What an error says of another one: a line, never nothing."""

import pytest

from dynnet.errors import first_line, one_line


@pytest.mark.parametrize(
    ("message", "joined", "first"),
    [
        ("no such file", "no such file", "no such file"),
        ("\n  a shape\n\n  and where \n", "a shape and where", "a shape"),
        ("", "ValueError", "ValueError"),
        (" \n ", "ValueError", "ValueError"),
    ],
)
def test_an_error_is_quoted_in_one_line_and_named_where_it_says_nothing(message: str, joined: str, first: str) -> None:
    assert one_line(ValueError(message)) == joined
    assert first_line(ValueError(message)) == first
