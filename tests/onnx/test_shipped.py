"""The networks of every figure, exported, are the networks of the figures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.onnx import OnnxRenderer, export
from dynnet.paper.run import load

pytestmark = pytest.mark.slow


def _style(figure: str) -> Iterator[tuple[DynamicNet, Tensor, Tensor, int]]:
    for net in load(figure).dynamic.values():
        yield net, torch.rand(1, 3, 64, 64), torch.rand(2, 3, 72, 96), 4


def _faces(figure: str) -> Iterator[tuple[DynamicNet, Tensor, Tensor, int]]:
    trained = load(figure)
    for net in trained.dynamic.values():
        yield net, *(torch.randn(count, trained.recipe.profile.latent) for count in (1, 5)), 1


def _completion(figure: str) -> Iterator[tuple[DynamicNet, Tensor, Tensor, int]]:
    for net in load(figure).dynamic.values():
        yield net, _with_hole(1, 64, 64), _with_hole(3, 96, 128), 32


def _with_hole(batch: int, height: int, width: int) -> Tensor:
    x = torch.rand(batch, 4, height, width)
    x[:, 3] = 0
    x[:, 3, 16:40, 20:44] = 1
    return x


FIGURES = {name: _style for name in ("fig3", "fig4", "fig5", "fig8", "starry_night", "starry_night_wide")}
FIGURES |= {"fig6": _faces, "fig7": _completion}


@pytest.mark.parametrize("figure", FIGURES)
def test_equals_torch_on_another_input(figure: str, tmp_path: Path) -> None:
    makes: Callable = FIGURES[figure]
    for number, (net, example, x, multiple) in enumerate(makes(figure)):
        first, last = net.names[0], net.names[-1]
        alphas = (-0.5, 0.0, 0.3, 1.0, 1.2)
        alphas += ({first: 0.4, last: -0.6}, {first: 0.4, last: 0.9}, {last: 1.2}, {first: 0.3})
        render = OnnxRenderer(export(net, example, tmp_path / str(number), multiple=multiple, whole=False))
        render.set_input(x)
        for alpha in alphas:
            torch.testing.assert_close(render(alpha), net(x, alpha=alpha).detach(), atol=1e-4, rtol=0)
