"""Measures Figure 3 trained from other seeds, on the pictures and by the numbers of its notebook; writes fig3.csv.

    python docs/seeds/measure.py FOLDER...    # what `dynnet train fig3 --seed N --out FOLDER` wrote
    dynnet status --write                     # puts the table into README.md

`DYNNET_DATA` names the folder of photos.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dynnet.checkpoints import read_manifest
from dynnet.paper.data.evaluation_pictures import evaluation_pictures
from dynnet.paper.data.roots import data_root
from dynnet.paper.locations import CACHE
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.seeds import MEASURED
from dynnet.paper.style.measures.tradeoff import nearest_fixed, tradeoff
from dynnet.walks import alpha_walk, fixed_walk, interpolation_walk

FIGURE = "fig3"


@torch.no_grad()
def measured(folder: Path) -> dict[str, float | str]:
    """A row of the table: whose seed, on which pictures, and every number that decides a claim."""
    recipe = load_recipe(FIGURE)
    shown = tuple(network for network in recipe.networks if network.name != "along")  # which Figure 3 does not show
    experiment = load(recipe.model_copy(update={"networks": shown}), folder=folder)
    terms, net = experiment.terms, experiment.dynamic["blocks"]
    spec, held_out = recipe.profile.evaluation, recipe.profile.photos.held_out
    pictures, source = evaluation_pictures(spec.pictures, spec.size, data_root(), CACHE, held_out)
    alphas = np.linspace(0, 1, spec.alphas)
    fixed = measure(fixed_walk(experiment.fixed), pictures, terms)
    dynamic = measure(alpha_walk(net, alphas), pictures, terms)
    other = experiment.fixed[nearest_fixed(fixed, dynamic.iloc[-1])]
    numbers = tradeoff(fixed, dynamic, measure(interpolation_walk(net.main, other, alphas), pictures, terms))
    claims = {claim.id: numbers[claim.id] for claim in recipe.claims_of(FIGURE) if claim.id in numbers}
    (seed,) = {read_manifest(folder)[f"cpu/{FIGURE}/{name}.safetensors"]["seed"] for name in experiment.hashes}
    return {"seed": seed, "data": source, "count": len(pictures), "size": spec.size} | claims


def main(folders: list[str]) -> None:
    table = pd.DataFrame([measured(Path(folder)) for folder in folders]).sort_values("seed")
    table.round(6).to_csv(MEASURED / f"{FIGURE}.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
