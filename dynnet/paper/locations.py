"""Where the project keeps what it ships and what it makes."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CHECKPOINTS = PROJECT / "data" / "checkpoints"
CACHE = PROJECT / "data" / "cache"
DOWNLOADS = PROJECT / "data" / "downloads"
RUNS = PROJECT / "runs"
FIGURES = PROJECT / "figures"
