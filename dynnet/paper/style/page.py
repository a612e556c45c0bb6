"""The style figures on the page: 1 and 3, 4, 5 and 8."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import centre_square, jpeg_bytes, to_tensor
from dynnet.paper.data.samples import sample_crops, sample_picture
from dynnet.paper.locations import FIGURES
from dynnet.paper.page.chart import Chart, Curve, curve
from dynnet.paper.page.graphs import Inputs, plain, staged
from dynnet.paper.page.part import Part, strip
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
_LOSS_ERROR = 0.02


class Measures(nn.Module):
    """(1, 3, H, W) -> features, whose mean squared distance is the content loss, and the loss of each style, (1,)."""

    def __init__(self, styles: Sequence[PerceptualTerms]):
        super().__init__()
        self.features = styles[0].features
        for i, style in enumerate(styles):
            for tap, gram in style.targets.items():
                self.register_buffer(f"style{i}_{tap}", _upper(gram))
        self.count = len(styles)

    def forward(self, y: Tensor) -> tuple[Tensor, ...]:
        found = self.features(y)
        grams = {tap: _upper(gram_matrix(found[tap])) for tap in LITE_TAPS}
        return found[CONTENT_TAP], *(self._loss(grams, i) for i in range(self.count))

    def _loss(self, grams: Mapping[str, Tensor], i: int) -> Tensor:
        targets = {tap: self.get_buffer(f"style{i}_{tap}") for tap in grams}
        return torch.stack([(gram - targets[tap]).square().sum((1, 2)) for tap, gram in grams.items()]).sum(0)


def _upper(gram: Tensor) -> Tensor:
    """A symmetric (1, C, C) with zeros, which take no room, below its diagonal.

    Squares of such a matrix sum up to what those of the whole one are on the mean.
    """
    return (2**0.5 * gram.triu(1) + gram.triu().tril()) / gram.shape[-1]


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
    measures = Measures([fig3.terms, starry.terms])
    for loss, one in zip(measures(x)[1:], (fig3, starry), strict=True):
        torch.testing.assert_close(loss, one.terms(x, x)["style"])
    networks = {"glass": staged(nets["glass"], inputs, cache, multiple=MULTIPLE)}
    networks["losses"] = plain(measures, Inputs(crops, x), ("content", "glass", "starry"), cache, _LOSS_ERROR)
    networks |= {f"{n}.map": staged(nets[n], inputs, cache, "map", MULTIPLE) for n in ("glass", "starry")}
    networks |= {name: staged(net, inputs, cache, multiple=MULTIPLE) for name, net in nets.items()}
    data = {"margin": MARGIN, "multiple": MULTIPLE, "pairs": _PAIRS}
    pictures = {"photos": {alt: _photo(name) for name, alt in _PHOTOS.items()}}
    charts = {"fig3": _fig3(_on_the_photos(nets["starry"], starry.terms)), "fig4": [_fig4(name) for name in _PAIRS]}
    charts |= {"fig5": [_fig5()], "fig8": [_fig8()]}
    return Part(networks, data, pictures, charts, _strips(nets, x))


def _photo(name: str) -> bytes:
    picture = sample_picture(name)
    return jpeg_bytes(centre_square(picture, min(512, *picture.shape[:2])), 82)


def _on_the_photos(net: DynamicNet, terms: PerceptualTerms) -> Curve:
    """The walk of a network that no figure measures, as means over the page's own photos."""
    photos = torch.cat([to_tensor(centre_square(sample_picture(name), 256)) for name in _PHOTOS])
    walk = measure(alpha_walk(net, np.linspace(0, 1, 6).tolist()), photos, terms)
    return curve("Dynamic-Net, mean of the four photos", walk, "content", "style", follows="")


def _table(figure: str) -> pd.DataFrame:
    return pd.read_csv(FIGURES / f"{figure}.csv")


def _fig3(starry: Curve) -> list[Chart]:
    by_method = dict(tuple(_table("fig3").groupby("method")))
    names = {"dynamic": "Dynamic-Net", "interpolation": "image interpolation", "fixed": "networks of one λ each"}
    glass = [
        curve(name, by_method[method], "content", "style", follows="", crosses=method == "fixed")
        for method, name in names.items()
    ]
    label = "Content loss and style loss, measured"
    styles = {"glass": glass, "starry": [starry]}
    return [
        Chart(label, "content loss", "style loss", curves, log=True, when=style, own="this picture")
        for style, curves in styles.items()
    ]


def _fig4(pair: str) -> Chart:
    table = _table("fig4").query("pair == @pair")
    curves = [
        curve(method, table.query("method == @method"), "share_a", "share_b")
        for method in ("Dynamic-Net", "image interpolation")
    ]
    label = "Share of the style losses of both ends that is left, of the Dynamic-Net and of image interpolation"
    x, y = (f"loss of {end}, end = 1" for end in _PAIRS[pair])
    return Chart(label, x, y, curves, log=True, when=pair)


def _fig5() -> Chart:
    forms = _table("fig5").assign(alpha=lambda table: table.setting).groupby("form", sort=False)
    label = "Resolution of the style picture that the texture looks like, against alpha"
    return Chart(label, "α", "resolution, pixels", [curve(form, rows, "alpha", "resolution") for form, rows in forms])


def _fig8() -> Chart:
    walks = dict(tuple(_table("fig8").groupby("walk")))
    order = {"blue": "blue: B to A", "red": "red: A to C", "green": "green: A to the input"}
    curves = [curve(name, walks[walk], "content", "style") for name, walk in order.items()]
    return Chart("Content loss and style loss of the three walks", "content loss", "style loss", curves, log=True)


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
