"""Damaged checkpoints: truncations, flipped bits, edited headers; nothing of a wrong size is made on the way."""

import json
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynnet.checkpoints import Checkpoint, load_checkpoint, record, save_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.completion.trained import Trained as OfCompletion
from dynnet.paper.faces.trained import Trained as OfFaces
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.trained import Trained as OfStyle
from tests.fuzz.mutations import damaged, edited
from tests.fuzz.trial import Tally, budget

CHECKPOINTS, BLOCKS, MANIFESTS = Tally("checkpoints"), Tally("files of blocks"), Tally("manifests")
METAS: list[tuple[type, dict[str, Any]]] = [
    (OfStyle, {"kind": "main", "width": 2}),
    (OfStyle, {"kind": "blocks", "width": 2, "blocks_at": ["res3", "out"], "on": "main"}),
    (OfFaces, {"kind": "generator", "width": 1, "latent": 3}),
    (OfFaces, {"kind": "classifier", "width": 1, "attributes": ["Male", "Bald"]}),
    (OfCompletion, {"kind": "critic", "discriminator_width": 1, "width": 2}),
    (OfCompletion, {"kind": "main", "width": 1, "discriminator_width": 1}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@cache
def sound(index: int) -> bytes:
    """A checkpoint without fault."""
    kinds, meta = METAS[index]
    torch.manual_seed(0)
    module = new_dynamic(TransformerNet(2), meta["blocks_at"]).blocks if meta["kind"] == "blocks" else kinds.build(meta)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        save_checkpoint(path, {f"weights.{name}": value for name, value in module.state_dict().items()}, meta)
        return path.read_bytes()


def parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    """(header, values) of a safetensors file."""
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def joined(header: Any, values: bytes) -> bytes:
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + values


@st.composite
def attacked(draw: st.DrawFn, content: bytes, key: str) -> bytes:
    """A file with faults in its bytes, in its header, or in the metadata in there."""
    where = draw(st.sampled_from(["bytes", "header", "metadata", "metadata"]))
    if where == "bytes":
        return draw(damaged(content))
    header, values = parts(content)
    if where == "header":
        return joined(draw(edited(header)), values)
    header["__metadata__"][key] = json.dumps(draw(edited(json.loads(header["__metadata__"][key]))))
    return joined(header, values)


def restored(kinds: type, checkpoint: Checkpoint) -> torch.nn.Module:
    if checkpoint.meta.get("kind") == "blocks":
        return kinds.restored_blocks(checkpoint, TransformerNet(2))
    return kinds.restored(checkpoint)


@budget(40, 200)
@given(st.data())
def test_damaged_checkpoints(folder: Path, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(METAS) - 1))
    path = folder / "x.safetensors"
    path.write_bytes(data.draw(attacked(sound(index), "dynnet")))
    found = CHECKPOINTS.tried(lambda: restored(METAS[index][0], load_checkpoint(path)))
    if found is not None:
        assert all(value.isfinite().all() for value in found.state_dict().values())


@budget(20, 200)
@given(st.data())
def test_a_damaged_file_is_none_of_the_manifest(folder: Path, data: st.DataObject) -> None:
    path, content = folder / "listed" / "x.safetensors", sound(0)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    record(path.parent, path, {})
    path.write_bytes(changed := data.draw(damaged(content)))
    found = CHECKPOINTS.tried(lambda: load_checkpoint(path))
    assert (found is None) == (changed != content)


@budget(40, 200)
@given(st.data())
def test_damaged_files_of_blocks(folder: Path, data: st.DataObject) -> None:
    torch.manual_seed(0)
    main, path = TransformerNet(2), folder / "blocks.safetensors"
    new_dynamic(TransformerNet(2), ["res3", "out"])
    net = new_dynamic(main, ["res3", "out"])
    net.save_blocks(path)
    net.detach()
    path.write_bytes(data.draw(attacked(path.read_bytes(), "dynnet_blocks")))
    loaded = BLOCKS.tried(lambda: DynamicNet.load(main, path, strict=data.draw(st.booleans())))
    if loaded is not None:
        with pytest.raises(DynnetError) if set(loaded.names) - {"res3", "out"} else torch.no_grad():
            assert loaded(torch.rand(1, 3, 16, 16), alpha=0.5).shape == (1, 3, 16, 16)


@budget(40, 300)
@given(st.data())
def test_damaged_manifests(folder: Path, data: st.DataObject) -> None:
    path = folder / "manifests" / "x.safetensors"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sound(0))
    manifest = path.parent / "MANIFEST.json"
    manifest.unlink(missing_ok=True)
    record(path.parent, path, {"steps": 7, "network": {"width": 2}})
    content = manifest.read_bytes()
    if data.draw(st.booleans()):
        content = json.dumps(data.draw(edited(json.loads(content)))).encode()
    else:
        content = data.draw(damaged(content))
    manifest.write_bytes(content)
    MANIFESTS.tried(lambda: load_checkpoint(path))
    MANIFESTS.tried(lambda: record(path.parent, path, {}))
