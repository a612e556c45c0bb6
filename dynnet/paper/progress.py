"""A progress bar for trainings, where there is a terminal to show it."""

import sys
from collections.abc import Mapping

from tqdm import tqdm

from dynnet.fitting import as_text
from dynnet.launching import Progress


def terminal_bar(name: str) -> Progress | None:
    """Shows a training's steps and losses; None where stderr is no terminal, so that the log tells of them instead."""
    if not sys.stderr.isatty():
        return None
    bar: tqdm | None = None

    def show(step: int, steps: int, losses: Mapping[str, float]) -> None:
        nonlocal bar
        if bar is None:  # not before the first step: a finished training has none
            bar = tqdm(desc=name, total=steps, initial=step - 1)
        bar.set_postfix_str(as_text(losses), refresh=False)
        bar.update()
        if step == steps:
            bar.close()

    return show
