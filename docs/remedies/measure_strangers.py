"""Measures the remedies for the denoise slider as its notebook measures the slider, and writes strangers.csv.

    python docs/remedies/measure_strangers.py FOLDER    # as measure.py
    dynnet status --write                               # puts the table into README.md

A network with all weights fine-tuned for the same noise stands beside them. What is not trained yet is left out.
"""

import sys
from pathlib import Path

import pandas as pd
import torch

from dynnet import walks
from dynnet.checkpoints import load_checkpoint
from dynnet.paper.data.roots import data_root
from dynnet.paper.denoising.evaluation import measured_and_others
from dynnet.paper.denoising.measures import psnr, quality_walk
from dynnet.paper.denoising.mosaics import noisy_mosaic
from dynnet.paper.denoising.recipe import DEMOSAICKING, Recipe
from dynnet.paper.denoising.trained import Trained
from dynnet.paper.locations import CACHE, CHECKPOINTS
from dynnet.paper.recipe import load_recipe

SIGMA, HERE = 0.05, Path(__file__).parent
ALPHAS = (0.35, 0.5, 0.65, 0.8)


def kept(recipe: Recipe, folder: Path, name: str) -> Path:
    return recipe.with_checkpoints().checkpoint_path(folder, name)


def main(folder: Path) -> None:
    torch.set_grad_enabled(False)
    shipped = load_recipe("strangers")
    x, _, source = measured_and_others(shipped, data_root(), CACHE)
    mosaic, main = noisy_mosaic(x, SIGMA, 0), Trained.give(shipped.network(DEMOSAICKING))
    plain = psnr(main(mosaic), x).mean().item()
    rows = []
    for recipe in (shipped, *(load_recipe(path) for path in sorted(HERE.glob("strangers_*.toml")))):
        path = kept(recipe, CHECKPOINTS if recipe is shipped else folder, "denoise")
        if not path.is_file():
            continue
        net = Trained.restored_blocks(load_checkpoint(path), Trained.give(recipe.network(DEMOSAICKING)))
        walk = quality_walk(walks.dynamic(net), mosaic, x, SIGMA, ALPHAS)
        places, steps = len(recipe.demosaicking.blocks_at), recipe.phase(recipe.network("denoise")).steps
        rows.append((recipe.figure, places, steps, walk.psnr.mean(0).max() - plain, walk.at_best.mean() - plain))
    fixed = Trained.restored(load_checkpoint(kept(shipped, CHECKPOINTS, "fixed_005")))
    gain = psnr(fixed(mosaic), x).mean().item() - plain
    rows.append(("fixed_005, all weights", "", shipped.profile.warm.steps, gain, gain))
    columns = ["networks", "blocks", "steps", "gain, one α for all, dB", "gain, an α for each, dB"]
    pd.DataFrame(rows, columns=columns).round(2).to_csv(HERE / "strangers.csv", index=False)
    sys.stdout.write(f"{len(x)} pictures: {source}; the network as it is has {plain:.2f} dB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
