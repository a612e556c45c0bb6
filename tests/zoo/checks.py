"""What is asked of a network of the zoo. Every question has a guard of its own: one answer does not hang on another."""

import copy
import gc
import inspect
import logging
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.agreement import relative_gap
from dynnet.attachable import Children, attachable
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import TOLERANCE, IncrementalForward
from dynnet.structure import flatten
from tests.zoo.networks import Animal

WIDEST = 512  # channels of a child that is chosen for a block
RANK = 4


@dataclass
class Answers:
    """What one network of the zoo gave.

    Attributes:
        wrong: {question: what went wrong}; empty where all is well.
        fall_back: why incremental evaluation is off; empty where it is on.
        alone: why it does not train without us, either; empty where it does.
        shared, last: time of a re-render over that of a plain pass, all alphas changed, or the last block's alone.
    """

    family: str
    name: str
    paths: tuple[str, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)
    fall_back: str = ""
    alone: str = ""
    shared: float | None = None
    last: float | None = None

    @contextmanager
    def asked(self, question: str) -> Iterator[None]:
        """A question: whatever is raised inside is a wrong answer."""
        try:
            yield
        except Exception as error:
            self.wrong[question] = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
        gc.collect()


QUESTIONS = ("attach, exact at 0", "a dead block is an error", "incremental", "train", "save and load", "unchanged")


def answers_of(animal: Animal, folder: Path) -> Answers:
    """All questions, put to one network."""
    answers = Answers(animal.family, animal.name)
    torch.manual_seed(0)
    main = awake(animal.make().eval())
    args, kwargs = animal.inputs()
    before = state_of(main, args, kwargs)
    net: DynamicNet | None = None
    with answers.asked(QUESTIONS[0]):
        children = attachable(main, example_of(main, args, kwargs))
        answers.paths = chosen(children)
        silent = tuple(child.path for child in children if child.calls == 0)
        net = attached(main, answers.paths, args, kwargs)
        assert relative_gap(run(net, args, kwargs, alpha=0.0), before["output"]) == 0
    if net is None:
        return answers
    with answers.asked(QUESTIONS[1]):
        dead_block(main, args, kwargs, silent)
    with answers.asked(QUESTIONS[2]):
        incremental(answers, net, args, kwargs)
    with answers.asked(QUESTIONS[3]):
        trains(answers, net, args, kwargs)
    with answers.asked(QUESTIONS[4]):
        net = saved(net, main, args, kwargs, folder / "blocks.safetensors")
    with answers.asked(QUESTIONS[5]):
        net.detach()
        differences = differing(before, state_of(main, args, kwargs))
        assert not differences, f"{', '.join(differences)} changed"
    return answers


def awake(main: nn.Module) -> nn.Module:
    """The network without the branches that start at zero, through which nothing is learnt at first."""
    for parameter in main.parameters():
        if parameter.is_floating_point() and not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return main


def run(module: nn.Module, args: tuple, kwargs: dict, **more: Any) -> Any:
    args, kwargs = copy.deepcopy((args, kwargs))  # a network may write to its input
    with torch.no_grad():
        return module(*args, **kwargs, **more)


def state_of(main: nn.Module, args: tuple, kwargs: dict) -> dict[str, Any]:
    """What a user would notice if it changed; after a pass of its own, which may leave what it likes behind."""
    return {
        "output": run(main, args, kwargs),
        "state_dict": copy.deepcopy(main.state_dict()),
        "attributes": {name: sorted(vars(module)) for name, module in main.named_modules()},
        "modes": [module.training for module in main.modules()],
        "requires_grad": [parameter.requires_grad for parameter in main.parameters()],
        "hooks": [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in main.modules()],
        "picklability": picklable(main),
    }


def picklable(main: nn.Module) -> bool:
    try:
        pickle.dumps(main)
    except Exception:
        return False
    return True


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    exact = {"output", "state_dict"}
    return [name for name in before if (relative_gap(after[name], before[name]) != 0 if name in exact else
                                        after[name] != before[name])]  # fmt: skip


def example_of(main: nn.Module, args: tuple, kwargs: dict) -> Any:
    """A tuple of arguments, or keywords where there are any."""
    args, kwargs = copy.deepcopy((args, kwargs))
    return dict(inspect.signature(main.forward).bind(*args, **kwargs).arguments) if kwargs else args


def chosen(children: Children) -> tuple[str, ...]:
    """Two children that can carry a block: a third and four fifths of the way through."""
    children = [child for child in children if not child.why_not]
    narrow = [child for child in children if child.shape[child.layout.index("C")] <= WIDEST] or children
    assert narrow, "no child can carry a block"
    return tuple(dict.fromkeys(narrow[int(share * len(narrow))].path for share in (1 / 3, 4 / 5)))


def attached(main: nn.Module, paths: tuple[str, ...], args: tuple, kwargs: dict) -> DynamicNet:
    """Blocks that do something, as after training."""
    net = DynamicNet.at_children(main, paths, example_of(main, args, kwargs), rank=RANK).eval()
    for block in net.blocks.values():
        for parameter in block.parameters():
            nn.init.normal_(parameter, std=0.1)
    return net


def dead_block(main: nn.Module, args: tuple, kwargs: dict, silent: tuple[str, ...]) -> None:
    """A child that the pass does not call, if there is one, and one that we add."""
    main.zoo_unused = nn.Identity()
    try:
        for path in (*silent[:1], "zoo_unused"):
            net = DynamicNet(main, {path: TuningBlock(3)})
            try:
                run(net, args, kwargs, alpha=1.0)
            except DynnetError as error:
                assert path in str(error), f"the error does not name {path}: {error}"
            else:
                raise AssertionError(f"a block at {path}, which is never called, went unnoticed")
            finally:
                net.detach()
    finally:
        del main.zoo_unused


def incremental(answers: Answers, net: DynamicNet, args: tuple, kwargs: dict) -> None:
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    logger = logging.getLogger("dynnet.incremental")
    logger.addHandler(handler)
    try:
        render = IncrementalForward(net, *args, **kwargs)
        first, last = net.names[0], net.names[-1]
        points = (0.3, 0.0, {first: 0.4, last: 0.9}, {first: 0.4, last: -0.7}, 1.0)
        wanted = [run(net, args, kwargs, alpha=alpha) for alpha in points]
        for alpha, output in 2 * list(zip(points, wanted, strict=True)):
            gap = relative_gap(render(alpha), output)
            assert gap <= TOLERANCE, f"off by {gap:.1e} at alpha {alpha}"
        assert render.incremental or heard, "it fell back without a word"
        if render.incremental:
            answers.shared = ratio(lambda step: render(0.2 + step), lambda: run(net, args, kwargs, alpha=0.5))
            answers.last = ratio(
                lambda step: render({first: 0.4, last: step}), lambda: run(net, args, kwargs, alpha=0.5)
            )
    finally:
        logger.removeHandler(handler)
    answers.fall_back = heard[0].split(": ", 1)[1].rsplit(";", 1)[0] if heard else ""


def ratio(render: Callable[[float], Any], plain: Callable[[], Any], repeats: int = 3) -> float:
    """Time of the one over the other's, taking turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for step in range(1, repeats + 2):
        for taken, action in zip(times, (lambda step=step: render(step / 17), plain), strict=True):
            started = time.thread_time()
            action()
            taken.append(time.thread_time() - started)
    return median(times[0][1:]) / median(times[1][1:])


def trains(answers: Answers, net: DynamicNet, args: tuple, kwargs: dict) -> None:
    """Three steps change every block and nothing of the main network."""
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    optimiser = torch.optim.SGD(net.blocks.parameters(), lr=0.0)
    try:
        for _ in range(3):
            optimiser.zero_grad()
            loss = loss_of(net(*copy.deepcopy(args), alpha=1.0, **copy.deepcopy(kwargs)))
            loss.backward()
            gradients = {name: block_gradient(net.block(name)) for name in net.names}
            for parameter in net.blocks.parameters():
                if parameter.grad is not None:
                    parameter.data -= 1e-3 * parameter.grad / (1e-12 + parameter.grad.abs().max())
    except Exception:
        if answer := without_us(net.main, args, kwargs, ()):
            answers.alone = answer
            return
        raise
    finally:
        net.eval()
    if silent := [name for name, gradient in gradients.items() if not gradient > 0]:
        answers.alone = without_us(net.main, args, kwargs, silent)
        assert answers.alone, f"no gradient: {gradients}"
    moved = {name for name, value in net.state_dict().items() if not torch.equal(value, weights[name])}
    assert not [name for name in moved if name.startswith("main.")], "the main network has changed"


def without_us(main: nn.Module, args: tuple, kwargs: dict, paths: Sequence[str]) -> str:
    """Why a network gives its own weights no gradients in eval mode, those of `paths` at least; empty where it does."""
    weights = [parameter for parameter in main.parameters() if parameter.is_floating_point()]
    try:
        for weight in weights:
            weight.requires_grad_(True)
        loss_of(main(*copy.deepcopy(args), **copy.deepcopy(kwargs))).backward()
        for path in paths:
            own = [*main.get_submodule(path).parameters()] or weights
            if not any(weight.grad is not None and weight.grad.any() for weight in own):
                return f"the weights at {path} get none"
    except Exception as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0][:160]
    finally:
        main.requires_grad_(False)
        main.zero_grad()
    return ""


def loss_of(output: Any) -> Tensor:
    tensors = [leaf for leaf in flatten(output)[0] if isinstance(leaf, Tensor) and leaf.is_floating_point()]
    return sum((tensor - 0.1).square().mean() for tensor in tensors)


def block_gradient(block: nn.Module) -> float:
    return max(float(p.grad.abs().max()) if p.grad is not None else 0.0 for p in block.parameters())


def saved(net: DynamicNet, main: nn.Module, args: tuple, kwargs: dict, file: Path) -> DynamicNet:
    wanted = run(net, args, kwargs, alpha=0.7)
    net.save_blocks(file)
    net.detach()
    again = DynamicNet.load(main, file)
    assert relative_gap(run(again, args, kwargs, alpha=0.7), wanted) == 0
    return again
