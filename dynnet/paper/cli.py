"""The command line: `dynnet render|nets|train|reproduce|report|page|status|distill|bench|data|list`."""

import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from dynnet.errors import DynnetError, one_line
from dynnet.paper.home import writable_home
from dynnet.paper.locations import CACHE, CACHE_VARIABLE, CHECKPOINTS, DOWNLOADS, FIGURES, RUNS
from dynnet.paper.recipe import load_recipe, recipe_names
from dynnet.paper.render.command import nets, render

_FOLDERS = ("--data", "--out", "--runs", "--cache")

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Profile = Annotated[str, typer.Option(help="smoke, cpu or paper")]
Figures = Annotated[Path, typer.Option(help="folder of the figures and their records")]
Data = Annotated[Path | None, typer.Option(help="data root; default DYNNET_DATA, or scikit-image's photographs")]
Cache = Annotated[Path, typer.Option(help="folder of decoded pictures")]
Build = Annotated[Path | None, typer.Option(help="folder of executed notebooks and the page; default build/")]


app.command()(render)
app.command()(nets)


@app.command("list")
def list_recipes() -> None:
    """The recipes there are, and the networks each trains."""
    for name in recipe_names():
        recipe = load_recipe(name)
        typer.echo(f"{name:8} {recipe.title}: {', '.join(network.name for network in recipe.networks)}")


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="a recipe's name, or a TOML file")],
    profile: Profile = "cpu",
    style: Annotated[Path | None, typer.Option(help="a picture file instead of the recipe's style")] = None,
    only: Annotated[list[str] | None, typer.Option(help="train these networks only")] = None,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="folder that receives the checkpoints")] = CHECKPOINTS,
    runs: Annotated[Path, typer.Option(help="states of unfinished networks")] = RUNS,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "cpu",
    devices: Annotated[int, typer.Option(help="how many of them")] = 1,
    precision: Annotated[str, typer.Option(help="32-true, bf16-mixed or 16-mixed; default the recipe's")] = "",
    steps: Annotated[int | None, typer.Option(min=1, help="of each network; default the recipe's")] = None,
    stable: Annotated[float | None, typer.Option(help="against flicker: weight of changes by noise, e.g. 0.1")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="of everything drawn; default the recipe's")] = None,
    cache: Cache = CACHE,
) -> None:
    """Train the networks behind a figure; a killed run goes on where it stopped."""
    from dynnet.paper.data.roots import data_root
    from dynnet.paper.devices import new_launcher
    from dynnet.paper.run import Folders, train_recipe

    loaded = load_recipe(recipe, profile, style, precision, steps, stable, seed)
    launcher = new_launcher(device, devices, loaded.profile.precision)
    folders = Folders(data_root(data), out, runs, cache)
    for path in train_recipe(loaded, folders, launcher, only or (), _command()):
        typer.echo(f"wrote {path}")


@app.command()
def reproduce(
    figure: Annotated[str, typer.Argument(help="fig3, ..., a notebook's name, or all")],
    profile: Profile = "cpu",
    out: Annotated[Path, typer.Option(help="folder that receives the figures' files")] = FIGURES,
    device: Annotated[str, typer.Option(help="cpu, cuda or mps")] = "cpu",
    build: Build = None,
    cache: Cache = CACHE,
    jobs: Annotated[int, typer.Option(min=1, help="notebooks at a time, which share the cores")] = 1,
) -> None:
    """Run a figure's notebook headless, from the shipped checkpoints; with `all`, every notebook, and report.

    Ends with a line per figure: claims that hold, seconds, and the largest change against the record that was there.
    """
    from dynnet.atomic import check_writable
    from dynnet.paper.data.roots import VARIABLE, data_root
    from dynnet.paper.devices import check_device
    from dynnet.paper.process import share_threads
    from dynnet.paper.report.figures import all_notebooks, notebook_of
    from dynnet.paper.report.notebooks import EXECUTED, NOTEBOOKS
    from dynnet.paper.report.page import write_report
    from dynnet.paper.report.reproduction import Outcome, side_by_side

    check_device(device)
    build = build or EXECUTED
    notebooks = all_notebooks(NOTEBOOKS) if figure == "all" else [notebook_of(figure, NOTEBOOKS)]
    for folder in (out, build):
        check_writable(folder)  # now, rather than after minutes of work
    if cache != CACHE:
        os.environ[CACHE_VARIABLE] = str(cache.resolve())
    if root := data_root():
        os.environ[VARIABLE] = str(root.resolve())  # a notebook runs in its own folder
    failures: dict[str, str] = {}
    outcomes: list[Outcome] = []
    at_a_time = share_threads(len(notebooks), jobs)
    for notebook, run in side_by_side(notebooks, {"profile": profile, "device": device}, out, build, at_a_time):
        if error := run.exception():  # a kernel that died, too
            failures[notebook.stem] = one_line(error)
        else:
            outcomes += run.result().outcomes
        typer.echo(f"{notebook.stem:24}{f'failed: {one_line(error)}' if error else run.result()}")
    if figure == "all":
        typer.echo(f"wrote {write_report(out, NOTEBOOKS, build, failures)}")
    elif not failures:
        typer.echo(f"{f'figures in {out}/, ' if outcomes else ''}notebook {build / notebooks[0].name}")
    for outcome in outcomes:
        typer.echo(outcome)
    if failures:
        raise DynnetError(f"{len(failures)} of {len(notebooks)} notebooks failed: {', '.join(failures)}")


@app.command()
def report(figures: Figures = FIGURES, build: Build = None) -> None:
    """Write build/index.html from the figures and the executed notebooks there are; runs nothing."""
    from dynnet.paper.report.notebooks import EXECUTED, NOTEBOOKS
    from dynnet.paper.report.page import write_report

    typer.echo(f"wrote {write_report(figures, NOTEBOOKS, build or EXECUTED)}")


@app.command()
def page(
    build: Annotated[Path | None, typer.Option(help="folder that receives it; default build/page")] = None,
) -> None:
    """Write the figures as one page that runs the networks in a browser, and beside it the executed notebooks.

    npm is needed once.
    """
    from dynnet.paper.page.build import FOLDER, write_page
    from dynnet.paper.page.notebooks import FOLDER as NOTEBOOKS

    path = write_page(build or FOLDER)
    beside = len(list((path.parent / NOTEBOOKS).glob("*.html")))
    typer.echo(
        f"wrote {path}, {path.stat().st_size / 1e6:.1f} MB; notebooks beside it: {beside or 'none was executed'}"
    )


@app.command()
def status(
    figures: Figures = FIGURES,
    write: Annotated[bool, typer.Option("--write", help="make the numbers of README.md and docs/ anew")] = False,
) -> None:
    """What is reproduced: every claim with its number, band and verdict."""
    from dynnet.paper.numbers import write_documents
    from dynnet.paper.report.claims import read_records
    from dynnet.paper.report.tables import as_text, status_table

    typer.echo(as_text(status_table(read_records(figures))))
    if write:
        for path in write_documents(figures):
            typer.echo(f"wrote {path}")


@app.command()
def distill(
    teacher: Annotated[str, typer.Option(help="an npz of VGG19's weights, or 'imagenet' for torchvision's")] = "",
    steps: Annotated[int, typer.Option(help="fine-tuning steps")] = 2000,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="folder that receives vgg19_lite.safetensors")] = CHECKPOINTS,
    runs: Annotated[Path, typer.Option(help="state of an unfinished run")] = RUNS,
    cache: Cache = CACHE,
) -> None:
    """Make the feature network vgg19_lite from VGG19."""
    from dynnet.paper.data.roots import data_root
    from dynnet.paper.style.distillation.run import distill_to

    path, entry = distill_to(out, data_root(data), teacher, steps, runs, cache, _command())
    for kind, taps in entry["relative_errors"]["end"].items():
        typer.echo(f"relative {kind} error: " + ", ".join(f"{tap} {value:.4f}" for tap, value in taps.items()))
    for name, losses in entry.get("painted_style_losses", {}).items():
        typer.echo(f"painted as {name}: {losses['ratio']:.2f} x the style loss reached through VGG19")
    typer.echo(f"wrote {path}")


@app.command()
def bench(
    repeats: Annotated[int, typer.Option(help="timings of each action; the median counts")] = 25,
    write: Annotated[bool, typer.Option("--write", help="keep the table, in docs/speed.csv and docs/speed.md")] = False,
) -> None:
    """Speed and memory, as ratios measured in one run."""
    from dynnet.paper.bench import bench as measure_all
    from dynnet.paper.numbers import SPEED, write_documents

    table = measure_all(repeats)
    if write:
        table.round(4).to_csv(SPEED, index=False)
        write_documents(FIGURES)
    for what, value, unit, other, ratio in table.itertuples(index=False):
        compared = f"{ratio:.3g} x {other}" if other else ""
        typer.echo(f"{what:52} {value:9.2f} {unit:7} {compared}")


@app.command("data")
def fetch(root: Annotated[Path, typer.Option(help="data root to fill")] = DOWNLOADS) -> None:
    """Fetch what the paper profile needs: CelebA (1.4 GB), MS-COCO train2014 (13 GB), torchvision's VGG16 (528 MB)."""
    from dynnet.paper.data.coco import download_coco
    from dynnet.paper.faces.celeba import download_celeba
    from dynnet.paper.style.losses.features import feature_network

    download_celeba(root)
    download_coco(root)
    feature_network("vgg16")
    typer.echo(f"{root} is ready for --profile paper")


def main() -> None:
    """Entry point: a mistake in the input, or of the disk, is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # α on a cp1252 terminal, names of files that are no UTF-8
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("dynnet").setLevel(logging.INFO)
    try:
        with writable_home():
            app()
    except BrokenPipeError:  # as of `dynnet status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except DynnetError as error:
        typer.echo(f"dynnet: {one_line(error)}", err=True)
        sys.exit(2)
    except OSError as error:  # the disk's, not the program's
        where = f" at {error.filename}" if error.filename else ""
        typer.echo(f"dynnet: {error.strerror or one_line(error)}{where}; check the disk and the permissions", err=True)
        sys.exit(2)


def _command() -> str:
    """What was called, for the manifest: without the folders of one machine, and files by their names."""
    kept: list[str] = []
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if option not in _FOLDERS:
            kept.append(f"{option}={_name(value)}" if equals else _name(argument))
        elif not equals:
            next(arguments, None)  # its folder
    return shlex.join(["dynnet", *kept])


def _name(argument: str) -> str:
    return Path(argument).name if Path(argument).is_absolute() else argument
