"""Films in and out: frames, times, colours and sound; what is interrupted plays."""

import os
import signal
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import to_picture, to_tensor
from dynnet.paper.render import films
from dynnet.paper.render.film_reader import FilmReader
from dynnet.paper.render.film_writer import FilmWriter, save_film
from dynnet.paper.render.frames import WORTH, FramePainter, exported
from dynnet.paper.render.networks import network
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.pipeline import Behind, ahead
from dynnet.paper.render.pyav import pyav
from tests.paper.render.pictures_for_tests import RenderShell, photo, save, tiny_net

av = pytest.importorskip("av")
RATE = 10


def still(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    return [photo(height, width)] * count


def with_sound(path: Path, count: int = 10, codec: str = "aac") -> Path:
    """A film of `count` frames, and a tone that is as long."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "5"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=48000, layout="stereo")
        for number, pixels in enumerate(still(count)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        for start in range(0, 48000 * count // RATE, 960):
            wave = np.sin(np.arange(start, start + 960) / 20).astype(np.float32)
            kind = "fltp" if codec == "aac" else "s16"
            samples = np.stack([wave, wave]) if codec == "aac" else (np.repeat(wave, 2)[None] * 9999).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format=kind, layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
        container.mux(video.encode(None))
    return path


def read(path: Path) -> list[np.ndarray]:
    reader = FilmReader(path)
    frames = [frame.pixels for frame in reader]
    reader.close()
    return frames


def times(path: Path) -> list[float]:
    reader = FilmReader(path)
    found = [float(frame.pts * reader.time_base) for frame in reader]
    reader.close()
    return found


def sounding(path: Path) -> float:
    """Seconds of sound."""
    with av.open(str(path)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_frames_keep_colours_times_and_number(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    save_film(iter(still(7)), path, RATE)
    found = read(path)
    assert len(found) == 7 and times(path) == pytest.approx([k / RATE for k in range(7)], abs=2e-3)
    assert np.abs(found[3].astype(int) - photo(48, 64)).mean() < 6  # the encoder's loss; another matrix is 9 and more
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


SOUNDS = [("aac", ".mp4"), ("aac", ".mkv"), ("aac", ".webm"), ("pcm_s16le", ".mp4")]


@pytest.mark.parametrize(("source", "target"), SOUNDS)
def test_sound_is_kept(render: RenderShell, source: str, target: str) -> None:
    name = "in.mp4" if source == "aac" else "in.mkv"
    with_sound(render.folder / name, codec=source)
    code, out, _ = render(name, "--alpha", "0.5", "-o", f"out{target}")
    assert code == 0 and out == f"wrote out{target}\n"
    assert len(read(Path(f"out{target}"))) == 10
    assert times(Path(f"out{target}"))[0] == pytest.approx(0, abs=0.03)  # Matroska begins with the sound's run-up
    assert sounding(Path(f"out{target}")) == pytest.approx(sounding(Path(name)), abs=0.05)


def test_frames_are_rendered_at_the_alpha_of_their_time(render: RenderShell) -> None:
    with_sound(render.folder / "in.mp4", 5)
    assert render("in.mp4", "--alpha", "0..1", "-o", "out.mp4")[0] == 0
    first, *_, last = read(Path("in.mp4"))
    for shown, (frame, alpha) in zip(read(Path("out.mp4"))[::4], [(first, 0.0), (last, 1.0)], strict=True):
        wanted = {a: to_picture(render.net(to_tensor(frame), alpha=a)) for a in (0.0, 1.0)}
        gaps = {a: np.abs(coarse(shown) - coarse(picture)).mean() for a, picture in wanted.items()}
        assert gaps[alpha] < 0.7 * max(gaps.values())


def coarse(picture: np.ndarray) -> np.ndarray:
    """Means of squares of 8 pixels, which an encoder keeps where fine details are lost."""
    return picture.astype(float).reshape(picture.shape[0] // 8, 8, picture.shape[1] // 8, 8, 3).mean((1, 3))


def test_a_film_in_a_list_of_inputs_and_odd_sides(render: RenderShell) -> None:
    save_film([photo(49, 65)] * 3, render.folder / "odd.mkv", RATE)
    save(render.folder / "a.png")
    assert render("odd.mkv", "a.png", "--alpha", "0,1", "-o", "out")[0] == 0
    assert {p.name for p in Path("out").glob("[!.]*")} == {"odd-0.mkv", "odd-1.mkv", "a-0.png", "a-1.png"}
    assert read(Path("out/odd-1.mkv"))[0].shape == (48, 64, 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_film_plays_and_its_place_is_free(
    render: RenderShell,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: signal.Signals,
    as_in_a_terminal: None,
) -> None:
    with_sound(render.folder / "in.mp4", 12)
    seen, original = [], films.levels

    def stops(picture: torch.Tensor) -> np.ndarray:
        seen.append(picture)
        if len(seen) == 8:
            os.kill(os.getpid(), number)
        return original(picture)

    monkeypatch.setattr(films, "levels", stops)
    assert render("in.mp4", "-o", "out.mp4")[0] != 0
    assert not Path("out.mp4").exists() and len(read(Path("out.part.mp4"))) == 7
    assert "what there is plays: out.part.mp4" in caplog.text


@pytest.mark.parametrize("arguments", [("in.part.mp4", "-o", "in.mp4"), ("in.part.mp4", "in.mp4", "-o", "out")])
def test_what_an_interrupted_film_left_is_an_input_like_others(render: RenderShell, arguments: tuple[str, ...]) -> None:
    with_sound(render.folder / "in.part.mp4", 3)
    if "in.mp4" not in arguments[2:]:
        with_sound(render.folder / "in.mp4", 3)
    said = "an input is never replaced" if "out" not in arguments else "would both become out/in.part.mp4"
    assert said in render.refused(*arguments)
    assert render("in.part.mp4", "-o", "out.mp4")[0] == 0


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_a_film_that_is_cut_off_hard_plays(tmp_path: Path, suffix: str) -> None:
    writer = FilmWriter(tmp_path / f"a{suffix}", 48, 64, Fraction(1, RATE), Fraction(RATE))
    for number in range(60):
        writer.add(np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8), number)
    (tmp_path / f"copy{suffix}").write_bytes(writer.part.read_bytes())  # as it is on the disk when the power goes
    assert len(read(tmp_path / f"copy{suffix}")) >= 30
    writer.stop()


@pytest.mark.parametrize("content", [b"no film", b"\0\0\0\x20ftypisom" + bytes(200), b""])
def test_what_is_no_film_is_one_line(render: RenderShell, content: bytes) -> None:
    (render.folder / "a.mp4").write_bytes(content)
    assert "a.mp4: expected a film, got" in render.refused("a.mp4", "-o", "b.mp4")


def test_a_film_that_breaks_off_is_an_error_and_the_rest_is_done(render: RenderShell) -> None:
    content = with_sound(render.folder / "in.mp4").read_bytes()
    (render.folder / "in.mp4").write_bytes(content[: len(content) // 2])
    save(render.folder / "a.png")
    code, out, err = render("in.mp4", "a.png", "-o", "out")
    assert code == 2 and "1 of 2 failed: in.mp4" in err and "wrote out/a.png" in out


def test_films_and_sheets_do_not_go_together(render: RenderShell) -> None:
    with_sound(render.folder / "in.mp4", 3)
    assert "a sheet shows pictures" in render.refused("in.mp4", "--alpha", "0,1", "--sheet", "-o", "b.mp4")
    assert "a film goes into a file of" in render.refused("in.mp4", "-o", "b.png")


def test_without_pyav_one_line_names_the_extra(render: RenderShell, monkeypatch: pytest.MonkeyPatch) -> None:
    (render.folder / "in.mp4").write_bytes(b"film")
    monkeypatch.setitem(sys.modules, "av", None)
    assert "pip install 'dynnet[film]'" in render.refused("in.mp4", "-o", "b.mp4")
    with pytest.raises(DynnetError, match="films need PyAV"):
        pyav()


def test_long_films_whose_sides_fit_go_through_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("dynnet.paper.render.frames.exported", lambda *_: asked.append(1))
    x = torch.rand(1, 3, 64, 80)
    for size, frames, numbers, painter in [
        (x, WORTH, True, Painter(tiny_net())),
        (x, WORTH - 1, True, Painter(tiny_net())),
        (x[..., :62], WORTH, True, Painter(tiny_net())),
        (x, WORTH, False, Painter(tiny_net())),
        (x, WORTH, True, Painter(tiny_net(), precision="bf16-mixed")),
        (x, WORTH, True, Painter(tiny_net(), most=1000)),
    ]:
        FramePainter(painter, size, frames, numbers)
    assert len(asked) == 1


@pytest.mark.slow
def test_onnxruntime_gives_the_frames_that_torch_gives() -> None:
    pytest.importorskip("onnxruntime")
    painter, x, y = Painter(network("starry_night")), torch.rand(1, 3, 64, 80), torch.rand(1, 3, 64, 80)
    render = exported(painter, x)
    assert render is not None
    render.set_input(y)
    for alpha in (0.0, 0.7, {"res3": 1.0, "out": -0.5}):
        assert torch.allclose(render(alpha), painter.painting(y)(alpha), atol=1e-4)


def test_reading_ahead_keeps_order_and_errors() -> None:
    assert list(ahead(range(50))) == list(range(50))

    def breaks() -> object:
        yield 1
        raise DynnetError("broken")

    items = ahead(breaks())
    assert next(items) == 1
    with pytest.raises(DynnetError, match="broken"):
        next(items)
    endless = ahead(iter(int, 1))
    next(endless)
    endless.close()  # its thread ends, too


def test_writing_behind_keeps_order_and_errors() -> None:
    used: list[int] = []
    with Behind(used.append) as behind:
        for number in range(20):
            behind.put(number)
    assert used == list(range(20))
    with pytest.raises(ZeroDivisionError), Behind(lambda item: 1 / item) as behind:
        for number in (1, 0, 1, 1, 1, 1, 1, 1, 1, 1):
            behind.put(number)
