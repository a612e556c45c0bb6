"""The two phases: phase 1 trains all weights, phase 2 the blocks at alpha = 1 and nothing else."""

import copy

import torch
from torch import Tensor

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.fitting import Schedule
from dynnet.training import train_blocks, train_main
from tests.brightness import distance, towards
from tests.tiny import BatchNormNet, Noise

SCHEDULE = Schedule(100, 0.02)


def test_phase_1_trains_the_main_network_and_leaves_it_in_eval_mode() -> None:
    main, x = BatchNormNet().eval(), Noise().batch_at(1000)
    start = distance(main(x), 0.3)
    statistics = main.norm.running_mean.clone()
    report = train_main(main, towards(0.3), Noise(), SCHEDULE)
    assert not main.training and report.steps == SCHEDULE.steps
    assert distance(main(x), 0.3) < start / 4
    assert not torch.equal(main.norm.running_mean, statistics)
    assert report.history[-1]["distance"] < report.history[0]["distance"]


def test_phase_2_trains_the_blocks_at_alpha_1_and_leaves_the_main_network() -> None:
    main, x = BatchNormNet(), Noise().batch_at(1000)
    train_main(main, towards(0.3), Noise(), Schedule(30, 0.02))  # one far from its optimum: blocks act through it
    before, y0 = copy.deepcopy(main.state_dict()), main(x)
    net = DynamicNet(main, {"norm": TuningBlock(4), "conv2": TuningBlock(4)})
    train_blocks(net, towards(0.8), Noise(), SCHEDULE)
    assert not any(m.training for m in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in main.state_dict().items())
    assert torch.equal(net(x, alpha=0.0), y0)
    assert distance(net(x, alpha=1.0), 0.8) < distance(y0, 0.8) / 2


def test_batches_are_asked_for_step_by_step() -> None:
    class Watched(Noise):
        steps: tuple[int, ...] = ()

        def batch_at(self, step: int) -> Tensor:
            self.steps += (step,)
            return super().batch_at(step)

    batches = Watched()
    train_main(BatchNormNet(), towards(0.0), batches, Schedule(9, 0.01))
    assert batches.steps == tuple(range(9))
