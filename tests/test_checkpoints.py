"""Checkpoints come back as they were saved, or are refused with a reason."""

import json
import multiprocessing
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from dynnet.checkpoints import halved, load_checkpoint, read_manifest, record, restore, restored, save_checkpoint
from dynnet.errors import DynnetError
from dynnet.paper.style.network import TransformerNet
from tests.memory import at_most

TENSORS = {"weights.a": torch.randn(3, 4), "weights.b.c": torch.randn(2), "gram.relu1_2": torch.randn(1, 2, 2)}
META = {"figure": "fig3", "width": 16, "blocks_at": ["res3", "out"], "lambda_style": 2e4}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A checkpoint two folders below the manifest that names it."""
    path = tmp_path / "cpu" / "fig3" / "main.safetensors"
    save_checkpoint(path, TENSORS, META)
    record(tmp_path, path, {"steps": 7})
    return path


def test_tensors_and_metadata_come_back(saved: Path) -> None:
    found = load_checkpoint(saved)
    assert found.tensors.keys() == TENSORS.keys() and found.meta == META
    assert all(torch.equal(found.tensors[name], value) for name, value in TENSORS.items())


def test_equal_content_makes_equal_files(tmp_path: Path) -> None:
    hashes = {save_checkpoint(tmp_path / name, TENSORS, META) for name in ("a", "b")}
    assert len(hashes) == 1 and (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert load_checkpoint(tmp_path / "a").sha256 in hashes


def test_tensors_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = [f"t{i}" for i in range(9)]
    save_checkpoint(tmp_path / "x", {name: torch.ones(1) for name in reversed(names)}, {})
    assert list(load_checkpoint(tmp_path / "x").tensors) == names


def test_a_part_is_what_its_first_name_says(saved: Path) -> None:
    found = load_checkpoint(saved)
    assert list(found.part("weights")) == ["a", "b.c"]
    assert torch.equal(found.part("gram")["relu1_2"], TENSORS["gram.relu1_2"])
    assert found.part("weight") == {}


def test_half_precision_comes_back_as_float32(tmp_path: Path) -> None:
    value = torch.randn(5).half()
    save_checkpoint(tmp_path / "x", {"h": value, "i": torch.tensor([3])}, {})
    found = load_checkpoint(tmp_path / "x").tensors
    assert found["h"].dtype == torch.float32 and torch.equal(found["h"], value.float())
    assert found["i"].dtype == torch.int64


def test_views_and_parameters_can_be_saved(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x", {"t": TENSORS["weights.a"].T, "p": nn.Parameter(torch.ones(2))}, {})
    assert torch.equal(load_checkpoint(tmp_path / "x").tensors["t"], TENSORS["weights.a"].T)


def test_a_missing_file() -> None:
    with pytest.raises(DynnetError, match=r"no checkpoint at .*nowhere.*dynnet train"):
        load_checkpoint(Path("nowhere.safetensors"))


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_truncated_file(tmp_path: Path, saved: Path, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(DynnetError, match="truncated or altered"):
        load_checkpoint(saved)
    (tmp_path / "MANIFEST.json").unlink()
    with pytest.raises(DynnetError, match="no checkpoint of dynnet"):
        load_checkpoint(saved)


def test_an_altered_byte(tmp_path: Path, saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(DynnetError, match=r"has sha256 \w{12}.*, in .*MANIFEST\.json is .*run its training again"):
        load_checkpoint(saved)


def test_a_hash_asked_for_counts_more_than_the_manifest(saved: Path) -> None:
    with pytest.raises(DynnetError, match=r"asked for is 000000000000\.\.\."):
        load_checkpoint(saved, sha256="0" * 64)


def test_a_file_that_the_manifest_does_not_name_is_loaded(tmp_path: Path, saved: Path) -> None:
    other = saved.with_name("other.safetensors")
    save_checkpoint(other, TENSORS, META)
    assert load_checkpoint(other).meta == META


def test_what_is_no_safetensors_file(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for content in (b"", b"\x89PNG, perhaps", b"\xff" * 64, (2).to_bytes(8, "little") + b"{}"):
        path.write_bytes(content)
        with pytest.raises(DynnetError, match="no checkpoint of dynnet"):
            load_checkpoint(path)


def test_a_safetensors_file_of_somebody_else(tmp_path: Path) -> None:
    for metadata in (None, {"format": "pt"}, {"dynnet": "{no json"}):
        save_file({"a": torch.ones(1)}, tmp_path / "x", metadata)
        with pytest.raises(DynnetError, match="no checkpoint of dynnet"):
            load_checkpoint(tmp_path / "x")


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    (tmp_path / "a").write_bytes(pickle.dumps(Trap()))
    torch.save({"a": torch.ones(1)}, tmp_path / "b")
    for name in "ab":
        with pytest.raises(DynnetError, match="no checkpoint of dynnet"):
            load_checkpoint(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_file_of_somebody_with_values_that_are_not_finite(tmp_path: Path, bad: float) -> None:
    tensors = {"a": torch.ones(2), "b": torch.tensor([1.0, bad])}
    save_file(tensors, tmp_path / "x", {"dynnet": "{}"})
    with pytest.raises(DynnetError, match="not finite in 'b'"):
        load_checkpoint(tmp_path / "x")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_a_failed_training_leaves_is_not_written(tmp_path: Path, bad: float) -> None:
    with pytest.raises(DynnetError, match=r"expected numbers in 'b', got NaN or inf; it is not written"):
        save_checkpoint(tmp_path / "x", {"a": torch.ones(2), "b": torch.tensor([1.0, bad])}, {})
    assert list(tmp_path.iterdir()) == []


class Stranger(nn.Module):
    """What networks of others have: a mask of -inf, tied weights, an alias of a buffer, weights past half's range."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        self.out.weight = self.embed.weight
        self.register_buffer("mask", torch.full((4, 4), float("-inf")).triu(1))
        self.register_buffer("alias", self.mask[1:])
        self.register_buffer("steps", torch.tensor(3))
        self.large = nn.Parameter(torch.tensor([1e6, -1e6, 1.0]))


@pytest.mark.parametrize("kept", ["whole", "halved"])
def test_networks_of_others_come_back(tmp_path: Path, kept: str) -> None:
    net = Stranger()
    tensors = halved("weights", net) if kept == "halved" else {f"weights.{k}": v for k, v in net.state_dict().items()}
    save_checkpoint(tmp_path / "x", tensors, {})
    other = Stranger()
    nn.init.zeros_(other.large)
    restore(other, load_checkpoint(tmp_path / "x").part("weights"), tmp_path / "x")
    for name, value in net.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value, rtol=1e-3, atol=1e-4)
    assert torch.equal(other.mask, net.mask) and torch.equal(other.large, net.large)


@pytest.mark.parametrize(
    "content", [b"[]", b"3", b'"text"', b"null", b"[" * 20_000, b"{" * 20_000, b"9" * 10_000, b'{"a": ' * 20_000]
)
def test_metadata_that_are_no_table(tmp_path: Path, content: bytes) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "x", {"dynnet": content.decode()})
    with pytest.raises(DynnetError, match="no checkpoint of dynnet") as caught:
        load_checkpoint(tmp_path / "x")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("entry", ["3", "[]", "{}", '{"sha256": 3}', '{"sha256": null}', "null"])
def test_an_entry_of_the_manifest_that_is_none(tmp_path: Path, saved: Path, entry: str) -> None:
    (tmp_path / "MANIFEST.json").write_text(f'{{"cpu/fig3/main.safetensors": {entry}}}')
    with pytest.raises(DynnetError, match=r"MANIFEST\.json is damaged \(no sha256 for 'cpu/fig3/main\.safetensors'\)"):
        load_checkpoint(saved)


@pytest.mark.parametrize("width", [2**20, 10**9, 2**62, 10**30])
def test_metadata_of_a_network_too_large_for_any_machine_cost_nothing(width: int) -> None:
    tensors = TransformerNet(2).state_dict()
    with at_most(200), pytest.raises(DynnetError, match=r"^x"):
        restored(lambda: TransformerNet(width), tensors, Path("x"))


@pytest.mark.parametrize("build", [lambda: nn.Linear("2", 2), lambda: {}["width"], lambda: nn.Conv2d(0, 0, -1)])
def test_metadata_that_describe_nothing(build: Callable[[], nn.Module]) -> None:
    with pytest.raises(DynnetError, match=r"^x") as caught:
        restored(build, nn.Linear(2, 2).state_dict(), Path("x"))
    assert "\n" not in str(caught.value)


def test_restored_draws_what_building_draws() -> None:
    net = TransformerNet(2)
    torch.manual_seed(5)
    TransformerNet(2)
    state = torch.get_rng_state()
    torch.manual_seed(5)
    again = restored(lambda: TransformerNet(2), net.state_dict(), Path("x"))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, other) for one, other in zip(again.parameters(), net.parameters(), strict=True))


def test_what_cannot_be_built_without_memory_is_built_all_the_same() -> None:
    class Counting(nn.Linear):
        def __init__(self) -> None:
            super().__init__(torch.arange(3).sum().item(), 2)

    net = Counting()
    assert torch.equal(restored(Counting, net.state_dict(), Path("x")).weight, net.weight)


def test_restore_gives_the_network_back() -> None:
    net, x = TransformerNet(2), torch.rand(1, 3, 16, 16)
    other = restore(TransformerNet(2), net.state_dict(), Path("x"))
    assert torch.equal(other(x), net(x))


def test_another_width_is_named() -> None:
    with pytest.raises(DynnetError, match=r"of shape \(2, 3, 9, 9\), this network has \(3, 3, 9, 9\).*another width"):
        restore(TransformerNet(3), TransformerNet(2).state_dict(), Path("x"))


def test_missing_and_unexpected_names_are_named() -> None:
    net = nn.Linear(2, 2)
    with pytest.raises(DynnetError, match="x lacks 'bias'"):
        restore(net, {"weight": net.weight}, Path("x"))
    with pytest.raises(DynnetError, match="x has the unexpected 'extra'"):
        restore(net, {**net.state_dict(), "extra": torch.ones(1)}, Path("x"))


def test_a_refused_checkpoint_leaves_the_network_as_it_was() -> None:
    net = nn.Linear(2, 2)
    before = net.weight.detach().clone()
    with pytest.raises(DynnetError, match=r"'bias' of shape \(3,\), this network has \(2,\)"):
        restore(net, {"weight": torch.ones(2, 2), "bias": torch.ones(3)}, Path("x"))
    assert torch.equal(net.weight, before)


def test_the_manifest_names_hash_size_and_entry(tmp_path: Path, saved: Path) -> None:
    assert read_manifest(tmp_path) == {
        "cpu/fig3/main.safetensors": {
            "sha256": load_checkpoint(saved).sha256,
            "bytes": saved.stat().st_size,
            "steps": 7,
        }
    }


def test_records_are_merged_and_replaced(tmp_path: Path, saved: Path) -> None:
    other = tmp_path / "a.safetensors"
    save_checkpoint(other, TENSORS, {})
    record(tmp_path, other, {"steps": 1})
    save_checkpoint(saved, {"weights.a": torch.zeros(1)}, {})
    record(tmp_path, saved, {"steps": 9})
    manifest = read_manifest(tmp_path)
    assert [(name, entry["steps"]) for name, entry in manifest.items()] == [
        ("a.safetensors", 1),
        ("cpu/fig3/main.safetensors", 9),
    ]
    load_checkpoint(saved), load_checkpoint(other)


def _record_many(folder: Path, names: list[str]) -> None:
    for name in names:
        save_checkpoint(folder / name, {"a": torch.ones(1)}, {"name": name})
        record(folder, folder / name, {"steps": 1})


def test_no_entry_is_lost_among_writers_at_once(tmp_path: Path) -> None:
    fork, names = multiprocessing.get_context("fork"), [[f"{p}/{i}.safetensors" for i in range(20)] for p in range(4)]
    writers = [fork.Process(target=_record_many, args=(tmp_path, own)) for own in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert sorted(read_manifest(tmp_path)) == sorted(name for own in names for name in own)
    assert all(load_checkpoint(tmp_path / name).meta["name"] == name for own in names for name in own)


def test_no_advice_destroys_work(tmp_path: Path, saved: Path) -> None:
    """What was trained since is in the files at hand, and in no older copy of them."""
    said = []
    for damage in (lambda: saved.write_bytes(b"x"), lambda: (tmp_path / "MANIFEST.json").write_text("[]")):
        damage()
        with pytest.raises(DynnetError, match="run its training again") as caught:
            load_checkpoint(saved)
        said.append(str(caught.value))
    assert not any(word in text for text in said for word in ("git", "delete", "remove"))


@pytest.mark.parametrize("content", [b'{"a": ', b"[1, 2]", b"\xff\xfe"])
def test_a_damaged_manifest_is_an_error_and_not_written_over(tmp_path: Path, saved: Path, content: bytes) -> None:
    manifest = tmp_path / "MANIFEST.json"
    manifest.write_bytes(content)
    with pytest.raises(DynnetError, match=r"MANIFEST\.json is damaged"):
        load_checkpoint(saved)
    with pytest.raises(DynnetError, match=r"MANIFEST\.json is damaged"):
        record(tmp_path, saved, {})
    assert manifest.read_bytes() == content


def test_without_a_manifest_there_are_no_entries(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DynnetError, match="cannot write"):
        save_checkpoint(tmp_path / "file" / "x.safetensors", TENSORS, {})


def test_the_manifest_is_readable_json(tmp_path: Path, saved: Path) -> None:
    text = (tmp_path / "MANIFEST.json").read_text()
    assert text.endswith("}\n") and json.loads(text) == read_manifest(tmp_path)
