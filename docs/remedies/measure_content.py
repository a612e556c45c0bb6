"""Measures the remedies for the style network's walk towards the photo as its notebook measures it; writes content.csv.

    python docs/remedies/measure_content.py FOLDER    # as measure.py
    dynnet status --write                             # puts the table into README.md

The shipped blocks first, then every remedy; what is not trained yet is left out.
"""

import sys
from pathlib import Path

import pandas as pd
import torch

from dynnet import walks
from dynnet.checkpoints import load_checkpoint
from dynnet.paper.data.evaluation_pictures import evaluation_pictures
from dynnet.paper.data.roots import data_root
from dynnet.paper.denoising.recipe import STYLISATION
from dynnet.paper.denoising.styles import style_terms
from dynnet.paper.denoising.trained import Trained
from dynnet.paper.locations import CACHE, CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.style.measures.objective_space import measure

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    torch.set_grad_enabled(False)
    shipped = load_recipe("strangers")
    spec, held_out = shipped.profile.evaluation, shipped.profile.style_photos.held_out
    photos, source = evaluation_pictures(spec.style_pictures, spec.style_size, data_root(), CACHE, held_out)
    stylist = Trained.give(shipped.network(STYLISATION))
    (terms,) = style_terms(stylist(photos))
    rows = []
    for recipe in (shipped, *(load_recipe(path) for path in sorted(HERE.glob("content_*.toml")))):
        path = recipe.with_checkpoints().checkpoint_path(CHECKPOINTS if recipe is shipped else folder, "content")
        if not path.is_file():
            continue
        net = Trained.restored_blocks(load_checkpoint(path), stylist)
        walk = walks.walk(walks.dynamic(net), spec.shares)
        losses = measure(walk, photos, terms, batch=1).set_index("setting").content
        rows.append((recipe.figure, *losses.round(2), int((losses.diff().iloc[1:] >= 0).sum())))
    columns = [
        "networks",
        *(f"content loss at α = {share:g}" for share in spec.shares),
        "steps at which it does not fall",
    ]
    pd.DataFrame(rows, columns=columns).to_csv(HERE / "content.csv", index=False)
    sys.stdout.write(f"{len(photos)} pictures: {source}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
