"""Arguments and results of a network, taken apart into tensors and put together again."""

import copy
import dataclasses
from enum import Enum
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

_PLAIN = (int, float, complex, str, bytes, bool, type(None), Enum, torch.dtype, torch.device, torch.layout)


def flatten(value: Any) -> tuple[list[Any], pytree.TreeSpec]:
    """The leaves of nested tuples, lists, dicts, registered classes and dataclasses, and what puts them together.

    Leaves are tensors and whatever cannot be taken apart.
    """
    return pytree.tree_flatten(pytree.tree_map(_open, value))


def unflatten(leaves: list[Any], spec: pytree.TreeSpec) -> Any:
    """The value again, with other leaves."""
    return pytree.tree_map(_close, pytree.tree_unflatten(leaves, spec), is_leaf=lambda node: isinstance(node, _Opened))


def is_plain(leaf: Any) -> bool:
    """Whether a leaf holds no tensor for sure."""
    return isinstance(leaf, _PLAIN)


def clone(value: Any) -> Any:
    """The value with every tensor copied."""
    leaves, spec = flatten(value)
    return unflatten([leaf.clone() if isinstance(leaf, Tensor) else leaf for leaf in leaves], spec)


class _Model:
    """A dataclass whose fields are elsewhere; two of one class are the same structure."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Model) and type(self.value) is type(other.value)

    def __hash__(self) -> int:
        return hash(type(self.value))


class _Opened:
    """A dataclass that PyTorch does not know how to take apart, with its fields laid bare."""

    def __init__(self, model: _Model, fields: dict[str, Any]):
        self.model, self.fields = model, fields


pytree.register_pytree_node(
    _Opened,
    lambda opened: (list(opened.fields.values()), (opened.model, tuple(opened.fields))),
    lambda values, context: _Opened(context[0], dict(zip(context[1], values, strict=True))),
)


def _open(leaf: Any) -> Any:
    if not dataclasses.is_dataclass(leaf) or isinstance(leaf, type):
        return leaf
    return _Opened(_Model(leaf), {name: pytree.tree_map(_open, value) for name, value in vars(leaf).items()})


def _close(node: Any) -> Any:
    if not isinstance(node, _Opened):
        return node
    model = copy.copy(node.model.value)
    for name, value in node.fields.items():
        object.__setattr__(model, name, pytree.tree_map(_close, value, is_leaf=lambda n: isinstance(n, _Opened)))
    return model
