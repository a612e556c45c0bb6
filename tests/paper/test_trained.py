"""Trained networks come back from their checkpoints, on every kind of main network."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dynnet.checkpoints import halved, load_checkpoint, save_checkpoint
from dynnet.errors import DynnetError
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.completion import network as completion
from dynnet.paper.completion.trained import Trained as Completion
from dynnet.paper.faces import network as dcgan
from dynnet.paper.faces.trained import Trained as Faces
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.recipe_base import BaseNetwork
from dynnet.paper.style import network as transformer
from dynnet.paper.style.trained import Trained as Style
from dynnet.paper.trained import BaseTrained
from tests.tiny import TINY, awake

MAINS = {
    Style: (transformer.TransformerNet(2), transformer.OFFICIAL_BLOCKS, torch.rand(1, 3, 32, 32)),
    Faces: (dcgan.Generator(2, latent=5), dcgan.OFFICIAL_BLOCKS, torch.randn(2, 5)),
    Completion: (completion.CompletionNet(2), completion.BLOCKS, torch.rand(1, 4, 64, 64)),
}


@pytest.mark.parametrize("rank", [None, 3])
@pytest.mark.parametrize("kind", MAINS)
def test_blocks_fit_where_they_go_and_come_back(kind: type[BaseTrained], rank: int | None, tmp_path: Path) -> None:
    main, paths, x = MAINS[kind]
    net = awake(new_dynamic(main.eval(), paths, rank)).eval()
    channels = {path: main.input_channels(path) for path in paths}
    assert {path: net.block(path).rank for path in paths} == {
        p: 3 if rank and n > 3 else None for p, n in channels.items()
    }
    net.blocks.half().float()
    assert net.names == paths and torch.equal(net(x, alpha=0.0), main(x))
    save_checkpoint(tmp_path / "a.safetensors", halved("weights", net.blocks), {"blocks_at": list(paths), "rank": rank})
    found = kind.restored_blocks(load_checkpoint(tmp_path / "a.safetensors"), main)
    assert found.main is main and not found.training
    assert torch.equal(found(x, alpha=0.7), net(x, alpha=0.7)) and not torch.equal(found(x, alpha=0.7), main(x))


def test_blocks_of_another_width_are_refused(tmp_path: Path) -> None:
    blocks: nn.Module = new_dynamic(dcgan.Generator(3, latent=5), ("up3",)).blocks
    tensors: dict[str, Tensor] = halved("weights", blocks)
    save_checkpoint(tmp_path / "a.safetensors", tensors, {"blocks_at": ["up3"]})
    with pytest.raises(DynnetError, match="trained with another width"):
        Faces.restored_blocks(load_checkpoint(tmp_path / "a.safetensors"), dcgan.Generator(2, latent=5))


class Given(Faces):
    """An application whose main network is somebody else's."""

    @staticmethod
    def give(network: BaseNetwork) -> nn.Module:
        return dcgan.Generator(2, latent=5)


def test_a_given_network_has_no_checkpoint_and_its_blocks_have_one(tmp_path: Path) -> None:
    networks = (BaseNetwork(name="theirs", kind="given"), BaseNetwork(name="ours", kind="blocks", on="theirs"))
    recipe = load_recipe(TINY).model_copy(update={"networks": networks, "together": {}})
    net = awake(new_dynamic(dcgan.Generator(2, latent=5), ("up3",)))
    path = recipe.checkpoint_path(tmp_path, "ours")
    save_checkpoint(path, halved("weights", net.blocks), {"blocks_at": ["up3"]})
    found = Given.load(recipe, tmp_path)
    assert list(found.networks) == ["theirs"] and found.dynamic["ours"].main is found.networks["theirs"]
    assert list(found.hashes) == ["ours"] and not any(module.training for module in found.modules())
    with pytest.raises(DynnetError, match='theirs: this application has no networks of kind = "given"'):
        Faces.load(recipe, tmp_path)


SHIPPED = {"fig3/blocks": Style, "fig6/female": Faces, "fig7/blocks": Completion}


@pytest.mark.parametrize("name", SHIPPED)
def test_blocks_in_the_place_of_a_network_are_refused(name: str) -> None:
    found = load_checkpoint(CHECKPOINTS / "cpu" / f"{name}.safetensors")
    with pytest.raises(DynnetError, match="it is a checkpoint of another network"):
        SHIPPED[name].restored(found)
