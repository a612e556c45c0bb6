"""The losses of several styles are those of each, from one pass through the feature network."""

import torch

from dynnet.paper.style.losses.mixed import MixedTerms
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from tests.tiny import TinyFeatures, count_calls


def mixed(features: TinyFeatures) -> tuple[MixedTerms, dict[str, PerceptualTerms]]:
    styles = {name: PerceptualTerms.of_style(features, torch.rand(1, 3, 10, 8)) for name in ("glass", "knife")}
    return MixedTerms(styles), styles


def test_each_style_has_the_loss_that_it_has_alone() -> None:
    terms, styles = mixed(TinyFeatures())
    x, y = torch.rand(2, 3, 12, 12), torch.rand(2, 3, 12, 12)
    found = terms(y, x)
    assert list(found) == ["content", "glass", "knife", "tv"]
    for name, alone in styles.items():
        torch.testing.assert_close(found[name], alone(y, x)["style"])
        torch.testing.assert_close(found["content"], alone(y, x)["content"])
        torch.testing.assert_close(found["tv"], alone(y, x)["tv"])


def test_however_many_styles_an_output_costs_one_pass() -> None:
    features = TinyFeatures()
    terms, _ = mixed(features)
    x, y = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
    wanted = features(x)["relu2_2"]
    calls = count_calls({"features": features})
    against = terms.against(y, wanted)
    assert calls["features"] == 1
    assert all(torch.equal(value, against[name]) for name, value in terms(y, x).items())
