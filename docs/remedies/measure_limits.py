"""Measures the remedies for Figure 8's blue walk as its notebook measures it; writes limits.csv.

    python docs/remedies/measure_limits.py FOLDER    # as measure.py
    dynnet status --write                            # puts the table into README.md

The shipped blocks first, then every remedy; what is not trained yet is left out.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from dynnet import walks
from dynnet.checkpoints import load_checkpoint
from dynnet.paper.data.evaluation_pictures import evaluation_pictures
from dynnet.paper.data.roots import data_root
from dynnet.paper.locations import CACHE, CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load
from dynnet.paper.style.measures import curves
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.tradeoff import LOSSES
from dynnet.paper.style.measures.ways import style_over
from dynnet.paper.style.trained import Trained

HERE = Path(__file__).parent
COLUMNS = (
    "networks",
    "steps",
    "median distance of fixed networks, decades",
    "style loss over the cross-fade's at equal content",
    "share where it is lower",
)


def main(folder: Path) -> None:
    torch.set_grad_enabled(False)
    shipped, between = load("fig8"), load("fig3").fixed
    recipe, main_network, full = shipped.recipe, shipped.networks["B"], shipped.networks["A"]
    spec, held_out = recipe.profile.evaluation, recipe.profile.photos.held_out
    photos, source = evaluation_pictures(spec.pictures, spec.size, data_root(), CACHE, held_out)
    alphas = np.linspace(0, 1, spec.alphas)
    fade = walks.walk(walks.interpolation(full, nn.Identity()), 0.9 * alphas)  # at 1 the content loss is 0: no log
    green = measure(fade, photos, shipped.terms)
    fixed = measure(walks.fixed_walk({1e4: main_network} | between), photos, shipped.terms)
    rows = []
    for tried in (recipe, *(load_recipe(path) for path in sorted(HERE.glob("fig8_*.toml")))):
        path = tried.checkpoint_path(CHECKPOINTS if tried is recipe else folder, "B_to_A")
        if not path.is_file():
            continue
        net = Trained.restored_blocks(load_checkpoint(path), main_network)
        blue = measure(walks.walk(walks.dynamic(net), alphas), photos, shipped.terms)
        near = float(np.median(curves.distance_to_curve(fixed[LOSSES], blue[LOSSES])))
        _, lower = curves.lower_style(blue[LOSSES], green[LOSSES])
        steps = tried.phase(tried.network("B_to_A")).steps
        rows.append((tried.figure, steps, round(near, 3), round(style_over(blue, green), 2), f"{lower.mean():.0%}"))
    pd.DataFrame(rows, columns=COLUMNS).to_csv(HERE / "limits.csv", index=False)
    sys.stdout.write(f"{len(photos)} pictures: {source}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
