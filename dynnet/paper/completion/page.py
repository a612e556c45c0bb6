"""Figure 7 on the page: a hole in a face, and the alpha that fills it best."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from dynnet.paper.completion.best_alpha import Criterion
from dynnet.paper.completion.held_out import astronaut
from dynnet.paper.completion.holes import centre_hole, random_holes, with_hole, with_mask
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.measures import realism
from dynnet.paper.data.pictures import jpeg_bytes, to_picture, to_tensor
from dynnet.paper.faces.stand_ins import generated_faces, resized
from dynnet.paper.faces.trained import Trained
from dynnet.paper.locations import CHECKPOINTS, FIGURES
from dynnet.paper.page.chart import Chart, curve
from dynnet.paper.page.graphs import Inputs, plain, staged
from dynnet.paper.page.part import Part, strip
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load

_SIDE, _MULTIPLE = 128, 32
_FINENESS = (24.0, 20.0)
_JUDGE = (160.0, 160.0)
_OURS = "dynamic, lambda 0.005"  # the paper's, in figures/fig7.csv


class Judge(nn.Module):
    """L1 in the hole and how real a critic finds what is there: (1, 7, H, W) -> (1,) and (1,).

    The seven are the completed picture, its mask, and the picture that nobody cut a hole into.
    """

    def __init__(self, critic: nn.Module):
        super().__init__()
        self.critic = critic

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return l1_of(x[:, :3], x[:, 4:], x[:, 3:4]), realism_of(self.critic, x[:, :4])


def l1_of(y: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """As `hole_l1`, without its checks."""
    return ((y - target).abs() * mask).flatten(1).sum(1) / (3 * mask.flatten(1).sum(1))


def realism_of(critic: nn.Module, x: Tensor) -> Tensor:
    """As `measures.realism`, without its check of the mask, which no graph can hold."""
    seen = (critic.patch_share(x[:, 3:]) > 0).float()
    return (critic(x) * seen).flatten(1).sum(1) / seen.flatten(1).sum(1)


@torch.no_grad()
def part(cache: Path) -> Part:
    """The network of the paper's lambda, its judge, the units of cost, and faces that nobody has to be asked for."""
    trained = load("fig7")
    net, critic = trained.dynamic["blocks"], trained.critic
    faces = torch.cat([astronaut(_SIDE), _generated()])
    masks = random_holes(len(faces), _SIDE, np.random.default_rng(0))
    typical = with_hole(faces, masks)
    other = with_hole(faces[:1], centre_hole(_SIDE))
    y, mask = net(other, alpha=0.5), other[:, 3:]
    judge, judged = Judge(critic), torch.cat([with_mask(y, mask), faces[:1]], 1)
    torch.testing.assert_close(judge(judged), (hole_l1(y, faces[:1], mask), realism(critic, y, mask)))
    known = torch.cat([with_mask(faces, masks), faces], 1)
    networks = {
        "completion": staged(net, Inputs(typical, other, _FINENESS), cache, multiple=_MULTIPLE),
        "critic": plain(judge, Inputs(known, judged, _JUDGE), ("l1", "realism"), cache, 0.01),
    }
    table = pd.read_csv(FIGURES / "fig7.csv")
    ours = table[table.way == _OURS]
    label = "Mean error in the hole and realism, from alpha 0 to alpha 1"
    charts = {"fig7": [Chart(label, "L1 in the hole", "realism", [curve("Dynamic-Net", ours, "l1", "realism")])]}
    alt = "A face whose middle is filled in, sharp at α = 0 and ever smoother to α = 1"
    pictures = {"faces": {f"Face {i + 1}": jpeg_bytes(to_picture(face), 90) for i, face in enumerate(faces)}}
    strips = {"fig7": (strip(net, other, (0.0, 0.25, 0.5, 0.75, 1.0)), alt)}
    return Part(networks, {"criterion": _criterion(ours)}, pictures=pictures, charts=charts, strips=strips)


def _generated() -> Tensor:
    trained = Trained.load(load_recipe("fig6", "cpu"), CHECKPOINTS)
    makers = [*trained.generators.values(), trained.dynamic["blond"]]
    faces = generated_faces(makers, trained.recipe.profile.latent, trained.classifier, 1)
    return to_tensor(resized(faces, _SIDE).squares)


def _criterion(walk: pd.DataFrame) -> dict[str, float]:
    """The units of `Criterion`, from the measured means."""
    zero, one = (walk[walk.setting == end].iloc[0] for end in (0.0, 1.0))
    units = Criterion(one.l1, zero.l1 - one.l1, zero.realism, zero.realism - one.realism)
    return {name: float(value) for name, value in vars(units).items()}
