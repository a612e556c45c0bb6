"""Nothing is made on the CPU that belongs beside the networks: every application on a device that is not the CPU.

A tensor made without its device raises there, as on a GPU. Training, measures and sliders start as a GPU's do: networks
and pictures moved, draws made on the CPU.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dynnet.adversarial.augmentation import augment
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.along import Along
from dynnet.batches import Batch
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.launching import OneProcess, Run
from dynnet.objectives import Objective
from dynnet.paper.completion.best_alpha import Criterion
from dynnet.paper.completion.explorer import CompletionExplorer
from dynnet.paper.completion.holes import centre_hole, random_holes, with_hole, with_mask
from dynnet.paper.completion.measures import completed, completion_walk
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.completion.training import l1_objective, train_against, train_critic
from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.explorer import DenoiseExplorer
from dynnet.paper.denoising.measures import AlphaLine, quality_walk
from dynnet.paper.denoising.mosaics import estimated_sigma, noisy_mosaic
from dynnet.paper.denoising.network import BayerNet
from dynnet.paper.faces.attribute_walk import attribute_walk
from dynnet.paper.faces.classification import attribute_objective
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.explorer import FaceExplorer
from dynnet.paper.faces.generation import train_generator, train_generator_blocks
from dynnet.paper.faces.kid import face_features, kid
from dynnet.paper.faces.latent_direction import equal_gain, fit_direction
from dynnet.paper.faces.network import Discriminator, Generator
from dynnet.paper.show.walk_explorer import WalkExplorer
from dynnet.paper.style.baselines.adain import AdaIN, train_decoder
from dynnet.paper.style.baselines.conditional_in import ConditionalIN, train_conditional
from dynnet.paper.style.explorer import AlphaExplorer
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.measures.fading import mean_fade
from dynnet.paper.style.measures.objective_space import measure
from dynnet.paper.style.measures.style_pair import measure_pair
from dynnet.paper.style.network import TransformerNet
from dynnet.schedule import Schedule
from dynnet.training import train_blocks, train_main
from dynnet.walks import alpha_walk, dynamic, fixed_walk, grid_walk, interpolation, weight_interpolation
from tests.pretended_gpu import WrongDevice, is_on, pretended_gpu
from tests.tiny import awake

SHORT = Schedule(steps=1, rate=1e-3, one_cycle=False)
AGAINST = AdversarialSettings(steps=1, rate=1e-3, augmentations=("colour", "translation", "cutout"))
WIDTHS = {"conv1_1": 4, "conv1_2": 4, "conv2_1": 4, "conv2_2": 4}


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    def tensor(value: float, device: torch.device | str = "cpu") -> Tensor:  # torch.tensor itself asks no dispatch mode
        return torch.tensor(value).to(device)

    monkeypatch.setattr("torchmetrics.functional.image.psnr.tensor", tensor)
    with pretended_gpu() as there:
        yield there


class Same:
    """The same batch at every step, on the CPU, as sources of batches give it."""

    def __init__(self, given: object):
        self._given = given

    def batch_at(self, step: int) -> object:
        return self._given


def tuned(main: nn.Module, *paths: str) -> DynamicNet:
    return awake(DynamicNet(main.eval(), {path: TuningBlock(main.input_channels(path)) for path in paths}))


def run(device: torch.device) -> Run:
    return Run(OneProcess(device))


def test_the_device_refuses_what_a_gpu_refuses(device: torch.device) -> None:
    x = torch.ones(2, 2).to(device)
    with pytest.raises(WrongDevice):
        x + torch.ones(2, 2)
    with pytest.raises(RuntimeError):
        x.numpy()
    assert (x + torch.ones(())).cpu().numpy().tolist() == [[2, 2], [2, 2]]


# ---- the method


@pytest.mark.parametrize("alpha", ["number", "per picture", "map", "per block"])
def test_blocks_at_every_kind_of_alpha(alpha: str, device: torch.device) -> None:
    net = tuned(TransformerNet(2), "res3", "out").to(device)
    assert is_on(net)
    kinds = {"number": 0.5, "per picture": torch.tensor([0.2, 0.8]), "map": torch.rand(2, 1, 32, 32)}
    kinds["per block"] = {"res3": 0.1, "out": torch.tensor([0.2, 0.8])}
    x = torch.rand(2, 3, 32, 32).to(device)
    with torch.no_grad():
        assert net(x, alpha=kinds[alpha]).device == device
        render = dynamic(net, lambda setting: setting)(x)
        assert render(kinds[alpha]).device == device


def test_blocks_trained_along_the_walk(device: torch.device) -> None:
    terms = PerceptualTerms.of_style(VGGTrunk(WIDTHS, ("relu1_2", "relu2_2")).frozen(), torch.rand(1, 3, 32, 32))
    first, last = (Objective(terms, {"content": 1.0, "style": weight}) for weight in (1.0, 10.0))
    net = tuned(TransformerNet(2), "res3", "out")
    report = train_blocks(net, last, Same(torch.rand(2, 3, 32, 32)), SHORT, run(device), Along(first))
    assert report.steps == 1 and is_on(net)


# ---- style


def style_terms(device: torch.device) -> tuple[PerceptualTerms, PerceptualTerms]:
    features = VGGTrunk(WIDTHS, ("relu1_2", "relu2_2")).frozen().to(device)
    return tuple(PerceptualTerms.of_style(features, torch.rand(1, 3, 32, 32).to(device)) for _ in range(2))


def test_style_networks_are_trained(device: torch.device) -> None:
    a, b = style_terms(device)
    wanted = {n: Objective(t, {"content": 1.0, "style": 1.0, "tv": 1.0}) for n, t in (("a", a), ("b", b))}
    batches, styles = Same(torch.rand(2, 3, 32, 32)), {n: torch.rand(1, 3, 32, 32).to(device) for n in "ab"}
    assert train_main(TransformerNet(2), wanted["a"], batches, SHORT, run(device)).steps == 1
    assert train_conditional(ConditionalIN(2, ["a", "b"]), wanted, batches, SHORT, run(device)).steps == 1
    adain = AdaIN.of_styles(a.features, 4, styles)
    assert train_decoder(adain, styles, batches, SHORT, run(device)).steps == 1


@torch.no_grad()
def test_style_walks_are_measured(device: torch.device) -> None:
    a, b = style_terms(device)
    net, other = tuned(TransformerNet(2), "res3", "out").to(device), TransformerNet(2).to(device)
    x = torch.rand(2, 3, 32, 32).to(device)
    for walk in (alpha_walk(net, [0.0, 1.0]), grid_walk(net, [0.0, 1.0]), fixed_walk({1.0: net.main, 2.0: other})):
        assert np.isfinite(measure(walk, x, a)[["content", "style"]].to_numpy()).all()
    assert len(measure_pair(alpha_walk(net, [0.0, 1.0]), x, a, b)) == 2
    assert np.isfinite(mean_fade(interpolation(net.main, other), x))


# ---- faces


def test_faces_are_generated_and_classified(device: torch.device) -> None:
    generator, judge, faces = Generator(2, latent=5), Discriminator(2), Same(torch.rand(4, 3, 64, 64))
    train_generator(generator, judge, faces, AGAINST, run(device))
    net = tuned(generator, "up3")
    train_generator_blocks(net, judge, faces, AGAINST, run(device))
    assert is_on(net, judge)
    labelled = Same((torch.rand(4, 3, 64, 64), torch.ones(4, 2)))
    assert train_main(AttributeClassifier(("a", "b"), 2), attribute_objective(), labelled, SHORT, run(device)).steps


@torch.no_grad()
def test_faces_are_measured(device: torch.device) -> None:
    generator = Generator(2, latent=5)
    for layer in generator.children():
        nn.init.normal_(layer.conv.weight, std=0.3)  # untrained, its faces differ by less than rounding
    net = tuned(generator, "up3").to(device)
    classifier = AttributeClassifier(("a", "b"), 2).eval().to(device)
    z = torch.randn(16, 5).to(device)
    assert np.isfinite(attribute_walk(dynamic(net), z, [0.0, 1.0], classifier).scores).all()
    features = [face_features(classifier.features, net.main(latents)) for latents in z.split(8)]
    assert np.isfinite(kid(*features, subset_size=4, subsets=2)).all()

    def score(faces: Tensor) -> Tensor:
        return faces.mean((1, 2, 3))

    direction = fit_direction(net.main, score, z)
    assert direction.direction.device == device
    assert np.isfinite(equal_gain(direction, net.main, score, z, 0.5).length)


# ---- completion


def holed(count: int = 2, size: int = 64) -> tuple[Tensor, Tensor]:
    """(pictures with holes, true pictures with their masks), as `HoleBatches` gives them."""
    x, mask = torch.rand(count, 3, size, size), random_holes(count, size, np.random.default_rng(0))
    return with_hole(x, mask), with_mask(x, mask)


def test_completion_is_trained(device: torch.device) -> None:
    net, batches = CompletionNet(2), Same(holed())
    train_main(net, l1_objective(), batches, SHORT, run(device))
    train_against(net, PatchDiscriminator(2), batches, AdversarialSettings(steps=1, rate=1e-3), run(device))
    walking = tuned(net, "up4", "out")
    train_blocks(walking, l1_objective(), batches, SHORT, run(device))
    critic = PatchDiscriminator(2)
    train_critic(critic, lambda x, step: walking(x, alpha=torch.rand(len(x)).to(x)), batches, SHORT, run(device))
    assert is_on(walking, critic)


@torch.no_grad()
def test_completion_is_measured(device: torch.device) -> None:
    net, critic = tuned(CompletionNet(2), "up4", "out").to(device), PatchDiscriminator(2).eval().to(device)
    faces, mask = torch.rand(2, 3, 64, 64).to(device), centre_hole(64).to(device)
    walk = completion_walk(dynamic(net), faces, mask, [0.0, 1.0], critic)
    assert np.isfinite(walk.means.to_numpy()).all()
    assert completed(dynamic(net), faces, mask, 0.5).device == device


# ---- denoising


@torch.no_grad()
def test_denoising_is_measured(device: torch.device) -> None:
    paths = ("main_processor.conv2", "fullres_processor.post_conv")
    net = awake(with_new_blocks(BayerNet(depth=3, width=4).eval(), paths, width=4)).to(device)
    other = BayerNet(depth=3, width=4).eval().to(device)
    x = torch.rand(2, 3, 64, 64).to(device)
    mosaic = noisy_mosaic(x, [0.05, 0.1], seed=0)
    for renderer in (dynamic(net), weight_interpolation(net.main, other)):
        assert np.isfinite(quality_walk(renderer, mosaic, x, 0.05, [0.0, 1.0]).psnr).all()
    assert AlphaLine(8.0, 0.0, 1.2)(estimated_sigma(mosaic)).device == device


def test_augmentations_and_batches(device: torch.device) -> None:
    assert augment(torch.rand(2, 3, 16, 16).to(device), torch.Generator().manual_seed(0)).device == device
    batch = Batch.of(({"x": torch.rand(2, 3)}, None), device)
    assert batch.kwargs["x"].device == device


# ---- sliders: their pictures are where the networks are


def style_sliders(device: torch.device) -> AlphaExplorer:
    net = tuned(TransformerNet(2), "res3", "out").to(device)
    fixed = {1.0: net.main, 2.0: TransformerNet(2).to(device)}
    return AlphaExplorer(net, style_terms(device)[0], fixed, photos(device))


def walk_sliders(device: torch.device) -> WalkExplorer:
    net = tuned(TransformerNet(2), "res3", "out").to(device)
    return WalkExplorer({"walk": {"blocks": dynamic(net)}}, photos(device))


def face_sliders(device: torch.device) -> FaceExplorer:
    return FaceExplorer(tuned(Generator(2, latent=5), "up3").to(device))


def completion_sliders(device: torch.device) -> CompletionExplorer:
    net, critic = tuned(CompletionNet(2), "up4", "out").to(device), PatchDiscriminator(2).eval().to(device)
    return CompletionExplorer(net, critic, Criterion(0.2, 0.05, 0.0, 2.0), photos(device), 64)


def denoise_sliders(device: torch.device) -> DenoiseExplorer:
    net = awake(with_new_blocks(BayerNet(depth=3, width=4).eval(), ("main_processor.conv2",), width=4)).to(device)
    return DenoiseExplorer(net, AlphaLine(8.0, 0.0, 1.2), photos(device))


def photos(device: torch.device) -> dict[str, Tensor]:
    return {"noise": torch.rand(1, 3, 64, 64).to(device)}


@pytest.mark.parametrize(
    "made", [style_sliders, walk_sliders, face_sliders, completion_sliders, denoise_sliders], ids=lambda f: f.__name__
)
def test_sliders_show_what_the_device_renders(made: Callable[[torch.device], object], device: torch.device) -> None:
    with torch.no_grad():
        explorer = made(device)
        shown = getattr(explorer, "picture", None)
    assert shown is None or shown.device == device
