"""The zoo's answers as a table, for the terminal and for docs/any_network.md."""

import importlib.metadata
from collections.abc import Callable, Sequence
from statistics import median

from tests.zoo.checks import QUESTIONS, Answers

INTRODUCTION = """# Any network

What became of Dynamic-Nets on networks of others: random weights, small inputs, one thread. Written by `make test-zoo`;
do not edit. Packages: {packages}.

Each network gets two blocks, a third and four fifths of the way through, and is asked:

- **attach, exact at 0**: blocks of the right width and layout attach by `DynamicNet.at_children`; α = 0 is the network,
  bit for bit.
- **a dead block is an error**: a block at a child that is never called raises, naming it.
- **incremental**: `IncrementalForward` gives the plain pass at five working points, visited twice, within 1e-5 of the
  output's own size; or it falls back to plain passes and says why.
- **train**: after three steps every block has had a gradient, and the main network is as it was.
- **save and load**: blocks from a file give the output again, bit for bit.
- **unchanged**: after `detach`, output, state dict, attributes, modes, `requires_grad`, hooks and picklability are as
  before.

"""


def summary(answers: Sequence[Answers]) -> str:
    """One row for each family, one for all."""
    families = list(dict.fromkeys(answer.family for answer in answers))
    rows = [_row(family, [answer for answer in answers if answer.family == family]) for family in families]
    head = ["family", "networks", *QUESTIONS[:2], "incremental / falls back / wrong", "train (not by itself)",
            *QUESTIONS[4:]]  # fmt: skip
    return _table(head, [*rows, _row("all", answers)])


def page(answers: Sequence[Answers], kept: int) -> str:
    """docs/any_network.md.

    Args:
        kept: how many networks the zoo keeps.
    """
    distributions = {"segmentation_models_pytorch": "segmentation-models-pytorch"}
    families = dict.fromkeys(answer.family for answer in answers)
    packages = ", ".join(f"{name} {importlib.metadata.version(distributions.get(name, name))}" for name in families)
    parts = [INTRODUCTION.format(packages=f"torch {importlib.metadata.version('torch')}, {packages}")]
    if len(answers) < kept:
        parts += [f"Asked so far: {len(answers)} networks of the {kept} in the zoo, in several runs.\n\n"]
    parts += [summary(answers), "\n\n", _speed(answers)]
    parts += _listed("Falls back to plain passes", answers, lambda answer: answer.fall_back)
    parts += _listed("Gives no gradients without us, either", answers, lambda answer: answer.alone)
    parts += _listed(
        "Wrong", answers, lambda answer: "; ".join(f"{question}: {what}" for question, what in answer.wrong.items())
    )
    parts += ["\n## All of them\n\n"]
    for family in families:
        names = ", ".join(answer.name for answer in answers if answer.family == family)
        parts += [f"- {family}: {names}\n"]
    return "".join(parts)


def _row(name: str, answers: Sequence[Answers]) -> list[str]:
    def right(question: str) -> int:
        return sum(question not in answer.wrong for answer in answers if answer.paths)

    wrong = sum("incremental" in answer.wrong for answer in answers)
    back = sum(bool(answer.fall_back) and "incremental" not in answer.wrong for answer in answers)
    alone = sum(bool(answer.alone) for answer in answers)
    trained = right("train") - alone
    return [name, str(len(answers)), str(right(QUESTIONS[0])), str(right(QUESTIONS[1])),
            f"{right('incremental') - back} / {back} / {wrong}", f"{trained} ({alone})",
            str(right(QUESTIONS[4])), str(right(QUESTIONS[5]))]  # fmt: skip


def _speed(answers: Sequence[Answers]) -> str:
    shared = [answer.shared for answer in answers if answer.shared is not None]
    last = [answer.last for answer in answers if answer.last is not None]
    if not shared or not last:
        return ""
    return (
        f"Where it is incremental, a re-render takes {median(shared):.2f} of a plain pass's time in the median when "
        f"all alphas change (largest {max(shared):.2f}), {median(last):.2f} when the last block's does.\n"
    )


def _listed(title: str, answers: Sequence[Answers], what: Callable[[Answers], str]) -> list[str]:
    found = [(answer, what(answer)) for answer in answers if what(answer)]
    lines = [f"- {answer.family} {answer.name}: {text}\n" for answer, text in found]
    return [f"\n## {title} ({len(found)})\n\n", *(lines or ["None.\n"])]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
