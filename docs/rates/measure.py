"""Chooses the learning rates of the other ways before they are compared: each trained for a while at three rates.

    python docs/rates/measure.py [WAY ...]    # default all; writes measured.csv, and takes up where it stopped

The photos that decide are held out of training, and the comparison does not measure on them.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dynnet.launching import OneProcess
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.roots import data_root, training_photos
from dynnet.paper.locations import CACHE, Folders
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load
from dynnet.paper.style.measures import curves
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.tradeoff import LOSSES
from dynnet.paper.style.recipe import Recipe
from dynnet.paper.style.trainer import Trainer
from dynnet.paper.style.ways import renderer
from dynnet.walks import walk

HERE = Path(__file__).parent
RATES = (3e-4, 1e-3, 3e-3)
SHARE = 0.25  # of a way's steps
DECIDES = 16  # photos, the last of those held out
REFERENCE = (40.0, 4.0)  # content and style loss, worse than any of these walks
COLUMNS = ["way", "rate", "steps", "hypervolume", "content at 1", "style at 1"]


def at_rate(recipe: Recipe, name: str, rate: float) -> Recipe:
    """The recipe with one network trained at another rate, and for less long."""
    network, profile = recipe.network(name), recipe.profile
    phase = recipe.phase(network)
    phase = replace(phase, rate=rate, steps=round(SHARE * phase.steps))
    if network.schedule is None:
        update = {network.kind: phase}
    else:
        update = {"schedules": profile.schedules | {network.schedule: phase}}
    return recipe.model_copy(update={"profile": profile.model_copy(update=update)})


def kept(folders: Folders, way: str, rate: float) -> Path:
    return folders.runs / "rates" / f"{way}-{rate:g}.csv"


def main(wanted: list[str]) -> None:
    recipe = load_recipe("other_ways")
    first = {n.seed_of: n.name for n in recipe.networks if n.seed_of and n.name.endswith("_0") and not n.at}
    folders, spec = Folders(data_root()), recipe.profile
    _, held = training_photos(folders.data, spec.evaluation.size, CACHE, spec.photos.held_out)
    x, terms = to_tensor(held.squares[-DECIDES:]), load("fig3").terms
    for way in wanted or list(first):
        for rate in RATES:
            file = kept(folders, way, rate)
            if file.is_file():
                continue
            trainer = Trainer(at_rate(recipe, first[way], rate), folders, OneProcess(), "rates")
            network = trainer.recipe.network(first[way])
            torch.manual_seed(recipe.seed)
            module, report = trainer.fit(network, recipe.networks.index(network), file.with_suffix(".state"))
            points = measure(walk(renderer(module), np.linspace(0, 1, 6)), x, terms)[LOSSES].to_numpy()
            row = (way, rate, report.steps, curves.hypervolume(points, REFERENCE), *points[-1])
            pd.DataFrame([row], columns=COLUMNS).to_csv(file, index=False)
    rows = [pd.read_csv(file) for way in first for rate in RATES if (file := kept(folders, way, rate)).is_file()]
    pd.concat(rows).round(4).to_csv(HERE / "measured.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
