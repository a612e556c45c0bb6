"""The reader takes what people have on disk, and says in one line what it cannot take."""

import io
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import (
    PictureError,
    centre_square,
    jpeg_bytes,
    limit_longer,
    read_picture,
    resize_shorter,
    to_picture,
    to_tensor,
    write_png,
)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_claiming(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


def refused(source: str | Path | bytes, **options: int) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert "expected" in message and "got" in message and ";" in message
    return message


# What is read


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_lossless_formats_exactly(tmp_path: Path, form: str) -> None:
    picture = noise(33, 21)
    data = encoded(Image.fromarray(picture), form, lossless=True)
    (tmp_path / "a").write_bytes(data)
    for source in (data, tmp_path / "a", str(tmp_path / "a")):
        result = read_picture(source)
        assert result.dtype == np.uint8 and result.flags.writeable and result.flags.c_contiguous
        np.testing.assert_array_equal(result, picture)


def test_jpeg_in_grey_and_cmyk() -> None:
    grey = read_picture(encoded(Image.new("L", (20, 30), 120), "JPEG"))
    assert grey.shape == (30, 20, 3)
    assert np.abs(grey.astype(int) - 120).max() <= 1
    cyan = read_picture(encoded(Image.new("CMYK", (20, 20), (255, 0, 0, 0)), "JPEG", quality=95))
    np.testing.assert_allclose(cyan[10, 10], [0, 255, 255], atol=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_stands_upright(orientation: int) -> None:
    upright = np.zeros((20, 40, 3), np.uint8)
    upright[:10, :20] = 200  # bright corner: top left
    # How a camera would have stored it, by the definition of the tag: inverse of the turn the reader has to make.
    stored = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), "JPEG", exif=exif, quality=95)
    result = read_picture(data)
    assert result.shape == (20, 40, 3)
    assert np.abs(result.astype(int) - upright).max() < 40
    assert result[2, 2].min() > 180 and result[17, 37].max() < 20


def test_damaged_exif_does_not_matter() -> None:
    data = encoded(Image.fromarray(noise(20, 20)), "JPEG", exif=b"Exif\0\0garbage that is no TIFF header at all")
    assert read_picture(data).shape == (20, 20, 3)


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    values = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    result = read_picture(encoded(Image.fromarray(values)))
    np.testing.assert_array_equal(result, np.rint(values / 257)[..., None].repeat(3, axis=2))
    assert result.min() == 0 and result.max() == 255 and len(np.unique(result)) == 256


def test_16_bit_colour_is_scaled() -> None:
    row = b"\0" + struct.pack(">3H", 65535, 32896, 0) * 16
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(row * 16)) + png_chunk(b"IEND", b"")
    np.testing.assert_array_equal(read_picture(data)[8, 8], [255, 128, 0])


def test_transparency_goes_over_white() -> None:
    rgba = np.zeros((16, 16, 4), np.uint8)
    rgba[:, :8] = (255, 0, 0, 255)
    rgba[:, 8:] = (0, 0, 255, 0)
    rgba[0, 0] = (0, 0, 0, 128)
    result = read_picture(encoded(Image.fromarray(rgba)))
    np.testing.assert_array_equal(result[5, 2], [255, 0, 0])
    np.testing.assert_array_equal(result[5, 12], [255, 255, 255])
    np.testing.assert_allclose(result[0, 0], 127, atol=1)

    grey = np.zeros((16, 16, 2), np.uint8)
    grey[:, :8] = (90, 255)
    result = read_picture(encoded(Image.fromarray(grey)))
    assert tuple(result[5, 2]) == (90, 90, 90) and tuple(result[5, 12]) == (255, 255, 255)


def test_palette_with_and_without_transparency() -> None:
    image = Image.new("P", (16, 16), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(1, (8, 0, 16, 16))
    plain = read_picture(encoded(image))
    assert tuple(plain[0, 0]) == (10, 20, 30) and tuple(plain[0, 15]) == (200, 100, 50)
    for transparency in (1, b"\xff\x00"):
        result = read_picture(encoded(image, transparency=transparency))
        assert tuple(result[0, 0]) == (10, 20, 30) and tuple(result[0, 15]) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "colour"), [("1", 1), ("L", 255), ("RGB", (255, 255, 255))])
def test_white_is_white_in_every_mode(mode: str, colour: object) -> None:
    assert (read_picture(encoded(Image.new(mode, (16, 16), colour))) == 255).all()


def test_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    np.testing.assert_array_equal(read_picture(data)[4, 4], [255, 0, 0])


# What is refused


def test_faults_of_the_path(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "missing.jpg")
    assert "missing.jpg" in refused(tmp_path / "missing.jpg")
    assert "got a folder" in refused(tmp_path)
    (tmp_path / "empty.png").touch()
    assert "empty file" in refused(tmp_path / "empty.png")
    assert "no such file" in refused("nul\0byte.png")
    assert "File name too long" in refused("x" * 5000 + ".png")
    assert "\\n" in refused("two\nlines.png")
    assert "empty file" in refused(b"")


@pytest.mark.parametrize(
    "content",
    [
        b"this is no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'/>",
        b"GIF89a" + bytes(50),
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0" + b"\xff" * 64,
        b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(30),
        b"%!PS-Adobe\n%%BoundingBox: 0 0 100 100",
    ],
)
def test_no_picture_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    assert "holiday.jpg" in refused(path)
    assert refused(content).startswith("upload: ")


def test_other_formats_are_not_opened() -> None:
    for form in ("GIF", "BMP", "TIFF", "PPM"):
        assert "JPEG, PNG or WebP" in refused(encoded(Image.new("RGB", (20, 20)), form))


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_000, 12_000), (9_000, 8_000), (1_000_000, 16)])
def test_bombs_are_refused_before_decoding(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refused(png_claiming(width, height))
    assert "65,000,000" in message
    assert f"{width} x {height}" in message or f"{width * height} pixels" in message


@pytest.mark.parametrize(("width", "height"), [(8_192, 6_144), (8_160, 6_144), (6_936, 9_248), (19_990, 3_200)])
def test_what_phones_photograph_is_let_through(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr("dynnet.paper.data.pictures.decoded", lambda image, *_: asked.append(image.size))
    read_picture(png_claiming(width, height))
    assert asked == [(width, height)]


def test_fifty_megapixels_are_decoded() -> None:
    data = encoded(Image.new("L", (8_192, 6_144), 90), "JPEG")
    assert read_picture(data).shape == (6_144, 8_192, 3)


def test_too_little_memory_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: (_ for _ in ()).throw(MemoryError))
    assert "expected memory enough to decode 20 x 20 pixels" in refused(encoded(Image.fromarray(noise(20, 20))))


def test_the_cap_is_ours() -> None:
    picture = encoded(Image.fromarray(noise(40, 40)))
    assert read_picture(picture, max_pixels=1600).shape == (40, 40, 3)
    assert "40 x 40" in refused(picture, max_pixels=1599)
    assert "at least 16 pixels" in refused(encoded(Image.new("RGB", (15, 400))))
    assert "20,000 pixels a side" in refused(encoded(Image.new("RGB", (20_001, 16))))
    assert read_picture(encoded(Image.new("RGB", (20_000, 16)))).shape == (16, 20_000, 3)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_truncated_files_are_named(tmp_path: Path, form: str, share: float) -> None:
    data = encoded(Image.fromarray(noise(80, 80)), form)
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: int(len(data) * share)])
    assert "cut.jpg" in refused(path)


def test_a_wrong_checksum_in_the_middle() -> None:
    data = bytearray(encoded(Image.fromarray(noise(80, 80))))
    data[len(data) // 2] ^= 0xFF
    assert "damaged" in refused(bytes(data))


def test_pillow_is_left_as_it_was() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    read_picture(encoded(Image.fromarray(noise(20, 20))))
    refused(png_claiming(60_000, 60_000))
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))


def test_threads_leave_the_warning_filters() -> None:
    data, before = encoded(Image.fromarray(noise(16, 16))), list(warnings.filters)
    threads = [threading.Thread(target=lambda: [read_picture(data) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert before == list(warnings.filters)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF"]))
def test_hostile_bytes_raise_only_our_error(tail: bytes, magic: bytes) -> None:
    assert refused(magic + tail).startswith("upload: ")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 2**31), st.integers(0, 255))
def test_flipped_bytes_give_a_picture_or_our_error(form: str, place: int, value: int) -> None:
    data = bytearray(encoded(Image.fromarray(noise(24, 24)), form))
    data[place % len(data)] = value
    try:
        assert read_picture(bytes(data), max_pixels=10**6).ndim == 3
    except PictureError as error:
        assert "\n" not in str(error)


# Sizes


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 90), st.integers(16, 90), st.integers(1, 120))
def test_resized_pictures_have_the_sides_asked_for_and_keep_their_colour(height: int, width: int, side: int) -> None:
    picture = np.full((height, width, 3), 77, np.uint8)
    shorter = resize_shorter(picture, side)
    assert min(shorter.shape[:2]) == side
    assert abs(max(shorter.shape[:2]) - side * max(height, width) / min(height, width)) <= 0.5
    longer = limit_longer(picture, side)
    assert max(longer.shape[:2]) == min(side, max(height, width)) and min(longer.shape[:2]) >= 1
    square = centre_square(picture, side)
    assert square.shape == (side, side, 3)
    for result in (shorter, longer, square):
        assert result.dtype == np.uint8 and (result == 77).all()


def test_shrinking_is_antialiased() -> None:
    checks = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    for result in (resize_shorter(checks, 32), limit_longer(checks, 32), centre_square(checks, 32)):
        np.testing.assert_allclose(result, 127.5, atol=6)


def test_the_square_is_central() -> None:
    picture = np.zeros((20, 60, 3), np.uint8)
    picture[:, 20:40] = 255
    assert (centre_square(picture, 20) == 255).all()
    assert (centre_square(picture.transpose(1, 0, 2), 20) == 255).all()


# Tensors and files


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10))
def test_tensors_give_the_picture_back(height: int, width: int, seed: int) -> None:
    picture = noise(height, width, seed)
    tensor = to_tensor(picture)
    assert tensor.shape == (1, 3, height, width) and tensor.dtype == torch.float32 and tensor.is_contiguous()
    assert tensor.min() >= 0 and tensor.max() <= 1
    np.testing.assert_array_equal(to_picture(tensor), picture)
    np.testing.assert_array_equal(to_picture(tensor[0]), picture)


def test_tensor_of_several_and_of_read_only_pictures() -> None:
    several = np.stack([noise(8, 9, seed) for seed in range(3)])
    several.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor = to_tensor(several)
    assert torch.equal(tensor[1:2], to_tensor(several[1]))
    with pytest.raises(DynnetError, match="expected pictures as uint8"):
        to_tensor(several / 255)


def test_to_picture_clamps_and_rounds() -> None:
    tensor = torch.tensor([-1.0, 0.4999 / 255, 0.5001 / 255, 254.6 / 255, 2.0, torch.inf])
    tensor = tensor.repeat(3, 1, 1).requires_grad_()
    np.testing.assert_array_equal(to_picture(tensor)[0, :, 0], [0, 0, 1, 255, 255, 255])
    np.testing.assert_array_equal(to_picture(tensor.double()), to_picture(tensor))
    with pytest.raises(DynnetError, match="diverged"):
        to_picture(torch.full((3, 4, 4), torch.nan))
    for shape in ((2, 3, 4, 4), (1, 4, 4), (4, 4)):
        with pytest.raises(DynnetError, match="expected one picture"):
            to_picture(torch.zeros(shape))


def test_jpegs_come_back_and_a_lower_quality_is_smaller() -> None:
    picture = np.full((40, 30, 3), (200, 100, 50), np.uint8)
    np.testing.assert_allclose(read_picture(jpeg_bytes(picture)), picture, atol=4)
    rough = noise(64, 64)
    assert len(jpeg_bytes(rough, quality=30)) < len(jpeg_bytes(rough))
    np.testing.assert_array_equal(
        read_picture(jpeg_bytes(rough[:, ::-1])), read_picture(jpeg_bytes(rough[:, ::-1].copy()))
    )
    with pytest.raises(DynnetError, match="uint8"):
        jpeg_bytes(np.zeros((40, 30)))


def test_a_png_comes_back_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    picture = noise(17, 23)
    write_png(picture, tmp_path / "new" / "fig3.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "new" / "fig3.png"), picture)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["fig3.png"]
    with pytest.raises(DynnetError, match="cannot write"):
        write_png(picture, tmp_path / "new" / "fig3.png" / "deeper.png")
