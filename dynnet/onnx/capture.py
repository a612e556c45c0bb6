"""A Dynamic-Net as one ONNX graph in which both ends of every blend have a name.

torch.export runs the network's own code once, with alpha as inputs. What would enter a tuned child (z), what its
blocks make of it (psi) and what does enter the child (z + alpha psi) are outputs beside the network's own, so that no
optimiser can melt them into their neighbours, and the graph can be cut there.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from dynnet.blending import input_place
from dynnet.children import child_at
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError, first_line
from dynnet.onnx.program import exported
from dynnet.onnx.signature import arguments, named_inputs, named_outputs

OPSET = 20  # onnxruntime and onnxruntime-web have known it since 2024


@dataclass(frozen=True)
class Site:
    """One call of a tuned child, by the names of values.

    Attributes:
        z: what would enter the child.
        psis: {block: psi of z}.
        tuned: what does enter it, z + sum of alpha psi.
    """

    z: str
    psis: Mapping[str, str]
    tuned: str


@dataclass(frozen=True)
class Captured:
    """A Dynamic-Net as an ONNX model.

    Attributes:
        model: an `onnx.ModelProto`; its outputs are the network's and then those of the sites.
        inputs: names of the network's inputs; those of alpha are `alpha.BLOCK`.
        outputs: names of the network's own outputs.
        sites: in the order of the pass.
    """

    model: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sites: tuple[Site, ...]


def capture(net: DynamicNet, x: Any, alphas: Mapping[str, Tensor], multiple: int = 1, free: bool = True) -> Captured:
    """Exports a Dynamic-Net whose alphas are inputs.

    Args:
        x: an example of what the main network takes, as `named_inputs` has it.
        alphas: an example for every block.
        multiple: height and width of pictures (B, C, H, W) are multiples of this.
        free: leave batch, height and width open, where the network allows it; where not, a warning says so.

    Raises:
        DynnetError: the network cannot be exported, or one of its operations has no counterpart in ONNX.
    """
    inputs, marked = named_inputs(x), _Marked(net, x).eval()
    program = exported(marked, inputs, alphas, multiple, free)
    names, sites = [*inputs, *(f"alpha.{block}" for block in alphas)], marked.watch.sites
    values = [name for site in sites for name in (site.z, *site.psis.values(), site.tuned)]
    model = _to_onnx(program, names, [*marked.watch.outputs, *values])
    _name_dims(model)
    return Captured(model, tuple(inputs), tuple(marked.watch.outputs), tuple(sites))


class _Marked(nn.Module):
    """The network's outputs, then z, every psi and the tuned value of every site."""

    def __init__(self, net: DynamicNet, x: Any):
        super().__init__()
        self.net, self.watch = net, _Watch(net)
        self.like = dict.fromkeys(x) if isinstance(x, Mapping) else ()  # how it is called

    def forward(self, inputs: dict[str, Tensor], alphas: dict[str, Tensor]) -> tuple[Tensor, ...]:
        args, kwargs = arguments(self.like, inputs.values())
        with self.watch.on():
            outputs = named_outputs(self.net(*args, alpha=alphas, **kwargs))
        self.watch.outputs = list(outputs)
        return (*outputs.values(), *self.watch.values)


class _Watch:
    """Hooks around those of a Dynamic-Net, which see what enters a tuned child before and after, and psi between.

    It is made before torch.export begins, which puts proxies in the place of modules that have several names; and what
    it sees is in no attribute of a module, which torch.export would put back as it was.
    """

    def __init__(self, net: DynamicNet):
        self.outputs: list[str] = []
        self.sites: list[Site] = []
        self.values: list[Tensor] = []
        self._blocks = list({id(block): block for block in map(net.block, net.names)}.values())
        self._names: dict[nn.Module, list[str]] = {}
        for name in net.names:
            self._names.setdefault(child_at(net.main, net.child_of(name)), []).append(name)
        self._paths = {child: net.child_of(names[0]) for child, names in self._names.items()}

    @contextmanager
    def on(self) -> Iterator[None]:
        """For one pass."""
        self.sites, self.values = [], []
        handles = [block.register_forward_hook(self._ran) for block in self._blocks]
        for child, names in self._names.items():
            after = self._after(self._paths[child], names)
            handles.append(child.register_forward_pre_hook(self._before, with_kwargs=True, prepend=True))
            handles.append(child.register_forward_pre_hook(after, with_kwargs=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _before(self, child: nn.Module, args: tuple, kwargs: dict) -> None:
        self.values.append(_entering(args, kwargs))

    def _ran(self, block: nn.Module, args: tuple, psi: Tensor) -> None:
        self.values.append(psi)

    def _after(self, path: str, names: Sequence[str]) -> Callable:
        calls = 0

        def after(child: nn.Module, args: tuple, kwargs: dict) -> None:
            nonlocal calls
            calls += 1
            call = f"#{calls}" if calls > 1 else ""
            self.values.append(_entering(args, kwargs))
            self.sites.append(Site(f"z.{path}{call}", {n: f"psi.{n}{call}" for n in names}, f"tuned.{path}{call}"))

        return after


def _entering(args: tuple, kwargs: dict) -> Tensor:
    place = input_place(args, kwargs)
    return kwargs[place] if isinstance(place, str) else args[place]


def _to_onnx(program: ExportedProgram, inputs: Sequence[str], outputs: Sequence[str]) -> Any:
    import onnx.inliner

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about torch's own internals
            found = torch.onnx.export(
                program, input_names=inputs, output_names=outputs, opset_version=OPSET, dynamo=True, verbose=False
            )
    except torch.onnx.errors.OnnxExporterError as error:
        raise DynnetError(f"the network cannot be written as ONNX: {_reason(error)}") from error
    return onnx.inliner.inline_local_functions(found.model_proto)


def _reason(error: BaseException) -> str:
    """The innermost cause, which names the operation; the exporter's own message goes on for pages."""
    while error.__cause__ is not None:
        error = error.__cause__
    return first_line(error)


def _name_dims(model: Any) -> None:
    """Calls the open axes of the first input batch, height and width, instead of by torch's symbols.

    A number that torch holds as a symbol becomes one.
    """
    names: dict[str, str] = {}
    for value in model.graph.input:
        for dim, name in zip(value.type.tensor_type.shape.dim, ("batch", "channels", "height", "width"), strict=False):
            if dim.dim_param.isdigit():
                dim.dim_value = int(dim.dim_param)
            elif dim.dim_param:
                dim.dim_param = names.setdefault(dim.dim_param, name if name not in names.values() else dim.dim_param)
