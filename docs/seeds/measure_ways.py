"""Measures the other ways' networks that do not ship, as notebook 10 measures those that do; writes other_ways.csv.

    python docs/seeds/measure_ways.py FOLDER    # what `dynnet train other_ways --out FOLDER` wrote

`DYNNET_DATA` names the folder of photos.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dynnet import walks
from dynnet.paper.data.evaluation_pictures import evaluation_pictures
from dynnet.paper.data.roots import data_root
from dynnet.paper.locations import CACHE
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.seeds import MEASURED
from dynnet.paper.style.ways import renderer

RECIPE = "other_ways"


@torch.no_grad()
def measured(folder: Path) -> pd.DataFrame:
    """A row per network and alpha: whose way, on which pictures, and the working point."""
    recipe = load_recipe(RECIPE)
    unshipped = tuple(network for network in recipe.networks if not network.ships)
    wanted = recipe.networks[:1] + tuple(network.model_copy(update={"ships": True}) for network in unshipped)
    experiment = load(recipe.model_copy(update={"networks": wanted}), folder=folder)
    spec, held_out = recipe.profile.evaluation, recipe.profile.photos.held_out
    pictures, source = evaluation_pictures(spec.pictures, spec.size, data_root(), CACHE, held_out)
    alphas = np.linspace(0, 1, spec.alphas)
    there = experiment.networks | experiment.dynamic
    rows = [
        measure(walks.walk(renderer(there[network.name]), alphas), pictures, experiment.terms).assign(
            way=network.seed_of, network=network.name, data=source, count=len(pictures), size=spec.size
        )
        for network in unshipped
    ]
    return pd.concat(rows)[["way", "network", "data", "count", "size", "setting", "content", "style"]]


def main(folder: str) -> None:
    measured(Path(folder)).round(6).to_csv(MEASURED / f"{RECIPE}.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1])
