"""Checkpoints: safetensors with metadata, a manifest with sha256, atomic writes.

A checkpoint is a flat dictionary of tensors plus a small dictionary that says what they are. Nothing here can run
code: there is no pickle. The manifest beside the checkpoints names every file with its hash and how it was made, and
is checked at every load.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError

MANIFEST = "MANIFEST.json"


@dataclass(frozen=True)
class Checkpoint:
    """What a file held: tensors by name, what they are (`meta`), and the file's sha256."""

    path: Path
    tensors: dict[str, Tensor]
    meta: dict[str, Any]
    sha256: str

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names start with `prefix.`, under the rest of their names."""
        return {k.removeprefix(f"{prefix}."): v for k, v in self.tensors.items() if k.startswith(f"{prefix}.")}


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> str:
    """Writes a checkpoint atomically and returns its sha256. `meta` must be JSON."""
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    content = to_safetensors(plain, metadata={"dynnet": json.dumps(meta)})
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def halved(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """A module's weights and buffers as `prefix.NAME`, in half precision where they are no counts."""
    state = module.state_dict()
    return {f"{prefix}.{name}": v.half() if v.is_floating_point() else v for name, v in state.items()}


def load_checkpoint(path: Path, sha256: str | None = None) -> Checkpoint:
    """Reads a checkpoint; half precision comes back as float32.

    Args:
        sha256: what the file must hash to; default: what the manifest beside it or above it says, if it names the file.

    Raises:
        DynnetError: the file is missing, truncated, altered, or holds a value that is not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise DynnetError(f"no checkpoint at {path}: train it (`dynnet train`) or check the name")
    content = path.read_bytes()
    digest, wanted = hashlib.sha256(content).hexdigest(), sha256 or _manifest_sha256(path)
    if wanted and digest != wanted:
        raise DynnetError(
            f"{path} is not the file of the manifest (sha256 {digest[:12]}..., expected {wanted[:12]}...): "
            "it was truncated or altered; restore it with git, or train it again"
        )
    try:
        tensors = parse_safetensors(content)
        meta = json.loads(_metadata(content)["dynnet"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise DynnetError(
            f"{path} is no checkpoint of dynnet ({error}): restore it with git, or train it again"
        ) from error
    # sorted, because safetensors gives them in another order every time, and sums over layers must not hang on it
    tensors = {name: v.float() if v.is_floating_point() else v for name, v in sorted(tensors.items())}
    if bad := [name for name, value in tensors.items() if not torch.isfinite(value).all()]:
        raise DynnetError(f"{path} holds values that are not finite in {bad[0]!r}: train it again")
    return Checkpoint(path, tensors, meta, digest)


def restore(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> nn.Module:
    """Loads tensors into a module.

    Raises:
        DynnetError: a name is missing or too many, or a shape differs (as for a network of another width).
    """
    wanted = module.state_dict()
    if odd := sorted(set(wanted) ^ set(tensors)):
        side = "lacks" if odd[0] in wanted else "has the unexpected"
        raise DynnetError(f"{source} {side} {odd[0]!r}: it is a checkpoint of another network; check the recipe")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise DynnetError(
                f"{source} holds {name!r} of shape {tuple(tensor.shape)}, this network has "
                f"{tuple(wanted[name].shape)}: it was trained with another width; use the width in its metadata"
            )
    module.load_state_dict(dict(tensors))
    return module


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """{file below `folder`: how it was made and its sha256}; empty when there is no manifest.

    Raises:
        DynnetError: the manifest is no JSON object.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise DynnetError(f"{path} is damaged ({error}): restore it with git") from error
    if not isinstance(manifest, dict):
        raise DynnetError(f"{path} is damaged (it is no JSON object): restore it with git")
    return manifest


def record(folder: Path, file: Path, entry: Mapping[str, Any]) -> None:
    """Writes a checkpoint's line in the manifest of `folder`: its hash and size, and `entry`."""
    content = file.read_bytes()
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **entry}
    manifest = read_manifest(folder) | {file.relative_to(folder).as_posix(): facts}
    with atomic_path(Path(folder) / MANIFEST) as temporary:
        temporary.write_text(json.dumps(dict(sorted(manifest.items())), indent=2) + "\n")


def _manifest_sha256(path: Path) -> str | None:
    for folder in list(path.resolve().parents)[:3]:
        if (folder / MANIFEST).is_file():
            entry = read_manifest(folder).get(path.resolve().relative_to(folder).as_posix())
            return entry["sha256"] if entry else None
    return None


def _metadata(content: bytes) -> dict[str, str]:
    # the header is JSON after an 8-byte length; safetensors has checked it by now
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length])["__metadata__"]
