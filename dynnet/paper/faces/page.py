"""Figure 6 on the page: faces, and a slider for the hair and one for the smile."""

import copy
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from dynnet.joining import join
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.faces.network import Generator
from dynnet.paper.locations import FIGURES
from dynnet.paper.page.chart import Chart, curve
from dynnet.paper.page.graphs import Inputs, staged
from dynnet.paper.page.part import Part, data_uri
from dynnet.paper.run import load
from dynnet.paper.show.plots import sheet

_SETS = ("blond", "smiling")  # on one main network
_FINENESS = (60.0, 28.0)


@torch.no_grad()
def part(cache: Path) -> Part:
    """The network of dark-haired faces with both sets of blocks, and their measured scores."""
    trained = load("fig6")
    net = copy.deepcopy(join({name: trained.dynamic[name] for name in _SETS}))
    _fold(net.main)
    draws = torch.Generator().manual_seed(0)
    latents = torch.randn(72, net.main.latent, generator=draws)
    networks = {"faces": staged(net, Inputs(latents[:64], latents[64:], _FINENESS), cache)}
    table = pd.read_csv(FIGURES / "fig6.csv")
    rows = table[table.way == "Dynamic-Net"].assign(x=lambda rows: rows.alpha)
    names = {"blond": "blond hair", "smiling": "smiling"}
    curves = [curve(names[s], rows[rows.blocks == s], "x", "score", "alpha", follows=s) for s in _SETS]
    label = "How sure a classifier is of blond hair and of a smile, against alpha"
    shown = [net(latents[64:69], alpha={"blond": alpha}) for alpha in (0.0, 1.0)]
    grid = to_picture(sheet(torch.cat(shown), columns=5, gap=0))
    alt = "Five generated faces with dark hair, and below them the same with blond hair"
    strips = {"fig6": (data_uri(jpeg_bytes(grid, 72)), alt)}
    charts = {"fig6": [Chart(label, "α", "classifier’s score", curves)]}
    return Part(networks, {"latent": net.main.latent}, charts=charts, strips=strips)


def _fold(generator: Generator) -> None:
    """Takes each BatchNorm into the convolution before it, as the export would do after the weights were rounded."""
    for layer in generator.children():
        if isinstance(layer.norm, nn.BatchNorm2d):
            layer.conv = fuse_conv_bn_eval(layer.conv, layer.norm, transpose=True)
            layer.norm = nn.Identity()
