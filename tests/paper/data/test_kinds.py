"""A file that is no picture of ours is called what it is."""

import io

import numpy as np
import pytest
from PIL import Image

from dynnet.paper.data.kinds import kind_of
from dynnet.paper.data.pictures import PictureError, read_picture


def encoded(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(buffer, form)
    return buffer.getvalue()


KINDS = [
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0", "a HEIC picture"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
    (encoded("GIF"), "a GIF picture"),
    (encoded("BMP"), "a BMP picture"),
    (encoded("TIFF"), "a TIFF or raw picture"),
    (encoded("PDF"), "a PDF"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"<!DOCTYPE html>\n<html><body>404", "a web page"),
    (b"\xef\xbb\xbf  <HTML lang='en'>", "a web page"),
    (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC>", "a web page"),
    (b"<!-- saved from --><html>", "a web page"),
    (b"<?xml version='1.0'?>\n<svg xmlns='x'>", "an SVG drawing"),
    (b"<svg width='9'>", "an SVG drawing"),
    (b"PK\x03\x04\x14\0", "a zip archive"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "a Git LFS pointer in place of the file"),
    (b"just some words\n", "a text"),
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_what_it_is_is_said(content: bytes, kind: str) -> None:
    assert kind_of(content[:512]) == kind
    with pytest.raises(PictureError, match=f"expected a JPEG, PNG or WebP picture, got {kind}; ") as caught:
        read_picture(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", bytes(64), b"\xfe\xed"])
def test_nothing_is_said_of_what_is_not_known(content: bytes) -> None:
    assert kind_of(content) == ""


def test_a_web_page_has_its_own_advice() -> None:
    with pytest.raises(PictureError, match="got a web page; download the picture itself"):
        read_picture(b"<html></html>")
