"""The page in Chromium, from disk: its pictures and numbers are torch's, and it asks nobody for anything."""

import io
import json
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from dynnet.joining import join
from dynnet.onnx import OnnxRenderer
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.measures import realism
from dynnet.paper.data.pictures import centre_square, to_tensor
from dynnet.paper.data.samples import sample_crops, sample_picture
from dynnet.paper.page.build import FOLDER, LARGEST, write_page
from dynnet.paper.page.graphs import Inputs, staged
from dynnet.paper.run import load
from dynnet.paper.style.network import MULTIPLE
from dynnet.paper.style.page import FINENESS
from tests.browser import lab
from tests.browser.axe import axe_core, grave
from tests.paper.page.opened import ARGUMENTS, OpenedPage

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser

pytestmark = pytest.mark.page
ALPHAS = (0.1, 0.5, 0.95)
SLIDERS = {"fig3": 4, "fig4": 1, "fig5": 1, "fig6": 2, "fig7": 1, "fig8": 1}  # those of the brush apart
VIEWS = {name: [name] for name in SLIDERS} | {"fig8": ["fig8.red", "fig8.blue"]}


@pytest.fixture(scope="module")
def path() -> Path:
    if shutil.which("npm") is None:
        pytest.skip("no npm, which the page is built with")
    return write_page(FOLDER)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with lab.chromium(ARGUMENTS) as found:
        yield found


@pytest.fixture(scope="module")
def opened(browser: "Browser", path: Path) -> Iterator[OpenedPage]:
    """One page for all tests: that nothing is wrong with it is seen at the end, too."""
    page = OpenedPage(browser, path)
    yield page
    page.context.close()
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith(("blob:", "data:"))] == [path.resolve().as_uri()]


@pytest.fixture(scope="module")
def nets() -> dict:
    """The shipped networks, as the page calls them."""
    fig4, fig6, fig8 = (load(name).dynamic for name in ("fig4", "fig6", "fig8"))
    found = {"glass": load("fig3").dynamic["blocks"], "starry": load("starry_night").dynamic["blocks"]}
    found |= {name: fig4[name] for name in ("glass_knife", "marbling_mosaic", "starry_gogh")}
    found |= {"dual": load("fig5").dynamic["dual"], "completion": load("fig7").dynamic["blocks"]}
    return (
        found
        | {"A_to_C": fig8["A_to_C"], "B_to_A": fig8["B_to_A"]}
        | {"faces": join({name: fig6[name] for name in ("blond", "smiling")})}
    )


def picture_of(y: torch.Tensor, columns: int = 4) -> np.ndarray:
    """(B, 3, H, W) as the page shows it: uint8 (H, W, 3), several in rows of four."""
    pixels = y.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).numpy()
    if len(pixels) == 1:
        return pixels[0]
    return np.concatenate([np.concatenate(list(pixels[i : i + columns]), 1) for i in range(0, len(pixels), columns)])


@torch.no_grad()
def compare(view: dict, nets: dict) -> None:
    """The picture of a view is torch's within 2 of 255, but for a few numbers that rounded weights move further."""
    given = {block: torch.from_numpy(alpha) for block, alpha in view["alphas"].items()}
    alphas = {block: alpha.item() if alpha.numel() == 1 else alpha for block, alpha in given.items()}
    wanted = picture_of(nets[view["network"].removesuffix(".map")](torch.from_numpy(view["x"]), alpha=alphas))
    shown = view["pixels"].reshape(*wanted.shape[:2], 4)[..., :3]
    difference = np.abs(shown.astype(int) - wanted)
    assert np.mean(difference > 2) <= 2e-3 and difference.max() <= 12, (np.mean(difference > 2), difference.max())


def test_it_is_one_file_below_the_limit(path: Path) -> None:
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("section", SLIDERS)
def test_every_slider_changes_the_picture_which_is_torch_s(opened: OpenedPage, nets: dict, section: str) -> None:
    opened.show(section)
    for index in range(SLIDERS[section]):
        seen = []
        for alpha in ALPHAS:
            opened.move(section, index, alpha)
            views = [opened.view(name) for name in VIEWS[section]]
            seen.append(views[0]["pixels"].tobytes())
            for view in views:
                compare(view, nets)
        assert len(set(seen)) == len(ALPHAS), f"slider {index} of {section} moved, and the picture did not change"


@pytest.mark.parametrize(("section", "dots"), [("fig4", 2), ("fig5", 2), ("fig6", 2), ("fig7", 1), ("fig8", 3)])
def test_dots_go_to_where_their_curves_were_measured(opened: OpenedPage, section: str, dots: int) -> None:
    opened.show(section)
    for alpha in (0.0, 0.25, 0.27, 1.0):  # 0.27 lies between two
        opened.move(section, 0, alpha)
        found = opened.page.locator(f"#{section} .chart:not([hidden]) .dot").all()
        assert len(found) == dots
        for dot in found:
            value = opened.page.locator(f"#{section} [name={dot.get_attribute('data-follows')}]").input_value()
            places = np.array(json.loads(dot.get_attribute("data-places")))
            at = [float(place) for place in re.findall(r"[\d.]+", dot.get_attribute("transform"))]
            assert at == pytest.approx([np.interp(float(value), places[:, 0], places[:, axis]) for axis in (1, 2)])


def test_the_working_point_is_the_library_s(opened: OpenedPage) -> None:
    opened.show("fig3")
    trained = load("fig3")
    for alpha in (0.0, 0.6):
        opened.move("fig3", 0, alpha)
        view = opened.view("fig3")
        x = torch.from_numpy(view["x"])
        with torch.no_grad():
            wanted = trained.terms(trained.dynamic["blocks"](x, alpha=alpha), x)
        dot = opened.page.locator("#fig3 .chart:not([hidden]) svg > .own")
        at = [float(place) for place in re.findall(r"[\d.]+", dot.get_attribute("transform"))]
        axes = json.loads(dot.get_attribute("data-scale"))
        for name, place, axis in zip(("content", "style"), at, axes, strict=True):
            assert view["measures"][name] == pytest.approx(wanted[name].item(), rel=0.01)
            wanted_place = axis["start"] + axis["factor"] * np.log10(view["measures"][name])
            assert place == pytest.approx(np.clip(wanted_place, axis["low"], axis["high"]))


def test_l1_and_realism_are_the_library_s(opened: OpenedPage) -> None:
    opened.show("fig7")
    opened.move("fig7", 0, 0.3)
    view = opened.view("fig7")
    trained, x = load("fig7"), torch.from_numpy(view["x"])
    target = torch.tensor(opened.page.evaluate("[...dynnetViews.fig7.last.measure.target]")).reshape(x[:, :3].shape)
    with torch.no_grad():
        y = trained.dynamic["blocks"](x, alpha=0.3)
        wanted = realism(trained.critic, y, x[:, 3:]).item()
    assert view["measures"]["realism"] == pytest.approx(wanted, abs=0.05)
    assert view["measures"]["l1"] == pytest.approx(hole_l1(y, target, x[:, 3:]).item(), rel=0.01)


@pytest.mark.parametrize("section", ["fig3", "fig4", "fig5"])
def test_every_choice_paints_by_its_own_network(opened: OpenedPage, nets: dict, section: str) -> None:
    opened.show(section)
    seen = set()
    for label in opened.page.locator(f"#{section} .choice label").all():
        label.click()
        opened.settled(section)
        opened.move(section, 0, -0.6 if section == "fig5" else 0.8)
        view = opened.view(section)
        compare(view, nets)
        seen.add(view["pixels"].tobytes())
    assert len(seen) == opened.page.locator(f"#{section} .choice label").count()
    opened.page.locator(f"#{section} .choice label").first.click()
    opened.settled(section)


def test_painted_alphas_are_the_library_s_maps(opened: OpenedPage, nets: dict) -> None:
    opened.show("fig3")
    opened.move("fig3", 0, 0.0)
    before = opened.view("fig3")["pixels"]
    opened.page.get_by_role("button", name="Paint α").click()
    box = opened.page.locator("#fig3 canvas").bounding_box()
    opened.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.6 * box["height"], steps=4)
    opened.page.mouse.up()
    opened.settled("fig3")
    view = opened.view("fig3")
    assert view["network"] == "glass.map" and {alpha.ndim for alpha in view["alphas"].values()} == {4}
    assert max(alpha.max() for alpha in view["alphas"].values()) == 1
    compare(view, nets)
    opened.page.get_by_role("button", name="Clear").click()
    opened.settled("fig3")
    assert np.abs(opened.view("fig3")["pixels"].astype(int) - before).max() <= 1
    opened.page.get_by_role("button", name="Paint α").click()


def test_new_faces_a_hole_that_moves_and_the_best_alpha(opened: OpenedPage, nets: dict) -> None:
    opened.show("fig6")
    before = opened.view("fig6")["x"]
    opened.page.get_by_role("button", name="New faces").click()
    opened.settled("fig6")
    assert not np.array_equal(opened.view("fig6")["x"], before)
    opened.show("fig7")
    mask = opened.view("fig7")["x"][:, 3]
    opened.page.locator("#fig7 canvas").first.focus()
    opened.page.keyboard.press("ArrowRight")
    opened.settled("fig7")
    moved = opened.view("fig7")
    assert np.array_equal(moved["x"][:, 3, :, 4:], mask[..., :-4])
    opened.page.get_by_role("button", name="Best α").click()
    opened.until("!document.querySelector('#fig7 button').disabled")
    opened.settled("fig7")
    compare(opened.view("fig7"), nets)


def _file(name: str, width: int = 96, height: int = 64, one_colour: bool = False) -> dict:
    photo = Image.fromarray(sample_picture("coffee")).resize((width, height))
    picture = Image.new("RGB", (width, height), (90, 90, 90)) if one_colour else photo
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}


_GIVE = """([kind, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "given.png", {type: "image/png"}));
    const options = {dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true};
    document.body.dispatchEvent(kind === "drop" ? new DragEvent(kind, options) : new ClipboardEvent(kind, options));
}"""


def test_a_picture_of_one_s_own_by_file_drop_and_paste(opened: OpenedPage, nets: dict) -> None:
    opened.show("fig3")
    opened.page.locator("#bar input[type=file]").set_input_files(_file("own.png"))
    opened.until("dynnetViews.fig3.last.input.dims[3] === 96")
    opened.settled("fig3")
    view = opened.view("fig3")
    assert view["x"].shape == (1, 3, 64, 96)
    compare(view, nets)
    for kind, height in (("drop", 80), ("paste", 72)):
        opened.page.evaluate(_GIVE, [kind, list(_file("given.png", 64, height)["buffer"])])
        opened.until(f"dynnetViews.fig3.last.input.dims[2] === {height}")


BAD = {
    "no picture": ({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}, "is no picture that this browser"),
    "one colour": (_file("grey.png", one_colour=True), "one colour only"),
    "too small": (_file("tiny.png", 8, 8), "at least 16 a side"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture_is_one_sentence_and_the_last_one_stays(opened: OpenedPage, kind: str) -> None:
    file, sentence = BAD[kind]
    opened.show("fig3")
    before = opened.view("fig3")["pixels"].tobytes()
    opened.page.locator("#bar input[type=file]").set_input_files(file)
    opened.until("!document.querySelector('#bar [role=alert]').hidden")
    assert sentence in opened.page.locator("#bar [role=alert]").text_content()
    opened.settled("fig3")
    assert opened.view("fig3")["pixels"].tobytes() == before


def test_the_webcam_is_painted_and_its_last_picture_stays(opened: OpenedPage) -> None:
    opened.show("fig3")
    opened.page.get_by_role("button", name="Webcam").click()
    opened.until("/pictures a second/.test(document.querySelector('#bar [role=status]').textContent)")
    opened.page.get_by_role("button", name="Stop").click()
    opened.settled("fig3")
    width, height = opened.view("fig3")["x"].shape[2:]
    assert width == height


def test_a_webcam_that_is_refused_is_one_sentence(opened: OpenedPage) -> None:
    opened.show("fig3")
    before = opened.view("fig3")["pixels"].tobytes()
    opened.page.evaluate("void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')))")
    opened.page.get_by_role("button", name="Webcam").click()
    opened.until("!document.querySelector('#bar [role=alert]').hidden")
    assert "no webcam" in opened.page.locator("#bar [role=alert]").text_content()
    assert opened.view("fig3")["pixels"].tobytes() == before


def test_picture_and_film_are_saved(opened: OpenedPage, tmp_path: Path) -> None:
    opened.show("fig7")
    with opened.page.expect_download() as download:
        opened.page.locator("#fig7").get_by_role("button", name="Save picture").click()
    download.value.save_as(tmp_path / "saved.png")
    with Image.open(tmp_path / "saved.png") as saved:
        found = np.asarray(saved.convert("RGB"))
    assert np.array_equal(found.flatten(), opened.view("fig7")["pixels"].reshape(128, 128, 4)[..., :3].flatten())
    opened.show("fig6")
    with opened.page.expect_download() as download:
        opened.page.locator("#fig6").get_by_role("button", name="Save film").click()
    assert download.value.suggested_filename == "dynamic-net-fig6.webm"
    download.value.save_as(tmp_path / "saved.webm")
    with av.open(str(tmp_path / "saved.webm")) as film:
        frames = [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]
    end = opened.view("fig6")["pixels"].reshape(*frames[0].shape[:2], 4)[..., :3]  # the walk's, which the slider is at
    far = [np.abs(frame - end).mean() for frame in frames]
    middle = int(np.argmin(far))
    assert len(frames) > 30 and 0.3 < middle / len(frames) < 0.7  # there and back; a busy machine leaves some out
    assert far[middle] < 6 and 4 * far[middle] < min(far[0], far[-1])  # 6: what the codec loses
    assert np.abs(frames[0] - frames[-1]).mean() < 6


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_core(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: "Browser", path: Path, axe: str, scheme: str, width: int
) -> None:
    opened = OpenedPage(browser, path, color_scheme=scheme, viewport={"width": width, "height": 800})
    found = opened.page.evaluate(f"{axe}; axe.run().then(result => JSON.stringify(result.violations))")
    assert grave(json.loads(found)) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.context.close()


def test_without_simd_there_are_strips_and_a_sentence(browser: "Browser", path: Path) -> None:
    page = browser.new_page()
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto(path.resolve().as_uri(), wait_until="load")
    assert "lacks WebAssembly with SIMD" in page.locator("#message").text_content()
    assert page.locator("img.strip").first.is_visible() and page.locator("#bar").is_hidden()
    page.close()


def test_without_scripts_there_are_strips_and_a_sentence(browser: "Browser", path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.resolve().as_uri(), wait_until="commit")
    page.wait_for_selector("#fig8 img.strip")
    assert page.locator("img.strip").count() == len(SLIDERS)
    assert all(strip.get_attribute("alt") for strip in page.locator("img.strip").all())
    assert "needs JavaScript and WebAssembly" in page.locator("noscript").text_content()
    context.close()


_TIMES = """async ([size, blocks, last]) => {
    const data = Float32Array.from({length: 3 * size * size}, (_, i) => (i % 251) / 251);
    const input = {key: `times ${size}`, data, dims: [1, 3, size, size]};
    const times = [];
    for (let i = 0; i < 9; i++) {
        const alphas = Object.fromEntries(blocks.map(name => [name, last && name !== "out" ? 0.5 : 0.1 + i / 20]));
        times.push((await dynnetViews.fig3.show("glass", input, alphas)).ms);
    }
    return times.slice(2);
}"""


def test_times_are_measured_and_kept(opened: OpenedPage, path: Path) -> None:
    """build/page/measured.csv; `docs/page.csv` is a copy of one from a machine that did nothing else."""
    opened.show("fig3")
    blocks = ["res3", "up1", "out"]
    native = OnnxRenderer(_folder_of_glass(path.parent / "cache"))
    rows = [("size of the page", path.stat().st_size / 1e6, "MB", "", "")]
    rows.append(("from opening to the first picture", opened.first, "s", "", ""))
    for size in (128, 256):
        native.set_input((torch.arange(3 * size * size) % 251).reshape(1, 3, size, size) / 251)
        for what, last in (("shared α", False), ("α of the last block", True)):
            wasm = statistics.median(opened.page.evaluate(_TIMES, [size, blocks, last]))
            times = []
            for i in range(9):
                begun = time.perf_counter()
                native({name: 0.5 if last and name != "out" else 0.1 + i / 20 for name in blocks})
                times.append(1000 * (time.perf_counter() - begun))
            own = statistics.median(times[2:])
            rows.append((f"{what} changed, {size} px", wasm, "ms", "onnxruntime outside of a browser", wasm / own))
    table = pd.DataFrame(rows, columns=["what", "value", "unit", "compared with", "ratio"])
    table.to_csv(path.parent / "measured.csv", index=False)
    assert (table.value > 0).all()


def _folder_of_glass(cache: Path) -> Path:
    crops = to_tensor(sample_crops(2, 128))
    x = to_tensor(centre_square(sample_picture("chelsea"), 128))
    return staged(load("fig3").dynamic["blocks"], Inputs(crops, x, FINENESS), cache, multiple=MULTIPLE)
