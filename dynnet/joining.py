"""Several Dynamic-Nets of one main network as one, and one slider for two of their sets."""

from collections.abc import Mapping

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError


def join(nets: Mapping[str, DynamicNet]) -> DynamicNet:
    """One Dynamic-Net of several that share their main network; each brings its blocks, as a set of that name.

    Raises:
        DynnetError: there are none, they do not share a main network, or one is joined already.
    """
    if not nets:
        raise DynnetError("join takes at least one Dynamic-Net, got none")
    first = next(iter(nets.values()))
    if any(net.main is not first.main for net in nets.values()):
        raise DynnetError(f"{', '.join(nets)} are on different main networks; join Dynamic-Nets that share one")
    if joined := [name for name, net in nets.items() if net.sets]:
        raise DynnetError(f"{joined[0]!r} has named sets of blocks; join Dynamic-Nets of one set each")
    sets = {name: {net.child_of(block): net.block(block) for block in net.names} for name, net in nets.items()}
    return DynamicNet(first.main, sets).train(first.training)


def two_sided(alpha: float, positive: str, negative: str) -> dict[str, float]:
    """One slider for two sets of blocks, each trained for one direction: what to give a Dynamic-Net as alpha.

    Args:
        alpha: from 0 on it drives the set `positive`, below 0 the set `negative`, at its magnitude.

    Returns:
        {the set that is driven: a number >= 0}; the other set is left out and so at 0.
    """
    return {positive if alpha >= 0 else negative: abs(alpha)}  # abs: -0.0 is 0.0
