"""One web page that runs the networks: everything in one file, which asks nobody for anything.

The file is UTF-16: its networks are text in which a character holds fifteen bits (`tensors.as_text`).
"""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT
from dynnet.paper.page.graphs import packed
from dynnet.paper.page.notebooks import executed_notebooks, lay_notebooks
from dynnet.paper.page.part import Part
from dynnet.paper.page.runtime import VERSION, runtime
from dynnet.paper.page.tensors import Pack, as_text
from dynnet.paper.report.notebooks import EXECUTED

WEB = Path(__file__).with_name("web")
FOLDER = PROJECT / "build" / "page"
LARGEST = 15_000_000  # bytes of the page
_WORKER = ("unpack.js", "staged.js", "losses.js", "worker.js")
_PAGE = (
    *("unpack.js", "controls.js", "chart.js", "pictures.js", "view.js", "gif.js", "record.js", "section.js"),
    *("painter.js", "fig3.js", "styles.js", "faces.js", "completion.js", "main.js"),
)
_NOTEBOOKS = re.compile(r'<section id="notebooks".*?</section>\n', re.DOTALL)
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async function|function|class|const|let)", re.MULTILINE)


def write_page(folder: Path = FOLDER, executed: Path = EXECUTED) -> Path:
    """Writes folder/index.html, and beside it the executed notebooks; what takes long is kept in folder/cache.

    Args:
        executed: the folder of the executed notebooks; without any, the page leads to none.

    Raises:
        DynnetError: npm is missing; a network cannot be exported; the page is too large.
    """
    cache = Path(folder) / "cache"
    engine = runtime(cache)
    notebooks = lay_notebooks(executed_notebooks(executed), folder)
    text = page(application_parts(cache), engine, notebooks)
    if len(text) >= LARGEST:
        raise DynnetError(f"expected a page below {LARGEST:,} bytes, got {len(text):,}; leave a network out")
    with atomic_path(Path(folder) / "index.html") as path:
        path.write_bytes(text)
    return Path(folder) / "index.html"


def application_parts(cache: Path) -> list[Part]:
    """What the applications give, each by the `page.py` in its folder."""
    rooms = sorted(path.parent for path in Path(__file__).parents[1].glob("*/recipe.py"))
    names = [room.name for room in rooms if (room / "page.py").is_file()]
    return [import_module(f"dynnet.paper.{name}.page").part(cache) for name in names]


def page(parts: Sequence[Part], engine: Mapping[str, bytes], notebooks: Mapping[str, str] | None = None) -> bytes:
    """The page, as bytes of UTF-16 with the mark that says so.

    Args:
        notebooks: {address: title} of the pages beside it.
    """
    blobs: dict[str, bytes] = {f"engine.{name}": content for name, content in engine.items()}
    data: dict[str, Any] = {"networks": {}, "engine": VERSION}
    known: dict[str, Any] = {}
    where: dict[str, str] = {}
    strips: dict[str, tuple[str, str]] = {}
    shared = Pack(known)  # Gram matrices and pictures
    for one in parts:
        for name, folder in one.networks.items():
            pack = Pack(known)
            network = data["networks"][name] = packed(folder, pack)
            where |= dict.fromkeys(pack.tensors, name)
            needed = {where[tensor] for stage in network["stages"] for tensor in stage["tensors"]}
            network["packs"] = sorted(needed | {name})
            blobs[name] = _file(pack)
        data |= one.data
        data |= {name: [shared.tensor(array) for array in arrays] for name, arrays in one.tensors.items()}
        data |= {name: [shared.bytes(content) for content in files] for name, files in one.pictures.items()}
        strips |= one.strips
    blobs |= {"shared": _file(shared), "data": json.dumps(data, separators=(",", ":")).encode()}
    blobs["worker"] = script(_WORKER).encode()
    return _filled(blobs, strips, notebooks or {}).encode("utf-16")


def script(names: Sequence[str]) -> str:
    """Modules as one: a page from disk may import none."""
    return "".join(_EXPORT.sub("", _IMPORT.sub("", (WEB / name).read_text("utf-8"))) for name in names)


def _file(pack: Pack) -> bytes:
    header = json.dumps(pack.tensors, separators=(",", ":")).encode()
    return len(header).to_bytes(4, "little") + header + bytes(pack.body)


def _filled(blobs: Mapping[str, bytes], strips: Mapping[str, tuple[str, str]], notebooks: Mapping[str, str]) -> str:
    text, main, style = ((WEB / "page.html").read_text("utf-8"), script(_PAGE), (WEB / "page.css").read_text("utf-8"))
    links = [f'<li><a href="{html.escape(a)}">{html.escape(title)}</a></li>' for a, title in notebooks.items()]
    text = text if links else _NOTEBOOKS.sub("", text)
    values = {
        "notebooks": "\n".join(links),
        "script hash": _hash(main),
        "style hash": _hash(style),
        "style": style,
        "main": main,
    }
    for figure, (src, alt) in strips.items():
        values[f"strip {figure}"] = f'<img class="strip" src="{src}" alt="{html.escape(alt)}" />'
    values["pieces"] = "\n".join(_piece(name, content) for name, content in blobs.items())
    if missing := set(re.findall(r"{{([\w ]+)}}", text)) - values.keys():
        raise DynnetError(f"page.html asks for {', '.join(sorted(missing))}, which no application gives")
    return re.sub(r"{{([\w ]+)}}", lambda match: values[match[1]], text)


def _piece(name: str, content: bytes) -> str:
    zipped = gzip.compress(content, 9, mtime=0)
    return f'<script type="text/plain" id="{name}" data-bytes="{len(zipped)}">{as_text(zipped)}</script>'


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
