"""What an application gives to the page: `page.py` in its folder, with `part(cache)`."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.page.chart import Chart


@dataclass(frozen=True)
class Part:
    """One application's share of the page.

    Attributes:
        networks: {name: folder of an export}, in the order in which a reader meets them.
        data: {name: what the page and its scripts read as JSON}.
        pictures: {name: {what a picture shows: JPEG file}}.
        charts: {figure: what was measured for it}.
        strips: {figure: (picture of a walk, its alt text)}, for readers without scripts.
    """

    networks: Mapping[str, Path]
    data: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    charts: Mapping[str, Sequence[Chart]] = field(default_factory=dict)
    strips: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def data_uri(jpeg: bytes) -> str:
    """An address that holds a picture."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


@torch.no_grad()
def strip(net: DynamicNet, x: Tensor, alphas: Sequence[Any]) -> str:
    """The pictures of one input at several alphas, side by side."""
    row = [to_picture(net(x, alpha=alpha)) for alpha in alphas]
    return data_uri(jpeg_bytes(np.concatenate(row, axis=1), 72))
