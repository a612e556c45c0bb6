"""Checkpoints: safetensors with metadata, a manifest with sha256, atomic writes.

A checkpoint is a flat dictionary of tensors plus a small dictionary that says what they are. Nothing here can run
code: there is no pickle. The manifest beside the checkpoints names every file with its hash and how it was made, and
is checked at every load.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, first_line, one_line
from dynnet.locking import locked

MANIFEST = "MANIFEST.json"
_AGAIN = "run its training again, which takes what is finished from its state and records it"
_MASKS = "dynnet_masks"  # in the header: names of tensors that hold -inf


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
    """Writes a checkpoint atomically and returns its sha256. `meta` must be JSON.

    Tensors that share their values are written once each. -inf, as attention masks have it, comes back; NaN and +inf
    are what a training that went wrong leaves.

    Raises:
        DynnetError: a tensor holds NaN or +inf, or the file cannot be written.
    """
    plain = _apart({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    if bad := [name for name, value in plain.items() if (value.isnan() | value.isposinf()).any()]:
        raise DynnetError(f"{path}: expected numbers in {bad[0]!r}, got NaN or inf; it is not written: train it again")
    header = {"dynnet": json.dumps(meta)}
    if masks := sorted(name for name, value in plain.items() if value.isneginf().any()):
        header[_MASKS] = json.dumps(masks)
    content = to_safetensors(plain, metadata=header)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def halved(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """A module's weights and buffers as `prefix.NAME`, in half precision where that can hold them."""
    return {f"{prefix}.{name}": _halved(value) for name, value in module.state_dict().items()}


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
    digest, (wanted, said) = hashlib.sha256(content).hexdigest(), (sha256, "asked for")
    if wanted is None:
        wanted, said = _manifest_sha256(path)
    if wanted and digest != wanted:
        raise DynnetError(
            f"{path} has sha256 {digest[:12]}..., {said} is {wanted[:12]}...: the file was truncated or altered, or is "
            f"newer than what names it; if it was just trained, {_AGAIN}; else put back the one that was named"
        )
    try:
        tensors = parse_safetensors(content)
        meta = json.loads(_metadata(content)["dynnet"])
        masks = json.loads(_metadata(content).get(_MASKS, "[]"))
        if not isinstance(meta, dict) or not isinstance(masks, list):
            raise ValueError("its metadata are no table")
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:  # RecursionError is one, too
        raise DynnetError(
            f"{path} is no checkpoint of dynnet ({one_line(error)[:200]}): take another copy, or train it again"
        ) from error
    # sorted, because safetensors gives them in another order every time, and sums over layers must not hang on it
    tensors = {name: v.float() if v.is_floating_point() else v for name, v in sorted(tensors.items())}
    if bad := [name for name, value in tensors.items() if _is_odd(value, name in masks)]:
        raise DynnetError(f"{path} holds values that are not finite in {bad[0]!r}: train it again")
    return Checkpoint(path, tensors, meta, digest)


def restore(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> nn.Module:
    """Loads tensors into a module.

    Raises:
        DynnetError: a name is missing or too many, or a shape differs (as for a network of another width).
    """
    _check_fit(module.state_dict(), tensors, source)
    module.load_state_dict(dict(tensors))
    return module


def _check_fit(wanted: Mapping[str, Tensor], tensors: Mapping[str, Tensor], source: Path) -> None:
    if odd := sorted(set(wanted) ^ set(tensors)):
        side = "lacks" if odd[0] in wanted else "has the unexpected"
        raise DynnetError(f"{source} {side} {odd[0]!r}: it is a checkpoint of another network; check the recipe")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise DynnetError(
                f"{source} holds {name!r} of shape {tuple(tensor.shape)}, this network has "
                f"{tuple(wanted[name].shape)}: it was trained with another width; use the width in its metadata"
            )


def restored(build: Callable[[], nn.Module], tensors: Mapping[str, Tensor], source: Path) -> nn.Module:
    """The module that `build` makes as a file's metadata say, with the file's tensors loaded into it.

    It is built without memory first: metadata that describe a network of another size, however large, are found out
    before any of it is made.

    Raises:
        DynnetError: it cannot be built, or what `restore` raises.
    """
    try:
        with torch.device("meta"), warnings.catch_warnings(action="ignore"):
            skeleton = build()
    except Exception:  # not every network can be built so
        skeleton = None
    if skeleton is not None:
        _check_fit(skeleton.state_dict(), tensors, source)
    try:
        module = build()
    except DynnetError:
        raise
    except Exception as error:  # whatever odd metadata lead to
        raise DynnetError(
            f"{source}: its metadata describe no network that can be built ({first_line(error)}): train it again"
        ) from error
    return restore(module, tensors, source)


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """{file below `folder`: how it was made and its sha256}; empty when there is no manifest.

    Raises:
        DynnetError: the manifest is no JSON object, or an entry in it is none with a sha256.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, one_line(error)) from error
    if not isinstance(manifest, dict):
        raise _damaged(path, "it is no JSON object")
    for name, entry in manifest.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
            raise _damaged(path, f"no sha256 for {name[:80]!r}")
    return manifest


def record(folder: Path, file: Path, entry: Mapping[str, Any]) -> None:
    """Writes a checkpoint's line in the manifest of `folder`: its hash and size, and `entry`.

    Any number of processes may do so at once.

    Raises:
        DynnetError: the manifest is damaged or cannot be written; it is left as it was.
    """
    path = Path(folder) / MANIFEST
    with locked(path):
        content = file.read_bytes()  # in here: the last line written is of the last file
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **entry}
        manifest = read_manifest(folder) | {file.relative_to(folder).as_posix(): facts}
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(dict(sorted(manifest.items())), indent=2) + "\n", encoding="utf-8")


def _damaged(path: Path, how: str) -> DynnetError:
    # An older manifest in its place would make networks that were trained since look altered.
    return DynnetError(f"{path} is damaged ({how}): keep a copy and mend it, or put an older one there and {_AGAIN}")


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors that share no memory: safetensors has no tied weights."""
    seen: set[int] = set()
    for name, value in tensors.items():
        if (place := value.untyped_storage().data_ptr()) in seen:
            tensors[name] = value.clone()
        seen.add(place)
    return tensors


def _halved(value: Tensor) -> Tensor:
    """In half precision, unless the values are whole or too large for it."""
    half = value.half() if value.is_floating_point() else value
    return half if torch.equal(half.isinf(), value.isinf()) else value


def _is_odd(value: Tensor, is_mask: bool) -> bool:
    """Whether a tensor holds what no trained network does; -inf is meant where the file says so."""
    return not (value.isfinite() | value.isneginf() if is_mask else value.isfinite()).all()


def _manifest_sha256(path: Path) -> tuple[str | None, str]:
    """What the nearest manifest says of a file, and which manifest that is."""
    for folder in list(path.resolve().parents)[:3]:
        if (folder / MANIFEST).is_file():
            entry = read_manifest(folder).get(path.resolve().relative_to(folder).as_posix())
            return entry["sha256"] if entry else None, f"in {folder / MANIFEST}"
    return None, ""


def _metadata(content: bytes) -> dict[str, str]:
    # the header is JSON after an 8-byte length; safetensors has checked it by now
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length])["__metadata__"]
