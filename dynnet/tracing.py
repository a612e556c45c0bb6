"""The graph behind incremental evaluation: a main network traced by torch.fx, with its blends as nodes."""

from collections.abc import Callable, Mapping, Set
from typing import Any

import torch
from torch import Tensor, fx, nn

from dynnet.blending import blend, run_block
from dynnet.dynamic import DynamicNet
from dynnet.layouts import layout_of

Values = dict[Any, Any]


def psi(z: Tensor, name: str) -> Tensor:
    """Marks a tuning-block's output in a traced graph; never called, the evaluator runs the block `name`."""
    raise NotImplementedError


class DynamicGraph:
    """The nodes of a `DynamicNet`, evaluated in order, each only when something it depends on has changed.

    Raises:
        Exception: whatever tracing raises, for a main network with control flow on values or with several inputs.
    """

    def __init__(self, net: DynamicNet):
        self._net = net
        self._modules = dict(net.main.named_modules())
        self._nodes = list(_Tracer(net).trace(net.main).nodes)
        inputs = [node for node in self._nodes if node.op == "placeholder"]
        if len(inputs) != 1:
            raise TypeError(f"it takes {len(inputs)} inputs, not one")
        if missing := set(net.names) - {node.args[-1] for node in self._nodes if node.target is blend}:
            raise TypeError(f"its forward pass never calls {net.child_of(missing.pop())!r}")
        self._affine = {node for node in self._nodes if self._is_conv_of_blend(node)}
        self._mutating: set[fx.Node] = set()

    def update(self, x: Tensor, alphas: Mapping[str, float | Tensor], values: Values, changed: Set[str]) -> Tensor:
        """The output for `alphas`, bringing `values` up to date.

        Args:
            values: of the same input's last evaluation, or empty.
            changed: blocks whose alpha is another than then.
        """
        if values:
            return self._evaluate(x, alphas, values, changed)
        known = len(self._mutating)
        y = self._evaluate(x, alphas, values, changed)
        if len(self._mutating) > known:  # their inputs, now cached, were overwritten: again, on copies
            values.clear()
            y = self._evaluate(x, alphas, values, changed)
        return y

    def _evaluate(self, x: Tensor, alphas: Mapping[str, float | Tensor], values: Values, changed: Set[str]) -> Tensor:
        dirty: set[fx.Node] = set()
        swung: set[fx.Node] = set()  # blends where alpha is new and what it is added to is not
        for node in self._nodes:
            if node.op == "output":
                return _lookup(node.args[0], values)
            if node.target is psi:  # run by its blend, when alpha is not 0
                if node.args[0] in dirty:
                    values.pop(node, None)
            elif node.target is blend:
                if node.args[0] in dirty or node.args[2] in changed:
                    if node in values and node.args[0] not in dirty:
                        swung.add(node)
                    values[node] = self._blend(node, alphas[node.args[2]], values)
                    dirty.add(node)
            elif node not in values or not dirty.isdisjoint(node.all_input_nodes):
                values[node] = self._value(node, x, alphas, values, swung)
                dirty.add(node)
        raise AssertionError("a traced graph ends with its output")

    def _value(
        self, node: fx.Node, x: Tensor, alphas: Mapping[str, float | Tensor], values: Values, swung: Set[fx.Node]
    ) -> Any:
        if node.op == "placeholder":
            return x
        if node not in self._affine:
            return self._run(node, values)
        source = node.args[0]
        alpha = alphas[source.args[2]]
        if source not in swung or isinstance(alpha, Tensor):
            values.pop((node, "line"), None)
            return self._run(node, values)
        start, slope = self._line(node, values)
        return start + alpha * slope

    def _line(self, node: fx.Node, values: Values) -> tuple[Tensor, Tensor]:
        """conv(z + alpha psi) = conv(z) + alpha (conv(psi) - bias): two passes, then every alpha is nearly free.

        Of several blends at one place the last is meant, and z is what comes out of the ones before it.
        """
        if (node, "line") not in values:
            base, psi_node, _ = node.args[0].args
            conv = self._modules[node.target]
            offset = 0 if conv.bias is None else conv.bias.view(-1, 1, 1)
            values[node, "line"] = conv(values[base]), conv(self._psi(psi_node, values)) - offset
        return values[node, "line"]

    def _blend(self, node: fx.Node, alpha: float | Tensor, values: Values) -> Tensor:
        base, psi_node, _ = node.args
        if not isinstance(alpha, Tensor) and alpha == 0:
            return values[base]
        layout = layout_of(self._net.block(psi_node.args[1]))
        return blend(values[base], self._psi(psi_node, values), alpha, layout)

    def _psi(self, node: fx.Node, values: Values) -> Tensor:
        if node not in values:
            z, name = node.args
            values[node] = run_block(self._net.block(name), values[z])
        return values[node]

    def _run(self, node: fx.Node, values: Values) -> Any:
        args, kwargs = _lookup(node.args, values), _lookup(node.kwargs, values)
        if node in self._mutating:
            args, kwargs = fx.node.map_aggregate(args, _clone), fx.node.map_aggregate(kwargs, _clone)
        tensors = [values[n] for n in node.all_input_nodes if isinstance(values[n], Tensor)]
        versions = [tensor._version for tensor in tensors]
        result = self._call(node)(*args, **kwargs)
        if versions != [tensor._version for tensor in tensors]:  # an in-place operation, e.g. ReLU(inplace=True)
            self._mutating.add(node)
        return result

    def _is_conv_of_blend(self, node: fx.Node) -> bool:
        is_conv = node.op == "call_module" and type(self._modules[node.target]) is nn.Conv2d
        return is_conv and len(node.all_input_nodes) == 1 and node.all_input_nodes[0].target is blend

    def _call(self, node: fx.Node) -> Callable:
        if node.op == "call_module":
            return self._modules[node.target]
        if node.op == "call_function":
            return node.target
        if node.op == "call_method":
            return lambda first, *args, **kwargs: getattr(first, node.target)(*args, **kwargs)
        return lambda: _attribute(self._net.main, node.target)  # get_attr


class _Tracer(fx.Tracer):
    """Writes z + alpha psi(z) into the graph where a tuned child is called; torch's own layers stay whole.

    Several blocks of one child make a chain of blends, in the order of the plain pass; every psi is of z.
    """

    def __init__(self, net: DynamicNet):
        super().__init__()
        self._net = net

    def call_module(self, m: nn.Module, forward: Callable, args: tuple, kwargs: dict) -> Any:
        path = self.path_of_module(m)
        if names := [name for name in self._net.names if self._net.child_of(name) == path]:
            (z,) = (tuned,) = [*args, *kwargs.values()]
            for name in names:
                tuning = self.create_proxy("call_function", psi, (z, name), {})
                tuned = self.create_proxy("call_function", blend, (tuned, tuning, name), {})
            args, kwargs = (tuned,), {}
        return super().call_module(m, forward, args, kwargs)


def _lookup(args: Any, values: Values) -> Any:
    return fx.node.map_arg(args, lambda node: values[node])


def _clone(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _attribute(module: nn.Module, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name)
    return module


def same_alpha(a: float | Tensor, b: float | Tensor | None) -> bool:
    """Whether two values of alpha are the same number or the same tensor."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and torch.equal(a, b)
    return not isinstance(a, Tensor) and not isinstance(b, Tensor) and a == b
