"""Exports that several tests look at; one takes seconds."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs dynnet[onnx]")
pytest.importorskip("onnxruntime", reason="needs dynnet[onnx]")
pytest.importorskip("onnxscript", reason="needs dynnet[onnx]")

import torch

from dynnet.dynamic import DynamicNet
from dynnet.onnx import export
from tests.onnx.small import two_sets


@pytest.fixture(scope="session", autouse=True)
def one_table_of_operators() -> Iterator[None]:
    """torch reads all of its ONNX operators anew for every export, which is a third of it; once will do.

    The place is private to torch: where it is gone, exports read them again, and take longer.
    """
    patch = pytest.MonkeyPatch()
    with suppress(ImportError, AttributeError):
        from torch.onnx._internal.exporter._registration import ONNXRegistry

        patch.setattr(ONNXRegistry, "from_torchlib", staticmethod(cache(ONNXRegistry.from_torchlib)))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def net() -> DynamicNet:
    torch.manual_seed(0)
    return two_sets()


@pytest.fixture(scope="session")
def folder(net: DynamicNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It with sides that are multiples of 4."""
    return export(net, torch.rand(1, 3, 16, 16), tmp_path_factory.mktemp("net"), multiple=4)
