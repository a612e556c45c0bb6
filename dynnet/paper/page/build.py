"""One web page that runs the networks: everything in one file, which asks nobody for anything.

The file is UTF-16: its networks are text in which a character holds fifteen bits (`tensors.as_text`).
"""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT
from dynnet.paper.page import chart
from dynnet.paper.page.graphs import packed
from dynnet.paper.page.notebooks import executed_notebooks, lay_notebooks
from dynnet.paper.page.part import Part, data_uri
from dynnet.paper.page.runtime import VERSION, runtime
from dynnet.paper.page.tensors import Pack, as_text
from dynnet.paper.report.notebooks import EXECUTED

WEB = Path(__file__).with_name("web")
FOLDER = PROJECT / "build" / "page"
LARGEST = 15_000_000  # bytes of the page
_WORKER = ("unpack.js", "staged.js", "worker.js")
_PAGE = (
    *("unpack.js", "pictures.js", "view.js", "chart.js", "record.js", "section.js", "brush.js"),
    *("figures.js", "hole.js", "main.js"),
)
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
    data: dict[str, Any] = {"networks": {}, "tensors": {}, "engine": VERSION}
    shown: dict[str, Any] = {"strips": {}, "charts": {}, "pictures": {}, "notebooks": notebooks or {}}
    for one in parts:
        for name, folder in one.networks.items():
            pack = Pack(name, data["tensors"])
            network = data["networks"][name] = packed(folder, pack)
            tensors = [data["tensors"][tensor] for stage in network["stages"] for tensor in stage["tensors"]]
            network["packs"] = sorted({tensor["pack"] for tensor in tensors} | {name})
            blobs[name] = bytes(pack.body)
        data |= one.data
        data |= {name: [data_uri(jpeg) for jpeg in files.values()] for name, files in one.pictures.items()}
        for kind in ("strips", "charts", "pictures"):
            shown[kind] |= getattr(one, kind)
    blobs |= {"data": json.dumps(data, separators=(",", ":")).encode(), "worker": script(_WORKER).encode()}
    return _filled(blobs, shown | {"data": data}).encode("utf-16")


def script(names: Sequence[str]) -> str:
    """Modules as one: a page from disk may import none."""
    return "".join(_EXPORT.sub("", _IMPORT.sub("", (WEB / name).read_text("utf-8"))) for name in names)


def _filled(blobs: Mapping[str, bytes], shown: Mapping[str, Any]) -> str:
    main, style = script(_PAGE), (WEB / "page.css").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((WEB / "page.html").read_text("utf-8"))
    own = {"main": Markup(main), "main_hash": _hash(main), "style": Markup(style), "style_hash": _hash(style)}
    pieces = Markup("\n").join(_piece(name, content) for name, content in blobs.items())
    try:
        return template.render(shown, **own, pieces=pieces, plot=chart)
    except UndefinedError as error:
        raise DynnetError(f"page.html asks for what no application gives: {error}") from error


def _piece(name: str, content: bytes) -> Markup:
    zipped = gzip.compress(content, 9, mtime=0)
    text = Markup(as_text(zipped))  # letters, of which none needs to be escaped
    return Markup('<script type="text/plain" id="{}" data-length="{}">{}</script>').format(name, len(zipped), text)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
