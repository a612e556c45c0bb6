"""Tuning-blocks by sets: how they are given, what they are called, and under which keys they are stored."""

from collections.abc import Mapping

from torch import nn

from dynnet.errors import DynnetError

Blocks = Mapping[str, nn.Module] | Mapping[str, Mapping[str, nn.Module]]


def by_set(blocks: Blocks) -> Mapping[str, Mapping[str, nn.Module]]:
    """{set name: {path: block}}; a single, unnamed set is called "".

    Raises:
        DynnetError: there are no blocks; sets and blocks are mixed; a set is empty, or its name is or holds "/" or ".".
    """
    if not blocks:
        raise DynnetError('a Dynamic-Net needs at least one tuning-block, e.g. {"res3": TuningBlock(64)}')
    if all(isinstance(block, nn.Module) for block in blocks.values()):
        return {"": blocks}
    for name, members in blocks.items():
        if not isinstance(members, Mapping):
            raise DynnetError(
                "tuning-blocks are given as {path: module} or as {set name: {path: module}}, one of the two for all; "
                f"got a {type(members).__name__} for {name!r}"
            )
        if not members:
            raise DynnetError(f"the set {name!r} needs at least one tuning-block, it is empty; leave it out")
        if not name or "/" in name or "." in name:
            raise DynnetError(f'a set is named without "/" and ".", e.g. "coarse", got {name!r}; rename it')
    return blocks


def block_name(group: str, path: str) -> str:
    """What a block is called: "set/path", or its path in the unnamed set."""
    return f"{group}/{path}" if group else path


def block_key(name: str) -> str:
    """The key a block is stored under: module names cannot hold dots."""
    return name.replace(".", "__")


class Stored(nn.ModuleDict):
    """A ModuleDict that takes any key, as "values" or "keys": children may have such names, and blocks theirs."""

    def __setitem__(self, key: str, module: nn.Module) -> None:
        self._modules[key] = module


def stored(blocks: Mapping[str, nn.Module]) -> nn.ModuleDict:
    """Blocks by the keys of their names.

    Raises:
        DynnetError: two blocks would be stored under one key.
    """
    found = Stored()
    for name, block in blocks.items():
        if (key := block_key(name)) in found:  # "a.b" and "a__b"; keys cannot change, checkpoints hold them
            raise DynnetError(f"{name!r} would be stored as {key!r}, as another block is; rename one of the children")
        found[key] = block
    return found
