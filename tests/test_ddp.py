"""DistributedDataParallel around a Dynamic-Net: two processes train as one."""

from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from tests.tiny import BatchNormNet, awake

ALPHAS = torch.tensor([0.3, -1.0, 2.0, 0.7])


def network() -> DynamicNet:
    torch.manual_seed(0)
    main = BatchNormNet()
    return awake(DynamicNet(main, {"norm": TuningBlock(4), "conv2": TuningBlock(4)}), 0.3).train()


def batch() -> Tensor:
    return torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def train(net: torch.nn.Module, rows: slice) -> None:
    blocks = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(blocks, lr=0.1)
    for alpha in (ALPHAS, -ALPHAS):
        optimiser.zero_grad()
        net(batch()[rows], alpha=alpha[rows]).square().mean().backward()
        optimiser.step()


def work(rank: int, folder: str) -> None:
    meeting = f"file://{folder}/meeting"
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2, timeout=timedelta(minutes=5))
    try:
        net = network()
        train(DistributedDataParallel(net), slice(2 * rank, 2 * rank + 2))
        torch.save(net.state_dict(), f"{folder}/{rank}.pt")
    finally:
        dist.destroy_process_group()


def second(_: int, folder: str) -> None:
    torch.set_num_threads(1)
    work(1, folder)


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    other = mp.spawn(second, (str(tmp_path),), nprocs=1, join=False)
    work(0, str(tmp_path))  # the first is this one, which has torch already
    assert other.join(timeout=300)
    net = network()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    train(net, slice(None))
    for rank in (0, 1):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, value in net.state_dict().items():
            torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6)
            assert torch.equal(value, before[name]) == name.startswith("main.")
