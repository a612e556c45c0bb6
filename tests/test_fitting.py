"""The optimisation loop: it learns, it goes on after a kill with the same bits, and it is loud about NaN."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from dynnet.errors import DynnetError
from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.schedule import Schedule
from tests.kills import Killed

SCHEDULE = Schedule(steps=70, rate=0.05, clip=1.0)
SAVE_EVERY = 25


def line(module: nn.Module, step: int) -> dict[str, Tensor]:
    """y = 3 x - 1, with dropout so that the random numbers matter."""
    x = torch.rand(16, 1, generator=torch.Generator().manual_seed(step))
    error = (module(x) - (3 * x - 1)).square().mean()
    return {"total": error, "noise": torch.rand(())}


def network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(1, 6), nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 1))


def stopped(at: int, how: Callable[[], Tensor]) -> Callable[[nn.Module, int], dict[str, Tensor]]:
    def losses(module: nn.Module, step: int) -> dict[str, Tensor]:
        return {**line(module, step), "total": how()} if step == at else line(module, step)

    return losses


def kill() -> Tensor:
    raise Killed


def weights(module: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in module.parameters()]


def equal(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture
def gradients() -> Iterator[list[tuple[Tensor, float]]]:
    """(norm of the gradient, learning rate) of every optimiser step."""
    norms: list[tuple[Tensor, float]] = []

    def keep(optimiser: torch.optim.Optimizer, *_: object) -> None:
        found = [p.grad.flatten() for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        norms.append((torch.cat(found).norm(), optimiser.param_groups[0]["lr"]))

    handle = register_optimizer_step_pre_hook(keep)
    yield norms
    handle.remove()


@pytest.mark.parametrize("one_cycle", [True, False])
def test_learns_a_line(one_cycle: bool) -> None:
    module = nn.Linear(1, 1)  # whose optimum is the same on every batch: with steps enough it is met, not circled
    report = fit(module, line, Schedule(400, 0.3, one_cycle))
    assert module.weight.item() == pytest.approx(3, abs=0.05) and module.bias.item() == pytest.approx(-1, abs=0.05)
    assert report.steps == 400 and report.seconds > 0


def test_history_is_the_mean_of_every_25_steps() -> None:
    def losses(module: nn.Module, step: int) -> dict[str, Tensor]:
        return {"total": module.weight.square().sum(), "step_again": torch.tensor(float(step))}

    history = fit(nn.Linear(1, 1), losses, Schedule(60, 1e-3)).history
    assert [entry["step"] for entry in history] == [25, 50, 60]
    assert [entry["step_again"] for entry in history] == [12.0, 37.0, 54.5]


@pytest.mark.parametrize("killed_at", [30, 55, 69])
def test_a_killed_fit_goes_on_with_the_same_bits(tmp_path: Path, killed_at: int) -> None:
    through = network()
    expected = fit(through, line, SCHEDULE, Run(state=tmp_path / "through", save_every=SAVE_EVERY))

    with pytest.raises(Killed):
        fit(network(), stopped(killed_at, kill), SCHEDULE, Run(state=tmp_path / "killed", save_every=SAVE_EVERY))
    steps = []

    def watched(module: nn.Module, step: int) -> dict[str, Tensor]:
        steps.append(step)
        return line(module, step)

    resumed = network()
    torch.manual_seed(99)  # what a new process starts with does not matter
    report = fit(resumed, watched, SCHEDULE, Run(state=tmp_path / "killed", save_every=SAVE_EVERY))
    assert steps[0] == killed_at // SAVE_EVERY * SAVE_EVERY
    assert equal(weights(resumed), weights(through))
    assert report.history == expected.history and report.steps == expected.steps


def test_a_finished_fit_is_not_run_again(tmp_path: Path) -> None:
    first = network()
    expected = fit(first, line, SCHEDULE, Run(state=tmp_path / "state"))
    again = network()
    report = fit(again, stopped(0, kill), SCHEDULE, Run(state=tmp_path / "state"))
    assert equal(weights(again), weights(first)) and report.history == expected.history


def test_without_a_state_file_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fit(network(), line, SCHEDULE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_the_fit_at_the_last_good_state(tmp_path: Path, bad: float) -> None:
    state = tmp_path / "state"
    with pytest.raises(DynnetError, match=rf"training: the loss is {bad} at step 60; the last good state is in"):
        fit(network(), stopped(60, lambda: torch.tensor(bad)), SCHEDULE, Run(state=state, save_every=SAVE_EVERY))
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    through = network()
    fit(through, line, SCHEDULE)
    resumed = network()
    fit(resumed, line, SCHEDULE, Run(state=state))
    assert equal(weights(resumed), weights(through))


def test_a_loss_that_is_no_number_before_anything_was_saved(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"at step 3; nothing was saved yet; lower the learning rate"):
        fit(network(), stopped(3, lambda: torch.tensor(float("nan"))), SCHEDULE, Run(state=tmp_path / "state"))


@pytest.mark.parametrize("change", [{"steps": 80}, {"rate": 0.01}, {"one_cycle": False}, {"clip": 0.0}])
def test_a_state_of_another_schedule_is_refused_and_kept(tmp_path: Path, change: dict) -> None:
    state = tmp_path / "state"
    fit(network(), line, SCHEDULE, Run(state=state))
    content = state.read_bytes()
    with pytest.raises(DynnetError, match=r"belongs to a fit with .* move it away to start afresh"):
        fit(network(), line, replace(SCHEDULE, **change), Run(state=state))
    assert state.read_bytes() == content


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    fit(network(), line, SCHEDULE, Run(state=tmp_path / "state"))
    with pytest.raises(DynnetError, match=r"cannot be resumed .* move it away to start afresh"):
        fit(nn.Linear(1, 1), line, SCHEDULE, Run(state=tmp_path / "state"))


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    fit(network(), line, SCHEDULE, Run(state=state))
    whole = state.read_bytes()
    for damaged in (b"", b"not a state", whole[: len(whole) // 2], pickle.dumps([1, 2], 2), pickle.dumps(Path("x"), 2)):
        state.write_bytes(damaged)
        with pytest.raises(DynnetError, match=r"cannot be resumed .* move it away to start afresh"):
            fit(network(), line, SCHEDULE, Run(state=state))


@pytest.mark.parametrize("content", [[1, 2], {"schedule": None}, {}])
def test_a_state_with_other_content_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "state")
    with pytest.raises(DynnetError, match="move it away to start afresh"):
        fit(network(), line, SCHEDULE, Run(state=tmp_path / "state"))


def test_a_state_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"schedule": Trap()}, tmp_path / "state")
    with pytest.raises(DynnetError, match="cannot be resumed"):
        fit(network(), line, SCHEDULE, Run(state=tmp_path / "state"))
    assert not (tmp_path / "sprung").exists()


def test_gradients_are_clipped(gradients: list) -> None:
    def steep(module: nn.Module, step: int) -> dict[str, Tensor]:
        return {"total": 1000 * module.weight.sum()}

    fit(nn.Linear(2, 1), steep, Schedule(10, 1e-3, clip=0.5))
    assert all(norm == pytest.approx(0.5, rel=1e-4) for norm, _ in gradients)
    gradients.clear()
    fit(nn.Linear(2, 1), steep, Schedule(10, 1e-3))
    assert all(norm > 1000 for norm, _ in gradients)


def test_one_cycle_rises_to_the_rate_and_falls_to_nothing(gradients: list) -> None:
    fit(nn.Linear(1, 1), line, Schedule(40, 0.1))
    rates = [rate for _, rate in gradients]
    peak = rates.index(max(rates))
    assert len(rates) == 40 and max(rates) == pytest.approx(0.1) and 8 <= peak <= 11
    assert rates == sorted(rates[:peak]) + sorted(rates[peak:], reverse=True)
    assert rates[0] < 0.01 and rates[-1] < 1e-5


def test_a_constant_rate_stays(gradients: list) -> None:
    fit(nn.Linear(1, 1), line, Schedule(12, 0.01, one_cycle=False))
    assert [rate for _, rate in gradients] == pytest.approx([0.01] * 12)


def test_frozen_parameters_stay() -> None:
    module = network()
    module[0].requires_grad_(False)
    before = weights(module)
    fit(module, line, Schedule(10, 0.1))
    after = weights(module)
    assert equal(after[:2], before[:2]) and not torch.equal(after[2], before[2])


def test_a_nan_gradient_of_a_finite_loss_is_not_saved(tmp_path) -> None:
    line = nn.Linear(1, 1)

    def losses(module, step):
        loss = module(torch.ones(1, 1)).square().sum()
        return {"total": loss + (0.0 * loss.detach() if step < 199 else 0.0 * torch.sqrt(0 * loss))}

    with pytest.raises(DynnetError, match="size of the weights"):
        fit(line, losses, Schedule(steps=200, rate=1e-3), Run(state=tmp_path / "state"))
    assert torch.load(tmp_path / "state", weights_only=True)["report"]["steps"] == 100
