"""axe-core, from npm: what of a page keeps people out."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

VERSION = "4.10.3"


def axe_core(folder: Path) -> str:
    """Its script, fetched into a folder; the test is skipped where npm gives none."""
    command = ["npm", "pack", f"axe-core@{VERSION}", "--silent"]
    try:
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no npm, which gives axe-core")
    if answer.returncode:
        pytest.skip("npm gives no axe-core")
    subprocess.run(["tar", "xzf", answer.stdout.strip()], cwd=folder, check=True)
    return (folder / "package" / "axe.min.js").read_text()


def grave(violations: list[dict[str, Any]]) -> list[tuple[str, list]]:
    """The serious ones of what it found: (rule, places)."""
    found = [one for one in violations if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
