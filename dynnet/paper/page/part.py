"""What an application gives to the page: `page.py` in its folder, with `part(cache)`."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import jpeg_bytes, to_picture


@dataclass(frozen=True)
class Part:
    """One application's share of the page.

    Attributes:
        networks: {name: folder of an export}, in the order in which a reader meets them.
        data: {name: what the page's scripts read as JSON}.
        tensors: {name: float32 arrays}; the scripts find them by that name.
        pictures: {name: JPEG files}, likewise.
        strips: {figure: (picture of a walk, its alt text)}, for readers without scripts.
    """

    networks: Mapping[str, Path]
    data: Mapping[str, Any] = field(default_factory=dict)
    tensors: Mapping[str, Sequence[np.ndarray]] = field(default_factory=dict)
    pictures: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    strips: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def data_uri(picture: np.ndarray, quality: int = 85) -> str:
    """uint8 (H, W, 3) as an address that holds the picture."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg_bytes(picture, quality)).decode()


@torch.no_grad()
def strip(net: DynamicNet, x: Tensor, alphas: Sequence[Any]) -> str:
    """The pictures of one input at several alphas, side by side."""
    row = [to_picture(net(x, alpha=alpha)) for alpha in alphas]
    return data_uri(np.concatenate(row, axis=1), 72)


def series(name: str, table: pd.DataFrame, x: str, y: str, alpha: str = "setting") -> dict[str, Any]:
    """A measured curve: {"name", "points": [[alpha, x, y], ...]}, four digits each."""
    points = table[[alpha, x, y]].astype(float).to_numpy().tolist()
    return {"name": name, "points": [[float(f"{value:.4g}") for value in point] for point in points]}
