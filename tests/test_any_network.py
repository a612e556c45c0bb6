"""Networks that know nothing of dynnet: torchvision's, small pictures, random weights."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models import convnext, segmentation, swin_transformer
from torchvision.models.optical_flow import raft_small

from dynnet.attachable import attachable
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import count_calls


def small_swin() -> nn.Module:
    """swin_v2_t with fewer channels and without its last two stages."""
    block, merging = swin_transformer.SwinTransformerBlockV2, swin_transformer.PatchMergingV2
    return models.SwinTransformer(
        [4, 4], 24, [2, 2], [2, 4], [8, 8], num_classes=5, block=block, downsample_layer=merging
    )


def small_convnext() -> nn.Module:
    """convnext_tiny with fewer channels and without its last two stages."""
    return models.ConvNeXt([convnext.CNBlockConfig(24, 48, 2), convnext.CNBlockConfig(48, None, 2)], num_classes=5)


# {name: (network, side of its pictures, a child that can carry a block, one that cannot)}
ZOO: dict[str, tuple[Callable[[], nn.Module], int, str, str]] = {
    "resnet18": (lambda: models.resnet18(num_classes=5), 64, "layer4", "unused"),
    "googlenet": (lambda: models.googlenet(num_classes=5, init_weights=False), 64, "inception4a", "aux1"),
    "mobilenet_v3_small": (lambda: models.mobilenet_v3_small(num_classes=5), 64, "features.5", "unused"),
    "efficientnet_b0": (lambda: models.efficientnet_b0(num_classes=5), 64, "features.4.1", "unused"),
    "shufflenet_v2_x0_5": (lambda: models.shufflenet_v2_x0_5(num_classes=5), 64, "stage3.1", "unused"),
    "squeezenet1_1": (lambda: models.squeezenet1_1(num_classes=5), 64, "features.7", "unused"),
    "regnet_y_400mf": (lambda: models.regnet_y_400mf(num_classes=5), 64, "trunk_output.block3", "unused"),
    "swin_v2": (small_swin, 64, "features.3.0", "features.3.0.attn.qkv"),
    "convnext": (small_convnext, 32, "features.3.0.block.3", "unused"),
    "vit": (
        lambda: models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5),
        32,
        "encoder.layers.encoder_layer_1",
        "encoder.layers.encoder_layer_0.self_attention.out_proj",
    ),
    "lraspp": (
        lambda: segmentation.lraspp_mobilenet_v3_large(weights_backbone=None, num_classes=3),
        64,
        "backbone.5",
        "unused",
    ),
    "raft": (raft_small, 128, "context_encoder.layer2", "unused"),
}


def network(name: str) -> tuple[nn.Module, tuple, str, str]:
    make, side, able, unable = ZOO[name]
    torch.manual_seed(0)
    main, x = make(), torch.rand(2, 3, side, side)
    if unable == "unused":
        main.unused = nn.Conv2d(1, 1, 1)
    for layer in main.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0  # statistics of the one batch, or signals die away on random weights
        elif isinstance(layer, nn.Linear) and not layer.weight.any():
            nn.init.normal_(layer.weight, std=0.1)  # a head that starts at zero
    args = (x, x.flip(3), 2) if name == "raft" else (x,)
    with torch.no_grad():
        main.train()(*args)
    return main, args, able, unable


def tensors(y: object) -> list[Tensor]:
    return [value for value in torch.utils._pytree.tree_leaves(y) if isinstance(value, Tensor)]


def equal(y: object, other: object) -> bool:
    return all(torch.equal(a, b) for a, b in zip(tensors(y), tensors(other), strict=True))


@pytest.mark.parametrize("name", ZOO)
def test_a_network_is_attached_to_trained_saved_and_given_back(name: str, tmp_path: Path) -> None:
    main, args, able, unable = network(name)
    main.eval().requires_grad_(name != "resnet18")
    state = copy.deepcopy(main.state_dict())
    gradients = [p.requires_grad for p in main.parameters()]
    with torch.no_grad():
        y0 = main(*args)
    table = {child.path: child for child in attachable(main, args)}
    assert not table[able].why_not and table[unable].why_not

    net = DynamicNet.at_children(main, [able], args, rank=4)
    calls = count_calls({able: net.block(able)})
    with torch.no_grad():
        assert equal(net(*args, alpha=0.0), y0) and not calls  # bit for bit, and free
        assert equal(net(*args, alpha=1.0), y0) and calls  # phase 2 starts at the main network
    train(net, args)
    with torch.no_grad():
        assert equal(net(*args, alpha=0.0), y0) and equal(main(*args), y0)
        y1 = net(*args, alpha=1.0)
        assert not equal(y1, y0)
        # In double precision: what random weights blow up, they blow up with the order of a batch's sums.
        kind, close = (torch.float32, 1e-3) if name == "raft" else (torch.float64, 1e-6)  # raft knows float32 alone
        exact, x = copy.deepcopy(net).to(kind), [v.to(kind) if isinstance(v, Tensor) else v for v in args]
        pictures = [exact(*one(x, index), alpha=alpha) for index, alpha in enumerate((0.5, -1.0))]
        together = exact(*x, alpha=torch.tensor([0.5, -1.0], dtype=kind))
        for found, *alone in zip(*map(tensors, (together, *pictures)), strict=True):
            torch.testing.assert_close(found, torch.cat(alone), rtol=close, atol=close / 10)

    net.save_blocks(tmp_path / "blocks.safetensors")
    assert net.detach() is main
    with torch.no_grad():
        found = DynamicNet.load(main, tmp_path / "blocks.safetensors")
        assert equal(found(*args, alpha=1.0), y1)
    found.detach()
    assert all(torch.equal(value, state[key]) for key, value in main.state_dict().items())
    assert [p.requires_grad for p in main.parameters()] == gradients
    assert not any(module._forward_pre_hooks for module in main.modules())


def one(args: tuple, index: int) -> list:
    return [value[index : index + 1] if isinstance(value, Tensor) else value for value in args]


def train(net: DynamicNet, args: tuple) -> None:
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.05)
    net.train()
    for _ in range(3):
        optimiser.zero_grad()
        sum(y.square().mean() for y in tensors(net(*args))).backward()
        optimiser.step()
    net.eval()
    assert all(p.grad is None for p in net.main.parameters())


@pytest.mark.parametrize("name", ["resnet18", "swin_v2", "vit"])
def test_a_block_that_never_runs_is_an_error(name: str) -> None:
    main, args, able, unable = network(name)
    net = DynamicNet(main, {able: nn.Identity(), unable: nn.Identity()})
    with pytest.raises(DynnetError, match=f"'{unable}' is on and did not run"), torch.no_grad():
        net(*args, alpha=0.1)
