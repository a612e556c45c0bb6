"""One block at work: types, faults that are named, and which of a call's arguments is z."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.blending import blend, input_place, replaced, run_block
from dynnet.blocks import ChannelsLastTuningBlock, TokenTuningBlock, TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from tests.tiny import awake

Z = torch.rand(2, 3)


@pytest.mark.parametrize("main", [torch.bfloat16, torch.float16, torch.float64, torch.float32])
@pytest.mark.parametrize("block", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("shape", [None, (), (2,), (1, 1, 4, 4)])
def test_main_networks_and_blocks_of_different_types(
    main: torch.dtype, block: torch.dtype, shape: tuple[int, ...] | None
) -> None:
    alpha = 0.3 if shape is None else torch.full(shape, 0.3, dtype=torch.float64)
    plain = awake(DynamicNet(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 3, 1)), {"1": TuningBlock(4, 1)}), 0.3)
    x = torch.rand(2, 3, 4, 4)
    expected = plain.double()(x.double(), alpha=0.3)
    plain.main.to(main)
    plain.blocks.to(block)
    y = plain(x.to(main), alpha=alpha)
    assert y.dtype == main
    step = max(torch.finfo(main).eps, torch.finfo(block).eps)
    torch.testing.assert_close(y.double(), expected, rtol=0, atol=20 * step)
    plain.zero_grad()
    plain(x.to(main), alpha=alpha).sum().backward()
    assert all(p.grad.dtype == block and p.grad.isfinite().all() for p in plain.blocks.parameters())


def test_a_tensor_for_alpha_is_not_rounded_to_the_features_type() -> None:
    z = torch.zeros(2, 256, dtype=torch.bfloat16)
    psi = torch.full((2, 256), 1000.0)
    assert torch.equal(blend(z, psi, torch.tensor([0.301, 0.301])), blend(z, psi, 0.301))


def test_under_autocast_blocks_are_cast_as_all_else() -> None:
    net = awake(DynamicNet(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 3, 1)), {"1": TuningBlock(4, 1)}), 0.3)
    x, types = torch.rand(2, 3, 4, 4), []
    net.block("1").conv1.register_forward_hook(lambda *arguments: types.append(arguments[-1].dtype))
    with torch.autocast("cpu", torch.bfloat16):
        y = net(x, alpha=0.3)
    assert types == [torch.bfloat16]
    torch.testing.assert_close(y.float(), net(x, alpha=0.3), rtol=0.05, atol=0.05)


def test_complex_features() -> None:
    z, main = torch.randn(2, 3, dtype=torch.complex64), nn.Sequential(nn.Identity(), nn.Identity())
    block = nn.Linear(3, 3, dtype=torch.complex64)
    torch.testing.assert_close(DynamicNet(main, {"1": block})(z, alpha=0.5), z + 0.5 * block(z))


@pytest.mark.parametrize(
    ("block", "shape", "complaint"),
    [
        (
            TuningBlock(4),
            (2, 5, 6, 6),
            r"features \(2, 5, 6, 6\) of type float32 have 5 channels in layout BCHW, .* 4;",
        ),
        (
            ChannelsLastTuningBlock(4),
            (2, 4, 6, 6),
            r"have 6 channels in layout BHWC, the ChannelsLastTuningBlock takes 4",
        ),
        (TuningBlock(4), (2, 7, 4), r"have 3 axes, the TuningBlock takes 4: B, C, H, W"),
        (TokenTuningBlock(4), (2, 4, 6, 6), r"have 4 axes, the TokenTuningBlock takes 3: B, T, C"),
        (nn.Linear(4, 4), (2, 5), r"features \(2, 5\) of type float32 do not pass through the Linear: mat1 and mat2"),
        (nn.Conv2d(4, 4, 1), (2, 5, 6, 6), "do not pass through the Conv2d"),
        (nn.Conv2d(4, 3, 1), (2, 4, 6, 6), r"must keep the shape \(2, 4, 6, 6\), this one gives \(2, 3, 6, 6\)"),
        (nn.Sequential(nn.ReLU(inplace=True)), (2, 4), "must not change its input in place"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line_with_the_place(
    block: nn.Module, shape: tuple[int, ...], complaint: str
) -> None:
    net = DynamicNet(nn.Sequential(nn.Identity(), nn.Identity()), {"coarse": {"1": block}})
    with pytest.raises(DynnetError, match=complaint) as caught:
        net(torch.rand(shape) - 0.5, alpha=0.5)
    assert str(caught.value).startswith("tuning-block 'coarse/1' at '1': ") and "\n" not in str(caught.value)


def test_memory_that_runs_out_is_no_fault_of_the_block() -> None:
    class Large(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            raise torch.OutOfMemoryError("out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        run_block(Large(), Z)


@pytest.mark.parametrize(
    ("args", "kwargs", "place"),
    [
        ((Z,), {}, 0),
        ((), {"embeds": Z}, "embeds"),
        ((Z, (8, 8), None, "nearest", 3), {"flag": True}, 0),
        (((8, 8), Z), {}, 1),
        ((torch.tensor([1, 2]),), {"x": Z, "mask": torch.tensor([True])}, "x"),
        ((Z, [Z, Z]), {"cache": object(), "tables": (Z, Z)}, 0),
        ((Z.bfloat16(),), {"positions": torch.arange(3)}, 0),
    ],
)
def test_z_is_the_one_floating_point_tensor(args: tuple, kwargs: dict, place: object) -> None:
    assert input_place(args, kwargs) == place
    new_args, new_kwargs = replaced(args, kwargs, place, "tuned")
    values, new_values = dict(enumerate(args)) | kwargs, dict(enumerate(new_args)) | new_kwargs
    assert list(new_values) == list(values) and new_values[place] == "tuned"
    assert all(new_values[key] is values[key] for key in values if key != place)


@pytest.mark.parametrize(
    ("args", "kwargs", "kinds"),
    [
        ((), {}, r"0 floating-point tensors \(nothing\)"),
        ((Z, Z), {}, r"2 floating-point tensors \(Tensor, Tensor\)"),
        ((Z,), {"skip": Z}, "2 floating-point tensors"),
        (([Z],), {}, r"0 floating-point tensors \(list\)"),
        ((torch.tensor([1, 2]),), {}, r"0 floating-point tensors \(Tensor\)"),
    ],
)
def test_a_child_called_with_none_or_several_is_refused(args: tuple, kwargs: dict, kinds: str) -> None:
    with pytest.raises(DynnetError, match=f"it is called with {kinds}"):
        input_place(args, kwargs)


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(
        self, ids: Tensor | None = None, embeds: Tensor | None = None, size: tuple = (), **rest: object
    ) -> Tensor:
        assert ids is None or not ids.is_floating_point()
        return self.layer(embeds) * len(size)


def test_a_keyword_stays_a_keyword_and_all_else_comes_through() -> None:
    class Main(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Inner()

        def forward(self, x: Tensor, y: Tensor, *, scale: float = 1.0, mask: Tensor | None = None) -> dict:
            z = self.inner(embeds=x, ids=torch.arange(2), size=(1, 2), odd=[x])
            return {"out": (scale * z, [y]), "mask": mask, "none": None}

    net, mask = awake(DynamicNet(Main(), {"inner": TokenTuningBlock(3, layout="BC")})), torch.tensor([True, False])
    y = torch.rand(2, 5)
    found = net(Z, y, scale=3.0, mask=mask, alpha=0.5)
    assert list(found) == ["out", "mask", "none"] and found["mask"] is mask and found["out"][1][0] is y
    torch.testing.assert_close(found["out"][0], 6 * net.main.inner.layer(Z + 0.5 * net.block("inner")(Z)))
