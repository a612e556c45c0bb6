"""Chromium, started once for all tests of a module."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import lab

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with lab.chromium() as found:
        yield found
