"""Training of the style figures' networks: main and fixed networks, tuning-blocks, Conditional-IN, AdaIN."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from dynnet.along import Along
from dynnet.dynamic import DynamicNet
from dynnet.fingerprint import fingerprint
from dynnet.joining import join
from dynnet.launching import Run
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.photos import Photos
from dynnet.paper.data.roots import training_photos
from dynnet.paper.style.baselines.adain import AdaIN, train_decoder
from dynnet.paper.style.baselines.conditional_in import ConditionalIN, train_conditional
from dynnet.paper.style.baselines.conditioned import Conditioned
from dynnet.paper.style.baselines.weight_tuning import WeightTuned
from dynnet.paper.style.losses.features import LAMBDA_UNIT, feature_network, features_sha256
from dynnet.paper.style.losses.gram import packed
from dynnet.paper.style.losses.mixed import MixedTerms
from dynnet.paper.style.losses.objective import mixed_objective, objective
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.recipe import Network, Recipe
from dynnet.paper.style.stable import AlongPairs, NoisyPairs, StableTerms
from dynnet.paper.style.style_pictures import style_tensor
from dynnet.paper.style.trained import new_baseline
from dynnet.paper.trainer import BaseTrainer
from dynnet.states import FitReport
from dynnet.training import train_blocks, train_main

# what not every network has
_TOLD = ("mixture", "sets", "along", "keep_small", "coupled", "what", "rank", "lambda_from")


class Trainer(BaseTrainer):
    recipe: Recipe

    def load(self) -> Photos:
        spec = self.recipe.profile.photos
        name = self.recipe.profile.features
        self.features, self.features_sha256 = feature_network(name).to(self.launcher.device), features_sha256(name)
        return training_photos(self.folders.data, spec.size, self.folders.cache, spec.held_out)[0]

    def identity(self, network: Network) -> dict[str, Any]:
        names = self.recipe.styles_of(network)
        return {
            "unit": LAMBDA_UNIT[self.recipe.profile.features],
            "features": fingerprint(self.features),
            "styles": {name: _content(self._style(style)) for name, style in names.items()},
            "lambdas": self.recipe.lambdas_of(network),
        }

    def stands_on(self, network: Network) -> Collection[str]:
        return *super().stands_on(network), *network.sets

    def new(self, network: Network) -> nn.Module:
        """Sets of blocks that are trained together start as each was trained alone."""
        if not network.sets:
            return super().new(network)
        main = self.trained(network.on)
        return join({name: self.kinds.restored_blocks(self.checkpoint(name), main) for name in network.sets})

    def fit(self, network: Network, index: int, state: Path) -> tuple[nn.Module, FitReport]:
        styles = {name: self._style(style) for name, style in self.recipe.styles_of(network).items()}
        module = self._baseline(network, styles) if network.styles else self.new(network)
        terms: dict[str, nn.Module] = {
            name: PerceptualTerms.of_style(self.features, style) for name, style in styles.items()
        }
        batches = self._batches(index)
        if network.mixture or network.sets:
            return module, self._fit_mixed(network, module, MixedTerms(terms), batches, self.run(network, state))
        if self._stable(network):
            terms = {name: StableTerms(of_style) for name, of_style in terms.items()}
            batches = NoisyPairs(batches, self.recipe.profile.stability.noise, self.seed(index))
        wanted = {n: objective(t, self.recipe, self.recipe.lambda_of(network, n)) for n, t in terms.items()}
        common = (batches, self.recipe.phase(network), self.run(network, state))
        if isinstance(module, ConditionalIN):
            return module, train_conditional(module, wanted, *common)
        if isinstance(module, AdaIN):
            return module, train_decoder(module, styles, *common)
        if isinstance(module, DynamicNet | WeightTuned | Conditioned):
            along = self._along(network, terms, index)
            return module, train_blocks(module, wanted[network.style], *common, along, network.keep_small)
        return module, train_main(module, wanted[network.style], *common)

    def _fit_mixed(
        self, network: Network, module: nn.Module, terms: MixedTerms, batches: PhotoBatches, run: Run
    ) -> FitReport:
        """On several styles at once: a network on a mixture of them, or a set of blocks for each of them."""
        lambdas, phase = self.recipe.lambdas_of(network), self.recipe.phase(network)
        wanted = mixed_objective(terms, self.recipe, lambdas)
        if network.mixture:
            return train_main(module, wanted, batches, phase, run)
        # at its alpha of 0 each set is worth what the main network's style is to the main network
        main = self.recipe.network(network.on)
        own = next(name for name in network.sets if self.recipe.network(name).style == main.style)
        share = self.recipe.lambda_of(main) / lambdas[own]
        start = mixed_objective(terms, self.recipe, {name: share * value for name, value in lambdas.items()})
        seed = self.seed(self.recipe.networks.index(network))
        return train_blocks(module, wanted, batches, phase, run, Along(start, seed, network.sets))

    def tensors(self, network: Network, module: nn.Module) -> dict[str, Tensor]:
        grams = {f"gram.{name}": packed(value.float()) for name, value in self._targets(network).items()}
        return super().tensors(network, module) | grams

    def meta(self, network: Network) -> dict[str, Any]:
        several = network.styles or network.mixture or network.sets
        lambdas = self.recipe.lambdas_of(network) if several else {}
        pictures = {n: self._described(s) for n, s in self.recipe.styles_of(network).items()} if several else {}
        return {
            "figure": self.recipe.figure,
            "profile": self.recipe.profile_name,
            "width": self.recipe.profile.width,
            "features": self.recipe.profile.features,
            "features_sha256": self.features_sha256,
            "blocks_at": list(network.at or self.recipe.blocks_at),
            "style_picture": pictures or self._described(network.style),
            **{key: getattr(network, key) for key in ("name", "kind", "styles", "start", "on")},
            "lambda_style": lambdas or self.recipe.lambda_of(network),
            **({"stability": self.recipe.profile.stability.model_dump()} if self._stable(network) else {}),
            **{key: value for key in _TOLD if (value := getattr(network, key))},
        }

    def _along(self, network: Network, terms: Mapping[str, nn.Module], index: int) -> Along | None:
        """Of what is trained along its walk: the objective at its start, in the style of its end."""
        if not (network.along or network.lambda_from):
            return None
        start = network.lambda_from or self.recipe.lambda_of(self.recipe.network(network.on))
        kind = AlongPairs if self._stable(network) else Along
        return kind(objective(terms[network.style], self.recipe, start), self.seed(index))

    def _stable(self, network: Network) -> bool:
        """Whether a network is trained on noisy pairs; what learns several styles has losses of its own."""
        several = network.styles or network.mixture or network.sets
        return self.recipe.profile.stability is not None and not several

    def _baseline(self, network: Network, styles: Mapping[str, Tensor]) -> nn.Module:
        return new_baseline(network.kind, self.recipe.profile.width, styles, self.features)

    def _style(self, name: str) -> Tensor:
        return style_tensor(self.recipe.styles[name], self.folders.data).to(self.launcher.device)

    def _targets(self, network: Network) -> Mapping[str, Tensor]:
        """Gram matrices to keep with a network: where no main network of its style keeps them."""
        mains = [n.style for n in self.recipe.networks if n.kind == "main" and not n.mixture]
        if network.styles or network.mixture or (network.kind != "main" and network.style in mains):
            return {}
        return PerceptualTerms.of_style(self.features, self._style(network.style)).targets

    def _batches(self, index: int) -> PhotoBatches:
        spec = self.recipe.profile.photos
        return PhotoBatches(self.pictures, spec.batch, spec.crop, spec.scale, seed=self.seed(index))

    def _described(self, name: str) -> dict[str, Any]:
        style = self.recipe.styles[name].model_dump(mode="json", exclude_none=True, exclude={"lambda_style"})
        if "picture" in style:
            style["picture"] = Path(style["picture"]).name  # where it lay on one machine helps nobody
        return style


def _content(picture: Tensor) -> str:
    """A hash of a picture's pixels: another one under the same name is another style."""
    shape = tuple(picture.shape)
    return hashlib.sha256(f"{shape}".encode() + picture.cpu().contiguous().numpy().tobytes()).hexdigest()
