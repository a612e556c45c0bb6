"""Quality of completed faces along a walk: distortion and realism in the hole (section 4.3, Figure 7).

Distortion compares with the true picture under the hole. Realism does not know that picture: it asks a critic, a patch
discriminator that was trained afterwards, on real against completed faces, and that no completion net has ever seen.
The two are the axes of the perception-distortion plane (Blau and Michaeli 2018).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.completion.holes import with_hole, with_mask
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.walks import Renderer

_RADIUS = 5  # pixels, of torchmetrics' SSIM window: 3.5 standard deviations of 1.5


@dataclass(frozen=True, eq=False)
class CompletionWalk:
    """Every measure of every face at every setting.

    Attributes:
        settings: (K,), alphas or lambdas.
        l1: (N, K), mean absolute error in the hole; 0 is perfect.
        psnr: (N, K) in decibel; infinite where the hole is perfect.
        ssim: (N, K), 1 is perfect.
        realism: (N, K), the critic's mean logit; higher is more real.
        names: the measures.
    """

    names: ClassVar[tuple[str, ...]] = ("l1", "psnr", "ssim", "realism")

    settings: NDArray[np.float64]
    l1: NDArray[np.float64]
    psnr: NDArray[np.float64]
    ssim: NDArray[np.float64]
    realism: NDArray[np.float64]

    def first(self, count: int) -> Self:
        """The walk of its first `count` faces, to compare with walks that were measured on these alone."""
        return replace(self, **{name: getattr(self, name)[:count] for name in self.names})

    @property
    def means(self) -> pd.DataFrame:
        """Means over the faces: one row per setting, with the columns `setting` and `names`."""
        return pd.DataFrame({"setting": self.settings, **{name: getattr(self, name).mean(0) for name in self.names}})


@torch.no_grad()
def completion_walk(
    renderer: Renderer,
    pictures: Tensor,
    masks: Tensor,
    settings: Iterable[float],
    critic: PatchDiscriminator,
    batch: int = 8,
) -> CompletionWalk:
    """Cuts holes into faces, has a method fill them at each setting, and measures what it drew.

    Args:
        renderer: of a Dynamic-Net (`walks.dynamic`), of an image interpolation (`walks.interpolation`), or of fixed
            networks (`lambda x: lambda setting: networks[setting](x)`); called with pictures with holes (B, 4, H, W).
        pictures: (N, 3, H, W) in [0, 1].
        masks: (N, 1, H, W) or, one for all, (1, 1, H, W); 1 in the hole, 0 outside.

    Raises:
        DynnetError: no pictures or no settings; another number of masks; what `hole_quality` refuses.
    """
    settings = list(settings)
    if not settings:
        raise DynnetError("a walk is measured at one setting or more, got none; give it alphas, such as 0, 0.5 and 1")
    parts = []
    for target, mask in _batches(pictures, masks, batch):
        render = renderer(with_hole(target, mask))
        parts.append(torch.stack([_measured(render(setting), target, mask, critic) for setting in settings], -1))
    measured = torch.cat(parts, 1).double().cpu().numpy()  # (measures, N, K)
    return CompletionWalk(np.array(settings, dtype=float), *measured)


@torch.no_grad()
def completed(renderer: Renderer, pictures: Tensor, masks: Tensor, setting: float, batch: int = 8) -> Tensor:
    """The completed faces themselves, (N, 3, H, W), for what is measured of a whole set, such as KID.

    Arguments and errors are those of `completion_walk`.
    """
    return torch.cat([renderer(with_hole(x, mask))(setting) for x, mask in _batches(pictures, masks, batch)])


def hole_quality(y: Tensor, target: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """How near a completion is to the true picture, in the hole alone: `l1`, `psnr` and `ssim`, each (B,).

    L1 and PSNR (in decibel, infinite for a perfect hole) are means over the hole's pixels and colours. SSIM is the mean
    over the windows, 11 pixels wide, whose centres lie in the hole; those at its rim see how it joins the face.

    Shape: y and target (B, 3, H, W) in [0, 1], H and W above 5; mask (B, 1, H, W) or (1, 1, H, W), 1 in the hole and 0
    outside.

    Raises:
        DynnetError: other shapes, or a mask without a hole.
    """
    l1 = hole_l1(y, target, mask)  # first: it checks the shapes
    if min(y.shape[2:]) <= _RADIUS:
        raise DynnetError(f"SSIM takes pictures (B, 3, H, W) with H, W > {_RADIUS}, got {tuple(y.shape)}")
    hole = (mask > 0.5).expand(len(y), -1, -1, -1)
    return {"l1": l1, "psnr": _psnr(y, target, hole), "ssim": _ssim(y, target, hole)}


def realism(critic: PatchDiscriminator, y: Tensor, mask: Tensor) -> Tensor:
    r"""How real a critic finds the completed part of a picture.

    .. math:: \frac{1}{|P|} \sum_{p \in P} D_p(y), \quad P = \text{the patches that see the hole}

    They are what the discriminators are trained on; all others are real in every method's pictures. D is the logit and
    not its probability: it estimates a log-density ratio, whose mean says something, while the probabilities of a
    critic that mostly tells the two apart are all near 0 and lose their differences. Compare values of one critic only.

    Args:
        critic: trained afterwards on real and completed faces of all methods to be compared, and on nothing else.

    Shape: y (B, 3, H, W) in [0, 1], mask (B, 1, H, W) or (1, 1, H, W) -> (B,).

    Raises:
        DynnetError: a mask whose hole no patch sees.
    """
    seen = critic.patch_share(mask) > 0
    if not seen.flatten(1).any(1).all():
        raise DynnetError("no patch of the critic sees the hole; give every picture a mask with a hole in it")
    logits = critic(with_mask(y, mask))
    return (logits * seen).flatten(1).sum(1) / seen.flatten(1).sum(1)


def _batches(pictures: Tensor, masks: Tensor, batch: int) -> Iterable[tuple[Tensor, Tensor]]:
    if not len(pictures) or len(masks) not in (1, len(pictures)):
        raise DynnetError(
            "faces are completed one or more at a time, with one mask for all or one for each; "
            f"got {len(pictures)} pictures and {len(masks)} masks"
        )
    masks = masks.expand(len(pictures), -1, -1, -1)
    return zip(pictures.split(batch), masks.split(batch), strict=True)


def _measured(y: Tensor, target: Tensor, mask: Tensor, critic: PatchDiscriminator) -> Tensor:
    """(measures, B), in the order of `CompletionWalk.names`."""
    measures = hole_quality(y, target, mask) | {"realism": realism(critic, y, mask)}
    return torch.stack([measures[name] for name in CompletionWalk.names])


def _psnr(y: Tensor, target: Tensor, hole: Tensor) -> Tensor:
    from torchmetrics.functional.image import peak_signal_noise_ratio  # slow to import

    holes = [(a[:, inside], b[:, inside]) for a, b, inside in zip(y, target, hole[:, 0], strict=True)]
    return torch.stack([peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in holes])


def _ssim(y: Tensor, target: Tensor, hole: Tensor) -> Tensor:
    from torchmetrics.functional.image import structural_similarity_index_measure  # slow to import

    box = (..., *_around(hole))  # the rest would be computed for nothing
    _, windows = structural_similarity_index_measure(y[box], target[box], data_range=1.0, return_full_image=True)
    centres = hole[box].expand_as(windows)
    return (windows * centres).flatten(1).sum(1) / centres.flatten(1).sum(1)


def _around(hole: Tensor) -> tuple[slice, slice]:
    """Rows and columns of all that the windows see whose centres lie in a hole of the batch."""
    anywhere = hole.flatten(0, 1).any(0)
    spans = [torch.nonzero(anywhere.any(axis)).flatten() for axis in (1, 0)]
    return tuple(slice(max(0, int(span[0]) - _RADIUS), int(span[-1]) + _RADIUS + 1) for span in spans)
