"""Measures both networks of Starry Night through VGG19 itself: measured.csv, sizes.csv, and side_by_side.jpg.

    python docs/starry_night/measure.py VGG19       # an npz of its weights, or `imagenet` for torchvision's
    dynnet status --write                           # puts the table into README.md

`DYNNET_DATA` names the folder with the painting. The photographs are scikit-image's, at two sizes.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import centre_square, jpeg_bytes, to_picture, to_tensor
from dynnet.paper.data.roots import data_root
from dynnet.paper.data.samples import SAMPLE_PICTURES, sample_picture
from dynnet.paper.recipe import load_recipe
from dynnet.paper.render.flicker import flicker
from dynnet.paper.render.networks import network
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg_teachers import vgg19
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.style_pictures import style_tensor
from dynnet.sizes import BlockSizes
from dynnet.walks import alpha_walk

HERE = Path(__file__).parent
NETWORKS = ("starry_night", "starry_night_wide")
ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)
SIDES = (512, 1024)  # pixels
SHOWN, SHOWN_SIDE = ("astronaut", "rocket"), 512
WIDTH, QUALITY = 1000, 75


def photographs(side: int) -> Tensor:
    """(N, 3, side, side) in [0, 1]"""
    return to_tensor(np.stack([centre_square(sample_picture(name), side) for name in SAMPLE_PICTURES]))


def measured(name: str, net: DynamicNet, terms: PerceptualTerms) -> pd.DataFrame:
    """A row per size and alpha: losses through VGG19, and how restless a still scene of that size becomes."""
    tables = []
    for side in SIDES:
        photos = photographs(side)
        table = measure(alpha_walk(net, ALPHAS), photos, terms, batch=1).rename(columns={"setting": "alpha"})
        restless = [flicker(partial(net, alpha=alpha), photos[:1]).ratio for alpha in ALPHAS]
        tables.append(table.assign(network=name, pixels=side, flicker=restless))
    return pd.concat(tables)[["network", "pixels", "alpha", "content", "style", "flicker"]]


def sizes(name: str, net: DynamicNet) -> dict[str, str | float]:
    """How large each block's psi(z) is beside its z, by their root mean squares, on the smaller photographs."""
    photos, found = photographs(SIDES[0]), {}
    with BlockSizes(net) as heard:
        for block in net.names:
            net(photos, alpha={block: 1.0})
            found[block] = heard.total().sqrt().item()
    return {"network": name, **found}


def sheet(nets: dict[str, DynamicNet]) -> np.ndarray:
    """A row per photo and network, a column per alpha."""
    photos = photographs(SHOWN_SIDE)[[SAMPLE_PICTURES.index(name) for name in SHOWN]]
    return np.vstack(
        [np.hstack([to_picture(net(x[None], alpha=a)) for a in ALPHAS]) for x in photos for net in nets.values()]
    )


@torch.no_grad()
def main(weights: str) -> None:
    nets = {name: network(name) for name in NETWORKS}
    style = style_tensor(load_recipe(NETWORKS[0]).styles["default"], data_root())
    terms = PerceptualTerms.of_style(vgg19(weights), style)
    tables = [measured(name, net, terms) for name, net in nets.items()]
    pd.concat(tables).round(3).to_csv(HERE / "measured.csv", index=False)
    pd.DataFrame([sizes(*one) for one in nets.items()]).round(2).to_csv(HERE / "sizes.csv", index=False)
    wide = Image.fromarray(sheet(nets))
    small = wide.resize((WIDTH, round(WIDTH * wide.height / wide.width)), Image.Resampling.LANCZOS)
    (HERE / "side_by_side.jpg").write_bytes(jpeg_bytes(np.asarray(small), QUALITY))


if __name__ == "__main__":
    main(sys.argv[1])
