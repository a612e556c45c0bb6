"""What was tried for claims that were open differs in one thing each from what there was."""

from pathlib import Path

import pytest

from dynnet.paper.denoising.recipe import Recipe
from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import load_recipe

FOLDER = PROJECT / "docs" / "remedies"
BEFORE = FOLDER / "content_crops.toml"
NOISE = sorted(FOLDER.glob("strangers_*.toml"))
STYLE = sorted(set(FOLDER.glob("content_*.toml")) - {BEFORE})


def differences_of_noise(one: Recipe, other: Recipe) -> set[str]:
    """By name; of one amount of noise fewer pictures are needed to see as many of it."""
    profile, base = one.profile, other.profile
    walk, full = one.network("denoise").walk, other.network("denoise").walk
    assert profile.photos == base.photos
    assert one.demosaicking.model_copy(update={"blocks_at": other.demosaicking.blocks_at}) == other.demosaicking
    differs = {
        "places": one.demosaicking.blocks_at != other.demosaicking.blocks_at,
        "noise": walk != full,
        "pictures": profile.blocks.steps * len(full) != base.blocks.steps * len(walk),
        "rate": profile.blocks.rate != base.blocks.rate,
    }
    return {name for name, does in differs.items() if does}


def differences_of_style(one: Recipe, other: Recipe) -> set[str]:
    """By name; of larger crops fewer are needed to see as many pixels."""
    profile, base = one.profile, other.profile
    assert one.stylisation == other.stylisation and one.network("stylisation") == other.network("stylisation")
    assert one.network("content") == other.network("content")
    photos, usual = profile.style_photos, base.style_photos
    assert (photos.size, photos.held_out) == (usual.size, usual.held_out)
    pixels, as_usual = (p.style_photos.crop**2 * p.style_photos.batch * p.style_blocks.steps for p in (profile, base))
    differs = {
        "smoothness": profile.total_variation != base.total_variation,
        "crops": (photos.crop, photos.scale) != (usual.crop, usual.scale),
        "pixels": pixels != as_usual,
        "rate": profile.style_blocks.rate != base.style_blocks.rate,
    }
    return {name for name, does in differs.items() if does}


def test_there_are_as_many_as_the_page_tells_of() -> None:
    assert len(NOISE) == 3 and len(STYLE) == 1  # what else was tried for the style ships


@pytest.mark.parametrize("path", NOISE, ids=lambda path: path.stem)
def test_a_remedy_for_noise_differs_in_one_thing(path: Path) -> None:
    remedy, shipped = load_recipe(path), load_recipe("strangers")
    assert len(differences_of_noise(remedy, shipped)) == 1
    assert remedy.profile.evaluation == shipped.profile.evaluation


@pytest.mark.parametrize("path", [*STYLE, "strangers"], ids=lambda path: Path(path).stem)
def test_a_remedy_for_style_differs_in_one_thing_from_what_there_was(path: Path | str) -> None:
    remedy, before = load_recipe(path), load_recipe(BEFORE)
    assert len(differences_of_style(remedy, before)) == 1
    assert remedy.profile.evaluation == before.profile.evaluation
