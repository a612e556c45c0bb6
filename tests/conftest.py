import os

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNNET_DATA", raising=False)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)
