"""Renderers and walks: what a setting means for each method, and that shared work is done once."""

import copy

import pytest
import torch
from torch import nn

from dynnet import walks
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from tests.tiny import convolutions_counted, count_calls, dynamic_transformer

X = torch.rand(2, 3, 16, 20)


@pytest.fixture(scope="module")
def net():
    return dynamic_transformer()


@torch.no_grad()
def test_a_walk_is_a_renderer_at_its_settings_in_their_order():
    walk = walks.walk(lambda x: lambda setting: setting * x, (s for s in (2, -1, 0)))
    for _ in range(2):  # a walk can be walked again, though its settings came from a generator
        found = list(walk(X))
        assert [setting for setting, _ in found] == [2, -1, 0]
        assert all(torch.equal(y, setting * X) for setting, y in found)


@torch.no_grad()
def test_dynamic_renders_what_the_net_gives(net):
    renderer = walks.dynamic(net)
    for x in (X, X.flip(0)):
        render = renderer(x)
        for alpha in (0, 0.3, 1.7, -1):
            torch.testing.assert_close(render(alpha), net(x, alpha=float(alpha)), rtol=0, atol=1e-5)


@torch.no_grad()
def test_dynamic_takes_a_meaning_of_its_setting(net):
    render = walks.dynamic(net, lambda percent: {"out": percent / 100})(X)
    torch.testing.assert_close(render(40), net(X, alpha={"out": 0.4}), rtol=0, atol=1e-5)


@torch.no_grad()
@pytest.mark.usefixtures("operators_only")
def test_dynamic_runs_the_main_network_in_front_of_the_blocks_once(net):
    walk = walks.alpha_walk(net, [0, 0.5, 1])
    for _ in range(3):  # the first input and the second are compared with the plain pass
        with convolutions_counted({"first": net.main.conv1.conv.weight, "up2": net.main.up2.conv.weight}) as counts:
            list(walk(X))
    assert counts == {"first": 1, "up2": 3}


@torch.no_grad()
def test_weight_interpolation_is_one_network_at_0_the_other_at_1_and_between_their_mean(net):
    first, second, middle = (copy.deepcopy(net.main) for _ in range(3))
    for value in second.parameters():
        value.add_(torch.rand_like(value) / 10)
    means = {name: (value + second.state_dict()[name]) / 2 for name, value in first.state_dict().items()}
    middle.load_state_dict(means)
    render = walks.weight_interpolation(first, second)(X)
    assert torch.equal(render(0.0), first(X)) and torch.equal(render(1.0), second(X))
    torch.testing.assert_close(render(0.5), middle(X))


def test_weights_of_unlike_networks_are_not_interpolated(net):
    with pytest.raises(DynnetError, match="networks of one architecture"):
        walks.weight_interpolation(net.main, nn.Conv2d(3, 3, 1))


@torch.no_grad()
def test_interpolation_is_the_pixel_average_and_runs_each_network_once(net):
    second = nn.Conv2d(3, 3, 1)
    calls = count_calls({"second": second})
    found = dict(walks.interpolation_walk(net.main, second, [0, 0.25, 1])(X))
    torch.testing.assert_close(found[0.25], 0.75 * net.main(X) + 0.25 * second(X))
    assert calls["second"] == 2  # once in the walk, once in the line above


@torch.no_grad()
def test_a_fixed_network_renders_once_for_all_settings():
    network = nn.Conv2d(3, 3, 1)
    calls = count_calls({"network": network})
    found = list(walks.walk(walks.fixed(network), [0, 0.5, 1])(X))
    assert calls["network"] == 1 and len(found) == 3
    assert all(torch.equal(y, network(X)) for _, y in found)


@torch.no_grad()
@torch.no_grad()
def test_a_grid_is_all_combinations_with_the_first_block_slowest(net):
    found = list(walks.grid_walk(net, [0, 1])(X))
    assert [setting for setting, _ in found][:3] == [(0, 0, 0), (0, 0, 1), (0, 1, 0)] and len(found) == 8
    torch.testing.assert_close(found[3][1], net(X, alpha={"up1": 1.0, "out": 1.0}), rtol=0, atol=1e-5)


@torch.no_grad()
def test_fixed_networks_are_rendered_by_their_lambda(net):
    found = dict(walks.fixed_walk({2e4: net.main, 1e6: nn.Identity()})(X))
    assert torch.equal(found[1e6], X) and torch.equal(found[2e4], net.main(X))


@torch.no_grad()
def test_sets_have_a_setting_each(net):
    blocks = {name: DynamicNet(net.main, {"out": TuningBlock(net.main.input_channels("out"))}) for name in ("a", "b")}
    for one in blocks.values():
        torch.nn.init.normal_(one.block("out").conv2.weight, std=0.1)
    both = join(blocks)
    found = dict(walks.sets_walk(both, [(0, 1), (0.5, 0)])(X))
    assert [*found] == [(0.0, 1.0), (0.5, 0.0)]
    torch.testing.assert_close(found[0.0, 1.0], both(X, alpha={"b": 1.0}), rtol=0, atol=1e-5)
    torch.testing.assert_close(found[0.5, 0.0], both(X, alpha={"a": 0.5}), rtol=0, atol=1e-5)


@torch.no_grad()
def test_three_pictures_are_mixed_by_two_shares():
    render = walks.interpolation_of_three(lambda x: x, lambda x: 2 * x, lambda x: 4 * x)(X)
    for shares, factor in (((0, 0.7), 1), ((1, 0), 2), ((1, 1), 4), ((0.5, 0.5), 2)):
        torch.testing.assert_close(render(shares), factor * X)
