"""Conditional instance normalisation (Dumoulin, Shlens and Kudlur 2017, A Learned Representation for Artistic Style).

One transformer network for several styles. They share all convolutions; a style is a scale and a shift for every
channel of every instance norm (their section 2.2), and styles are mixed by mixing those.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.func import functional_call

from dynnet.batches import Batches
from dynnet.block_sets import block_key
from dynnet.errors import DynnetError
from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.objectives import Objective
from dynnet.paper.style.baselines.mixtures import shares, style_keys
from dynnet.paper.style.baselines.rounds import style_at
from dynnet.paper.style.network import TransformerNet
from dynnet.schedule import Schedule
from dynnet.states import FitReport


class ConditionalIN(nn.Module):
    """A `TransformerNet` with one set of instance-norm scales and shifts per style.

    Every style starts at scale 1 and shift 0, where a `TransformerNet` starts: untrained, all styles give one picture,
    and what tells them apart later comes from their objectives alone. The scales and shifts of `net` itself are
    place-holders: frozen, and replaced in every pass.

    Args:
        width: of the transformer network.
        styles: names of at least two styles.

    Example:
        >>> network = ConditionalIN(16, ["mosaic", "woodcut"])
        >>> network(x, "mosaic"), network(x, {"mosaic": 0.3, "woodcut": 0.7})

    Raises:
        DynnetError: fewer than two styles, or two of one name.
    """

    def __init__(self, width: int, styles: Sequence[str]):
        super().__init__()
        if len(styles) < 2:
            raise DynnetError(f"conditional instance normalisation needs at least two styles, got {list(styles)}")
        self.styles = tuple(styles)
        self._keys = style_keys(styles)
        self.net = TransformerNet(width)
        norms = [name for name, module in self.net.named_modules() if isinstance(module, nn.InstanceNorm2d)]
        self.norm_parameters = tuple(f"{norm}.{part}" for norm in norms for part in ("weight", "bias"))
        # A parameter per style, and not a row per style: Adam's momentum would move the rows of styles not visited.
        self.tables = nn.ModuleDict({key: self._new_table() for key in self._keys.values()})
        for name in self.norm_parameters:
            self.net.get_parameter(name).requires_grad_(False)

    def forward(self, x: Tensor, mixture: str | Mapping[str, float]) -> Tensor:
        """The picture in a style, or in a mixture of styles.

        Args:
            x: (B, 3, H, W) in [0, 1], of any size that a `TransformerNet` takes.
            mixture: a style's name, or {name: weight} with weights that sum to 1.

        Shape: that of x, in [0, 1].

        Raises:
            DynnetError: an unknown style, or weights that do not sum to 1.
        """
        return functional_call(self.net, self.mixed(mixture), (x,))

    def table(self, style: str) -> dict[str, Tensor]:
        """A style's own {norm parameter of `net`: (C,)}."""
        stored = self.tables[self._keys[style]]
        return {name: stored[block_key(name)] for name in self.norm_parameters}

    def mixed(self, mixture: str | Mapping[str, float]) -> dict[str, Tensor]:
        """The scales and shifts of a mixture: the weighted sum of its styles' own."""
        parts = [(weight, self.table(style)) for style, weight in shares(mixture, self.styles).items()]
        return {name: sum(weight * table[name] for weight, table in parts) for name in self.norm_parameters}

    def _new_table(self) -> nn.ParameterDict:
        start = {name: self.net.get_parameter(name).detach().clone() for name in self.norm_parameters}
        return nn.ParameterDict({block_key(name): nn.Parameter(value) for name, value in start.items()})


def train_conditional(
    network: ConditionalIN,
    objectives: Mapping[str, Objective],
    batches: Batches,
    schedule: Schedule,
    run: Run | None = None,
) -> FitReport:
    """Step by step, all shared weights and one style's scales and shifts minimise that style's objective.

    On several devices Fabric's strategy has to allow for unused parameters (`ddp_find_unused_parameters_true`).

    Args:
        network: trained in place, and left in eval mode.
        objectives: {style: what its pictures minimise}, all of the same loss terms; the history holds their means over
            the styles.
        run: device, state file and the like; default `Run()`.

    Raises:
        DynnetError: the objectives are of other styles than the network.
    """
    if set(objectives) != set(network.styles):
        raise DynnetError(f"one objective for each of {', '.join(network.styles)}, got {', '.join(objectives)}")
    run = run or Run()
    objectives = {style: objective.to(run.launcher.device) for style, objective in objectives.items()}

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        style = style_at(step, network.styles)
        x = batches.batch_at(run.batch_number(step)).to(run.launcher.device)
        return objectives[style](wrapped(x, mixture=style), x)

    network.train()
    report = fit(network, losses, schedule, run)
    network.eval()
    return report
