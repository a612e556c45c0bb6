"""Documents whose numbers are made and not typed: each generated part stands between two comments.

    <!--= NAME -->what is generated<!--/-->

NAME says what goes there. A part may be a table or a single number.
"""

import re
from collections.abc import Callable
from pathlib import Path

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError

PART = re.compile(r"<!--= (?P<name>[^>]+?) -->(?P<content>.*?)<!--/-->", re.DOTALL)


def generated(text: str, part: Callable[[str], str]) -> str:
    """A document with its generated parts made anew.

    Args:
        part: name of a part -> its content; a content of several lines is put on lines of its own.

    Raises:
        DynnetError: a part has no end; what `part` raises.
    """
    if text.count("<!--= ") != len(PART.findall(text)) or text.count("<!--/-->") != len(PART.findall(text)):
        raise DynnetError("expected every <!--= NAME --> to be closed by <!--/-->; close each before the next begins")

    def made(match: re.Match[str]) -> str:
        content = part(match["name"])
        content = f"\n{content}\n" if "\n" in content else content
        return f"<!--= {match['name']} -->{content}<!--/-->"

    return PART.sub(made, text)


def without_generated(text: str) -> str:
    """What of a document was written by hand."""
    return PART.sub("", text)


def write_generated(path: Path, part: Callable[[str], str]) -> bool:
    """Makes the generated parts of a file anew; says whether it changed.

    Raises:
        DynnetError: what `generated` raises, with the file's name; the file cannot be written.
    """
    before = Path(path).read_text("utf-8")
    try:
        after = generated(before, part)
    except DynnetError as error:
        raise DynnetError(f"{path}: {error}") from error
    if after != before:
        with atomic_path(path) as temporary:
            temporary.write_text(after, encoding="utf-8")
    return after != before
