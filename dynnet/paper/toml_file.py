"""TOML files as people's editors leave them: read, or refused in a line that says what to do."""

import tomllib
from pathlib import Path
from typing import Any

from dynnet.errors import DynnetError, one_line


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, which is UTF-8, with or without a byte order mark.

    Raises:
        DynnetError: it cannot be read, has another encoding, or is not TOML.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DynnetError(
            f"{path}: expected a TOML file, got: {error.strerror}; check the name and its permissions"
        ) from error
    text = _decoded(content, path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and brackets without end, too
        raise DynnetError(f"{path} is not TOML: {one_line(error)}; correct the line") from error


def table_of(name: str | Path, key: str, value: Any) -> dict[str, Any]:
    """A recipe's value that is to be a table.

    Raises:
        DynnetError: it is something else.
    """
    if not isinstance(value, dict):
        raise DynnetError(f"recipe {name}: expected a table {key}, got {str(value)[:60]!r}; write [{key}]")
    return value


def _decoded(content: bytes, path: Path) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content:
        raise DynnetError(f"{path}: expected TOML in UTF-8, got UTF-16 or bytes of zero; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DynnetError(
            f"{path}: expected TOML in UTF-8, got the byte 0x{content[error.start]:02x} in line {line}, "
            "as Latin-1 or another encoding has it; save it as UTF-8"
        ) from error
