"""What a file is that is no JPEG, PNG or WebP: told from its first bytes, for messages that help."""

FIRST_BYTES = 512  # enough for every mark below

_MARKS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF or raw picture"),
    (b"MM\0*", "a TIFF or raw picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"8BPS", "a Photoshop file"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "a PostScript file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"version https://git-lfs", "a Git LFS pointer in place of the file"),
)
# ISO base media files say what they are after "ftyp".
_BRANDS = {
    "a HEIC picture": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
    "an AVIF picture": (b"avif", b"avis"),
    "a raw picture": (b"crx ",),
}
_WEB = (b"<!doctype html", b"<html", b"<head", b"<body")


def kind_of(head: bytes) -> str:
    """`a HEIC picture`, `a web page`, ...; empty where the first bytes of the file, `head`, say nothing."""
    if head[4:8] == b"ftyp":
        return next((kind for kind, brands in _BRANDS.items() if head[8:12] in brands), "a video")
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_WEB) or (text.startswith((b"<?xml", b"<!--")) and any(tag in text for tag in _WEB)):
        return "a web page"
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        return "an SVG drawing"
    return "a text" if head and not head.strip(_TEXT) else ""


_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
