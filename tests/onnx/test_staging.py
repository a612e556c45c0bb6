"""A network cut at its blocks is the network, wherever they are."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dynnet.blocks import TokenTuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.onnx import OnnxRenderer, export
from dynnet.onnx.manifest import read_manifest
from tests.onnx.small import Tokens, branches, nested, shared_block, skip
from tests.tiny import awake


def assert_walks_alike(net: DynamicNet, folder: Path, x: torch.Tensor, seed: int = 0, steps: int = 25) -> None:
    """One name's alpha changes at a time, so that what is kept of the others is used."""
    rng, render, alpha = random.Random(seed), OnnxRenderer(folder), {}
    for step in range(steps):
        if step % 10 == 0:
            x = torch.rand_like(x)
            render.set_input(x)
        alpha[rng.choice((*net.names, *net.sets))] = rng.choice([0.0, 1.0, rng.uniform(-2, 2)])
        with torch.no_grad():
            plain = net(x, alpha=alpha)
        found = render(alpha)
        if not isinstance(plain, torch.Tensor):
            plain = {f"y.{name}": value for name, value in plain.items()}
        torch.testing.assert_close(found, plain, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("make", [skip, branches, nested, shared_block])
def test_equals_torch_after_any_changes_of_alpha(make: Callable[[], DynamicNet], tmp_path: Path) -> None:
    net, x = make(), torch.rand(2, 3, 8, 12)
    export(net, x, tmp_path, free=False)
    assert_walks_alike(net, tmp_path, x)


def test_two_sets(net: DynamicNet, folder: Path) -> None:
    assert_walks_alike(net, folder, torch.rand(2, 3, 20, 24))


def test_tokens(tmp_path: Path) -> None:
    net = awake(DynamicNet(Tokens(), {"mix": TokenTuningBlock(8), "out": TokenTuningBlock(8)}), 0.3)
    x = torch.rand(2, 5, 8)
    export(net, x, tmp_path, alpha={"mix": "picture"}, free=False)
    assert_walks_alike(net, tmp_path, x)


def test_stages_take_values_by_name_and_in_an_order_in_which_they_can_run(folder: Path) -> None:
    manifest = read_manifest(folder)
    known = {entry["name"] for entry in manifest["inputs"]} | {block["alpha"] for block in manifest["blocks"]}
    for before, stage in zip([None, *manifest["stages"]], manifest["stages"], strict=False):
        slopes = {term["value"] for term in stage["terms"]} if stage["kind"] == "mix" else set()
        assert set(stage["inputs"]) - slopes <= known
        assert {term["to"] for term in stage["terms"]} <= known
        assert stage["kind"] != "mix" or before["kind"] == "linear"
        known |= set(stage["outputs"])
    assert set(manifest["outputs"].values()) <= known


def test_weights_are_not_stored_twice(folder: Path) -> None:
    stages = sum((folder / stage["file"]).stat().st_size for stage in read_manifest(folder)["stages"])
    overhead = 2048 * len(read_manifest(folder)["stages"])  # names and shapes
    assert stages <= (folder / "whole.onnx").stat().st_size + overhead
