"""Adaptive instance normalisation (Huang and Belongie 2017, Arbitrary Style Transfer in Real-time with AdaIN).

A photo's deep features are given the means and standard deviations of a style picture's, and a trained decoder makes a
picture of them. The encoder is a feature network; all a style needs is two numbers per channel.
"""

from collections.abc import Callable, Mapping
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.batches import Batches
from dynnet.errors import DynnetError
from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.objectives import Objective
from dynnet.paper.style.baselines.adain_decoder import Decoder
from dynnet.paper.style.baselines.adain_terms import DecoderTerms, Statistics, channel_statistics, picture_statistics
from dynnet.paper.style.baselines.mixtures import between, shares, style_keys
from dynnet.paper.style.baselines.rounds import style_at
from dynnet.schedule import Schedule
from dynnet.states import FitReport
from dynnet.walks import Renderer

STYLE_WEIGHT = 10.0
"""What the style loss weighs beside the content loss; ours, because the paper names no number.

Both are squares of activations, so that, unlike a lambda, it does not hang on a feature network's scale.
"""

_PROBE = 32  # side of the picture that tells an encoder's size of features


def adain(content: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    r"""Features whose channels have the means and standard deviations of a style (eq. 8).

    .. math:: AdaIN(x, s) = \sigma(s) \frac{x - \mu(x)}{\sigma(x)} + \mu(s)

    Shape: content (B, C, H, W), mean and std (C,) -> (B, C, H, W).

    Raises:
        DynnetError: the statistics are of another number of channels.
    """
    if {mean.shape, std.shape} != {content.shape[1:2]}:
        raise DynnetError(
            f"the style's mean and std are {tuple(mean.shape)} and {tuple(std.shape)} for features of "
            f"{content.shape[1]} channels: they were made with another feature network; make them again with this one"
        )
    own_mean, own_std = (value[..., None, None] for value in channel_statistics(content))
    return std[:, None, None] * (content - own_mean) / own_std + mean[:, None, None]


class AdaIN(nn.Module):
    """Encoder, AdaIN, decoder, for the styles whose statistics it holds.

    The state dict is the decoder and the statistics: style pictures are not needed again, and the encoder's weights
    are kept elsewhere.

    Args:
        features: a feature network; its deepest activation is what is decoded. Frozen here.
        width: of the decoder.
        statistics: {style: (mean, std)} of the style picture's deepest features, (C,) each; `of_styles` computes
            them. Where a state dict is about to be loaded, any numbers of that shape will do.

    Example:
        >>> network = AdaIN.of_styles(feature_network("vgg19_lite"), 16, {"mosaic": mosaic, "woodcut": woodcut})
        >>> network(x, "mosaic"), network(x, {"mosaic": 0.3, "woodcut": 0.7})

    Raises:
        DynnetError: no styles, or two of one name.
    """

    def __init__(self, features: nn.Module, width: int, statistics: Mapping[str, Statistics]):
        super().__init__()
        if not statistics:
            raise DynnetError("AdaIN needs the statistics of at least one style, got none")
        self._encoder = (features.requires_grad_(False).eval(),)  # in a tuple it is no child, and so not saved
        self.styles = tuple(statistics)
        self._keys = style_keys(statistics)
        for style, (mean, std) in statistics.items():
            self.register_buffer(f"mean_{self._keys[style]}", mean.detach().clone())
            self.register_buffer(f"std_{self._keys[style]}", std.detach().clone())
        z = self._deepest(mean.new_zeros(1, 3, _PROBE, _PROBE))
        self.multiple = _PROBE // z.shape[-1]
        self.decoder = Decoder(z.shape[1], width, doublings=self.multiple.bit_length() - 1)

    @classmethod
    def of_styles(cls, features: nn.Module, width: int, styles: Mapping[str, Tensor]) -> Self:
        """For style pictures {style: (1, 3, H, W) in [0, 1]}."""
        found = {style: picture_statistics(features, picture) for style, picture in styles.items()}
        return cls(features, width, {style: list(taps.values())[-1] for style, taps in found.items()})

    @property
    def features(self) -> nn.Module:
        """The encoder, on the device of the statistics: as it is no child, `to` does not move it."""
        return self._encoder[0].to(self.statistics(self.styles[0])[0].device)

    def statistics(self, style: str) -> Statistics:
        """A style's mean and standard deviation, (C,) each."""
        return getattr(self, f"mean_{self._keys[style]}"), getattr(self, f"std_{self._keys[style]}")

    def forward(self, x: Tensor, mixture: str | Mapping[str, float]) -> Tensor:
        """The picture in a style, or in a mixture of styles.

        Args:
            x: (B, 3, H, W) in [0, 1] with any H, W >= 16; a side that the encoder cannot halve to the end is padded by
                reflection and cropped back.
            mixture: a style's name, or {name: weight} with weights that sum to 1.

        Shape: that of x, in [0, 1].

        Raises:
            DynnetError: an unknown style, weights that do not sum to 1, or statistics of another encoder.
        """
        return self.decode(self.restyled(self.encode(x), mixture), x)

    def encode(self, x: Tensor) -> Tensor:
        """The deepest features of the picture, padded: (B, C, ceil(H / 4), ceil(W / 4)) for an encoder to relu3_4."""
        height, width = x.shape[-2:]
        return self._deepest(F.pad(x, (0, -width % self.multiple, 0, -height % self.multiple), mode="reflect"))

    def restyled(self, z: Tensor, mixture: str | Mapping[str, float]) -> Tensor:
        """Features z in a mixture of styles: the sum of w_k AdaIN(z, s_k) (eq. 15).

        AdaIN is linear in a style's statistics, so they are summed in place of the features: one pass for any number.
        """
        parts = [(weight, self.statistics(style)) for style, weight in shares(mixture, self.styles).items()]
        mean = sum(weight * mean for weight, (mean, _) in parts)
        std = sum(weight * std for weight, (_, std) in parts)
        return adain(z, mean, std)

    def decode(self, z: Tensor, x: Tensor) -> Tensor:
        """The picture made of features z, cropped to the size of x, which they stand for."""
        return self.decoder(z)[..., : x.shape[-2], : x.shape[-1]]

    @torch.no_grad()
    def _deepest(self, x: Tensor) -> Tensor:
        return list(self.features(x).values())[-1]


def train_decoder(
    network: AdaIN,
    styles: Mapping[str, Tensor],
    batches: Batches,
    schedule: Schedule,
    run: Run | None = None,
    *,
    style_weight: float = STYLE_WEIGHT,
    tv_weight: float = 0.0,
) -> FitReport:
    """The decoder minimises content + style_weight x style + tv_weight x total variation, each step for one style.

    Args:
        network: its decoder is trained in place; left in eval mode.
        styles: {style: picture (1, 3, H, W) in [0, 1]}, the ones that the network's statistics are of.
        run: device, state file and the like; default `Run()`.

    Raises:
        DynnetError: the pictures are of other styles than the network.
    """
    if set(styles) != set(network.styles):
        raise DynnetError(f"one picture for each of {', '.join(network.styles)}, got {', '.join(styles)}")
    run = run or Run()
    features = network.to(run.launcher.device).features
    weights = {"content": 1.0, "style": style_weight, "tv": tv_weight}
    terms = {name: DecoderTerms.of_style(features, picture.to(run.launcher.device)) for name, picture in styles.items()}
    objectives = {name: Objective(term, weights) for name, term in terms.items()}

    def losses(decoder: nn.Module, step: int) -> dict[str, Tensor]:
        style = style_at(step, network.styles)
        x = batches.batch_at(run.batch_number(step)).to(run.launcher.device)
        wanted = network.restyled(network.encode(x), style)
        return objectives[style](decoder(wanted), wanted)

    network.train()
    report = fit(network.decoder, losses, schedule, run)
    network.eval()
    return report


def adain_renderer(network: AdaIN, a: str, b: str) -> Renderer:
    """The network between two of its styles; the setting is the share of b. Pictures are encoded once."""

    def renderer(x: Tensor) -> Callable[[float], Tensor]:
        z = network.encode(x)
        return lambda share: network.decode(network.restyled(z, between(a, b, float(share))), x)

    return renderer
