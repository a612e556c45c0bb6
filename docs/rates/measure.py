"""Chooses the learning rates of the other ways before they are compared: each trained for a while at up to three rates.

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
RATES = (3e-3, 1e-3, 3e-4)
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


class Rates:
    """What is known of the rates, in files of the folder for unfinished trainings."""

    def __init__(self) -> None:
        self.recipe, self.folders = load_recipe("other_ways"), Folders(data_root())
        self.first = {n.seed_of: n.name for n in self.recipe.networks if n.on and n.name.endswith("_0") and not n.at}
        spec = self.recipe.profile
        _, held = training_photos(self.folders.data, spec.evaluation.size, CACHE, spec.photos.held_out)
        self.x, self.terms = to_tensor(held.squares[-DECIDES:]), load("fig3").terms

    def file(self, way: str, rate: float) -> Path:
        return self.folders.runs / "rates" / f"{way}-{rate:g}.csv"

    def hypervolume(self, way: str, rate: float) -> float:
        """Of a way trained for a while at a rate; as it was measured, where it was."""
        file = self.file(way, rate)
        if not file.is_file():
            pd.DataFrame([self._measured(way, rate, file)], columns=COLUMNS).to_csv(file, index=False)
        return pd.read_csv(file).hypervolume[0]

    def _measured(self, way: str, rate: float, file: Path) -> tuple[str | float, ...]:
        trainer = Trainer(at_rate(self.recipe, self.first[way], rate), self.folders, OneProcess(), "rates")
        network = trainer.recipe.network(self.first[way])
        torch.manual_seed(self.recipe.seed)
        module, report = trainer.fit(network, self.recipe.networks.index(network), file.with_suffix(".state"))
        points = measure(walk(renderer(module), np.linspace(0, 1, 6)), self.x, self.terms)[LOSSES].to_numpy()
        return way, rate, report.steps, curves.hypervolume(points, REFERENCE), *points[-1]


def main(wanted: list[str]) -> None:
    rates = Rates()
    for way in wanted or list(rates.first):
        first, second = (rates.hypervolume(way, rate) for rate in RATES[:2])
        if second > first:  # else a still lower rate would be worse, too
            rates.hypervolume(way, RATES[2])
    files = [rates.file(way, rate) for way in rates.first for rate in RATES]
    table = pd.concat([pd.read_csv(file) for file in files if file.is_file()])
    table.round(4).to_csv(HERE / "measured.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
