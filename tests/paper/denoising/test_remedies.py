"""What was tried for the denoise slider differs from it in one thing each."""

import pytest

from dynnet.paper.denoising.recipe import Recipe
from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import load_recipe

REMEDIES = sorted((PROJECT / "docs" / "remedies").glob("strangers_*.toml"))


def differences(one: Recipe, other: Recipe) -> set[str]:
    """By name; of one amount of noise fewer pictures are needed to see as many of it."""
    profile, base = one.profile, other.profile
    places = one.demosaicking.blocks_at != other.demosaicking.blocks_at
    walk, full = one.network("denoise").walk, other.network("denoise").walk
    seen = profile.blocks.steps * len(full) != base.blocks.steps * len(walk)
    found = {"places": places, "noise": walk != full, "pictures": seen, "rate": profile.blocks.rate != base.blocks.rate}
    assert (profile.photos, profile.evaluation) == (base.photos, base.evaluation)
    assert one.demosaicking.model_copy(update={"blocks_at": other.demosaicking.blocks_at}) == other.demosaicking
    return {name for name, differs in found.items() if differs}


def test_there_are_three() -> None:
    assert len(REMEDIES) == 3


@pytest.mark.parametrize("path", REMEDIES, ids=lambda path: path.stem)
def test_a_remedy_differs_in_one_thing(path) -> None:
    assert len(differences(load_recipe(path), load_recipe("strangers"))) == 1
