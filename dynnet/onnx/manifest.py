"""The folder of an exported network: graphs, and a manifest that says what they are (see the package)."""

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError

FORMAT = "dynnet-onnx 1"
NAME = "manifest.json"


def write_folder(folder: Path, manifest: Mapping[str, Any], graphs: Mapping[str, bytes]) -> None:
    """Writes the graphs, and then the manifest with their hashes; graphs of an earlier export that are none of this one
    are removed.

    Raises:
        DynnetError: the folder cannot be written, or holds a manifest that is not ours.
    """
    old = [entry["file"] for entry in entries(read_manifest(folder))] if (folder / NAME).exists() else []
    manifest = copy.deepcopy(dict(manifest))
    for entry in entries(manifest):
        entry["sha256"] = _sha256(graphs[entry["file"]])
    for name, content in graphs.items():
        with atomic_path(folder / name) as path:
            path.write_bytes(content)
    with atomic_path(folder / NAME) as path:
        path.write_text(json.dumps(manifest, indent=1) + "\n")
    for name in set(old) - graphs.keys():
        (folder / Path(name).name).unlink(missing_ok=True)


def entries(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a manifest says of each of its graphs."""
    return [*([manifest["whole"]] if manifest["whole"] else []), *manifest["stages"]]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an exported network.

    Raises:
        DynnetError: there is none, or it is of another format.
    """
    path = folder / NAME
    if not path.is_file():
        raise DynnetError(f"no {NAME} in {folder}; export a network there with dynnet.onnx.export")
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise DynnetError(f"{path} is not JSON ({error}); export the network again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DynnetError(f"{path} is of another format than {FORMAT!r}; export the network again")
    return manifest


def read_file(folder: Path, entry: Mapping[str, Any]) -> bytes:
    """The graph of a manifest's entry.

    Raises:
        DynnetError: it is missing, or another one than the manifest means.
    """
    path = folder / entry["file"]
    if not path.is_file():
        raise DynnetError(f"{path} is missing; export the network again")
    content = path.read_bytes()
    if _sha256(content) != entry["sha256"]:
        raise DynnetError(f"{path} is another file than the manifest beside it names; export the network again")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
