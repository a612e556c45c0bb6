"""AdaIN: features take on a style's statistics, and a decoder learns to make pictures of them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.launching import Run
from dynnet.paper.style.baselines.adain import AdaIN, Decoder, adain, adain_renderer, train_decoder
from dynnet.paper.style.baselines.adain_terms import DecoderTerms, channel_statistics
from dynnet.paper.style.baselines.rounds import style_at
from dynnet.paper.style.losses.vgg import VGGTrunk, full_widths
from dynnet.schedule import Schedule
from dynnet.walks import walk
from tests.kills import DeadlyNoise, Killed
from tests.tiny import Noise, count_calls

WIDTHS = {"conv1_1": 4, "conv2_1": 5, "conv3_1": 6, "conv4_1": 7}
TAPS = ("relu1_1", "relu2_1", "relu3_1")
NOISE = Noise(batch=1, size=16)


def encoder(taps: tuple[str, ...] = TAPS) -> VGGTrunk:
    torch.manual_seed(3)
    return VGGTrunk(WIDTHS, taps).train()


def pictures() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(4)
    noise, x = torch.rand(1, 3, 20, 24, generator=generator), torch.linspace(0, 1, 24).expand(1, 3, 20, 24)
    return {"noise": noise, "ramp": x}


def new(seed: int = 1) -> AdaIN:
    features = encoder()
    torch.manual_seed(seed)
    return AdaIN.of_styles(features, 2, pictures())


def test_two_features_restyled_by_hand() -> None:
    z = torch.tensor([1.0, 3.0]).view(1, 1, 1, 2)  # mean 2, standard deviation 1
    restyled = adain(z, torch.tensor([10.0]), torch.tensor([5.0]))
    torch.testing.assert_close(restyled.flatten(), torch.tensor([5.0, 15.0]), rtol=0, atol=1e-4)


def test_the_output_has_the_asked_mean_and_standard_deviation() -> None:
    z, mean, std = torch.rand(2, 3, 9, 7), torch.tensor([-1.0, 0.0, 4.0]), torch.tensor([0.5, 2.0, 0.1])
    found_mean, found_std = channel_statistics(adain(z, mean, std))
    torch.testing.assert_close(found_mean, mean.expand(2, 3), rtol=0, atol=1e-5)
    torch.testing.assert_close(found_std, std.expand(2, 3), rtol=1e-3, atol=0)


def test_its_own_statistics_give_the_content_back_and_a_batch_is_so_many_pictures() -> None:
    z = torch.rand(2, 3, 9, 7)
    mean, std = (value[0] for value in channel_statistics(z))
    both = adain(z, mean, std)
    torch.testing.assert_close(both[:1], z[:1])
    torch.testing.assert_close(both[1:], adain(z[1:], mean, std))
    assert (both[1:] - z[1:]).abs().max() > 0.01


def test_a_constant_channel_takes_the_styles_mean() -> None:
    restyled = adain(torch.full((1, 2, 4, 4), 3.0), torch.tensor([1.0, -1.0]), torch.tensor([5.0, 5.0]))
    assert torch.equal(restyled, torch.tensor([1.0, -1.0]).view(1, 2, 1, 1).expand(1, 2, 4, 4))


def test_statistics_of_other_channels_are_refused_even_where_they_would_broadcast() -> None:
    with pytest.raises(DynnetError, match=r"are \(1,\) and \(3,\) for features of 3 channels.*make them again"):
        adain(torch.rand(1, 3, 4, 4), torch.rand(1), torch.rand(3))


def test_the_decoder_mirrors_vgg19() -> None:
    encoding = list(full_widths("vgg19", "conv3_4").values())
    decoding = [m for m in Decoder(256, 64).modules() if isinstance(m, nn.Conv2d)]
    assert [m.in_channels for m in decoding] == encoding[::-1]
    assert [m.out_channels for m in decoding] == [*encoding[-2::-1], 3]
    assert {(m.kernel_size, m.padding_mode) for m in decoding} == {((3, 3), "reflect")}


@pytest.mark.parametrize("deepest", [1, 2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 30)])
def test_output_is_as_large_as_the_input_and_a_picture(deepest: int, height: int, width: int) -> None:
    network = AdaIN.of_styles(encoder((f"relu{deepest}_1",)), 2, pictures())
    y = network(torch.rand(2, 3, height, width), {"noise": 0.4, "ramp": 0.6})
    assert y.shape == (2, 3, height, width)
    assert y.min() >= 0 and y.max() <= 1


def test_an_odd_side_is_padded_by_reflection() -> None:
    network, x = new(), torch.rand(1, 3, 18, 20)
    padded = torch.cat([x, x[:, :, 16:17], x[:, :, 15:16]], dim=2)
    torch.testing.assert_close(network(x, "ramp"), network(padded, "ramp")[:, :, :18])


def test_the_ends_of_a_mixture_are_the_single_styles_bit_for_bit() -> None:
    network, x = new(), torch.rand(1, 3, 16, 16)
    noise, ramp = network(x, "noise"), network(x, "ramp")
    assert torch.equal(network(x, {"noise": 1.0, "ramp": 0.0}), noise)
    assert torch.equal(network(x, {"noise": 0.0, "ramp": 1.0}), ramp)
    assert not torch.equal(noise, ramp)


def test_a_mixture_sums_restyled_features() -> None:
    network = new()
    z = network.encode(torch.rand(2, 3, 16, 16))
    weights = {"noise": 1.3, "ramp": -0.3}
    expected = sum(weight * adain(z, *network.statistics(style)) for style, weight in weights.items())
    torch.testing.assert_close(network.restyled(z, weights), expected)


def test_a_style_is_the_statistics_of_its_deepest_features() -> None:
    network = new()
    mean, std = network.statistics("ramp")
    z = encoder()(pictures()["ramp"])["relu3_1"]
    torch.testing.assert_close(mean, z.mean((0, 2, 3)))
    torch.testing.assert_close(std, (z.var((0, 2, 3), correction=0) + 1e-5).sqrt())


def test_the_state_dict_is_the_decoder_and_the_statistics() -> None:
    first, x = new(), torch.rand(1, 3, 16, 16)
    state = first.state_dict()
    assert {name for name in state if not name.startswith("decoder.")} == {
        "mean_style_noise", "std_style_noise", "mean_style_ramp", "std_style_ramp",
    }  # fmt: skip
    second = AdaIN(encoder(), 2, dict.fromkeys(("noise", "ramp"), (torch.zeros(6), torch.zeros(6))))
    second.load_state_dict(state)
    assert all(torch.equal(first(x, style), second(x, style)) for style in ("noise", "ramp"))


def test_the_encoder_is_a_constant_that_moves_with_the_network() -> None:
    network = new()
    network.train()
    assert not network.features.training
    network(torch.rand(1, 3, 16, 16), "ramp").sum().backward()
    assert all(p.grad is None and not p.requires_grad for p in network.features.parameters())
    assert all(p.grad is not None for p in network.decoder.parameters())
    assert {p.device.type for p in network.to("meta").features.parameters()} == {"meta"}


def test_the_walk_encodes_once_and_goes_from_one_style_to_the_other() -> None:
    network, x = new(), torch.rand(2, 3, 17, 16)
    expected = {0.0: network(x, "ramp"), 0.3: network(x, {"noise": 0.3, "ramp": 0.7}), 1.0: network(x, "noise")}
    steps = walk(adain_renderer(network, "ramp", "noise"), iter([0.0, 0.3, 1.0]))
    list(steps(x))
    calls = count_calls({"encoder": network.features, "decoder": network.decoder})
    found = dict(steps(x))
    assert calls == {"encoder": 1, "decoder": 3}
    assert list(found) == [0.0, 0.3, 1.0] and all(torch.equal(found[alpha], y) for alpha, y in expected.items())


def totals(network: AdaIN, style_weight: float) -> dict[str, float]:
    """Each style's loss on a picture that is not trained on."""
    found = {}
    for style, picture in pictures().items():
        wanted = network.restyled(network.encode(NOISE.batch_at(1000)), style)
        losses = DecoderTerms.of_style(network.features, picture)(network.decoder(wanted), wanted)
        found[style] = (losses["content"] + style_weight * losses["style"]).item()
    return found


def test_training_lowers_every_styles_loss_and_touches_the_decoder_alone() -> None:
    network = new()
    start, held = totals(network, 10), {n: v.clone() for n, v in network.named_buffers()}
    encoding = [p.clone() for p in network.features.parameters()]
    report = train_decoder(network, pictures(), NOISE, Schedule(60, 0.02))
    assert report.steps == 60 and not network.training
    end = totals(network, 10)
    assert all(end[style] < start[style] / 1.5 for style in start)
    assert all(torch.equal(value, held[name]) for name, value in network.named_buffers())
    assert all(torch.equal(p, before) for p, before in zip(network.features.parameters(), encoding, strict=True))


def test_a_step_is_for_the_style_of_its_round(monkeypatch: pytest.MonkeyPatch) -> None:
    network, visited = new(), []
    restyled = network.restyled
    monkeypatch.setattr(network, "restyled", lambda z, style: (visited.append(style), restyled(z, style))[1])
    train_decoder(network, pictures(), NOISE, Schedule(9, 0.01))
    assert visited == [style_at(step, ("noise", "ramp")) for step in range(9)]


def test_what_is_minimised_is_the_weighted_sum() -> None:
    last = train_decoder(new(), pictures(), NOISE, Schedule(9, 0.01), style_weight=3, tv_weight=0.5).history[-1]
    assert last["total"] == pytest.approx(last["content"] + 3 * last["style"] + 0.5 * last["tv"], rel=1e-5)


def test_a_killed_training_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    through, schedule, run = new(), Schedule(31, 0.01), Run(state=tmp_path / "state", save_every=25)
    expected = train_decoder(through, pictures(), NOISE, schedule)
    with pytest.raises(Killed):
        train_decoder(new(), pictures(), DeadlyNoise(28, 1, 16), schedule, run)
    resumed = new(seed=2)
    report = train_decoder(resumed, pictures(), NOISE, schedule, run)
    assert report.history == expected.history
    assert all(torch.equal(value, through.state_dict()[name]) for name, value in resumed.state_dict().items())


def test_what_is_no_style_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"no style 'night'; there are noise, ramp"):
        new()(torch.rand(1, 3, 16, 16), "night")
    with pytest.raises(DynnetError, match="statistics of at least one style"):
        AdaIN(encoder(), 2, {})
    with pytest.raises(DynnetError, match="one picture for each of noise, ramp, got noise"):
        train_decoder(new(), {"noise": pictures()["noise"]}, NOISE, Schedule(9, 0.01))
    with pytest.raises(DynnetError, match="width of a decoder is at least 1, got 0"):
        Decoder(6, 0)
