"""Where the project keeps what it ships and what it makes."""

import os
from dataclasses import dataclass
from pathlib import Path

from dynnet.errors import DynnetError

CACHE_VARIABLE = "DYNNET_CACHE"  # how a notebook's kernel learns of another folder of decoded pictures

PROJECT = Path(__file__).resolve().parents[2]
CHECKPOINTS = PROJECT / "data" / "checkpoints"
CACHE = Path(os.environ.get(CACHE_VARIABLE) or PROJECT / "data" / "cache")
DOWNLOADS = PROJECT / "data" / "downloads"
RUNS = PROJECT / "runs"
FIGURES = PROJECT / "figures"


@dataclass(frozen=True)
class Folders:
    """Where a training reads and writes.

    Args:
        data: the data root, or None for what is shipped: scikit-image's photographs, generated faces.
        checkpoints: receives PROFILE/FIGURE/NAME.safetensors and the manifest.
        runs: states of unfinished networks.
        cache: decoded pictures.
    """

    data: Path | None = None
    checkpoints: Path = CHECKPOINTS
    runs: Path = RUNS
    cache: Path = CACHE


def check_checkout() -> None:
    """The reproduction is recipes, networks and notebooks, which a wheel does not hold.

    Raises:
        DynnetError: this is not a checkout of the project.
    """
    if not (PROJECT / "pyproject.toml").is_file():
        raise DynnetError(
            f"expected a checkout of the project, got the package alone, in {PROJECT}; dynnet.paper needs its recipes "
            'and networks: clone it, and there `pip install -e ".[paper]"`'
        )
