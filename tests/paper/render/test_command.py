"""`dynnet render`: where results go, what is never done, and what is said of it."""

import io
import os
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.paper.data.pictures import read_picture, to_picture, to_tensor
from dynnet.paper.render.deep_png import write_deep_png
from tests.paper.render.pictures_for_tests import RenderShell, photo, save


def painted(render: RenderShell, picture: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return to_picture(render.net(to_tensor(picture), alpha=alpha))


def test_one_picture_into_a_file(render: RenderShell) -> None:
    save(render.folder / "a.png")
    code, out, err = render("a.png", "--alpha", "0.5", "-o", "b.png")
    assert (code, out, err) == (0, "wrote b.png\n", "")
    assert np.abs(read_picture(Path("b.png")).astype(int) - painted(render, photo(), 0.5)).max() <= 1
    assert render("a.png", "--alpha", "1", "-o", "b.png")[0] == 0  # a file that was named is replaced
    assert np.abs(read_picture(Path("b.png")).astype(int) - painted(render, photo(), 1.0)).max() <= 1


@pytest.mark.parametrize("name", ["b.jpg", "b.webp", "b.png", "new/folder/b.jpeg"])
def test_the_suffix_is_the_format(render: RenderShell, name: str) -> None:
    save(render.folder / "a.png")
    assert render("a.png", "-o", name)[0] == 0
    with Image.open(name) as image:
        assert image.format == {"b.jpg": "JPEG", "b.webp": "WEBP", "b.png": "PNG"}.get(name, "JPEG")


def test_a_list_of_alphas_is_a_file_each_and_a_sheet_is_one(render: RenderShell) -> None:
    save(render.folder / "a.png")
    assert render("a.png", "--alpha", "0,0.25,1", "-o", "out")[0] == 0
    assert {p.name for p in Path("out").glob("*.png")} == {"a-0.png", "a-0.25.png", "a-1.png"}
    assert render("a.png", "--alpha", "0,0.25,1", "--sheet", "-o", "sheet.png")[0] == 0
    assert min(read_picture(Path("sheet.png")).shape[:2]) > 64
    assert "--sheet: expected a list of numbers" in render.refused("a.png", "--alpha", "0..1", "--sheet")


def test_a_folder_is_mirrored_and_gone_on_with(render: RenderShell) -> None:
    for name in ("a.png", "sub/b.jpg", "sub/deep/c.webp"):
        save(render.folder / "in" / name)
    (render.folder / "in" / "notes.txt").write_text("no picture")
    code, out, _ = render("in", "-o", "out")
    made = {name for name in render.files() if name.startswith("out/") and "/." not in name}
    assert code == 0 and made == {"out/a.png", "out/sub/b.jpg", "out/sub/deep/c.webp"} and "1 TXT" in out
    times = {name: Path(name).stat().st_mtime_ns for name in made}
    Path("out/a.png").unlink()
    code, out, _ = render("in", "-o", "out")
    assert code == 0 and "wrote out/a.png" in out and "2 were there already" in out
    assert {n: Path(n).stat().st_mtime_ns for n in made - {"out/a.png"}} == {n: times[n] for n in made - {"out/a.png"}}


def test_what_changed_is_rendered_again(render: RenderShell) -> None:
    save(render.folder / "in" / "a.png")
    save(render.folder / "in" / "b.png")
    assert render("in", "-o", "out")[0] == 0
    assert "wrote out/a.png\nwrote out/b.png\n" in render("in", "-o", "out", "--alpha", "0.5")[1]  # another α
    save(render.folder / "in" / "a.png", photo(seed=1))
    out = render("in", "-o", "out", "--alpha", "0.5")[1]
    assert "wrote out/a.png\n" in out and "1 were there already" in out
    assert np.abs(read_picture(Path("out/a.png")).astype(int) - painted(render, photo(seed=1), 0.5)).max() <= 1


def test_another_picture_of_the_same_size_and_age_is_rendered_again(render: RenderShell) -> None:
    path = save(render.folder / "in" / "a.png", compress_level=0)
    before = path.stat()
    assert render("in", "-o", "out")[0] == 0
    save(path, photo(seed=1), compress_level=0)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert "wrote out/a.png" in render("in", "-o", "out")[1]
    assert np.abs(read_picture(Path("out/a.png")).astype(int) - painted(render, photo(seed=1))).max() <= 1


def test_what_is_too_large_is_refused_with_the_cap(render: RenderShell) -> None:
    save(render.folder / "in" / "a.png")
    large = bytearray(Path("in/a.png").read_bytes())
    large[16:24] = (9000).to_bytes(4, "big") * 2  # of its header alone
    large[29:33] = zlib.crc32(large[12:29]).to_bytes(4, "big")
    Path("in/large.png").write_bytes(large)
    code, out, err = render("in", "-o", "out")
    assert code == 2 and err == "dynnet: 1 of 2 failed: in/large.png\n" and Path("out/a.png").is_file()
    assert "65,000,000 in all, got 9000 x 9000; make the picture smaller" in out


def test_failures_are_named_and_keep_nothing_else_back(render: RenderShell) -> None:
    save(render.folder / "in" / "a.png")
    save(render.folder / "in" / "z.png")
    (render.folder / "in" / "broken.png").write_bytes(Path("in/a.png").read_bytes()[:80])
    (render.folder / "in" / "text.jpg").write_text("no picture")
    code, out, err = render("in", "-o", "out")
    assert code == 2 and err == "dynnet: 2 of 4 failed: in/broken.png, in/text.jpg\n"
    assert "failed: in/broken.png" in out and "expected a JPEG, PNG or WebP picture, got a text" in out
    assert {p.name for p in Path("out").iterdir()} == {"a.png", "z.png", ".dynnet-render.jsonl"}


def test_files_of_others_are_never_replaced(render: RenderShell) -> None:
    save(render.folder / "in" / "a.png")
    save(render.folder / "out" / "a.png", photo(seed=3))
    before = Path("out/a.png").read_bytes()
    assert "there is a file that this did not write" in render.refused("in/a.png", "-o", "out")
    assert Path("out/a.png").read_bytes() == before
    assert render("in/a.png", "-o", "out", "--overwrite")[0] == 0 and Path("out/a.png").read_bytes() != before


def test_an_input_is_never_replaced(render: RenderShell) -> None:
    path = save(render.folder / "in" / "a.png")
    os.link(path, render.folder / "hard.png")
    (render.folder / "soft.png").symlink_to(path)
    for out in ("in/a.png", "hard.png", "soft.png", "./in/../in/a.png"):
        assert "an input is never replaced" in render.refused("in/a.png", "-o", out, "--overwrite")
    assert "its pictures are never replaced" in render.refused("in", "-o", "in")
    save(render.folder / "mask.png")
    assert "an input is never replaced" in render.refused("in/a.png", "--mask", "mask.png", "-o", "mask.png")


def test_a_result_below_the_input_is_no_input(render: RenderShell) -> None:
    save(render.folder / "in" / "a.png")
    for _ in range(2):
        assert render("in", "-o", "in/out")[0] == 0
    assert not Path("in/out/out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.png",), "expected a picture, a film or a folder, got no such file"),
        (("notes.txt",), "expected a picture (.jpg"),
        (("a.png", "sub/a.png", "-o", "out"), "would both become out/a.png"),
        (("a.png", "b.png", "-o", "one.png"), "expected a folder for these inputs"),
        (("a.png", "--alpha", "much"), "expected a number"),
        (("a.png", "--alpha", "res9=1"), "no tuning-block at 'res9'"),
        (("a.png", "--mask", "gone.png"), "no such file"),
        (("a.png", "--precision", "8"), "--precision 8: expected one of"),
        (("a.png", "--device", "gpu"), "expected a device"),
        (("a.png", "--alpha", "0..1", "-o", "b.jpg"), "a walk goes into a .gif, .webp or .mp4 file"),
        (("-", "a.png"), "expected - alone"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_writes_nothing(
    render: RenderShell, arguments: tuple[str, ...], said: str
) -> None:
    for name in ("a.png", "b.png", "sub/a.png"):
        save(render.folder / name)
    (render.folder / "notes.txt").write_text("no picture")
    assert said in render.refused(*arguments)


def test_stdin_to_stdout(render: RenderShell, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream(io.TextIOWrapper):
        def __init__(self, content: bytes = b""):
            super().__init__(io.BytesIO(content), encoding="utf-8")

    for kind in ("PNG", "JPEG", "WEBP"):
        buffer = io.BytesIO()
        Image.fromarray(photo()).save(buffer, kind)
        out = Stream()
        with monkeypatch.context() as now:
            now.setattr(sys, "stdin", Stream(buffer.getvalue()))
            now.setattr(sys, "stdout", out)
            assert render("-")[0] == 0
        written = out.buffer.getvalue()
        with Image.open(io.BytesIO(written)) as image:
            assert image.format == kind
        assert np.abs(read_picture(written).astype(int) - painted(render, read_picture(buffer.getvalue()))).mean() < 12
    assert not render.files()


def test_sixteen_bits_and_what_the_camera_wrote(render: RenderShell) -> None:
    exif = Image.Exif()
    exif[271] = "Camera"
    write_deep_png(photo().astype(np.uint16) * 257, render.folder / "deep.png", exif.tobytes())
    assert render("deep.png", "-o", "out.png")[0] == 0
    content = Path("out.png").read_bytes()
    assert content[24] == 16 and b"Camera" in content
    assert render("deep.png", "-o", "out.png", "--no-metadata")[0] == 0
    assert b"Camera" not in Path("out.png").read_bytes()
    assert render("deep.png", "-o", "out.jpg")[0] == 0


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_walk_of_one_photo(render: RenderShell, suffix: str) -> None:
    save(render.folder / "a.png")
    assert render("a.png", "--alpha", "0..1..0", "--frames", 5, "-o", f"walk{suffix}")[0] == 0
    with Image.open(f"walk{suffix}") as image:
        assert image.n_frames == 5 and image.size == (48, 32) and image.info["loop"] == 0
        frames = []
        for number in range(5):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")).astype(int))
    assert np.abs(frames[0] - frames[4]).mean() < np.abs(frames[0] - frames[2]).mean()
    assert render("a.png", "--alpha", "0..1", "--frames", 2)[0] == 0 and Path("rendered/a.webp").is_file()


def test_sizes_and_colours_are_as_asked_for(render: RenderShell) -> None:
    save(render.folder / "a.png", photo(60, 80))
    assert render("a.png", "--size", 40, "--keep-colours", "--equal-steps", "--alpha", "0.5", "-o", "b.png")[0] == 0
    assert read_picture(Path("b.png")).shape == (30, 40, 3)


def test_a_full_disk_leaves_nothing(render: RenderShell, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save(render.folder / "a.png")
    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in render.refused("a.png", "-o", "b.png")
