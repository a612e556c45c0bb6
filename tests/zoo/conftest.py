"""The tally of the zoo: printed at the end, and written down when all of it was asked."""

from pathlib import Path

import pytest

from tests.zoo.checks import Answers
from tests.zoo.networks import animals
from tests.zoo.tally import page, summary

PAGE = Path(__file__).parents[2] / "docs" / "any_network.md"
ALL = pytest.StashKey[list[Answers]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ALL] = []


@pytest.fixture
def tallied(request: pytest.FixtureRequest) -> list[Answers]:
    """Where a network's answers go."""
    return request.config.stash[ALL]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if answers := config.stash[ALL]:
        terminalreporter.write_line(summary(answers))
        if len(answers) == (kept := len(list(animals()))):
            PAGE.write_text(page(answers, kept), encoding="utf-8")
            terminalreporter.write_line(f"written: docs/{PAGE.name}")
