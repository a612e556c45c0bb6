"""What was tried for Figure 8's open claim differs in one thing each from what there was."""

from pathlib import Path
from typing import Any

from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import load_recipe

FOLDER = PROJECT / "docs" / "remedies"


def told(recipe: str | Path) -> dict[str, Any]:
    """All that the training of the blue walk's blocks hangs on, by name."""
    loaded = load_recipe(recipe)
    profile, blocks, main = loaded.profile, loaded.network("B_to_A"), loaded.network("B")
    shared = {key: getattr(profile, key) for key in ("width", "features", "total_variation", "photos", "evaluation")}
    of_blocks = {"along": blocks.along, "lambda": blocks.lambda_style, "on": blocks.on, "steps": profile.blocks.steps}
    borrowed = main.of or f"{loaded.figure}/{main.name}"
    return shared | of_blocks | {"main": borrowed, "rate": profile.blocks.rate, "places": loaded.blocks_at}


def differences(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in one if one[key] != other[key]}


def test_blocks_along_the_walk_differ_in_nothing_else() -> None:
    assert differences(told("fig8"), told(FOLDER / "fig8_along.toml")) == {"along"}


def test_the_longer_training_differs_in_its_steps() -> None:
    assert differences(told(FOLDER / "fig8_along.toml"), told(FOLDER / "fig8_longer.toml")) == {"steps"}
