"""The style figures on the page: 1 and 3, 4, 5 and 8."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import centre_square, jpeg_bytes, to_tensor
from dynnet.paper.data.samples import sample_crops, sample_picture
from dynnet.paper.locations import FIGURES
from dynnet.paper.page.graphs import Inputs, plain, staged
from dynnet.paper.page.part import Part, series, strip
from dynnet.paper.run import load
from dynnet.paper.style.losses.gram import gram_matrix
from dynnet.paper.style.losses.perceptual import CONTENT_TAP, PerceptualTerms
from dynnet.paper.style.losses.vgg19_lite import LITE_TAPS
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.network import MARGIN, MULTIPLE
from dynnet.walks import alpha_walk

_PHOTOS = {  # in the public domain or CC0, says scikit-image's list of their origins
    "chelsea": "a tabby cat looking into the camera",
    "coffee": "a cup of coffee on a wooden table",
    "astronaut": "an astronaut in an orange suit, smiling",
    "rocket": "a rocket taking off from its launch pad",
}
_PAIRS = {"glass_knife": ("stained glass", "palette knife"), "marbling_mosaic": ("marbling", "mosaic")}
_PAIRS |= {"starry_gogh": ("The Starry Night", "a self-portrait of van Gogh's")}
_WALK = (0.0, 0.25, 0.5, 0.75, 1.0)
FINENESS = (24.0, 20.0)  # of the grids of main networks and blocks
_LOSS_ERROR = 0.02  # of features; the losses, which are sums over many, hardly move


class Measures(nn.Module):
    """What the losses of a picture are computed from: (B, 3, H, W) -> features for content, Gram matrices for style."""

    def __init__(self, features: nn.Module):
        super().__init__()
        self.features = features

    def forward(self, y: Tensor) -> tuple[Tensor, ...]:
        found = self.features(y)
        return found[CONTENT_TAP], *(gram_matrix(found[tap]) for tap in LITE_TAPS)


@torch.no_grad()
def part(cache: Path) -> Part:
    """Networks, losses, measured curves, photos and strips of the style figures."""
    crops = to_tensor(sample_crops(2, 128))
    x = to_tensor(centre_square(sample_picture("chelsea"), 128))
    inputs = Inputs(crops, x, FINENESS)
    fig3, starry, fig4, fig5, fig8 = (load(name) for name in ("fig3", "starry_night", "fig4", "fig5", "fig8"))
    nets = {"glass": fig3.dynamic["blocks"], "starry": starry.dynamic["blocks"]}
    nets |= {name: fig4.dynamic[name] for name in _PAIRS} | {"dual": fig5.dynamic["dual"]}
    nets |= {name: fig8.dynamic[name] for name in ("A_to_C", "B_to_A")}
    outputs = ("content", *(f"gram_{tap}" for tap in LITE_TAPS))
    networks = {"glass": staged(nets["glass"], inputs, cache, multiple=MULTIPLE)}
    networks["losses"] = plain(Measures(fig3.terms.features), Inputs(crops, x), outputs, cache, _LOSS_ERROR)
    networks |= {f"{n}.map": staged(nets[n], inputs, cache, "map", MULTIPLE) for n in ("glass", "starry")}
    networks |= {name: staged(net, inputs, cache, multiple=MULTIPLE) for name, net in nets.items()}
    data = {
        "margin": MARGIN,
        "multiple": MULTIPLE,
        "photos": list(_PHOTOS.values()),
        "pairs": {name: list(ends) for name, ends in _PAIRS.items()},
        "fig3": _fig3(),
        "starry": [_on_the_photos(nets["starry"], starry.terms)],
        "fig4": {name: _fig4(name) for name in _PAIRS},
        "fig5": _fig5(),
        "fig8": _fig8(),
    }
    tensors = {f"{style}.targets": _targets(one.terms) for style, one in (("glass", fig3), ("starry", starry))}
    pictures = {"photos.files": [_photo(name) for name in _PHOTOS]}
    return Part(networks, data, tensors, pictures, _strips(nets, x))


def _photo(name: str) -> bytes:
    picture = sample_picture(name)
    return jpeg_bytes(centre_square(picture, min(512, *picture.shape[:2])), 82)


def _targets(terms: PerceptualTerms) -> list[np.ndarray]:
    """The upper triangles of a style's Gram matrices."""
    return [gram[0][np.triu_indices(gram.shape[-1])].numpy() for gram in terms.targets.values()]


def _on_the_photos(net: DynamicNet, terms: PerceptualTerms) -> dict[str, Any]:
    """The walk of a network that no figure measures, as means over the page's own photos."""
    photos = torch.cat([to_tensor(centre_square(sample_picture(name), 256)) for name in _PHOTOS])
    walk = measure(alpha_walk(net, np.linspace(0, 1, 6).tolist()), photos, terms)
    return series("Dynamic-Net, mean of the four photos", walk, "content", "style")


def _table(figure: str) -> pd.DataFrame:
    return pd.read_csv(FIGURES / f"{figure}.csv")


def _fig3() -> list[dict[str, Any]]:
    by_method = dict(tuple(_table("fig3").groupby("method")))
    names = {"dynamic": "Dynamic-Net", "interpolation": "image interpolation", "fixed": "networks of one λ each"}
    return [series(name, by_method[method], "content", "style") for method, name in names.items()]


def _fig4(pair: str) -> list[dict[str, Any]]:
    table = _table("fig4").query("pair == @pair")
    return [
        series(method, table.query("method == @method"), "share_a", "share_b")
        for method in ("Dynamic-Net", "image interpolation")
    ]


def _fig5() -> list[dict[str, Any]]:
    return [
        series(form, rows.assign(alpha=rows.setting), "alpha", "resolution")
        for form, rows in _table("fig5").groupby("form", sort=False)
    ]


def _fig8() -> list[dict[str, Any]]:
    return [series(walk, rows, "content", "style") for walk, rows in _table("fig8").groupby("walk", sort=False)]


def _strips(nets: dict[str, DynamicNet], x: Tensor) -> dict[str, tuple[str, str]]:
    said = {
        "fig3": ("glass", _WALK, "A cat, painted like stained glass ever more from α = 0 to α = 1"),
        "fig4": ("glass_knife", _WALK, "A cat that goes from stained glass to palette knife strokes"),
        "fig8": ("A_to_C", _WALK, "A cat in full style that should become a photo again, and does not quite"),
    }
    found = {figure: (strip(nets[name], x, alphas), alt) for figure, (name, alphas, alt) in said.items()}
    finer = [{"finer": max(alpha, 0.0), "coarser": max(-alpha, 0.0)} for alpha in (-1.0, 0.0, 0.5, 1.0, 1.5)]
    return found | {
        "fig5": (strip(nets["dual"], x, finer), "A cat in mosaic, of large tiles first and ever smaller ones")
    }
