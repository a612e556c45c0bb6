"""How good a denoised picture is along alpha, which alpha is best, and which one to start from.

Distortion is measured against the photo that the mosaic was made of: PSNR and SSIM. So it judges simulated mosaics, and
not a photo of one's own sensor; `AlphaLine` gives an alpha for that one, from its noise alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.walks import Renderer

Values = NDArray[np.float64]


def psnr(y: Tensor, x: Tensor) -> Tensor:
    """Peak signal to noise ratio in decibel, of pictures in [0, 1]; outside of it they are clamped.

    Shape: (B, C, H, W) both -> (B,). Infinite where they are equal.
    """
    return -10 * (y.clamp(0, 1) - x).square().mean((1, 2, 3)).log10()


def ssim(y: Tensor, x: Tensor) -> Tensor:
    """Structural similarity, 1 at best; clamped likewise. Shape: (B, C, H, W) both -> (B,)."""
    from torchmetrics.functional.image import structural_similarity_index_measure  # slow to import

    return structural_similarity_index_measure(y.clamp(0, 1), x, data_range=1.0, reduction="none").reshape(-1)


def fine_detail(x: Tensor) -> Tensor:
    """How much fine detail a picture has: the deviation of its Laplacian. Shape: (B, C, H, W) -> (B,)."""
    around = x[..., 2:, 1:-1] + x[..., :-2, 1:-1] + x[..., 1:-1, 2:] + x[..., 1:-1, :-2]
    return (around - 4 * x[..., 1:-1, 1:-1]).square().mean((1, 2, 3)).sqrt()


@dataclass(frozen=True, eq=False)
class QualityWalk:
    """Quality of every picture at every alpha, for one amount of noise.

    Attributes:
        sigma: of the noise.
        alphas: (K,), ascending.
        psnr: (N, K) in decibel.
        ssim: (N, K).
    """

    sigma: float
    alphas: Values
    psnr: Values
    ssim: Values

    @property
    def best(self) -> Values:
        """Each picture's alpha of highest PSNR, (N,)."""
        return self.alphas[self.psnr.argmax(1)]

    @property
    def best_between(self) -> Values:
        """The same, and between the alphas too, by `peak`: (N,)."""
        return np.array([peak(self.alphas, values) for values in self.psnr])

    @property
    def best_of_mean(self) -> float:
        """The alpha at which the mean PSNR is highest, by `peak`."""
        return peak(self.alphas, self.psnr.mean(0))

    @property
    def at_best(self) -> Values:
        """PSNR of each picture at its best alpha, (N,)."""
        return self.psnr.max(1)

    def of(self, alpha: float) -> Values:
        """PSNR and SSIM of each picture at one of the alphas, (2, N).

        Raises:
            DynnetError: it was not measured there.
        """
        found = np.flatnonzero(np.isclose(self.alphas, alpha))
        if not len(found):
            raise DynnetError(f"nothing was measured at alpha = {alpha:g}; there are {self.alphas.tolist()}")
        return np.stack([self.psnr[:, found[0]], self.ssim[:, found[0]]])

    def at(self, alpha: float) -> Values:
        """PSNR of each picture at one of the alphas, (N,); raises what `of` does."""
        return self.of(alpha)[0]

    @property
    def table(self) -> pd.DataFrame:
        """Means over the pictures, one row per alpha: sigma, alpha, psnr, ssim."""
        means = {"alpha": self.alphas, "psnr": self.psnr.mean(0), "ssim": self.ssim.mean(0)}
        return pd.DataFrame({"sigma": self.sigma, **means})


@torch.no_grad()
def quality_walk(
    renderer: Renderer,
    mosaics: Tensor,
    photos: Tensor,
    sigma: float,
    alphas: Sequence[float],
    batch: int = 2,
    known: QualityWalk | None = None,
) -> QualityWalk:
    """Has a method make pictures of mosaics at every alpha, and measures them against the photos.

    Args:
        renderer: called with mosaics (B, 3, H, W).
        mosaics, photos: (N, 3, H, W).
        sigma: what noise the mosaics have; only noted.
        batch: how many at a time; few stay in a processor's cache.
        known: a walk of the same mosaics by a method that makes the same pictures at 0 and at 1, as two ways between
            the same two networks do; they are not made again.

    Raises:
        DynnetError: no pictures or no alphas; `known` is of another number of pictures.
    """
    if not len(alphas) or not len(mosaics):
        raise DynnetError(f"a walk takes mosaics and alphas, got {len(mosaics)} and {len(alphas)}")
    if known is not None and len(known.psnr) != len(mosaics):
        raise DynnetError(f"expected a known walk of the same {len(mosaics)} mosaics, got one of {len(known.psnr)}")
    done = {} if known is None else {a: known.of(a) for a in known.alphas.tolist() if a in (0, 1)}
    made = [alpha for alpha in alphas if alpha not in done]
    rows: list[Values] = []
    for mosaic, x in zip(mosaics.split(batch), photos.split(batch), strict=True):
        render = renderer(mosaic)
        pictures = (render(alpha) for alpha in made)
        rows.append(torch.stack([torch.stack([psnr(y, x), ssim(y, x)]) for y in pictures]).double().cpu().numpy())
    columns = done | dict(zip(made, np.concatenate(rows, -1), strict=True))
    values = np.stack([columns[alpha] for alpha in alphas], -1)
    return QualityWalk(sigma, np.asarray(alphas, dtype=float), values[0], values[1])


def peak(x: ArrayLike, y: ArrayLike) -> float:
    """Where a curve through (x, y), (K,) both, x ascending, is highest: of the parabola through the highest point and
    its two neighbours, or that point itself at an end.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    top = int(y.argmax())
    if top in (0, len(x) - 1):
        return float(x[top])
    a, b, _ = np.polyfit(x[top - 1 : top + 2] - x[top], y[top - 1 : top + 2], 2)
    return float(x[top] - b / (2 * a)) if a < 0 else float(x[top])


@dataclass(frozen=True)
class AlphaLine:
    """alpha = slope * (measured sigma) + intercept, kept within [0, highest]: a default for the slider.

    `noise` is what `estimated_sigma` measured.
    """

    slope: float
    intercept: float
    highest: float

    @classmethod
    def fitted(cls, noise: ArrayLike, best: ArrayLike) -> Self:
        """Least squares through (measured noise, best alpha) of other pictures.

        Shape: (N,) both, N at least 2.

        Raises:
            DynnetError: there are fewer, or all have the same noise.
        """
        noise, best = np.asarray(noise, dtype=float), np.asarray(best, dtype=float)
        if noise.shape != best.shape or len(noise) < 2 or np.ptp(noise) == 0:
            raise DynnetError(f"a line takes two noises or more and an alpha for each, got {noise.shape}, {best.shape}")
        slope, intercept = np.polyfit(noise, best, 1)
        return cls(float(slope), float(intercept), float(best.max()))

    def __call__(self, noise: Tensor) -> Tensor:
        """Shape: (B,) -> (B,)."""
        return (self.slope * noise + self.intercept).clamp(0, self.highest)
