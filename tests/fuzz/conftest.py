"""The tally of all fuzzing, at the end of a run."""

import pytest

from tests.fuzz.trial import TALLIES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/fuzz" in item.nodeid:
            item.add_marker(pytest.mark.fuzz)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = [str(tally) for tally in TALLIES if tally.ends]
    if tried:
        terminalreporter.section("fuzz")
        terminalreporter.write_line("\n".join(tried))
