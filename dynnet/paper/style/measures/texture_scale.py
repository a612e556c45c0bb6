"""The scale of a style's texture along a walk: the resolution of the style picture that it is most like (Figure 5).

What one sees, the size of tiles or strokes, is neither a frequency of the picture nor of its change: dark lines between
the tiles, and the photo itself, have spectra of their own. Gram matrices know textures. So a rendered picture is held
against the style picture drawn at many resolutions, and the best match is its effective resolution, as an effective
lambda is read off fixed networks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.gram import GramTargets, gram_matrix, gram_targets
from dynnet.paper.walk_checks import steps_wrong
from dynnet.walks import Walk

Ladder = Mapping[float, GramTargets]

SPREAD = (16, 84)  # percentiles: one standard deviation to either side, if it were a normal distribution


@torch.no_grad()
def style_ladder(
    features: nn.Module, draw: Callable[[int], Tensor], resolutions: Iterable[int]
) -> dict[float, dict[str, Tensor]]:
    """{resolution: Gram matrices of the style picture drawn at it}, without the first layer's, which sees colours only.

    Args:
        draw: resolution in pixels -> style picture (1, 3, H, W) in [0, 1].
        resolutions: in pixels, rising.
    """
    ladder = {}
    for resolution in resolutions:
        _, *deeper = gram_targets(features(draw(resolution))).items()
        ladder[float(resolution)] = dict(deeper)
    return ladder


def effective_resolution(features: Mapping[str, Tensor], ladder: Ladder) -> Tensor:
    r"""The resolution whose Gram matrices point most nearly where the picture's do.

    .. math:: \arg\max_r \sum_l \frac{\langle G_l(y), G_l(s_r) \rangle}{\|G_l(y)\| \, \|G_l(s_r)\|}

    between the rungs of the ladder by the parabola through the best rung and its neighbours, in log r. Cosines, because
    the length of a Gram matrix tells how strong a texture is, and not how large.

    Shape: features {layer: (B, C, H, W)} -> one value per picture in pixels, (B,), from the lowest rung to the highest.

    Raises:
        DynnetError: fewer than three rungs.
    """
    if len(ladder) < 3:
        raise DynnetError(f"a ladder needs at least three resolutions, got {list(ladder)}")
    logs = np.log(list(ladder))
    alike = torch.stack([_alike(features, targets) for targets in ladder.values()], 1)  # (B, rungs)
    return torch.tensor([_peak(logs, row) for row in alike.double().cpu().numpy()])


@torch.no_grad()
def measure_scale(walk: Walk, pictures: Tensor, features: nn.Module, ladder: Ladder, batch: int = 4) -> pd.DataFrame:
    """Texture scale along a walk, one row per setting.

    Args:
        pictures: (N, 3, H, W) in [0, 1].

    Returns:
        setting; resolution: geometric mean over the pictures, in pixels; low, high: its 16th and 84th percentile.
    """
    found: dict[Any, list[Tensor]] = defaultdict(list)
    for x in pictures.split(batch):
        for setting, y in walk(x):
            found[setting].append(effective_resolution(features(y), ladder))
    rows = []
    for setting, values in found.items():
        resolutions = torch.cat(values).numpy()
        rows.append((setting, np.exp(np.log(resolutions).mean()), *np.percentile(resolutions, SPREAD)))
    return pd.DataFrame(rows, columns=["setting", "resolution", "low", "high"])


def meaningful_range(points: pd.DataFrame, rising: bool, tolerance: float = 0.01) -> tuple[float, float]:
    """First and last setting of the longest run around 0 over which the resolution goes one way: where alpha works.

    No resolution of the run is behind any before it by more than a factor of 1 + `tolerance`: many small steps the
    wrong way are not forgiven either. Of equally long runs it is the lowest.

    Args:
        points: as `measure_scale` gives them for an `alpha_walk`, in any order.
        rising: whether the resolution is to rise or to fall with the setting.

    Raises:
        DynnetError: no setting is 0.
    """
    points = points.sort_values("setting")
    settings = points["setting"].to_numpy(dtype=float)
    around = np.flatnonzero(np.isclose(settings, 0))
    if not len(around):
        raise DynnetError(f"the range is one around setting 0, got settings {settings.tolist()}: let the walk visit 0")
    zero = around[0]
    logs = np.log(points["resolution"].to_numpy(dtype=float)) * (1 if rising else -1)
    runs = [
        (first, last)
        for first, last in product(range(zero + 1), range(zero, len(logs)))
        if _behind(logs[first : last + 1]) <= np.log1p(tolerance)
    ]
    first, last = max(runs, key=lambda run: run[1] - run[0])
    return float(settings[first]), float(settings[last])


def scale_numbers(one_set: pd.DataFrame, dual: pd.DataFrame) -> dict[str, float]:
    """What decides the claims about texture scale past the ends of a walk (section 4.1, Figure 5).

    Args:
        one_set, dual: as `measure_scale` gives them; with stops at -0.5, 0, 1 and 2, and of `dual` at -1, too.

    Returns:
        interpolation: steps between 0 and 1 at which the resolution rises by more than 1 %.
        trained, finer, coarser, dual_coarser: the resolution at 1 over that at 0, at 2 over 1, at -0.5 over 0, and of
            `dual` at -1 over 0.
        from, to, dual_from, dual_to: the ends of `meaningful_range`.

    Raises:
        DynnetError: a stop is missing.
    """
    at, dual_at = _at(one_set), _at(dual)
    inside = one_set[one_set["setting"].between(0, 1)].sort_values("setting")
    (low, high), (dual_low, dual_high) = (meaningful_range(points, rising=False) for points in (one_set, dual))
    return {
        "interpolation": steps_wrong(inside["resolution"], rising=False),
        "trained": at(1) / at(0),
        "finer": at(2) / at(1),
        "coarser": at(-0.5) / at(0),
        "dual_coarser": dual_at(-1) / dual_at(0),
        "from": low,
        "to": high,
        "dual_from": dual_low,
        "dual_to": dual_high,
    }


def _at(points: pd.DataFrame) -> Callable[[float], float]:
    """setting -> resolution there."""

    def resolution(setting: float) -> float:
        found = points.loc[np.isclose(points["setting"], setting), "resolution"]
        if found.empty:
            raise DynnetError(
                f"the walk does not stop at {setting:g}, got {points['setting'].tolist()}: let it stop there"
            )
        return float(found.iloc[0])

    return resolution


def _behind(values: np.ndarray) -> float:
    """How far a sequence that should rise is behind its highest value so far, at worst."""
    return float((np.maximum.accumulate(values) - values).max())


def _alike(features: Mapping[str, Tensor], targets: GramTargets) -> Tensor:
    """Sum over layers of the cosine between Gram matrices: (B,)."""
    cosines = []
    for layer, target in targets.items():
        gram = gram_matrix(features[layer])
        cosines.append(torch.cosine_similarity(gram.flatten(1), target.flatten(1)))
    return torch.stack(cosines).sum(0)


def _peak(logs: np.ndarray, heights: np.ndarray) -> float:
    best = int(heights.argmax())
    if best in (0, len(logs) - 1):
        return float(np.exp(logs[best]))
    near = slice(best - 1, best + 2)
    square, slope, _ = np.polyfit(logs[near] - logs[best], heights[near], 2)
    return float(np.exp(logs[best] - slope / (2 * square)))
