"""A network's fingerprint: what its weights and buffers are, in a few characters."""

import ctypes
import hashlib

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError


def fingerprint(network: nn.Module) -> str:
    """A sha256 over the names, types, shapes and bytes of all that the network's state dict holds.

    Networks are the same when it is the same: on any device, compiled or not, attached to or not, and whatever tensors
    share their memory. A network cast to another precision is another one.

    Raises:
        DynnetError: a tensor has no bytes (the meta device) or is of a kind that cannot be read.
    """
    digest = hashlib.sha256()
    state = {name.replace("_orig_mod.", ""): value for name, value in network.state_dict().items()}
    for name, value in sorted(state.items()):
        if isinstance(value, Tensor):
            digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
            digest.update(_bytes(value, name))
        else:
            digest.update(f"{name} {value!r}\n".encode())  # what torch's get_extra_state returned
    return digest.hexdigest()


def _bytes(value: Tensor, name: str) -> bytes | memoryview:
    if value.is_meta:
        raise DynnetError(f"{name!r} is on the meta device and has no values; load the main network's weights first")
    try:
        plain = value.detach().cpu().contiguous().view(-1)
        plain = torch.view_as_real(plain) if plain.is_complex() else plain
        size = plain.numel() * plain.element_size()
        # no numpy: the method needs torch and safetensors alone
        return b"" if size == 0 else memoryview((ctypes.c_char * size).from_address(plain.data_ptr())).tobytes()
    except (RuntimeError, NotImplementedError) as error:
        kind = type(value).__name__
        raise DynnetError(f"{name!r} is a {kind} ({value.layout}), whose bytes cannot be read ({error})") from error
