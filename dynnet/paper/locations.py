"""Where the project keeps what it ships and what it makes."""

import os
from pathlib import Path

CACHE_VARIABLE = "DYNNET_CACHE"  # how a notebook's kernel learns of another folder of decoded pictures

PROJECT = Path(__file__).resolve().parents[2]
CHECKPOINTS = PROJECT / "data" / "checkpoints"
CACHE = Path(os.environ.get(CACHE_VARIABLE) or PROJECT / "data" / "cache")
DOWNLOADS = PROJECT / "data" / "downloads"
RUNS = PROJECT / "runs"
FIGURES = PROJECT / "figures"
