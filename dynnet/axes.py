"""Which axis of a network's features means what, as far as torch's own layers among its children tell."""

from typing import Any

from torch import Tensor, nn

from dynnet.children import pictures_of

_FIRST = {2: "BC", 3: "BCL", 4: "BCHW", 5: "BCDHW"}
_LAST = {2: "BC", 3: "BTC", 4: "BHWC", 5: "BDHWC"}
_WIDTHS = ("in_channels", "num_features", "num_channels", "in_features")


class Evidence:
    """What is known of layouts in one pass of a network.

    A convolution, or anything else of torch's for 1, 2 or 3 dimensions, has its channels first; a linear layer and a
    layer normalisation have them last. That speaks for features of the shapes that enter and leave it: in the layer
    itself, in whatever encloses it, and where nothing nearer speaks, anywhere in the network.

    Args:
        args, kwargs: of the pass. The length of the first tensor is the number of pictures.
    """

    def __init__(self, args: tuple, kwargs: dict[str, Any]):
        self._pictures = pictures_of(args, kwargs)
        tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
        self._sides = tuple(tensors[0].shape[2:]) if tensors and tensors[0].ndim == 4 else None
        self._channels: dict[nn.Module, str] = {}
        self._own: dict[tuple[nn.Module, tuple[int, ...]], str | None] = {}
        self._inside: dict[tuple[nn.Module, tuple[int, ...]], set[str | None]] = {}
        self._anywhere: dict[tuple[int, ...], set[str | None]] = {}

    def add(self, layer: nn.Module, z: Tensor, enclosing: tuple[nn.Module, ...]) -> None:
        """Takes down a call of `layer` with z, inside calls of `enclosing`."""
        if (channels := _channels(layer, z)) is not None:
            layout, shape = self._named(channels, z), tuple(z.shape)
            self._channels[layer] = channels
            self._own[layer, shape] = layout
            for module in enclosing:
                self._inside.setdefault((module, shape), set()).add(layout)
            self._anywhere.setdefault(shape, set()).add(layout)

    def add_output(self, layer: nn.Module, y: Tensor) -> None:
        """Takes down what a layer that was added gave."""
        if (channels := self._channels.get(layer)) is not None:
            self._anywhere.setdefault(tuple(y.shape), set()).add(self._named(channels, y))

    def layout(self, child: nn.Module, z: Tensor) -> str | None:
        """The layout of features that enter a child; None where nothing, or not the same, is said of them."""
        shape = tuple(z.shape)
        if (child, shape) in self._own:
            return self._own[child, shape]
        said = self._inside.get((child, shape)) or self._anywhere.get(shape, set())
        return next(iter(said)) if len(said) == 1 else None

    def _named(self, channels: str, z: Tensor) -> str | None:
        layout = (_FIRST if channels == "first" else _LAST).get(z.ndim)
        if layout is None or self._pictures is None:
            return layout
        if layout == "BTC":
            fits = [length == self._pictures for length in z.shape[:2]]
            return {(True, False): "BTC", (False, True): "TBC", (False, False): "NTC"}.get(tuple(fits))
        if layout == "BHWC" and not self._is_picture(z.shape[1], z.shape[2]):
            layout = "BNTC"  # heads and tokens, or the like
        return layout if z.shape[0] == self._pictures else "N" + layout[1:]

    def _is_picture(self, height: int, width: int) -> bool:
        """Whether these are the sides of the picture that went in, smaller or larger."""
        if self._sides is None:
            return False
        return abs(height * self._sides[1] - width * self._sides[0]) <= sum(self._sides)


def _channels(layer: nn.Module, z: Tensor) -> str | None:
    """Where a layer of torch's has the channels of its input: "first" (after the batch), "last" or nothing known."""
    if not any(kind.__module__.startswith("torch.nn") and kind is not nn.Module for kind in type(layer).__mro__):
        return None
    kinds = [kind.__name__ for kind in type(layer).__mro__]
    width = next((getattr(layer, name) for name in _WIDTHS if isinstance(getattr(layer, name, None), int)), None)
    if any(name[-2:] in ("1d", "2d", "3d") for name in kinds) or isinstance(layer, nn.GroupNorm):
        return "first" if z.ndim > 1 and width in (None, z.shape[1]) else None
    if isinstance(layer, nn.Linear):
        return "last" if width == z.shape[-1] else None
    if isinstance(layer, nn.LayerNorm | nn.RMSNorm):
        return "last" if len(layer.normalized_shape) == 1 else None
    return None
