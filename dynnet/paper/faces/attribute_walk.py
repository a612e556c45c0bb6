"""Attributes along a walk of faces: how far one moves, how steadily, and what moves with it (section 4.2, Figure 6).

A classifier of facial attributes reads every face at every setting. Any renderer of faces from latents will do, so the
Dynamic-Net and its baselines are measured on one axis.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.walks import Renderer, walk


@dataclass(frozen=True, eq=False)
class AttributeWalk:
    """What a classifier says of N faces at K settings.

    Attributes:
        alphas: (K,), in the order of the walk.
        scores: (N, K, A) float32, probabilities.
        distances: (N, K) float32, how far a face is in the classifier's features from itself at the first setting. The
            unit is the mean distance of two different faces there: at 1 it might as well be somebody else.
        attributes: the A names, in the order of `scores`.
    """

    alphas: NDArray[np.float64]
    scores: NDArray[np.float32]
    distances: NDArray[np.float32]
    attributes: tuple[str, ...]

    def mean(self, attribute: str) -> NDArray[np.float64]:
        """Mean score of an attribute at each setting: (K,) in [0, 1].

        Raises:
            DynnetError: an unknown attribute; so do all methods.
        """
        return self._of(attribute).mean(0, dtype=np.float64)

    def rise(self, attribute: str) -> float:
        """By how much the mean score rises from the first setting to the last; below 0 when it falls."""
        mean = self.mean(attribute)
        return float(mean[-1] - mean[0])

    def monotone_share(self, attribute: str, tolerance: float = 0.02, falling: bool = False) -> float:
        """Share of the faces whose score never steps back by more than the tolerance, in [0, 1].

        Steps back are counted from the best score so far, so that many small ones do not pass for none. A face that
        stands still does not step back: read it together with `rise`.

        Args:
            tolerance: in units of the score.
            falling: the attribute is meant to go away.
        """
        scores = -self._of(attribute) if falling else self._of(attribute)
        back = np.maximum.accumulate(scores, axis=1) - scores
        return float((back <= tolerance).all(1).mean())

    def drift(self, excluding: Iterable[str]) -> pd.DataFrame:
        """How far the scores of all other attributes wander from where they were at the first setting.

        Args:
            excluding: the attributes that are meant to change.

        Returns:
            A row for each alpha (the index) and a column for each other attribute: the mean over the faces of the
            absolute change of the score. Ups and downs of different faces do not cancel out.
        """
        meant = {self._index(attribute) for attribute in excluding}
        change = np.abs(self.scores - self.scores[:, :1]).mean(0, dtype=np.float64)
        table = pd.DataFrame(change, index=pd.Index(self.alphas, name="alpha"), columns=list(self.attributes))
        return table.drop(columns=[self.attributes[index] for index in meant])

    def _of(self, attribute: str) -> NDArray[np.float32]:
        """(N, K)"""
        return self.scores[:, :, self._index(attribute)]

    def _index(self, attribute: str) -> int:
        if attribute not in self.attributes:
            raise DynnetError(f"no attribute {attribute!r} was measured; there are {', '.join(self.attributes)}")
        return self.attributes.index(attribute)


@torch.no_grad()
def attribute_walk(
    renderer: Renderer, latents: Tensor, alphas: Iterable[float], classifier: AttributeClassifier, batch: int = 128
) -> AttributeWalk:
    """Renders every latent at every alpha and reads the faces' attributes.

    Args:
        renderer: of faces (B, 3, H, W) in [0, 1] from latents; see `dynnet.walks`.
        latents: (N, ...), N at least 2.
        alphas: the settings; the first is what distances and drift are measured from.
        classifier: on the device of the latents; put in eval mode.

    Raises:
        DynnetError: fewer than two latents or alphas; or at the first alpha all faces are one face.
    """
    alphas = [float(alpha) for alpha in alphas]
    if min(len(latents), len(alphas)) < 2:
        raise DynnetError(
            f"an attribute walk takes at least 2 latents and 2 alphas, got {len(latents)} and {len(alphas)}; give more"
        )
    steps, scores, distances, starts = walk(renderer, alphas), [], [], []
    classifier.eval()
    for z in latents.split(batch):
        features = torch.stack([classifier.features(faces) for _, faces in steps(z)], 1)  # (B, K, F)
        scores.append(classifier.scores_of(features))  # (B, K, A)
        distances.append((features - features[:, :1]).norm(dim=2))
        starts.append(features[:, 0])
    relative = torch.cat(distances) / _spread(torch.cat(starts))
    return AttributeWalk(
        np.array(alphas), torch.cat(scores).float().cpu().numpy(), relative.float().cpu().numpy(), classifier.attributes
    )


def _spread(features: Tensor) -> Tensor:
    """Mean distance of two different faces, over each face and the next: as many pairs as faces."""
    spread = (features - features.roll(1, 0)).norm(dim=1).mean()
    if not spread > 0:
        raise DynnetError("distances need faces that differ at the first alpha, got one and the same; vary the latents")
    return spread
