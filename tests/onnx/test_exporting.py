"""What export promises, and what it refuses."""

import logging
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from dynnet.blocks import TokenTuningBlock, TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.onnx import OnnxRenderer, comparing, export
from dynnet.onnx.manifest import read_manifest
from tests.onnx.small import Tokens
from tests.tiny import BatchNormNet, awake


def small() -> DynamicNet:
    return awake(DynamicNet(BatchNormNet(), {"conv2": TuningBlock(4)}), 0.3)


def test_one_graph_runs_on_its_own_with_alpha_an_input(net: DynamicNet, folder: Path) -> None:
    session, x = onnxruntime.InferenceSession(folder / "whole.onnx"), torch.rand(3, 3, 20, 36)
    for value in (-0.5, 0.0, 0.3, 1.2):
        feeds = {f"alpha.{name}": torch.tensor(value).numpy() for name in net.names}
        (y,) = session.run(["y"], {"x": x.numpy()} | feeds)
        torch.testing.assert_close(torch.from_numpy(y), net(x, alpha=value).detach(), atol=1e-4, rtol=0)


def test_alpha_zero_is_the_main_network(net: DynamicNet, folder: Path) -> None:
    render, x = OnnxRenderer(folder), torch.rand(1, 3, 16, 16)
    render.set_input(x)
    torch.testing.assert_close(render(0.0), net.main(x).detach(), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("kind", "alphas"),
    [("picture", [torch.tensor([0.0, -0.7]), 0.4]), ("map", [torch.rand(2, 1, 5, 7), torch.rand(1, 1, 20, 3), 0.4])],
)
def test_alpha_by_picture_and_by_place(kind: str, alphas: list[Tensor | float], tmp_path: Path) -> None:
    net, x = small(), torch.rand(2, 3, 11, 9)
    render = OnnxRenderer(export(net, torch.rand(1, 3, 8, 8), tmp_path, alpha=kind))
    render.set_input(x)
    for alpha in (factor * alpha for alpha in alphas for factor in (1.0, 0.5, -2.0)):
        torch.testing.assert_close(render(alpha), net(x, alpha=alpha).detach(), atol=1e-4, rtol=1e-4)


def test_an_input_by_keyword_and_several_outputs(tmp_path: Path) -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(8, 8)

        def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
            return self.out(a / (1 + b)), a + b

    net, x = awake(DynamicNet(Two(), {"out": nn.Linear(8, 8)})), {"b": torch.rand(2, 8), "a": torch.rand(2, 8)}
    render = OnnxRenderer(export(net, x, tmp_path, free=False))
    render.set_input(x)
    one, other = net(**x, alpha=0.5)
    torch.testing.assert_close(render(0.5), {"y.0": one.detach(), "y.1": other.detach()})


class Reshaping(nn.Module):
    """For one picture of one size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).reshape(1, 3, 8, 8)


class Positioned(Reshaping):
    """For pictures of one size."""

    def __init__(self) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.rand(1, 3, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) + self.position


@pytest.mark.parametrize(("make", "batch"), [(Reshaping, 1), (Positioned, "batch")])
def test_sides_that_the_network_fixes_are_said(
    make: Callable[[], nn.Module], batch: int | str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    net = awake(DynamicNet(make(), {"conv": TuningBlock(3)}))
    with caplog.at_level(logging.WARNING):
        export(net, torch.rand(1, 3, 8, 8), tmp_path)
    assert "fixed" in caplog.text
    assert read_manifest(tmp_path)["inputs"][0]["dims"] == [batch, 3, 8, 8]
    render = OnnxRenderer(tmp_path)
    with pytest.raises(DynnetError, match=f"{batch}, 3, 8, 8"):
        render.set_input(torch.rand(1, 3, 9, 8))


def test_a_batch_that_the_network_fixes_is_the_examples(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class ByPicture(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([self.conv(x[i : i + 1]) for i in range(int(x.shape[0]))])

    net = awake(DynamicNet(ByPicture(), {"conv": TuningBlock(3)}))
    with caplog.at_level(logging.WARNING):
        export(net, torch.rand(1, 3, 8, 8), tmp_path)
    assert "axis 0 of x" in caplog.text
    assert read_manifest(tmp_path)["inputs"][0]["dims"][0] == 1


class Guarded(nn.Module):
    """Takes one of two ways, by a value."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return y if y.mean() > 0 else -y


class Random(Guarded):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) + torch.rand_like(x)


class Unknown(Guarded):
    """Does what ONNX has no operation for."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.special.bessel_j0(self.conv(x))


@pytest.mark.parametrize(
    ("make", "message"), [(Guarded, "values"), (Random, "differs"), (Unknown, "bessel_j0")]
)  # fmt: skip
def test_what_cannot_be_exported_is_one_line_and_no_folder(
    make: Callable[[], nn.Module], message: str, tmp_path: Path
) -> None:
    net = awake(DynamicNet(make(), {"conv": TuningBlock(3)}))
    with pytest.raises(DynnetError, match=message) as raised:
        export(net, torch.rand(1, 3, 8, 8), tmp_path / "new", free=False)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "new").exists()


def test_a_graph_that_is_wrong_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(comparing.Staged):
        def run(self, alphas: dict) -> dict:
            return {name: 1.001 * y for name, y in super().run(alphas).items()}

    monkeypatch.setattr(comparing, "Staged", Wrong)
    with pytest.raises(DynnetError, match="stages differs from torch"):
        export(small(), torch.rand(1, 3, 8, 8), tmp_path, free=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": "vector"}, "number, picture, map"),
        ({"alpha": {"nowhere": "map"}}, "nowhere"),
        ({"multiple": 0}, "multiple"),
        ({"multiple": 3}, "multiples of 3"),
        ({"whole": False, "staged": False}, "or both"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=message):
        export(small(), torch.rand(1, 3, 8, 8), tmp_path, **arguments)


def test_maps_need_features_with_height_and_width(tmp_path: Path) -> None:
    net = DynamicNet(Tokens(), {"mix": TokenTuningBlock(8)})
    with pytest.raises(DynnetError, match="BTC"):
        export(net, torch.rand(1, 5, 8), tmp_path, alpha="map")
