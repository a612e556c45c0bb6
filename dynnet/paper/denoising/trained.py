"""Networks of others as their packages bring them, and what was trained on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from dynnet.checkpoints import Checkpoint, restore
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.denoising import network as demosaicnet
from dynnet.paper.denoising import style_network
from dynnet.paper.denoising.blocks import with_new_blocks
from dynnet.paper.denoising.network import BayerNet
from dynnet.paper.denoising.packages import package_file, sha256_of
from dynnet.paper.denoising.recipe import DEMOSAICKING, STYLISATION, Network, Recipe
from dynnet.paper.denoising.style_network import FixedStyle
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    recipe: Recipe

    @staticmethod
    def give(network: Network) -> nn.Module:
        """A network of others, from its installed package.

        Raises:
            DynnetError: the package is not installed.
        """
        if network.name == STYLISATION:
            return style_network.load_style_network(network.index)
        return demosaicnet.load_bayer_net()

    @staticmethod
    def build(meta: Mapping[str, Any]) -> BayerNet:
        """What is trained with all its weights starts from the demosaicking network as it is."""
        check_stranger(meta)
        return demosaicnet.load_bayer_net()

    @staticmethod
    def tune(main: nn.Module, meta: Mapping[str, Any]) -> DynamicNet:
        check_stranger(meta)
        return with_new_blocks(main, meta["blocks_at"], meta["width"])

    @classmethod
    def restored(cls, checkpoint: Checkpoint) -> nn.Module:
        """A fine-tuned network: the one it started from plus the difference that is kept."""
        module = cls.build(checkpoint.meta)
        start = module.state_dict()
        changed = {name: start[name] + value for name, value in checkpoint.part("difference").items()}
        return restore(module, changed, checkpoint.path).eval()

    @property
    def demosaicking(self) -> BayerNet:
        """The demosaicking network as its authors left it."""
        return self.networks[DEMOSAICKING]

    @property
    def stylisation(self) -> FixedStyle:
        """The style network as its authors left it, at one style."""
        return self.networks[STYLISATION]

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
    source = style_network if stranger == STYLISATION else demosaicnet
    return sha256_of(package_file(source.PACKAGE, source.WEIGHTS))


def check_stranger(meta: Mapping[str, Any]) -> None:
    """What was trained on a network of others belongs to its weights, which a checkpoint names by their hash.

    Raises:
        DynnetError: the package is not installed, or holds other weights.
    """
    here, wanted = stranger_sha256(meta["stranger"]), meta["stranger_sha256"]
    if here != wanted:
        raise DynnetError(
            f"{meta['name']} belongs to another {meta['stranger']} network ({wanted[:8]}; the installed package has "
            f'{here[:8]}): install the versions of "dynnet[strangers]", or train it again'
        )
