"""`dynnet render` and `dynnet nets`: pictures from the shell, whole folders of them, and films."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from dynnet.errors import DynnetError

STDIN = "-"
DEFAULT_NET = "starry_night_wide"

Inputs = Annotated[list[str], typer.Argument(help="pictures, films, folders, or - for a picture from stdin to stdout")]
Net = Annotated[str, typer.Option(help="a name that `dynnet nets` lists, a folder of your training, a file of blocks")]


def render(
    inputs: Inputs,
    net: Net = DEFAULT_NET,
    alpha: Annotated[str, typer.Option(help="0.5; res3=1,out=-0.5; a list 0,0.25,0.5; over time 0..1")] = "1",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="a file, or a folder; default rendered/")] = None,
    mask: Annotated[Path | None, typer.Option(help="a picture whose grey is α, white for --alpha itself")] = None,
    keep_colours: Annotated[bool, typer.Option("--keep-colours", help="the photo's colours")] = False,
    equal_steps: Annotated[bool, typer.Option("--equal-steps", help="equal steps of α change a picture alike")] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="a list of α on one contact sheet")] = False,
    size: Annotated[int | None, typer.Option(min=16, help="pixels of the longer side, at most")] = None,
    frames: Annotated[int, typer.Option(min=2, help="of a walk of one picture")] = 48,
    fps: Annotated[float, typer.Option(min=1, max=240, help="frames a second of a walk")] = 24.0,
    quality: Annotated[int, typer.Option(min=1, max=100, help="of JPEG and WebP")] = 92,
    metadata: Annotated[bool, typer.Option("--metadata/--no-metadata", help="keep what the camera wrote")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace files that this did not write")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "cpu",
    precision: Annotated[str, typer.Option(help="32-true, bf16-mixed or 16-mixed")] = "32-true",
    threads: Annotated[int | None, typer.Option(min=1, help="to compute with; default the idle cores")] = None,
) -> None:
    """Render pictures and films with a network and its tuning-blocks, at any α."""
    from dynnet.paper.render.batch import Batch, new_painter
    from dynnet.paper.render.look import Look
    from dynnet.paper.render.mask import Mask
    from dynnet.paper.render.pictures import Form, render_picture
    from dynnet.paper.render.strengths import strengths
    from dynnet.paper.render.termination import ends_in_order

    form = Form(quality, metadata, size, sheet, frames, fps)
    wanted = strengths(alpha)
    if sheet and any(one.moves for one in wanted):
        raise DynnetError(f"--sheet: expected a list of numbers as --alpha, got {alpha}")
    look = Look(wanted, Mask(mask) if mask else None, keep_colours, equal_steps)
    from_stdin = STDIN in inputs
    if from_stdin and len(inputs) > 1:
        raise DynnetError("expected - alone, for a picture from stdin, got other inputs with it")
    painter = new_painter(net, device, precision, threads)
    look.check(painter.net)
    if not from_stdin:
        batch = Batch(painter, look, form, overwrite)
        with ends_in_order():
            batch.run([Path(one) for one in inputs], out)
        batch.tell(typer.echo)
        return
    content = sys.stdin.buffer.read()
    with TemporaryDirectory() as folder:
        file = out or Path(folder) / f"picture{_suffix_of(content, look.strengths[0].moves)}"
        if len(wanted) > 1 and not sheet:
            raise DynnetError(f"--alpha {alpha}: expected one for a picture from stdin; --sheet takes several")
        render_picture(content, [file], painter, look, form)
        if out is None:
            sys.stdout.buffer.write(file.read_bytes())
            sys.stdout.buffer.flush()


def nets(
    show: Annotated[Path | None, typer.Option(help="write each network's strip of α to this picture file")] = None,
    picture: Annotated[Path | None, typer.Option(help="what is rendered on it; default a cat")] = None,
) -> None:
    """What pictures can be rendered with: `dynnet render --net NAME`."""
    from dynnet.paper.locations import CHECKPOINTS
    from dynnet.paper.render.networks import assembled, shipped
    from dynnet.paper.render.strips import save_strips

    known = shipped()
    found = {name: assembled(recipe, blocks, CHECKPOINTS) for name, (recipe, blocks) in known.items()}
    for name, net in found.items():
        typer.echo(f"{name:22} {known[name][0].title}; α of {', '.join(net.sets or net.names)}")
    if show is not None:
        save_strips(found, show, picture)
        typer.echo(f"wrote {show}")


def _suffix_of(content: bytes, walk: bool) -> str:
    """The suffix of what goes to stdout: of the kind that came in; a walk is WebP."""
    from dynnet.paper.data import png

    if walk or content[8:12] == b"WEBP":
        return ".webp"
    return ".png" if content.startswith(png.SIGNATURE) else ".jpg"
