"""What a way to tune an objective costs: to train, to ship, and at every step of a slider."""

import time
from statistics import median

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from dynnet.checkpoints import read_manifest
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.style.trained import Trained
from dynnet.paper.style.ways import of_each_seed, renderer, trained_numbers
from dynnet.walks import Renderer


def costs(trained: Trained, way: str, x: Tensor, repeats: int) -> dict[str, float]:
    """A row of the table of costs, of a way's first seed.

    Args:
        x: (1, 3, H, W) in [0, 1], what the slider renders.
        repeats: of a step, of whose milliseconds the median counts.

    Returns:
        numbers: trained; minutes: of training, and kB: to ship, as the manifest has them; multiply-adds, in billions,
        and ms: of a step of the slider.
    """
    first = of_each_seed(trained)[way][0]
    path = trained.recipe.with_checkpoints().checkpoint_path(CHECKPOINTS, f"{way}_0")
    entry = read_manifest(CHECKPOINTS)[path.relative_to(CHECKPOINTS).as_posix()]
    multiply_adds, ms = slider_step(renderer(first), x, repeats)
    return {
        "numbers": trained_numbers(first),
        "minutes": entry["minutes"],
        "kB": round(path.stat().st_size / 1000),
        "multiply-adds, 10⁹": round(multiply_adds / 1e9, 3),
        "ms": round(ms, 1),
    }


@torch.no_grad()
def slider_step(renderer: Renderer, x: Tensor, repeats: int = 5) -> tuple[float, float]:
    """(multiply-adds, milliseconds) of rendering x again at another alpha: the median of some steps.

    Multiply-adds are those of convolutions and products of matrices, on which nearly all of the time goes. Milliseconds
    are this machine's, to be compared within one run.

    Args:
        x: (B, 3, H, W) in [0, 1]; the costs are those of the batch.
    """
    render = renderer(x)
    for warm in (0.3, 0.4):  # the first steps compare what is cheap with what is safe, and allocate
        render(warm)
    with FlopCounterMode(display=False) as counted:
        render(0.5)
    seconds = []
    for step in range(repeats):
        start = time.perf_counter()
        render(0.6 + 0.05 * step)
        seconds.append(time.perf_counter() - start)
    return counted.get_total_flops() / 2, 1000 * median(seconds)
