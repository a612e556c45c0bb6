"""One network of several styles: scales and shifts alone tell styles apart, and training keeps them apart."""

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.launching import Run
from dynnet.paper.style.baselines.conditional_in import ConditionalIN, train_conditional
from dynnet.paper.style.baselines.mixtures import mixture
from dynnet.paper.style.baselines.rounds import style_at
from dynnet.paper.style.network import TransformerNet
from dynnet.schedule import Schedule
from dynnet.walks import walk
from tests.brightness import distance, towards
from tests.kills import DeadlyNoise, Killed
from tests.tiny import Noise

STYLES = ("dark", "grey", "bright")
WANTED = {"dark": 0.2, "grey": 0.5, "bright": 0.8}
OBJECTIVES = {style: towards(wanted) for style, wanted in WANTED.items()}
NOISE = Noise(batch=1, size=16)


def new(styles: tuple[str, ...] = STYLES) -> ConditionalIN:
    return ConditionalIN(2, styles)


def styled(seed: int = 1) -> ConditionalIN:
    """As after training: every style has scales and shifts of its own."""
    torch.manual_seed(seed)
    network = new().eval()
    for parameter in network.tables.parameters():
        nn.init.normal_(parameter, mean=0.5)
    return network


def tables(network: ConditionalIN) -> dict[str, Tensor]:
    return {style: torch.cat(list(network.table(style).values())).detach().clone() for style in network.styles}


def test_untrained_every_style_is_the_transformer_net() -> None:
    network, x = new(), torch.rand(2, 3, 16, 16)
    assert all(torch.equal(network(x, style), network.net(x)) for style in STYLES)


def test_a_style_has_a_number_for_every_norm_parameter_of_the_transformer_net() -> None:
    network = new()
    norms = {n: p for n, p in network.net.named_parameters() if "norm" in n}
    assert len(norms) == 30  # scale and shift of five layers and of two in each of five blocks
    for style in STYLES:
        assert {n: t.shape for n, t in network.table(style).items()} == {n: p.shape for n, p in norms.items()}
    convolutions = {f"net.{n}" for n, _ in network.net.named_parameters() if n not in norms}
    trained = {n for n, p in network.named_parameters() if p.requires_grad}
    assert {n for n in trained if n.startswith("net.")} == convolutions
    assert len(trained) == len(convolutions) + 3 * len(norms)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 22)])
def test_output_is_as_large_as_the_input_and_a_picture(height: int, width: int) -> None:
    y = styled()(torch.rand(2, 3, height, width), {"dark": 0.4, "bright": 0.6})
    assert y.shape == (2, 3, height, width)
    assert y.min() >= 0 and y.max() <= 1 and y.std() > 0


def test_the_ends_of_a_mixture_are_the_single_styles_bit_for_bit() -> None:
    network, x = styled(), torch.rand(1, 3, 16, 16)
    dark, bright = network(x, "dark"), network(x, "bright")
    assert torch.equal(network(x, {"dark": 1.0, "bright": 0.0}), dark)
    assert torch.equal(network(x, {"dark": 0.0, "bright": 1.0}), bright)
    between = network(x, {"dark": 0.5, "bright": 0.5})
    assert min(distance(between, end) for end in (dark, bright)) > 1e-6


def test_a_mixture_mixes_scales_and_shifts_not_pictures() -> None:
    network, x = styled(), torch.rand(1, 3, 16, 16)
    weights = {"dark": 0.7, "grey": 0.5, "bright": -0.2}
    mixed = {n: sum(w * network.table(s)[n] for s, w in weights.items()) for n in network.norm_parameters}
    plain = TransformerNet(2).eval()
    plain.load_state_dict(network.net.state_dict() | mixed)
    torch.testing.assert_close(network(x, weights), plain(x))


def test_a_state_dict_holds_the_styles_by_name(tmp_path: Path) -> None:
    first, x = ConditionalIN(2, ["a.b", "keys"]), torch.rand(1, 3, 16, 16)
    for parameter in first.tables.parameters():
        nn.init.normal_(parameter)
    torch.save(first.state_dict(), tmp_path / "state")
    second = ConditionalIN(2, ["keys", "a.b"])
    second.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    assert all(torch.equal(first(x, style), second(x, style)) for style in ("a.b", "keys"))
    with pytest.raises(RuntimeError, match="style_other"):
        ConditionalIN(2, ["keys", "other"]).load_state_dict(first.state_dict())


def test_training_brings_every_style_nearer_to_its_objective() -> None:
    network, x = new(), NOISE.batch_at(1000)
    start = {style: distance(network(x, style), wanted) for style, wanted in WANTED.items()}
    held = {name: network.net.get_parameter(name).clone() for name in network.norm_parameters}
    report = train_conditional(network, OBJECTIVES, NOISE, Schedule(200, 0.03))
    assert report.steps == 200 and not network.training
    for style in ("dark", "bright"):
        assert distance(network(x, style), WANTED[style]) < start[style] / 1.5
    found = [network(x, style).mean().item() for style in STYLES]
    assert found == sorted(found) and found[2] - found[0] > 0.3
    assert all(torch.equal(network.net.get_parameter(name), value) for name, value in held.items())


def test_a_step_moves_no_other_styles_scales_and_shifts() -> None:
    network, seen = new(), []

    class Watched(Noise):
        def batch_at(self, step: int) -> Tensor:
            seen.append(tables(network))
            return super().batch_at(step)

    train_conditional(network, OBJECTIVES, Watched(1, 16), Schedule(9, 0.01))
    seen.append(tables(network))
    for step, (before, after) in enumerate(pairwise(seen)):
        moved = [style for style in STYLES if not torch.equal(before[style], after[style])]
        assert moved == [style_at(step, STYLES)]


def test_a_killed_training_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    through, killed, schedule = styled(), styled(), Schedule(31, 0.01)
    run = Run(state=tmp_path / "state", save_every=25)
    expected = train_conditional(through, OBJECTIVES, NOISE, schedule)
    with pytest.raises(Killed):
        train_conditional(killed, OBJECTIVES, DeadlyNoise(28, 1, 16), schedule, run)
    resumed = styled(seed=2)
    report = train_conditional(resumed, OBJECTIVES, NOISE, schedule, run)
    assert report.history == expected.history
    assert all(torch.equal(value, through.state_dict()[name]) for name, value in resumed.state_dict().items())


def test_the_walk_goes_from_one_style_to_the_other() -> None:
    network, x = styled(), torch.rand(2, 3, 16, 16)
    found = dict(walk(mixture(network, "grey", "dark"), [0, 0.3, 1])(x))
    assert list(found) == [0.0, 0.3, 1.0]
    assert torch.equal(found[0.0], network(x, "grey")) and torch.equal(found[1.0], network(x, "dark"))
    torch.testing.assert_close(found[0.3], network(x, {"dark": 0.3, "grey": 0.7}))


def test_what_is_no_style_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"no style 'night'; there are dark, grey, bright"):
        new()(torch.rand(1, 3, 16, 16), {"dark": 0.5, "night": 0.5})
    with pytest.raises(DynnetError, match="weights of a mixture sum to 1"):
        new()(torch.rand(1, 3, 16, 16), {"dark": 0.5})
    with pytest.raises(DynnetError, match=r"at least two styles, got \['dark'\]"):
        new(("dark",))
    with pytest.raises(DynnetError, match="names of their own"):
        new(("dark", "dark"))


@pytest.mark.parametrize("styles", [("dark", "grey"), ("dark", "grey", "bright", "night")])
def test_objectives_of_other_styles_are_refused(styles: tuple[str, ...]) -> None:
    objectives = {style: towards(0.5) for style in styles}
    with pytest.raises(DynnetError, match="one objective for each of dark, grey, bright, got dark, grey"):
        train_conditional(new(), objectives, NOISE, Schedule(9, 0.01))
