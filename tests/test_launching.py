"""Where a training runs: our own launcher and Lightning's Fabric do the same, and progress tells of every step."""

import logging
from collections.abc import Mapping

import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from dynnet.fitting import fit
from dynnet.launching import Launcher, OneProcess, Run
from dynnet.schedule import Schedule
from dynnet.training import train_main
from tests.brightness import towards
from tests.tiny import BatchNormNet, Noise


@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_one_process_trains_to_the_bits_that_fabric_does(clip: float) -> None:
    def trained(launcher: Launcher) -> list[torch.Tensor]:
        torch.manual_seed(7)
        network = BatchNormNet()
        train_main(network, towards(0.3), Noise(), Schedule(12, 0.02, clip=clip), Run(launcher))
        return list(network.state_dict().values())

    ours, theirs = trained(OneProcess()), trained(Fabric(accelerator="cpu", devices=1))
    assert all(torch.equal(x, y) for x, y in zip(ours, theirs, strict=True))


def test_precision_is_the_launchers() -> None:
    network, types = BatchNormNet(), set()
    network.conv1.register_forward_hook(lambda _, args, y: types.add(y.dtype))
    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
    train_main(network, towards(0.3), Noise(), Schedule(8, 0.02), Run(fabric))
    assert types == {torch.bfloat16} and network.conv1.weight.dtype == torch.float32


def test_every_process_of_several_takes_batches_of_its_own() -> None:
    class Third(OneProcess):
        world_size, global_rank = 3, 2

    assert [Run(Third()).batch_number(step) for step in range(3)] == [2, 5, 8]
    assert [Run().batch_number(step) for step in range(3)] == [0, 1, 2]


def test_progress_is_told_of_every_step_and_of_the_last_averaged_losses() -> None:
    told: list[tuple[int, int, Mapping[str, float]]] = []
    line = nn.Linear(1, 1)

    def losses(module: nn.Module, step: int) -> dict[str, torch.Tensor]:
        return {"total": module(torch.ones(1, 1)).square().sum(), "at": torch.tensor(float(step))}

    fit(line, losses, Schedule(60, 1e-3), Run(progress=lambda *now: told.append(now)))
    assert [step for step, _, _ in told] == list(range(1, 61)) and {steps for _, steps, _ in told} == {60}
    assert told[23][2] == {} and told[24][2]["at"] == 12.0 and told[49][2]["at"] == 37.0


def test_without_progress_the_log_has_a_line_at_every_save(caplog: pytest.LogCaptureFixture) -> None:
    def losses(module: nn.Module, step: int) -> dict[str, torch.Tensor]:
        return {"total": module(torch.ones(1, 1)).square().sum()}

    with caplog.at_level(logging.INFO, "dynnet"):
        fit(nn.Linear(1, 1), losses, Schedule(60, 1e-3), Run(name="mine", save_every=25))
        quiet = len(caplog.messages)
        fit(nn.Linear(1, 1), losses, Schedule(60, 1e-3), Run(progress=lambda *_: None))
    assert [message.split(",")[0] for message in caplog.messages] == [
        f"mine: step {step} of 60" for step in (25, 50, 60)
    ]
    assert len(caplog.messages) == quiet
