"""The zoo: what is promised of any network, asked of networks of others (`make test-zoo`)."""

import random
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from dynnet.agreement import relative_gap
from dynnet.attachable import attachable
from dynnet.dynamic import DynamicNet
from dynnet.incremental import TOLERANCE
from tests.zoo.checks import Answers, answers_of, attached, awake, block_gradient, chosen, example_of, loss_of, run
from tests.zoo.networks import Animal, animals

pytestmark = pytest.mark.zoo
ZOO = {f"{animal.family}: {animal.name}": animal for animal in animals()}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        yield


@pytest.mark.parametrize("name", ZOO)
def test_everything_holds_on(name: str, tallied: list[Answers], tmp_path: Path) -> None:
    answers = answers_of(ZOO[name], tmp_path)
    tallied.append(answers)
    assert not answers.wrong


def tuned(animal: Animal) -> tuple[DynamicNet, tuple, dict]:
    torch.manual_seed(0)
    main = awake(animal.make().eval())
    args, kwargs = animal.inputs()
    paths = chosen(attachable(main, example_of(main, args, kwargs)))
    return attached(main, paths, args, kwargs), args, kwargs


@pytest.mark.parametrize(
    "name", ["timm: resnet18", "timm: swin_tiny_patch4_window7_224", "diffusers: UNet2DConditionModel"]
)
def test_threads_at_different_alphas(name: str) -> None:
    """Eight threads, 400 calls."""
    net, args, kwargs = tuned(ZOO[name])
    alphas = [step / 10 for step in range(-2, 12)]
    wanted = [run(net, args, kwargs, alpha=alpha) for alpha in alphas]
    wrong: list[float] = []

    def walk(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(50):
            index = rng.randrange(len(alphas))
            if relative_gap(run(net, args, kwargs, alpha=alphas[index]), wanted[index]) > TOLERANCE:
                wrong.append(alphas[index])

    threads = [threading.Thread(target=walk, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("name", ["timm: resnet10t", "timm: test_vit", "diffusers: AutoencoderKL"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_compiled(name: str, when: str) -> None:
    torch.compiler.reset()
    net, args, kwargs = tuned(ZOO[name])
    wanted = {alpha: run(net, args, kwargs, alpha=alpha) for alpha in (0.0, 0.5, 1.0)}
    if when == "after":
        compiled: nn.Module = torch.compile(net, backend="eager")
    else:
        paths, blocks = net.names, [net.block(name) for name in net.names]
        main = torch.compile(net.detach(), backend="eager")
        run(main, args, kwargs)
        compiled = DynamicNet(main, {f"_orig_mod.{path}": block for path, block in zip(paths, blocks, strict=True)})
    for alpha, output in wanted.items():
        assert relative_gap(run(compiled, args, kwargs, alpha=alpha), output) <= TOLERANCE


CHECKPOINTING = {
    "timm: resnet26d": lambda main: main.set_grad_checkpointing(),
    "timm: test_vit": lambda main: main.set_grad_checkpointing(),
    "timm: convnext_atto": lambda main: main.set_grad_checkpointing(),
    "diffusers: UNet2DConditionModel": lambda main: main.enable_gradient_checkpointing(),
    "diffusers: AutoencoderKL": lambda main: main.enable_gradient_checkpointing(),
}


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("name", CHECKPOINTING)
def test_gradients_under_checkpointing_are_those_without(
    name: str, reentrant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, args, kwargs = tuned(ZOO[name])

    def gradients() -> list[torch.Tensor]:
        net.zero_grad()
        loss_of(
            net(*(a.clone().requires_grad_() if a.is_floating_point() else a for a in args), alpha=1.0, **kwargs)
        ).backward()
        assert all(block_gradient(net.block(block)) > 0 for block in net.names)
        return [parameter.grad.clone() for parameter in net.blocks.parameters()]

    wanted = gradients()
    original = torch.utils.checkpoint.checkpoint

    def checkpoint(function: object, *arguments: object, **options: object) -> object:
        return original(function, *arguments, **(options | {"use_reentrant": reentrant}))

    monkeypatch.setattr(torch.utils.checkpoint, "checkpoint", checkpoint)
    CHECKPOINTING[name](net.main)
    for module in net.main.modules():
        if hasattr(module, "gradient_checkpointing"):
            module.training = True  # diffusers checkpoints in train mode only
    for grad, reference in zip(gradients(), wanted, strict=True):
        assert relative_gap(grad, reference) <= TOLERANCE
