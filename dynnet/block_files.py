"""Files of tuning-blocks alone: safetensors, with a header that says what they are. Nothing in them can run code.

The header, JSON under "dynnet_blocks", lists every block's name, set, path, class, the arguments it was made with and
its layout, and the class and fingerprint of the main network that the blocks were saved from.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from dynnet.atomic import atomic_path
from dynnet.block_sets import Blocks, block_key, block_name
from dynnet.blocks import BLOCKS
from dynnet.errors import DynnetError, first_line, one_line
from dynnet.fingerprint import fingerprint
from dynnet.layouts import check_layout, layout_of

_HEADER = "dynnet_blocks"


@dataclass(frozen=True)
class Entry:
    """What a file says of one block; `same_as` names an earlier one where both are one module."""

    group: str
    path: str
    kind: str
    arguments: dict[str, Any]
    layout: str | None
    same_as: str | None = None

    @property
    def name(self) -> str:
        """The block's name in the file: "set/path" or its path."""
        return block_name(self.group, self.path)


def write_blocks(file: Path, main: nn.Module, blocks: Mapping[tuple[str, str], nn.Module]) -> None:
    """Writes the blocks {(set, path): block} of a main network; see `DynamicNet.save_blocks`."""
    entries, tensors, names = [], {}, {}
    for (group, path), block in blocks.items():
        name = block_name(group, path)
        known = type(block) in BLOCKS
        arguments = block.arguments() if known else {}
        same_as = names.setdefault(block, name)
        entries.append(
            Entry(group, path, type(block).__name__, arguments, layout_of(block), None if same_as == name else same_as)
        )
        if same_as == name:
            for key, value in block.state_dict().items():
                tensors[f"{block_key(name)}.{key}"] = _plain(value, name, key)
    header = {
        "main": {"class": _kind(main), "sha256": fingerprint(main)},
        "blocks": [asdict(entry) for entry in entries],
    }
    try:
        content = to_safetensors(tensors, metadata={_HEADER: json.dumps(header)})
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise DynnetError(f"the tuning-blocks cannot be written as safetensors: {one_line(error)}") from error
    with atomic_path(Path(file)) as temporary:
        temporary.write_bytes(content)


def read_blocks(
    files: Path | str | Sequence[Path | str] | Mapping[str, Path | str],
    main: nn.Module,
    given: Mapping[str, nn.Module],
    strict: bool,
) -> Blocks:
    """The blocks of one file, or of several as sets, for a main network; see `DynamicNet.load`."""
    if isinstance(files, str | Path):
        found = _blocks_of(Path(files), main, given, strict)
        return found[""] if list(found) == [""] else found
    named = files.items() if isinstance(files, Mapping) else [(None, file) for file in files]
    sets: dict[str, Mapping[str, nn.Module]] = {}
    for group, file in named:
        wanted = Path(file).stem if group is None else group
        inside = {name.removeprefix(f"{wanted}/"): block for name, block in given.items()}
        for own, blocks in _blocks_of(Path(file), main, inside | given, strict).items():
            if own and group is not None:
                raise DynnetError(f"{file} holds named sets ({own!r} is one), none to call {group!r}; list it instead")
            if (name := own or wanted) in sets:
                raise DynnetError(f"two files hold a set {name!r}; name them apart: {{set name: file}}")
            sets[name] = blocks
    return sets


def main_of(file: Path) -> dict[str, str]:
    """What a file says of the main network that its blocks are for: its `class` and its `sha256`, a fingerprint.

    Raises:
        DynnetError: there is no such file, or it is none of tuning-blocks.
    """
    return dict(_parsed(Path(file))[0])


def _blocks_of(
    file: Path, main: nn.Module, given: Mapping[str, nn.Module], strict: bool
) -> dict[str, dict[str, nn.Module]]:
    saved, entries, tensors = _parsed(file)
    if strict:
        _check_main(file, saved, main)
    found: dict[str, dict[str, nn.Module]] = {}
    by_name: dict[str, nn.Module] = {}
    device = next((parameter.device for parameter in main.parameters()), None)
    for entry in entries:
        if entry.same_as is not None:
            block = by_name[entry.same_as]
        else:
            prefix = f"{block_key(entry.name)}."
            state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
            block = _rebuilt(entry, state, given, file)
            _fill(block, state, entry, file)
            block.to(device)
        by_name[entry.name] = found.setdefault(entry.group, {})[entry.path] = block
    return found


def _plain(value: Any, name: str, key: str) -> Tensor:
    if not isinstance(value, Tensor) or value.is_meta or value.layout is not torch.strided:
        raise DynnetError(
            f"{key!r} of tuning-block {name!r} is no plain tensor with values and cannot be saved; "
            "save the block's state in another way"
        )
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)  # a clone: weights may be tied


def _kind(main: nn.Module) -> str:
    return type(main._modules.get("_orig_mod", main)).__name__


def _parsed(file: Path) -> tuple[dict[str, str], list[Entry], dict[str, Tensor]]:
    """(what is said of the main network, the entries, the tensors by key)."""
    if not file.is_file():
        raise DynnetError(f"no file of tuning-blocks at {file}: check the name, or write it with net.save_blocks")
    try:
        with safe_open(file, framework="pt") as content:
            header = json.loads((content.metadata() or {})[_HEADER])
            saved, entries = header["main"], [Entry(**fields) for fields in header["blocks"]]
            _check_header(saved, entries)
            return saved, entries, {key: content.get_tensor(key) for key in content.keys()}  # noqa: SIM118, no dict
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:  # RecursionError is one, too
        raise DynnetError(
            f"{file} is no file of tuning-blocks ({one_line(error)[:200]}): write one with net.save_blocks"
        ) from error


def _check_header(saved: Mapping[str, Any], entries: Sequence[Entry]) -> None:
    """Raises ValueError where the header does not say what it should."""
    texts = [saved["class"], saved["sha256"], *(text for e in entries for text in (e.group, e.path, e.kind))]
    texts += [text for e in entries for text in (e.layout, e.same_as) if text is not None]
    earlier = [entry.name for entry in entries if entry.same_as is None]
    if not entries or not all(isinstance(text, str) for text in texts):
        raise ValueError("its header lacks a name")
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("its header names a block twice")
    if not all(isinstance(e.arguments, dict) and (e.same_as is None or e.same_as in earlier) for e in entries):
        raise ValueError("its header does not say how a block is made")


def _check_main(file: Path, saved: Mapping[str, str], main: nn.Module) -> None:
    mine = fingerprint(main)
    if mine != saved["sha256"]:
        raise DynnetError(
            f"{file} holds blocks of another main network: a {saved['class']} of sha256 {saved['sha256'][:12]}..., "
            f"this one is a {_kind(main)} of sha256 {mine[:12]}...; load the weights that they were trained on, or "
            "pass strict=False if these are the same in another precision"
        )


def _rebuilt(entry: Entry, state: Mapping[str, Tensor], given: Mapping[str, nn.Module], file: Path) -> nn.Module:
    if (block := given.get(entry.name)) is None:
        kind = next((kind for kind in BLOCKS if kind.__name__ == entry.kind), None)
        if kind is None:
            raise DynnetError(
                f"block {entry.name!r} of {file} is a {entry.kind}, which is none of dynnet's; "
                f'make it yourself and pass it: blocks={{"{entry.name}": {entry.kind}(...)}}'
            )
        try:
            with torch.device("meta"):  # first without memory: the arguments may be of any size
                _check_shapes(kind(**entry.arguments), state, entry, file)
            block = kind(**entry.arguments)
        except DynnetError:
            raise
        except Exception as error:  # whatever odd arguments lead to
            raise DynnetError(f"block {entry.name!r} of {file} cannot be made ({first_line(error)})") from error
    if entry.layout is not None and layout_of(block) != entry.layout:
        block.layout = check_layout(entry.layout)
    return block


def _check_shapes(block: nn.Module, state: Mapping[str, Tensor], entry: Entry, file: Path) -> None:
    wanted = block.state_dict()
    odd = sorted(set(wanted) ^ set(state))
    odd += [key for key in wanted if not odd and wanted[key].shape != state[key].shape]
    if odd:
        raise DynnetError(
            f"{odd[0]!r} of block {entry.name!r} in {file} is not that of this {type(block).__name__}: "
            f"the file has {_shape(state, odd[0])}, the block {_shape(wanted, odd[0])}; make the block as it was saved"
        )


def _fill(block: nn.Module, state: dict[str, Tensor], entry: Entry, file: Path) -> None:
    _check_shapes(block, state, entry, file)
    for key, value in (*block.named_parameters(), *block.named_buffers()):
        if key in state and value.dtype != state[key].dtype:  # bfloat16 stays bfloat16
            value.data = value.data.to(state[key].dtype)
    block.load_state_dict(state)


def _shape(state: Mapping[str, Tensor], key: str) -> str:
    return str(tuple(state[key].shape)) if key in state else "none"
