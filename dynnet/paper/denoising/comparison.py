"""Tuning-blocks against other ways to denoise after training, and the numbers that decide what is claimed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dynnet.paper.denoising.measures import QualityWalk, Values


def gains(
    walks: Sequence[QualityWalk],
    predicted: Sequence[Values],
    at_one: Sequence[QualityWalk],
    weights: Sequence[QualityWalk],
    fades: Sequence[QualityWalk],
    fixed: Sequence[Values],
) -> pd.DataFrame:
    """What each way gains over the network as it is (alpha = 0), in decibel, on the mean: a row for each sigma.

    Args, each for the same amounts of noise and the same pictures:
        walks: along alpha.
        predicted: PSNR of each picture at the alpha that its measured noise predicts, (N,).
        at_one: along alpha, of blocks that were trained at alpha = 1 alone.
        weights, fades: interpolations with the network fine-tuned for the strongest noise, a share per picture.
        fixed: PSNR of each picture from the network fine-tuned for its noise, (N,).

    Returns:
        Columns: predicted, best, at_one, weights, fade, fixed (each with a choice for every picture, but `fixed`);
        shared: one alpha for all, the best of the mean among those measured. The index is sigma.
    """
    rows = {}
    measured = zip(walks, predicted, at_one, weights, fades, fixed, strict=True)
    for walk, at_line, end, weight, fade, one in measured:
        ways = {
            "predicted": at_line.mean(),
            "best": walk.at_best.mean(),
            "at_one": end.at_best.mean(),
            "weights": weight.at_best.mean(),
            "fade": fade.at_best.mean(),
            "fixed": one.mean(),
            "shared": walk.psnr.mean(0).max(),
        }
        rows[walk.sigma] = {way: float(value - walk.at(0.0).mean()) for way, value in ways.items()}
    return pd.DataFrame(rows).T.rename_axis("sigma")


def claimed(walks: Sequence[QualityWalk], gained: pd.DataFrame) -> dict[str, float]:
    """The numbers that decide what is claimed of the denoiser, by the claims' ids.

    Args:
        walks: along alpha, by rising sigma; 0.02 and 0.05 are among them.
        gained: of `gains`.

    Returns:
        rises: smallest step of the best alpha of the mean from one sigma to the next.
        recovered: gain at sigma = 0.05, one alpha for all pictures.
        untrained: by how much the best alpha of the mean beats the better end at sigma = 0.02.
        behind_fixed_SIGMA (0, 2, 5, 10 hundredths): network fine-tuned for that sigma minus each picture's best alpha.
        over_weights, over_fade: each picture's best alpha minus its best share, smallest over the sigmas between none
            and the strongest: at that one the share 1 is the fine-tuned network itself.
        predicted: share of the gain at each picture's best alpha that the predicted alpha reaches, smallest over the
            sigmas with noise.
        predicted_clean: what the predicted alpha loses where there is no noise.
    """
    behind = {f"behind_fixed_{round(100 * s)}": row.fixed - row.best for s, row in gained.iterrows()}
    noisy = gained[gained.index > 0]
    between = noisy[noisy.index < noisy.index.max()]
    weak = next(walk for walk in walks if np.isclose(walk.sigma, 0.02))
    return {
        "rises": float(np.diff([walk.best_of_mean for walk in walks]).min()),
        "recovered": float(gained.shared[0.05]),
        "untrained": float(weak.psnr.mean(0).max() - max(weak.at(0.0).mean(), weak.at(1.0).mean())),
        **behind,
        "over_weights": float((between.best - between.weights).min()),
        "over_fade": float((between.best - between.fade).min()),
        "predicted": float((noisy.predicted / noisy.best).min()),
        "predicted_clean": float((gained.best - gained.predicted)[0.0]),
    }


def style_numbers(points: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """The numbers that decide what is claimed of the style network, by the claims' ids.

    Args:
        points: working points (setting, content, style), by rising setting, of the ways "towards the photo", whose
            style loss is against what the network makes of the photos, "to our drawing" and "its own mixture", whose
            style loss is against the drawing.

    Returns:
        weaker: content loss at alpha = 1 over that at 0, towards the photo.
        weaker_steps: steps of the walk towards the photo at which the content loss does not fall.
        drawing: style loss at alpha = 1 over that at 0, to our drawing.
        over_mixture: style loss of our drawing at alpha = 1 over the lowest of the network's own mixture.
    """
    weaker, ours, mixture = (points[way] for way in ("towards the photo", "to our drawing", "its own mixture"))
    return {
        "weaker": float(weaker.content.iloc[-1] / weaker.content.iloc[0]),
        "weaker_steps": float((weaker.content.diff().iloc[1:] >= 0).sum()),
        "drawing": float(ours["style"].iloc[-1] / ours["style"].iloc[0]),
        "over_mixture": float(ours["style"].iloc[-1] / mixture["style"].min()),
    }
