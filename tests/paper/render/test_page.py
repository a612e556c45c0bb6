"""docs/rendering.md: its lines are understood, its pictures are there, small, and made with the networks that ship."""

import json
import re

import pytest

from dynnet.paper.render import page
from dynnet.paper.render.strengths import strengths

TEXT = page.PAGE.read_text("utf-8")


def test_six_lines_have_six_pictures() -> None:
    made = {page.result(arguments) for arguments in page.lines()}
    shown = {name.removeprefix("rendering/") for name in re.findall(r"!\[[^\]]{10,}\]\((.*?)\)", TEXT)}
    assert len(made) == len(page.lines()) == 6 and shown == made | {"cat.jpg"}
    assert {path.name for path in page.PICTURES.iterdir()} == shown | {page.NOTE}


@pytest.mark.parametrize("path", sorted(page.PICTURES.glob("*.[jw]*p*")), ids=lambda path: path.name)
def test_each_is_small(path) -> None:
    assert 1000 < path.stat().st_size <= page.LARGEST


@pytest.mark.parametrize("arguments", page.lines(), ids=page.result)
def test_each_was_made_with_what_ships(arguments: list[str]) -> None:
    """`make rendering` makes them anew, after a network was trained again."""
    noted = json.loads((page.PICTURES / page.NOTE).read_text())
    assert noted[page.result(arguments)] == page.made_with(arguments)
    if "--alpha" in arguments:
        assert strengths(arguments[arguments.index("--alpha") + 1])


def test_the_mask_goes_from_black_to_white() -> None:
    mask = page.mask(4, 100)
    assert mask.shape == (4, 100, 3) and mask[:, 0].max() == 0 and mask[:, -1].min() == 255
    assert (mask[0, 1:].astype(int) >= mask[0, :-1]).all()
