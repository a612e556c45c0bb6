"""Measures what was tried for the slider's default alpha, on the pictures of its notebook, and writes default.csv.

    python docs/remedies/measure_default.py    # from the shipped networks
    dynnet status --write                      # puts the table into README.md

An estimate of the noise, and a way to fit an alpha to it on other photos, make a default. What ships comes first. The
one before it was the Laplacian's; which of the others to take was decided on photos that the notebook does not measure.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from dynnet import paper, walks
from dynnet.paper.data.roots import data_root
from dynnet.paper.denoising.evaluation import measured_and_others
from dynnet.paper.denoising.measures import AlphaLine, QualityWalk, quality_walk
from dynnet.paper.denoising.mosaics import estimated_sigma, noisy_mosaic
from dynnet.paper.locations import CACHE

Values = NDArray[np.float64]
Default = Callable[[Tensor], Values]
Estimate = Callable[[Tensor], Tensor]
LAPLACIAN = torch.tensor([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]]) / 6  # keeps white noise's deviation
BENDS = 101  # noises at which a line that is searched for may leave 0, or reach the highest alpha


def laplacian(mosaic: Tensor) -> Tensor:
    """What a Laplacian leaves of each colour (Immerkaer 1996): (B, 3, H, W) -> powers (B, 4, H / 2 - 2, W / 2 - 2)."""
    colours = [mosaic[:, 1, ::2, ::2], mosaic[:, 0, ::2, 1::2], mosaic[:, 2, 1::2, ::2], mosaic[:, 1, 1::2, 1::2]]
    return F.conv2d(torch.stack(colours, 1), LAPLACIAN.expand(4, 1, 3, 3), groups=4).square()


def quietest_patches(mosaic: Tensor) -> Tensor:
    """The estimate as it was: the deviation in the twentieth part of patches of 8 x 8 that has the least."""
    return F.avg_pool2d(laplacian(mosaic), 8, 4).flatten(1).quantile(0.05, dim=1).sqrt()


def texture(mosaic: Tensor) -> Tensor:
    """The deviation everywhere: of noise, and of what is as fine."""
    return laplacian(mosaic).mean((1, 2, 3)).sqrt()


def nearest(estimate: Estimate) -> Callable[[list[Tensor], list[QualityWalk]], Default]:
    """The line that comes nearest to the best alphas."""

    def fitted(mosaics: list[Tensor], measured: list[QualityWalk]) -> Default:
        best = np.concatenate([walk.best_between for walk in measured])
        line = AlphaLine.fitted(torch.cat([estimate(mosaic) for mosaic in mosaics]), best)
        return lambda mosaic: line(estimate(mosaic)).numpy()

    return fitted


def most_quality(estimate: Estimate) -> Callable[[list[Tensor], list[QualityWalk]], Default]:
    """The line under which the other photos have the highest mean PSNR."""

    def fitted(mosaics: list[Tensor], measured: list[QualityWalk]) -> Default:
        noise = torch.cat([estimate(mosaic) for mosaic in mosaics]).double().numpy()
        quality, alphas = np.concatenate([walk.psnr for walk in measured]), measured[0].alphas
        marks = np.linspace(0, 1.25 * noise.max(), BENDS)
        starts, ends = (marks[places] for places in np.triu_indices(BENDS, 1))
        chosen = ((noise[:, None] - starts) / (ends - starts)).clip(0, 1) * alphas[-1]
        top = np.mean([np.interp(a, alphas, q) for a, q in zip(chosen, quality, strict=True)], 0).argmax()
        start, end = starts[top], ends[top]
        return lambda mosaic: ((estimate(mosaic).double().numpy() - start) / (end - start)).clip(0, 1) * alphas[-1]

    return fitted


def with_texture(estimate: Estimate) -> Callable[[list[Tensor], list[QualityWalk]], Default]:
    """The plane over noise and texture that comes nearest to the best alphas."""

    def measures(mosaic: Tensor) -> Values:
        return torch.stack([estimate(mosaic), texture(mosaic), torch.ones(len(mosaic))], 1).double().numpy()

    def fitted(mosaics: list[Tensor], measured: list[QualityWalk]) -> Default:
        best = np.concatenate([walk.best_between for walk in measured])
        plane = np.linalg.lstsq(np.concatenate([measures(mosaic) for mosaic in mosaics]), best)[0]
        return lambda mosaic: (measures(mosaic) @ plane).clip(0, best.max())

    return fitted


TRIED = {
    ("smallest eigenvalue of the quietest squares", "nearest to the best α"): nearest(estimated_sigma),
    ("Laplacian in the quietest patches", "nearest to the best α"): nearest(quietest_patches),
    ("Laplacian in the quietest patches", "highest mean PSNR"): most_quality(quietest_patches),
    ("smallest eigenvalue of the quietest squares", "highest mean PSNR"): most_quality(estimated_sigma),
    ("smallest eigenvalue, and the texture everywhere", "nearest to the best α"): with_texture(estimated_sigma),
}


def reached(default: Default, mosaic: Tensor, walk: QualityWalk) -> tuple[float, float]:
    """(gain at the default, gain at each picture's best alpha) over the network as it is, dB; PSNR straight between."""
    chosen = zip(default(mosaic), walk.psnr, strict=True)
    start = walk.at(0.0).mean()
    return np.mean([np.interp(a, walk.alphas, q) for a, q in chosen]) - start, walk.at_best.mean() - start


def tried(mosaics: list[Tensor], measured: list[QualityWalk], others: list[Tensor], known: list[QualityWalk]) -> None:
    """Writes default.csv, from walks along alpha of the notebook's pictures and of the other photos."""
    rows = []
    for (estimate, fit), method in TRIED.items():
        default = method(others, known)
        row = {"noise measured by": estimate, "fit": fit}
        for mosaic, walk in zip(mosaics, measured, strict=True):
            gain, best = reached(default, mosaic, walk)
            row |= (
                {f"share at σ = {walk.sigma:g}": gain / best} if walk.sigma else {"cost without noise, dB": best - gain}
            )
        rows.append(row)
    pd.DataFrame(rows).round(2).to_csv(Path(__file__).with_name("default.csv"), index=False)


def main() -> None:
    torch.set_grad_enabled(False)
    shipped = paper.load("strangers")
    recipe, slider = shipped.recipe, walks.dynamic(shipped.dynamic["denoise"])
    pictures, photos, source = measured_and_others(recipe, data_root(), CACHE)
    sigmas, alphas = recipe.demosaicking.sigmas, recipe.profile.evaluation.alphas
    both = []
    for x, seed in ((pictures, recipe.seed), (photos, recipe.seed + 1)):
        mosaics = [noisy_mosaic(x, sigma, seed) for sigma in sigmas]
        pairs = zip(sigmas, mosaics, strict=True)
        both += [mosaics, [quality_walk(slider, mosaic, x, sigma, alphas) for sigma, mosaic in pairs]]
    tried(*both)
    sys.stdout.write(f"{len(pictures)} pictures: {source}\n")


if __name__ == "__main__":
    main()
