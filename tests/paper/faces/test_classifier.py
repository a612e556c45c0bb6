"""The attribute classifier: no score sees its batch, features are what the logits are made of, and it is small."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dynnet.errors import DynnetError
from dynnet.paper.faces.classifier import AttributeClassifier

NAMES = ("Male", "Blond_Hair", "Smiling")


def classifier(width: int = 2) -> AttributeClassifier:
    torch.manual_seed(0)
    net = AttributeClassifier(NAMES, width)
    with torch.no_grad():
        for _ in range(20):
            net(torch.rand(8, 3, 64, 64))  # statistics that are not the initial ones
    return net.eval()


def faces(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_shapes_and_ranges() -> None:
    net, x = classifier(width=3), faces()
    assert net(x).shape == net.scores(x).shape == (4, 3)
    assert net.features(x).shape == (4, 24)
    assert net.features(x).min() >= 0 and net.features(x).std() > 0


def test_logits_are_a_linear_map_of_the_features() -> None:
    net, x = classifier(), faces()
    torch.testing.assert_close(net(x), net.features(x) @ net.out.weight.T + net.out.bias)


def test_scores_are_the_probabilities_of_the_logits() -> None:
    net, x = classifier(), faces()
    nn.init.zeros_(net.out.weight)
    net.out.bias.data = torch.tensor([1.0, 4.0, 0.25]).log()
    torch.testing.assert_close(net.scores(x), torch.tensor([0.5, 0.8, 0.2]).expand(4, 3))


def test_a_score_does_not_see_its_batch_in_eval_mode() -> None:
    net, x = classifier(), faces()
    torch.testing.assert_close(net(x)[1:2], net(x[1:2]))
    torch.testing.assert_close(net.features(x)[1:2], net.features(x[1:2]))
    net.train()
    assert not torch.allclose(net(x)[1:2], net(x[:2])[1:2])  # what eval mode is for


def test_features_are_pooled_over_the_face() -> None:
    net, x, seen = classifier(), faces(), {}
    net.keep4.register_forward_hook(lambda _, args, z: seen.update(z=z))
    features = net.features(x)
    assert seen["z"].shape == (4, 16, 4, 4)
    torch.testing.assert_close(features, seen["z"].flatten(2).mean(2))


def test_gradients_reach_the_face_and_all_weights() -> None:
    net, x = classifier().train(), faces().requires_grad_()
    net.scores(x).square().sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(weights.grad.abs().sum() > 0 for weights in net.parameters())


def test_it_is_small_enough_to_score_thousands_of_faces() -> None:
    net = AttributeClassifier([f"attribute {k}" for k in range(12)]).eval()
    with FlopCounterMode(display=False) as counter:
        net(faces(1))
    assert 5e6 < counter.get_total_flops() / 2 < 12e6  # two operations are one multiply-add
    assert sum(weights.numel() for weights in net.parameters()) < 0.3e6
    assert net.features(faces(1)).shape == (1, 128)


def test_index_finds_an_attribute() -> None:
    net, x = classifier(), faces()
    assert net.attributes == NAMES and [net.index(name) for name in NAMES] == [0, 1, 2]
    net.out.bias.data[net.index("Blond_Hair")] += 50
    assert (net.scores(x).argmax(1) == 1).all()
    with pytest.raises(DynnetError, match="does not know 'Hat'; it knows Male, Blond_Hair, Smiling"):
        net.index("Hat")


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (3, 64, 64), (2, 1, 64, 64), (2, 3, 64, 128)])
def test_pictures_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    net, wrong = classifier(), torch.rand(shape)
    for use in (net, net.scores, net.features):
        with pytest.raises(DynnetError, match=r"takes \(B, 3, 64, 64\), got .*; resize the faces"):
            use(wrong)


@pytest.mark.parametrize(
    ("attributes", "width", "message"),
    [([], 2, "got none"), (["Male", "Male"], 2, "got Male, Male"), (["Male"], 0, "width of a classifier .* got 0")],
)
def test_settings_out_of_range(attributes: list[str], width: int, message: str) -> None:
    with pytest.raises(DynnetError, match=message):
        AttributeClassifier(attributes, width)
