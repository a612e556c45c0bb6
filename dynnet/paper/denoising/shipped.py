"""What a notebook shows where the packages of others are not installed: one line, and the figure that ships."""

from collections.abc import Sequence
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, Markdown, display

from dynnet.paper.locations import FIGURES
from dynnet.paper.show.plots import image_html


def show_shipped(figure: str, alt: str, missing: Sequence[str], folder: Path = FIGURES) -> None:
    """Says which packages are missing and how to get them, and shows the figure as it was made with them."""
    line = f'Not installed: {", ".join(missing)}. `pip install "dynnet[strangers]"` brings them; '
    picture = folder / f"{figure}.png"
    if not picture.is_file():
        display(Markdown(f"{line} until then there is nothing to see here."))
        return
    display(Markdown(f"{line}until then, this is the figure as it ships, and no cell below does anything."))
    display(_image(picture, alt))


def leave_out_the_rest(shell: InteractiveShell) -> None:
    """From now on, until the kernel starts anew, cells do nothing: what they need is not there."""
    shell.input_transformers_cleanup.append(lambda lines: [])


def _image(picture: Path, alt: str) -> HTML:
    return image_html(picture.read_bytes(), "png", alt)
