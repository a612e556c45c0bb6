"""Mixtures of styles: what a network of several styles is asked for, as one style's name or a weight for each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from torch import Tensor

from dynnet.block_sets import block_key
from dynnet.errors import DynnetError
from dynnet.walks import Renderer

Style = TypeVar("Style", str, int)

ROUNDING = 1e-6  # how far weights may be from a sum of 1


def shares(mixture: Style | Mapping[Style, float], styles: Iterable[Style]) -> dict[Style, float]:
    """The weight of every style that takes part; a style at 0 does not, so that its numbers cannot disturb the rest.

    Args:
        mixture: a style, or {style: weight} with weights that sum to 1; weights below 0 and above 1 walk past a style.
        styles: the styles there are.

    Raises:
        DynnetError: an unknown style, or weights that do not sum to 1.
    """
    weights, known = mixture if isinstance(mixture, Mapping) else {mixture: 1.0}, list(styles)
    if unknown := [style for style in weights if style not in known]:
        raise DynnetError(f"no style {unknown[0]!r}; there are {', '.join(map(str, known))}")
    total = sum(weights.values())
    if not abs(total - 1) < ROUNDING:  # NaN is not below it either
        raise DynnetError(f"the weights of a mixture sum to 1, got {dict(weights)} with the sum {total}")
    return {style: float(weight) for style, weight in weights.items() if weight != 0}


def between(a: Style, b: Style, alpha: float) -> dict[Style, float]:
    """The mixture on the line from style a (alpha = 0) to style b (alpha = 1).

    Raises:
        DynnetError: a and b are one style.
    """
    if a == b:
        raise DynnetError(f"a walk goes between two styles, got {a!r} twice")
    return {a: 1 - alpha, b: alpha}


def mixture(network: Callable[[Tensor, Mapping], Tensor], a: Any, b: Any) -> Renderer:
    """A network of several styles between two of them; the setting is the share of b (Conditional-IN, AdaIN)."""
    return lambda x: lambda share: network(x, between(a, b, float(share)))


def style_keys(styles: Iterable[str]) -> dict[str, str]:
    """{style: the name its tensors are stored under}, as `block_key` for blocks.

    The prefix keeps a style of the name `keys` or `forward` apart from what a module has by that name.

    Raises:
        DynnetError: two styles have one name, dots aside.
    """
    names = list(styles)
    keys = {style: f"style_{block_key(style)}" for style in names}
    if len(set(keys.values())) < len(names):
        raise DynnetError(f"styles need names of their own (a dot counts as two underscores), got {', '.join(names)}")
    return keys
