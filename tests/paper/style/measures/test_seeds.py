"""Numbers of other seeds count only where they were measured on the same pictures."""

import pandas as pd
import pytest

from dynnet.checkpoints import read_manifest
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.style.measures.seeds import MEASURED, other_seeds

TABLE = pd.read_csv(MEASURED / "fig3.csv")
DATA = {"name": TABLE["data"][0], "count": int(TABLE["count"][0])}
SIZE = int(TABLE["size"][0])


def test_there_are_two_beside_the_one_that_ships() -> None:
    seeds = other_seeds("fig3", DATA, SIZE)
    shipped = read_manifest(CHECKPOINTS)["cpu/fig3/main.safetensors"]["seed"]
    assert len({shipped, *seeds.index}) == 3
    assert set(seeds) < {claim.id for claim in load_recipe("fig3").claims_of("fig3")}


@pytest.mark.parametrize(
    ("data", "size"),
    [(DATA | {"name": "crops of other photographs"}, SIZE), (DATA | {"count": 2}, SIZE), (DATA, SIZE // 2)],
)
def test_on_other_pictures_there_are_none(data: dict[str, object], size: int) -> None:
    assert other_seeds("fig3", data, size).empty
