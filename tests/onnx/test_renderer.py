"""A renderer refuses what its network was not exported for, and a folder that is not whole."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.onnx import OnnxRenderer
from dynnet.onnx.manifest import NAME


@pytest.fixture(scope="module")
def render(folder: Path) -> OnnxRenderer:
    return OnnxRenderer(folder)


def test_the_whole_network_in_one_graph(net: DynamicNet, folder: Path) -> None:
    render, x = OnnxRenderer(folder, whole=True), torch.rand(3, 3, 12, 8)
    render.set_input(x)
    for alpha in (0.0, 0.4, {"fine": -0.5, "coarse/out": 1.2}):
        torch.testing.assert_close(render(alpha), net(x, alpha=alpha).detach(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_not_exported_is_said(folder: Path, tmp_path: Path, whole: bool) -> None:
    shutil.copytree(folder, tmp_path / "net")
    manifest = json.loads((tmp_path / "net" / NAME).read_text())
    (tmp_path / "net" / NAME).write_text(json.dumps(manifest | ({"whole": None} if whole else {"stages": []})))
    with pytest.raises(DynnetError, match="whole=True" if whole else "staged=True"):
        OnnxRenderer(tmp_path / "net", whole=whole)


def test_there_must_be_an_input(folder: Path) -> None:
    with pytest.raises(DynnetError, match="set_input"):
        OnnxRenderer(folder)(0.5)


@pytest.mark.parametrize(
    "x",
    [torch.rand(1, 4, 16, 16), torch.rand(3, 16, 16), torch.rand(1, 3, 16, 18), torch.rand(1, 3, 16, 16).double()],
)
def test_another_input_than_it_was_exported_for(render: OnnxRenderer, x: torch.Tensor) -> None:
    with pytest.raises(DynnetError, match="multiples of 4"):
        render.set_input(x)


def test_inputs_of_other_names(render: OnnxRenderer) -> None:
    with pytest.raises(DynnetError, match=r"takes x, got x\.picture"):
        render.set_input({"picture": torch.rand(1, 3, 16, 16)})


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        ({"nowhere": 0.5}, "coarse/down2"),
        (float("nan"), "real number"),
        (torch.tensor([float("inf")]), "real number"),
        (torch.rand(2), "another kind of alpha"),
        ("much", "number or a tensor"),
    ],
)
def test_an_alpha_that_it_does_not_take(render: OnnxRenderer, alpha: Any, message: str) -> None:
    render.set_input(torch.rand(1, 3, 16, 16))
    with pytest.raises(DynnetError, match=message):
        render(alpha)


def _without_manifest(folder: Path) -> None:
    (folder / NAME).unlink()


def _of_another_format(folder: Path) -> None:
    (folder / NAME).write_text('{"format": "dynnet-onnx 0"}')


def _cut_short(folder: Path) -> None:
    (folder / NAME).write_text((folder / NAME).read_text()[:100])


def _with_a_stage_of_another_export(folder: Path) -> None:
    stages = json.loads((folder / NAME).read_text())["stages"]
    shutil.copy(folder / stages[1]["file"], folder / stages[2]["file"])


def _without_a_stage(folder: Path) -> None:
    (folder / json.loads((folder / NAME).read_text())["stages"][0]["file"]).unlink()


@pytest.mark.parametrize(
    "damage",
    [_without_manifest, _of_another_format, _cut_short, _with_a_stage_of_another_export, _without_a_stage],
)
def test_a_damaged_folder_is_refused(folder: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    shutil.copytree(folder, tmp_path / "net")
    damage(tmp_path / "net")
    with pytest.raises(DynnetError, match="export"):
        OnnxRenderer(tmp_path / "net")


def test_outputs_are_the_callers_to_change(render: OnnxRenderer) -> None:
    render.set_input(torch.rand(1, 3, 16, 16))
    y = render(0.5)
    kept = y.clone()
    y.zero_()
    torch.testing.assert_close(render(0.5), kept)


def test_inputs_are_the_callers_to_change(render: OnnxRenderer) -> None:
    x = torch.rand(1, 3, 16, 16)
    render.set_input(x)
    y = render(0.5)
    x.zero_()
    render(0.0)
    torch.testing.assert_close(render(0.5), y)
