"""A fingerprint tells networks apart, and nothing that is not the network."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.fingerprint import fingerprint
from tests.tiny import BatchNormNet


def attached(main: nn.Module) -> nn.Module:
    DynamicNet(main, {"norm": TuningBlock(4)})
    return main


SAME: dict[str, Callable] = {
    "itself": lambda main: main,
    "a copy": copy.deepcopy,
    "another object of the same weights": lambda main: load(BatchNormNet(), main),
    "attached to": attached,
    "compiled": lambda main: torch.compile(main, backend="eager"),
    "in eval mode": lambda main: main.eval(),
    "frozen": lambda main: main.requires_grad_(False),
    "channels last in memory": lambda main: main.to(memory_format=torch.channels_last),
}


def load(other: nn.Module, main: nn.Module) -> nn.Module:
    other.load_state_dict(main.state_dict())
    return other


def weight(main: nn.Module) -> nn.Module:
    main.conv1.weight.data[0, 0, 0, 0] += 1e-3
    return main


def buffer(main: nn.Module) -> nn.Module:
    main.norm.running_mean[0] += 1e-3
    return main


def renamed(main: nn.Module) -> nn.Module:
    main.other = main.norm
    del main.norm
    return main


def reshaped(main: nn.Module) -> nn.Module:
    main.conv1.weight = nn.Parameter(main.conv1.weight.data.reshape(3, 4, 3, 3))
    return main


OTHER: dict[str, Callable] = {
    "a weight": weight,
    "a buffer": buffer,
    "a name": renamed,
    "a shape": reshaped,
    "a type": lambda main: main.double(),
}


@pytest.mark.parametrize("change", SAME)
def test_the_same_network(change: str) -> None:
    main = BatchNormNet()
    before = fingerprint(main)
    assert fingerprint(SAME[change](main)) == before


@pytest.mark.parametrize("change", OTHER)
def test_another_network(change: str) -> None:
    main = BatchNormNet()
    before = fingerprint(main)
    assert fingerprint(OTHER[change](main)) != before


class Odd(nn.Module):
    """Buffers of infinity, nothing, numbers, bits and complex numbers; tied weights; views of one memory."""

    def __init__(self, last: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mask", torch.full((3, 3), -torch.inf).triu(1))
        self.register_buffer("nothing", torch.zeros(0, 4))
        self.register_buffer("scalar", torch.tensor(3))
        self.register_buffer("flags", torch.tensor([True, False]))
        self.register_buffer("waves", torch.tensor([1 + 2j, last * 1j]))
        self.register_buffer("short", torch.tensor([1.5, 2.5], dtype=torch.bfloat16))
        rows = torch.arange(6.0).reshape(2, 3)
        self.one, self.other = nn.Parameter(rows[0]), nn.Parameter(rows[1])
        self.tied = self.one


def test_odd_tensors_count_as_they_are() -> None:
    assert fingerprint(Odd()) == fingerprint(copy.deepcopy(Odd())) != fingerprint(Odd(1.0))


def test_what_a_module_adds_to_its_state_counts() -> None:
    class Extra(nn.Module):
        def __init__(self, value: int) -> None:
            super().__init__()
            self.value = value

        def get_extra_state(self) -> int:
            return self.value

    assert fingerprint(Extra(1)) == fingerprint(Extra(1)) != fingerprint(Extra(2))


def test_a_network_without_values_has_none() -> None:
    with pytest.raises(DynnetError, match=r"'conv1\.bias' is on the meta device"):
        fingerprint(BatchNormNet().to("meta"))
