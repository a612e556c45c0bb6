"""The denoiser's sliders, moved by code: noise, alpha, another photo, and the alpha that the noise predicts."""

import pytest
import torch

from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.explorer import HERE, PLAIN, DenoiseExplorer, with_even_sides
from dynnet.paper.denoising.measures import AlphaLine
from dynnet.paper.denoising.mosaics import estimated_sigma, noisy_mosaic
from dynnet.paper.denoising.network import BayerNet
from tests.paper.show.files import assert_shows, black_png, decoded, frame_of, upload
from tests.tiny import awake

LINE = AlphaLine(slope=8.0, intercept=0.0, highest=1.2)
PHOTOS = {"smooth": torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64), "odd": torch.rand(1, 3, 65, 71)}


@pytest.fixture
def explorer() -> DenoiseExplorer:
    main = BayerNet(depth=3, width=4).requires_grad_(False).eval()
    net = awake(with_new_blocks(main, ("main_processor.conv2", "fullres_processor.post_conv"), width=4), 0.3)
    shown = DenoiseExplorer(net, LINE, PHOTOS)
    shown.net = net
    return shown


@torch.no_grad()
def plain(explorer: DenoiseExplorer, name: str) -> torch.Tensor:
    mosaic = noisy_mosaic(with_even_sides(PHOTOS[name]), explorer.sigma.value, seed=0)
    return explorer.net(mosaic, alpha=explorer.alpha.value)


def test_the_picture_is_the_plain_pass_at_the_sliders(explorer: DenoiseExplorer) -> None:
    for sigma, alpha in ((0.05, 0.6), (0.1, 0.6), (0.1, 0.0)):
        explorer.sigma.value, explorer.alpha.value = sigma, alpha
        torch.testing.assert_close(explorer.picture, plain(explorer, "smooth"), rtol=0, atol=1e-5)


def test_alpha_starts_where_the_measured_noise_says_and_comes_back(explorer: DenoiseExplorer) -> None:
    for sigma in (0.05, 0.1):
        explorer.sigma.value = sigma
        measured = estimated_sigma(noisy_mosaic(PHOTOS["smooth"], sigma, seed=0)).item()
        wanted = 8.0 * measured
        assert explorer.alpha.value == pytest.approx(wanted, abs=0.01)
        explorer.alpha.value = 0.0
        explorer.button.click()
        assert explorer.alpha.value == pytest.approx(wanted, abs=0.01)
    assert f"{measured:.3f}" in explorer.measures.value


def test_a_photo_with_odd_sides_loses_a_row_and_a_column(explorer: DenoiseExplorer) -> None:
    explorer.choice.menu.value = "odd"
    assert explorer.picture.shape == (1, 3, 64, 70)
    torch.testing.assert_close(explorer.picture, plain(explorer, "odd"), rtol=0, atol=1e-5)


def test_an_upload_is_shown_enlarged_where_it_is_small(explorer: DenoiseExplorer) -> None:
    upload(explorer.choice, "night.png", black_png(20, 40))
    assert explorer.picture.shape == (1, 3, 64, 128)
    assert decoded(explorer._images["photo"]).max() < 10


@pytest.mark.parametrize(("size", "wanted"), [((64, 64), (64, 64)), ((65, 99), (64, 98)), ((16, 24), (64, 96))])
def test_even_sides(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert with_even_sides(torch.rand(1, 3, *size)).shape[-2:] == wanted


@torch.no_grad()
def test_frames_are_what_the_slider_would_show_and_leave_it_alone(explorer: DenoiseExplorer) -> None:
    shown = explorer.picture
    frame = frame_of(explorer.view, 0.6)
    mosaic = noisy_mosaic(PHOTOS["smooth"], explorer.sigma.value, seed=0)
    assert list(frame.pictures) == list(explorer._images)
    for name, alpha in ((PLAIN, 0.0), (HERE, 0.6)):
        assert_shows(frame.pictures[name], explorer.net(mosaic, alpha=alpha))
    assert "PSNR" in frame.reading and explorer.picture is shown
