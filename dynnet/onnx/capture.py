"""A Dynamic-Net as one ONNX graph in which both ends of every blend have a name.

torch.export runs the network's own code once, with alpha as an input. What enters a tuned child (z), what its blocks
make of it (psi) and what the child gets (z + alpha psi) are outputs beside the network's own, so that no optimiser can
melt them into their neighbours, and the graph can be cut there.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from dynnet.blending import blend, only_tensor, run_block
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError, first_line

KINDS = ("number", "picture", "map")
OPSET = 20  # the newest that onnxruntime-web's releases of the last years all know

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Site:
    """One call of a tuned child.

    Attributes:
        z: the value that would enter the child.
        psis: {block: the value psi of it}.
        tuned: the value that enters the child, z + sum of alpha psi.
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


def capture(
    net: DynamicNet, inputs: Sequence[Tensor], kinds: Mapping[str, str], multiple: int = 1, free: bool = True
) -> Captured:
    """Exports a Dynamic-Net whose alphas are inputs.

    Args:
        inputs: an example of what the main network takes, with pictures or latents along the first axis.
        kinds: {block: "number", "picture" or "map"}.
        multiple: height and width of pictures (B, C, H, W) are multiples of this.
        free: leave batch, height and width open, where the network allows it; where not, a warning says so.

    Raises:
        DynnetError: the network cannot be exported, or one of its operations has no counterpart in ONNX.
    """
    marked = _Marked(net).eval()
    pair = [value if len(value) > 1 else torch.cat([value, value]) for value in inputs]  # else torch fixes a batch of 1
    names = [f"x.{i}" for i in range(len(inputs))] if len(inputs) > 1 else ["x"]
    program = _exported(marked, pair, _alphas(kinds, pair), multiple) if free else None
    if program is None:
        program = _fixed(marked, list(inputs), _alphas(kinds, inputs))
    outputs = [*marked.seen.outputs, *(name for site in marked.seen.sites for name in (site.z, *site.psis.values(), site.tuned))]
    model = _to_onnx(program, [*names, *(f"alpha.{block}" for block in kinds)], outputs)
    return Captured(model, tuple(names), tuple(marked.seen.outputs), tuple(marked.seen.sites))


@dataclass
class _Seen:
    """What a pass called things; no list of the module's own, which torch.export would put back as they were."""

    outputs: list[str] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)


class _Marked(nn.Module):
    """The network's outputs, then z, every psi and the tuned value of every site."""

    def __init__(self, net: DynamicNet):
        super().__init__()
        self.net = net
        self.seen = _Seen()

    def forward(self, inputs: Sequence[Tensor], alphas: Sequence[Tensor]) -> tuple[Tensor, ...]:
        values: list[Tensor] = []
        self.seen.sites.clear()
        with self._blending(dict(zip(self.net.names, alphas, strict=True)), values):
            y = self.net.main(*inputs)
        outputs = named(y)
        self.seen.outputs[:] = outputs
        return (*outputs.values(), *values)

    @contextmanager
    def _blending(self, alphas: Mapping[str, Tensor], values: list[Tensor]) -> Iterator[None]:
        places: dict[str, list[str]] = {}
        for name in self.net.names:
            places.setdefault(self.net.child_of(name), []).append(name)
        handles = [
            self.net.main.get_submodule(path).register_forward_pre_hook(
                self._hook(path, names, alphas, values), with_kwargs=True
            )
            for path, names in places.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _hook(self, path: str, names: Sequence[str], alphas: Mapping[str, Tensor], values: list[Tensor]) -> Callable:
        calls = 0

        def hook(child: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
            nonlocal calls
            calls += 1
            call = f"#{calls}" if calls > 1 else ""
            z = tuned = only_tensor(path, args, kwargs)
            psis = {name: run_block(self.net.block(name), z) for name in names}
            for name, psi in psis.items():
                tuned = blend(tuned, psi, alphas[name])
            self.seen.sites.append(
                Site(f"z.{path}{call}", {name: f"psi.{name}{call}" for name in names}, f"tuned.{path}{call}")
            )
            values.extend([z, *psis.values(), tuned])
            return (tuned,), {}

        return hook


def named(y: Any) -> dict[str, Tensor]:
    """What a network gives, by the names that its outputs have in a graph: y, or y.0, y.1, or y.KEY.

    Raises:
        DynnetError: there is something else among it than tensors.
    """
    if isinstance(y, Tensor):
        return {"y": y}
    items = y.items() if isinstance(y, Mapping) else enumerate(y) if isinstance(y, tuple | list) else ()
    found = {f"y.{key}": value for key, value in items}
    if not found or not all(isinstance(value, Tensor) for value in found.values()):
        raise DynnetError(
            f"a network that is exported gives a tensor, or a tuple, list or dict of tensors; this one gives a "
            f"{type(y).__name__} of other things; wrap it"
        )
    return found


def _alphas(kinds: Mapping[str, str], inputs: Sequence[Tensor]) -> list[Tensor]:
    batch, sides = len(inputs[0]), inputs[0].shape[2:] if inputs[0].ndim == 4 else (8, 8)
    shapes = {"number": (), "picture": (batch,), "map": (batch, 1, *sides)}
    return [torch.full(shapes[kind], 0.5, device=inputs[0].device) for kind in kinds.values()]


def _exported(
    marked: nn.Module, inputs: list[Tensor], alphas: list[Tensor], multiple: int
) -> ExportedProgram | None:
    """With batch, height and width open; None where the network does not allow that."""
    sides = (multiple * Dim("height"), multiple * Dim("width")) if multiple > 1 else (Dim.AUTO, Dim.AUTO)
    batch = Dim("batch") if multiple > 1 else Dim.AUTO  # torch does not mix the two
    open_inputs = [_dims(value, batch, sides) for value in inputs]
    open_alphas = [_dims(value, batch, (Dim.AUTO, Dim.AUTO)) for value in alphas]
    try:
        return _program(marked, inputs, alphas, (open_inputs, open_alphas))
    except Exception as error:  # the network's own code runs on symbols: anything may go wrong there
        _log.warning("batch, height and width are fixed in the exported network: %s", first_line(error))
        return None


def _fixed(marked: nn.Module, inputs: list[Tensor], alphas: list[Tensor]) -> ExportedProgram:
    try:
        return _program(marked, inputs, alphas, None)
    except DynnetError:
        raise
    except Exception as error:
        raise DynnetError(
            f"torch.export cannot follow this network ({first_line(error)}); a forward pass that hangs on values, "
            "not on shapes, cannot be exported"
        ) from error


def _dims(value: Tensor, batch: Any, sides: tuple[Any, Any]) -> dict[int, Any]:
    dims = {0: batch} if value.ndim else {}
    return dims | dict(zip((2, 3), sides, strict=True)) if value.ndim == 4 else dims


@torch.no_grad()
def _program(marked: nn.Module, inputs: list[Tensor], alphas: list[Tensor], dims: Any) -> ExportedProgram:
    return torch.export.export(marked, (inputs, alphas), dynamic_shapes=dims, strict=False)


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
