"""Measures this folder's remedies as Figure 7's notebook measures its networks, and writes measured.csv beside this.

    python docs/remedies/measure.py FOLDER    # the one that `dynnet train docs/remedies/X.toml --out FOLDER` wrote to
    dynnet status --write                     # puts the table into README.md

One criterion, of the shipped walk, and one critic, the shipped one, judge them all, on the half of the faces on which
the notebook compares lambdas. Remedies that are not trained yet are left out.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from dynnet import walks
from dynnet.paper.completion.best_alpha import Criterion, interior_share
from dynnet.paper.completion.held_out import held_out_faces
from dynnet.paper.completion.holes import centre_hole
from dynnet.paper.completion.measures import CompletionWalk, completion_walk
from dynnet.paper.completion.trained import Trained
from dynnet.paper.data.roots import data_root
from dynnet.paper.locations import CACHE
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load

ALPHAS = np.linspace(0, 1, 6).round(1)
KEPT = ["networks", "lambda", "cost at 0", "best alpha", "cost there", "cost at 1", "interior"]


def summary(walk: CompletionWalk, criterion: Criterion) -> dict[str, float]:
    """Means over the faces; `interior` is in units of the walk itself, in which both of its ends cost 1."""
    l1, cost = walk.l1.mean(0), criterion.cost(walk.l1, walk.realism).mean(0)
    best = int(cost.argmin())
    found = {"L1 at 0": l1[0], "cost at 0": cost[0]}
    if len(walk.settings) == 1:
        return found
    found |= {"L1 at 1": l1[-1], "cost at 1": cost[-1], "best alpha": walk.settings[best], "cost there": cost[best]}
    own = Criterion.of(walk).cost(walk.l1, walk.realism)
    return found | {"interior": interior_share(walk.settings, own), "lowest in own units": own.mean(0).min()}


def rows_of(trained: Trained, criterion: Criterion, faces: Tensor, mask: Tensor, critic: nn.Module) -> list[dict]:
    """A row for each main network with blocks, and each one that was trained without."""
    networks, rows = trained.recipe.networks, []
    walking = {n.on: walks.dynamic(trained.dynamic[n.name]) for n in networks if n.kind == "blocks"}
    for network in networks:
        if network.name in walking:
            renderer, alphas = walking[network.name], ALPHAS
        elif network.kind == "main" and network.of is None:
            renderer, alphas = walks.fixed(trained.networks[network.name]), [0.0]
        else:
            continue
        walk = completion_walk(renderer, faces, mask, alphas, critic)
        rows.append({"networks": trained.recipe.figure, "lambda": network.adversarial} | summary(walk, criterion))
    return rows


def main(folder: Path) -> pd.DataFrame:
    """The shipped networks first, then every remedy."""
    shipped = load("fig7")
    profile, (_, faces) = shipped.recipe.profile, held_out_faces(shipped.recipe, data_root(), CACHE)
    faces, mask = faces[: len(faces) // 2], centre_hole(profile.measured_size, profile.measured_hole)
    reference = completion_walk(walks.dynamic(shipped.dynamic["blocks"]), faces, mask, [0.0, 1.0], shipped.critic)
    told = (Criterion.of(reference), faces, mask, shipped.critic)
    rows = rows_of(shipped, *told)
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        recipe = load_recipe(path)
        if all(recipe.checkpoint_path(folder, network.name).is_file() for network in recipe.networks):
            rows += rows_of(load(recipe, folder=folder), *told)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    table = main(Path(sys.argv[1]))
    table[KEPT].round(2).to_csv(Path(__file__).with_name("measured.csv"), index=False)
    sys.stdout.write(table.round(4).to_string(index=False) + "\n")
