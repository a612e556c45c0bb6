"""The numbers of README.md and docs/: each from a record, a recipe, the manifest, or a table that a command wrote."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pandas as pd

from dynnet.checkpoints import read_manifest
from dynnet.errors import DynnetError
from dynnet.paper.locations import CHECKPOINTS, FIGURES, PROJECT
from dynnet.paper.recipe import application_names, load_recipe, recipe_names
from dynnet.paper.report.claims import read_records
from dynnet.paper.report.documents import write_generated
from dynnet.paper.report.figures import all_figures, all_notebooks
from dynnet.paper.report.notebooks import NOTEBOOKS
from dynnet.paper.report.tables import claims_markdown, figures_markdown, markdown
from dynnet.paper.show.plots import lambda_text

DOCUMENTED = (
    "claims",
    "speed",
    "differences",
    "remedies/README",
    "rates/README",
    "seeds/README",
    "starry_night/README",
)
DOCUMENTS = tuple(PROJECT / name for name in ("README.md", *(f"docs/{page}.md" for page in DOCUMENTED)))
SPEED = PROJECT / "docs" / "speed.csv"
BUSY = PROJECT / "docs" / "busy.csv"
PAGE_SPEED = PROJECT / "docs" / "page.csv"
REMEDIES = PROJECT / "docs" / "remedies"
RATES = PROJECT / "docs" / "rates" / "measured.csv"
SEEDS = PROJECT / "docs" / "seeds"
STARRY_NIGHT = PROJECT / "docs" / "starry_night"
PAPER_PROFILE = PROJECT / "docs" / "paper_profile.csv"
PAPER_PROFILE_GPU = PROJECT / "docs" / "paper_profile_gpu.csv"


def write_documents(figures: Path = FIGURES) -> list[Path]:
    """Makes the generated parts of every document anew; returns those that changed.

    Raises:
        DynnetError: a document names a part that there is not, or a record or table is missing.
    """
    return [path for path in DOCUMENTS if write_generated(path, parts(figures))]


def parts(figures: Path = FIGURES) -> Callable[[str], str]:
    """name of a generated part -> its content.

    A name is one of the tables below, or the place of a number in a recipe: `fig3 cpu profile.main.steps`.
    """
    tables: dict[str, Callable[[], str]] = {
        "figures": lambda: _figures(figures),
        "claims": lambda: claims_markdown(read_records(figures)),
        "speed": lambda: _speed(pd.read_csv(SPEED)),
        "beside busy processes": lambda: _as_measured(BUSY),
        "speed of the page": lambda: _speed(pd.read_csv(PAGE_SPEED)),
        "minutes of notebooks": lambda: _minutes_of_notebooks(figures),
        "minutes of trainings": _minutes_of_trainings,
        "photos": lambda: f"{_photos():,}",
        "applications": lambda: ", ".join(f"`{name}/`" for name in application_names()),
        "paper profile": lambda: _paper_profile(pd.read_csv(PAPER_PROFILE)),
        "paper profile on a GPU": lambda: _paper_profile(pd.read_csv(PAPER_PROFILE_GPU), digits=(3, 1)),
        "days of the paper profile": lambda: f"{_days(pd.read_csv(PAPER_PROFILE)):.0f}",
        "remedies": lambda: _remedies(pd.read_csv(REMEDIES / "measured.csv")),
        "rates": lambda: _as_measured(RATES),
        "seeds fig3": lambda: _as_measured(SEEDS / "fig3.csv"),
        "starry night": lambda: _as_measured(STARRY_NIGHT / "measured.csv"),
        "sizes of blocks": lambda: _as_measured(STARRY_NIGHT / "sizes.csv"),
        "errors of vgg19_lite": _errors_of_vgg19_lite,
        "pictures through vgg19_lite": _pictures_through_vgg19_lite,
    }
    others = [path for path in REMEDIES.glob("*.csv") if path.stem != "measured"]
    tables |= {f"remedies {path.stem}": partial(_as_measured, path) for path in others}

    def part(name: str) -> str:
        if name in tables:
            return tables[name]()
        figure, _, rest = name.partition(" ")
        if figure in recipe_names() and rest.count(" ") == 1:
            return setting(figure, *rest.split(" "))
        raise DynnetError(f"no generated part {name!r}; there are {', '.join(tables)}, and numbers of recipes")

    return part


def setting(figure: str, profile: str, place: str) -> str:
    """A number of a recipe as a reader writes it: `profile.main.steps`, or `networks.main.lambda_style`.

    Raises:
        DynnetError: the recipe has nothing at that place.
    """
    found = _content(figure, profile)
    for step in place.split("."):
        if isinstance(found, tuple | list):
            found = {entry["name"]: entry for entry in found}
        if not isinstance(found, dict) or step not in found:
            raise DynnetError(f"the recipe {figure}, profile {profile}, has no {place!r}: nothing at {step!r}")
        found = found[step]
    return setting_text(found)


def setting_text(value: object) -> str:
    """5000 -> 5,000; 0.003 -> 3·10⁻³; 2e4 -> 2·10⁴; 0.5 -> 0.5"""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == int(value) and (isinstance(value, int) or abs(value) < 1000):
        return f"{int(value):,}"
    if 0.01 <= abs(value) < 1000:
        return f"{value:g}"
    return lambda_text(value)


@cache
def _content(figure: str, profile: str) -> dict[str, object]:
    return load_recipe(figure, profile).model_dump()


def _figures(folder: Path) -> str:
    records = {record.figure: record for record in read_records(folder)}
    return figures_markdown(all_figures(all_notebooks(NOTEBOOKS)), records, NOTEBOOKS.name)


def _minutes_of_notebooks(folder: Path) -> str:
    rows = [(record.figure, f"{record.seconds / 60:.1f}") for record in read_records(folder)]
    total = sum(record.seconds for record in read_records(folder)) / 60
    return markdown(("figure", "minutes of its notebook"), [*rows, ("all of them", f"{total:.0f}")])


def _minutes_of_trainings() -> str:
    manifest = read_manifest(CHECKPOINTS)
    rows = []
    for recipe in recipe_names():
        entries = [entry for path, entry in manifest.items() if f"/{recipe}/" in path]
        on_gpu = [entry["minutes"] for entry in entries if "--device cuda" in entry["command"]]
        on_core = [entry["minutes"] for entry in entries if "--device cuda" not in entry["command"]]
        if entries:
            rows.append((recipe, len(entries), f"{sum(on_core):.0f}", f"{sum(on_gpu):.0f}" if on_gpu else ""))
    return markdown(("recipe", "networks", "minutes of training", "on a GPU"), rows)


def _photos() -> int:
    """How many photographs Figure 3's main network was trained on."""
    return int(read_manifest(CHECKPOINTS)["cpu/fig3/main.safetensors"]["data"].split(" x ")[0])


def _speed(table: pd.DataFrame) -> str:
    against = table["compared with"].fillna("")
    compared = [f"{r:.3g} x {other}" if other else "" for r, other in zip(table.ratio, against, strict=True)]
    rows = [(r.what, f"{r.value:.2f} {r.unit}", c) for r, c in zip(table.itertuples(), compared, strict=True)]
    return markdown(("what", "measured", "against"), rows)


def _paper_profile(table: pd.DataFrame, digits: tuple[int, int] = (2, 0)) -> str:
    """Networks that differ by their seed alone, `along_0` and `along_1`, share a row."""
    table = table.assign(hours=_hours(table), like=table.network.str.replace(r"_\d$", "", regex=True))
    rows = [
        (
            recipe,
            like if len(same) == 1 else f"{like} ({len(same)})",
            f"{_paper_steps(recipe, same.network.iloc[0]):,}",
            f"{same.seconds.mean():.{digits[0]}f}",
            f"{same.memory.max():.1f}",
            f"{same.hours.sum():,.{digits[1]}f}",
        )
        for (recipe, like), same in table.groupby(["recipe", "like"], sort=False)
    ]
    total = ("all of them", len(table), "", "", f"{table.memory.max():.1f}", f"{table.hours.sum():,.0f}")
    return markdown(("recipe", "network", "steps", "seconds a step", "memory, GB", "hours"), [*rows, total])


def _days(table: pd.DataFrame) -> float:
    """Of two cores, each of which trains networks of its own."""
    return float(_hours(table).sum()) / 24 / 2


def _hours(table: pd.DataFrame) -> pd.Series:
    steps = [_paper_steps(*names) for names in zip(table.recipe, table.network, strict=True)]
    return table.seconds * steps / 3600


def _paper_steps(recipe: str, network: str) -> int:
    found = load_recipe(recipe, "paper")
    return found.phase(found.network(network)).steps


def _remedies(table: pd.DataFrame) -> str:
    columns = ("networks", "λ", "cost at α = 0", "best α", "cost there", "cost at α = 1", "best at 0 < α < 1")
    shares = table.pop("interior").map(lambda share: f"{share:.0%}", na_action="ignore")
    return markdown(columns, table.assign(interior=shares).astype(object).fillna("").to_numpy().tolist())


def _as_measured(path: Path) -> str:
    table = pd.read_csv(path)
    return markdown(list(table), table.astype(object).fillna("").to_numpy().tolist())


def _errors_of_vgg19_lite() -> str:
    errors = read_manifest(CHECKPOINTS)["vgg19_lite.safetensors"]["relative_errors"]
    taps = list(errors["end"]["feature"])
    rows = [
        (f"relative {kind} error, {when}", *(f"{errors[moment][kind][tap]:.4f}" for tap in taps))
        for kind in ("feature", "gram")
        for when, moment in (("before fine-tuning", "start"), ("after it", "end"))
    ]
    return markdown(("on held-out photos", *taps), rows)


def _pictures_through_vgg19_lite() -> str:
    painted = read_manifest(CHECKPOINTS)["vgg19_lite.safetensors"]["painted_style_losses"]
    columns = ("before", "through_vgg19", "through_student", "ratio")
    rows = [(name.replace("_", " "), *(f"{losses[c]:.3g}" for c in columns)) for name, losses in painted.items()]
    return markdown(("style", "before", "through VGG19", "through vgg19_lite", "ratio"), rows)
