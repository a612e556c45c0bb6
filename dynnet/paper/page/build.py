"""One web page that runs the networks: everything in one file, which asks nobody for anything."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.page.graphs import packed
from dynnet.paper.page.part import Part
from dynnet.paper.page.runtime import VERSION, runtime
from dynnet.paper.page.tensors import Pack, as_text

WEB = Path(__file__).with_name("web")
LARGEST = 15_000_000  # bytes of the page
_WORKER = ("unpack.js", "staged.js", "losses.js", "worker.js")
_PAGE = ("chart.js", "pictures.js", "controls.js", "view.js", "record.js", "sections.js", "main.js")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async function|function|class|const|let)", re.MULTILINE)


def write_page(folder: Path) -> Path:
    """Writes folder/index.html; what takes long is kept in folder/cache.

    Raises:
        DynnetError: npm is missing; a network cannot be exported; the page is too large.
    """
    cache = Path(folder) / "cache"
    engine = runtime(cache)
    parts = application_parts(cache)
    text = page(parts, engine)
    if len(text) >= LARGEST:
        raise DynnetError(f"expected a page below {LARGEST:,} bytes, got {len(text):,}; leave a network out")
    with atomic_path(Path(folder) / "index.html") as path:
        path.write_bytes(text)
    return Path(folder) / "index.html"


def application_parts(cache: Path) -> list[Part]:
    """What the applications give, each by its `page.py`."""
    room = Path(__file__).parents[1]
    names = sorted(path.parent.name for path in room.glob("*/page.py"))
    order = sorted(names, key=lambda name: (name != "style", name != "faces", name))
    return [import_module(f"dynnet.paper.{name}.page").part(cache) for name in order]


def page(parts: list[Part], engine: Mapping[str, bytes]) -> bytes:
    """The page as UTF-8."""
    known: dict[str, Any] = {}
    blobs = {"engine.script": engine["script"], "engine.wasm": engine["wasm"]}
    networks, data, strips, where = {}, {}, {}, {}
    for one in parts:
        for name, folder in one.networks.items():
            pack = Pack(known)
            networks[name] = packed(folder, pack)
            where |= dict.fromkeys(pack.tensors, name)
            needed = {where[tensor] for stage in networks[name]["stages"] for tensor in stage["tensors"]}
            networks[name]["packs"] = sorted(needed | {name})
            header = json.dumps(pack.tensors, separators=(",", ":")).encode()
            blobs[name] = len(header).to_bytes(4, "little") + header + bytes(pack.body)
        data |= one.data
        strips |= one.strips
    targets = Pack({})
    data["targets"] = {
        style: [targets.tensor(gram.numpy()) for gram in grams] for style, grams in data.get("targets", {}).items()
    }
    header = json.dumps(targets.tensors, separators=(",", ":")).encode()
    blobs["targets"] = len(header).to_bytes(4, "little") + header + bytes(targets.body)
    return _filled({"networks": networks, "engine": VERSION, **data}, blobs, strips)


def script(names: tuple[str, ...]) -> str:
    """Modules as one: a page from disk may import none."""
    return "".join(_EXPORT.sub("", _IMPORT.sub("", (WEB / name).read_text("utf-8"))) for name in names)


def _filled(data: Mapping[str, Any], blobs: Mapping[str, bytes], strips: Mapping[str, tuple[str, str]]) -> bytes:
    main, style = script(_PAGE), (WEB / "page.css").read_text("utf-8")
    html = (WEB / "page.html").read_text("utf-8")
    for figure, (src, alt) in strips.items():
        html = html.replace(f"{{{{strip {figure}}}}}", f'<img class="strip" src="{src}" alt="{alt}" />')
    pieces = [f'<script type="text/plain" id="{name}">{_blob(content)}</script>' for name, content in blobs.items()]
    pieces.append(f'<script type="application/json" id="data">{_json(data)}</script>')
    pieces.append(f'<script type="text/plain" id="worker">{script(_WORKER)}</script>')
    values = {"script hash": _hash(main), "style hash": _hash(style), "style": style, "main": main}
    for name, value in values.items():
        html = html.replace(f"{{{{{name}}}}}", value)
    if left := re.findall(r"{{[\w ]+}}", html):
        raise DynnetError(f"page.html asks for {left[0]}, which no application gives")
    return html.replace("<!--pieces-->", "\n".join(pieces)).encode()


def _blob(content: bytes) -> str:
    return as_text(gzip.compress(content, 9, mtime=0))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=_listed).replace("<", "\\u003c")


def _listed(value: object) -> object:
    if isinstance(value, Tensor):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
