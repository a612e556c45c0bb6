"""Times a step of the paper profile on a GPU, network by network, each through its own trainer; prints a table.

    PYTHONPATH=. .venv/bin/python docs/paper_profile_gpu.py [DEVICE [STEPS]] > docs/paper_profile_gpu.csv

On drawn pictures and a VGG16 with random weights, which take as long as others. Networks that differ from these by
their seed or lambda alone are left out.
"""

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch

from dynnet.launching import OneProcess, Run
from dynnet.paper.locations import Folders
from dynnet.paper.recipe import application_part, load_recipe
from dynnet.paper.trainer import BaseTrainer
from tests.paper.paper_data import write_data, write_random_vgg16

WAYS = ("at_one", "along", "coupled", "all_weights", "low_rank_24", "low_rank_4", "norms", "conditioned")
NETWORKS = {
    "fig3": ("main", "blocks", "along"),
    "fig4": ("marbling", "marbling_mosaic", "conditional_in", "adain"),
    "other_ways": (*(f"{way}_0" for way in WAYS), "only_res3_0", "only_up1_0", "only_out_0"),
}


def main(device: str = "cuda", steps: str = "40") -> None:
    sys.stdout.write("recipe,network,seconds,memory\n")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ["TORCH_HOME"] = str(write_random_vgg16(root / "torch"))
        folders = Folders(write_data(root / "data"), root / "out", root / "runs", root / "cache")
        for figure, networks in NETWORKS.items():
            recipe = load_recipe(figure, "paper", steps=int(steps))
            trainer = application_part(recipe, "trainer").Trainer(recipe, folders, OneProcess(device), "timing")
            for network in networks:
                seconds, memory = timed(trainer, network)
                sys.stdout.write(f"{figure},{network},{seconds:.4f},{memory:.3f}\n")


def timed(trainer: BaseTrainer, name: str) -> tuple[float, float]:
    """(seconds a step, median over the second half; largest memory of the GPU in GB)."""
    clock: list[float] = []

    def watch(step: int, steps: int, losses: Mapping[str, float]) -> None:
        clock.append(time.perf_counter())  # the losses of a step are at hand: the GPU is done with it

    trainer.run = lambda network, state: Run(trainer.launcher, name=network.name, progress=watch)
    on_gpu = trainer.launcher.device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    trainer.train(trainer.recipe.network(name))
    gaps = [later - earlier for earlier, later in pairwise(clock)]
    return median(gaps[len(gaps) // 2 :]), torch.cuda.max_memory_allocated() / 2**30 if on_gpu else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
