"""An objective whose optimum is known: pictures of a wanted brightness."""

from torch import Tensor, nn

from dynnet.objectives import Objective


class Brightness(nn.Module):
    """How far the output's brightness is from a wanted one."""

    def __init__(self, wanted: float):
        super().__init__()
        self.wanted = wanted

    def forward(self, y: Tensor, x: Tensor) -> dict[str, Tensor]:
        return {"distance": (y - self.wanted).square().mean((1, 2, 3))}


def towards(wanted: float) -> Objective:
    return Objective(Brightness(wanted), {"distance": 1.0})


def distance(y: Tensor, wanted: float) -> float:
    return (y - wanted).square().mean().item()
