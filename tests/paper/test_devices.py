"""A device that is not there is refused in a line, before any work."""

import importlib
import subprocess
import sys

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.launching import OneProcess
from dynnet.paper.devices import check_device, new_launcher


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU of any kind."""
    importlib.import_module("lightning_fabric")  # not while torch's own functions are replaced, which imports read
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("device", "count", "said"),
    [
        ("cuda", 1, "expected device cuda, got none that this PyTorch can use; here are cpu"),
        ("mps", 1, "expected device mps, got none that this PyTorch can use; here are cpu"),
        ("gpu0", 1, "expected a device, one of auto, cpu, cuda, mps; got 'gpu0'; here are cpu"),
        ("cuda:0", 1, "one of auto, cpu, cuda, mps; got 'cuda:0'"),
        ("tpu", 1, "got 'tpu'"),
        ("", 1, "got ''"),
        ("CPU", 1, "got 'CPU'"),
        ("cpu", 0, "expected 1 or more devices of the kind cpu, got 0"),
        ("auto", 0, "expected 1 or more devices of the kind auto, got 0"),
        ("cpu", -1, "expected 1 or more devices of the kind cpu, got -1"),
    ],
)
def test_what_is_not_there_is_refused(machine: None, device: str, count: int, said: str) -> None:
    with pytest.raises(DynnetError, match=said) as caught:
        new_launcher(device, count, "32-true")
    assert "\n" not in str(caught.value)


def test_more_gpus_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_device("cuda", 2)
    for count in (0, 3):
        with pytest.raises(DynnetError, match=f"expected 1 to 2 devices of the kind cuda, got {count}"):
            check_device("cuda", count)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_cpu_is_always_there(machine: None, precision: str) -> None:
    for device in ("cpu", "auto"):
        assert new_launcher(device, 1, precision).device.type == "cpu"


@pytest.mark.parametrize(("device", "precision"), [("cpu", "16-mixed"), ("auto", "16-mixed"), ("cpu", "8-true")])
def test_a_precision_that_the_device_lacks(machine: None, device: str, precision: str) -> None:
    with pytest.raises(DynnetError, match=r"expected .*got.*; choose") as caught:
        new_launcher(device, 1, precision)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("there", ["cuda", "mps", "cpu"])
def test_one_device_in_full_precision_is_one_process_on_the_best_there_is(
    machine: None, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    if there == "cuda":
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: there == "mps")
    for device in (there, "auto"):
        launcher = new_launcher(device, 1, "32-true")
        assert isinstance(launcher, OneProcess) and launcher.device.type == there


def test_a_training_does_not_wait_for_libraries_that_only_others_need() -> None:
    trainers = [f"dynnet.paper.{application}.trainer" for application in ("style", "faces", "completion", "denoising")]
    code = f"""
import sys
from dynnet.paper.devices import new_launcher
new_launcher("cpu", 1, "32-true")
import {", ".join(trainers)}
print(*sorted({{"lightning_fabric", "torchmetrics", "torchvision", "matplotlib", "torch._dynamo"}} & set(sys.modules)))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not answer.stdout.strip()
