"""The numbers that decide the claims about faces and their attributes (section 4.2, Figure 6)."""

from collections.abc import Callable, Mapping

import pandas as pd
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.faces.aims import DYNAMIC, PIXELS, Aim
from dynnet.paper.faces.attribute_walk import AttributeWalk
from dynnet.paper.faces.kid import face_features, kid
from dynnet.paper.walk_checks import steps_wrong

ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)  # where KID is taken
SUBSET = 500  # faces of one subset of KID, at most
_BATCH = 256


def walk_numbers(aim: Aim, walk: AttributeWalk, over_room: bool = False) -> dict[str, float]:
    """What one walk brings about.

    Args:
        over_room: `rise` as a share of what is left above the first score, for an attribute that most faces have.

    Returns:
        rise: of the mean score; wrong: steps at which it falls, by more than 1 % of itself; faces: share of the single
        faces that move one way.
    """
    scores = aim.scores(walk)
    return {
        "rise": aim.rise(walk) / (1 - scores[0]) if over_room else aim.rise(walk),
        "wrong": steps_wrong(scores, rising=True),
        "faces": aim.monotone_share(walk),
    }


@torch.no_grad()
def kid_walk(
    net: DynamicNet, codes: Tensor, features: Callable[[Tensor], Tensor], main: Tensor, blocks: Tensor
) -> pd.DataFrame:
    """KID of a Dynamic-Net's faces to real ones, along alpha.

    Args:
        codes: (N, latent).
        features: of a face classifier; see `face_features`.
        main, blocks: real faces (M, 3, H, W) in [0, 1] as the main network and the blocks were trained on.

    Returns:
        A row for each alpha (the index), KID to `main's faces` and to `blocks' faces`; at 0.5 also to both together,
        where a face half way belongs: `both, Dynamic-Net`, and of a cross-fade of its own two ends, `both, pixel
        interpolation`.
    """
    reals = {"main's faces": face_features(features, main), "blocks' faces": face_features(features, blocks)}
    size = min(SUBSET, *(len(x) // 2 for x in (codes, *reals.values())))
    faces = {alpha: torch.cat([net(z, alpha=alpha) for z in codes.split(_BATCH)]) for alpha in ALPHAS}
    fakes = {alpha: face_features(features, made) for alpha, made in faces.items()}
    table = pd.DataFrame(
        {to: [kid(fakes[alpha], real, size)[0] for alpha in ALPHAS] for to, real in reals.items()},
        index=pd.Index(ALPHAS, name="alpha"),
    )
    together = torch.cat([*reals.values()])
    mixed = face_features(features, (faces[0.0] + faces[1.0]) / 2)
    table.loc[0.5, f"both, {DYNAMIC}"] = kid(fakes[0.5], together, size)[0]
    table.loc[0.5, f"both, {PIXELS}"] = kid(mixed, together, size)[0]
    return table


def kid_numbers(kids: pd.DataFrame) -> dict[str, float]:
    """Where a walk arrives, and what lies between its ends.

    Args:
        kids: as `kid_walk` gives them.

    Returns:
        arrives: KID to the blocks' faces at alpha = 1 over that at 0; between: KID at 0.5 over pixel interpolation's.
    """
    there, middle = kids["blocks' faces"], kids.loc[0.5]
    return {
        "arrives": float(there[1.0] / there[0.0]),
        "between": float(middle[f"both, {DYNAMIC}"] / middle[f"both, {PIXELS}"]),
    }


def distance_ratio(walk: AttributeWalk, other: AttributeWalk) -> float:
    """How far faces end from where they began, over how far they do on another walk, of the same faces on both.

    Raises:
        DynnetError: neither walk is of the other's first faces.
    """
    count = min(len(walk.distances), len(other.distances))
    if not count:
        raise DynnetError("distances are compared face by face, got a walk of no faces; measure some")
    ends = [float(one.distances[:count, -1].mean()) for one in (walk, other)]
    return ends[0] / ends[1]


def kept_shares(scores: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Share of each attribute's rise that is kept when both blocks are on.

    Args:
        scores: {corner: {attribute: mean score}} with the corners `neither`, `both`, and one called by each attribute.
    """
    neither, both = scores["neither"], scores["both"]
    return {name: (both[name] - neither[name]) / (scores[name][name] - neither[name]) for name in neither}
