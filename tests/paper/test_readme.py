"""The code of README.md runs as it stands, one block after the other."""

import re
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from dynnet.paper.locations import PROJECT

README = (PROJECT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


class Terms(nn.Module):
    def forward(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        smoothness = output.diff(dim=-1).abs().mean((1, 2, 3))
        return {"fidelity": (output - target).square().mean((1, 2, 3)), "smoothness": smoothness}


class Batches:
    def batch_at(self, step: int) -> Tensor:
        return torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(step))


def model() -> nn.Module:
    decoder = nn.ModuleDict({"up2": nn.Conv2d(64, 3, 3, padding=1)})

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = nn.Conv2d(3, 64, 3, padding=1), decoder

        def forward(self, x: Tensor) -> Tensor:
            return self.decoder["up2"](self.encoder(x))

    return Model()


def test_the_readmes_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, style, yours = (block.replace("steps=2000", "steps=8") for block in BLOCKS)
    names = {"model": model(), "terms": Terms(), "batches": Batches(), "x": torch.rand(1, 3, 8, 8)}
    exec(own, names)
    assert names["y"].shape == (1, 3, 8, 8)
    assert torch.equal(names["net"](names["x"], alpha=0.0), names["model"](names["x"]))
    names["other"] = names["net"]
    exec(style, names)
    assert names["y"].shape == (1, 3, 8, 8)

    Image.new("RGB", (64, 48), "teal").save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(yours, {})
    assert {path.name for path in tmp_path.iterdir()} == {"photo.jpg", "half.png", "blocks.png"}


def test_the_network_of_ones_own_takes_six_lines() -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 6


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", README))))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert link.startswith("https://") or (PROJECT / link).exists()
