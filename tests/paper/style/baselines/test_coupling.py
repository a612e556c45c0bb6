"""CFSNet's mix, as a block of a Dynamic-Net."""

import torch
from torch import nn

from dynnet.paper.style.baselines.coupling import CoupledBlock


def test_untrained_it_adds_nothing_and_every_part_can_learn() -> None:
    block, z = CoupledBlock(4), torch.rand(2, 4, 8, 8)
    assert not block(z).any()
    optimiser = torch.optim.SGD(block.parameters(), lr=0.1)
    for _ in range(3):  # the coupling first, then the last layer, then the others
        optimiser.zero_grad()
        (z + block(z)).pow(2).mean().backward()
        optimiser.step()
    assert all(parameter.grad.any() for parameter in block.parameters())


def test_alpha_mixes_features_and_branch_channel_by_channel() -> None:
    block, z, alpha = CoupledBlock(3), torch.rand(1, 3, 6, 6), 0.7
    nn.init.normal_(block.psi.conv2.weight)
    block.coupling.data = torch.tensor([0.0, 0.5, 1.0])[:, None, None]
    c = alpha * block.coupling
    torch.testing.assert_close(z + alpha * block(z), (1 - c) * z + c * block.psi(z))
