"""Networks of others as their packages bring them, and what was trained on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from dynnet.checkpoints import Checkpoint, restore
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.denoising import network, style_network
from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.network import BayerNet
from dynnet.paper.denoising.packages import package_file, sha256_of
from dynnet.paper.denoising.recipe import Recipe
from dynnet.paper.denoising.style_network import FixedStyle
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    recipe: Recipe

    @staticmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        """A network of others with its weights, which a checkpoint names by their hash and does not hold.

        Raises:
            DynnetError: its package is not installed, or holds other weights than those the hash is of.
        """
        here, wanted = stranger_sha256(meta["stranger"]), meta["stranger_sha256"]
        if here != wanted:
            raise DynnetError(
                f"this belongs to another {meta['stranger']} network ({wanted[:8]}; the installed package has "
                f'{here[:8]}): install the versions of "dynnet[strangers]", or train it again'
            )
        if meta["stranger"] == "stylisation":
            return style_network.load_style_network(meta["index"])
        return network.load_bayer_net()

    @staticmethod
    def tune(main: nn.Module, meta: Mapping[str, Any]) -> DynamicNet:
        return with_new_blocks(main, meta.get("blocks_at", ()), int(meta.get("width", 0)))

    @classmethod
    def restored(cls, checkpoint: Checkpoint) -> nn.Module:
        """A network of others, or the same plus the difference that fine-tuning made: no more than that is kept."""
        module = cls.build(checkpoint.meta)
        if checkpoint.meta["kind"] == "main":
            start = module.state_dict()
            changed = {name: start[name] + value for name, value in checkpoint.part("difference").items()}
            restore(module, changed, checkpoint.path)
        return module.eval()

    @property
    def demosaicking(self) -> BayerNet:
        """The demosaicking network as its authors left it."""
        return self.networks["demosaicking"]

    @property
    def stylisation(self) -> FixedStyle:
        """The style network as its authors left it, at one style."""
        return self.networks["stylisation"]

    @property
    def fixed(self) -> dict[float, BayerNet]:
        """{sigma: the demosaicking network, fine-tuned for it}, in rising order."""
        found = {n.sigma: self.networks[n.name] for n in self.recipe.networks if n.sigma is not None}
        return dict(sorted(found.items()))


def stranger_sha256(stranger: str) -> str:
    """Which weights the installed package of a network of others holds.

    Raises:
        DynnetError: it is not installed.
    """
    source = style_network if stranger == "stylisation" else network
    return sha256_of(package_file(source.PACKAGE, source.WEIGHTS))
