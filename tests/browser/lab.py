"""JupyterLab as a reader meets it: a server with settings of its own, and a page of it with one notebook."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Locator

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = (
    "--no-sandbox",  # root cannot have one, and the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Seconds, for a busy machine.
START, RUN, MOVE = 180, 600, 120

_LAB = (
    "-m",
    "jupyterlab",
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",  # no look-up on the network
)
_FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
}
_OUTPUT = ".jp-OutputArea-output"
# A queued cell has a star, a finished one a number. After an error, cells that were queued have neither.
_FINISHED = """() => {
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(prompt => prompt.textContent);
    return prompts.some(text => /[0-9]/.test(text)) && !prompts.some(text => text.includes("*"));
}"""
# Pixels, not addresses: a widget gives its picture a new address with every message. Null: still loading.
_PIXELS = """images => images.map(image => {
    if (!image.complete || !image.naturalWidth) return null;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL();
})"""
# Of 8 x 8 pixels shown in 64 x 32 say so; a place rounded to whole pixels does not.
_DISTORTED = """images => images.flatMap(image => {
    const [width, height] = [image.naturalWidth ?? image.width, image.naturalHeight ?? image.height];
    const place = image.getBoundingClientRect();
    const right = Math.abs(place.width / place.height * height / width - 1) < 0.02;
    return right ? [] : [`${width} x ${height} shown as ${Math.round(place.width)} x ${Math.round(place.height)}`];
})"""


def browser_path() -> str | None:
    """Where the machine has a Chromium of its own, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium(arguments: Sequence[str] = BROWSER_ARGUMENTS) -> Iterator["Browser"]:
    """A headless Chromium, the machine's own; the test is skipped where there is none, or no playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason='no playwright: pip install -e ".[browser]"')
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=path, args=list(arguments))


@contextmanager
def running_lab(folder: Path, own: Path) -> Iterator[Callable[[str], str]]:
    """JupyterLab on `folder`, all its settings in the folder `own`; yields the address of a notebook, by name.

    Raises:
        RuntimeError: it did not start; the message has its log.
    """
    theirs = ("JUPYTER", "IPYTHON", "MPLBACKEND")  # a reader's kernel draws with Jupyter's own backend, not with Agg
    env = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    env |= {name: str(own / place) for name, place in _FOLDERS.items()} | {"JUPYTER_TOKEN": secrets.token_hex()}
    port = _free_port()
    own.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, *_LAB, f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    with open(own / "log", "w") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as server:
        try:
            _before(START, lambda: _listens(port) or server.poll() is not None)
            if not _listens(port):
                raise RuntimeError(f"JupyterLab did not start:\n{(own / 'log').read_text()}")
            yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={env['JUPYTER_TOKEN']}"
        finally:
            server.terminate()  # it ends its kernels


class NotebookPage:
    """A notebook open in JupyterLab, its kernel ready.

    An *explorer* is an output with sliders and pictures.
    """

    def __init__(self, browser: "Browser", address: str, path: Path):
        self._path = path
        self.page = browser.new_page(viewport={"width": 1400, "height": 900})
        self.page.set_default_timeout(1000 * START)
        self.page.goto(address, wait_until="commit")
        self._wait_for_idle()

    def run_all(self) -> list[str]:
        """Runs all cells, and answers with what went wrong: errors, and cells that were left out.

        Read from the notebook as it is saved: on the page, an error looks like any other text on stderr.
        """
        self._choose("Run", "Run All Cells")
        self.page.wait_for_function(_FINISHED, timeout=1000 * RUN)
        self._wait_for_idle()
        cells = [cell for cell in self._saved().cells if cell.cell_type == "code"]
        outputs = [output for cell in cells for output in cell.outputs]
        wrong = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
        left_out = sum(cell.execution_count is None for cell in cells)
        return wrong + ([f"{left_out} of {len(cells)} cells did not run"] if left_out else [])

    def explorers(self) -> list["Locator"]:
        """The outputs with sliders."""
        sliders = self.page.locator(".widget-slider")
        return self.page.locator(_OUTPUT).filter(has=sliders).all()

    def _saved(self) -> nbformat.NotebookNode:
        last = self._path.stat().st_mtime_ns
        self._choose("File", "Save Notebook")
        if not _before(MOVE, lambda: self._path.stat().st_mtime_ns > last and _is_whole(self._path)):
            raise TimeoutError(f"{self._path.name} is not saved after {MOVE} seconds")
        return nbformat.read(self._path, as_version=4)

    def _choose(self, menu: str, item: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_text(item, exact=True).click()

    def _wait_for_idle(self) -> None:
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()


def pictures(explorer: "Locator") -> list[str]:
    """What an explorer shows once nothing moves any more, one text of pixels per picture.

    Raises:
        TimeoutError: a picture does not load, or they go on changing.
    """
    images, seen = explorer.locator("img.widget-image"), [None]

    def at_rest() -> bool:
        last, seen[:] = list(seen), images.evaluate_all(_PIXELS)
        return None not in seen and seen == last

    if not _before(MOVE, at_rest, every=1.0):
        raise TimeoutError(f"{images.count()} pictures are not at rest after {MOVE} seconds")
    return seen


def distorted(explorer: "Locator") -> list[str]:
    """The pictures of an explorer that are shown in other proportions than their own, by their sizes in pixels."""
    return explorer.locator("img, canvas").evaluate_all(_DISTORTED)


def changed(explorer: "Locator", before: list[str], seconds: float = MOVE) -> bool:
    """Whether an explorer comes to show another picture than before."""
    return _before(seconds, lambda: pictures(explorer) != before)


def move(slider: "Locator", steps: int = 10) -> tuple[str, str]:
    """Moves a slider with the arrow key, to the right if there is room; its value before and after."""
    handle = slider.locator(".noUi-handle")
    handle.scroll_into_view_if_needed()
    before = handle.get_attribute("aria-valuenow")
    key = "ArrowLeft" if before == handle.get_attribute("aria-valuemax") else "ArrowRight"
    for _ in range(steps):
        handle.press(key)
    return before, handle.get_attribute("aria-valuenow")


def _before(seconds: float, happens: Callable[[], bool], every: float = 0.3) -> bool:
    end = time.monotonic() + seconds
    while not (there := happens()) and time.monotonic() < end:
        time.sleep(every)
    return there


def _is_whole(notebook: Path) -> bool:
    """Not while the server is writing it, which it does in place."""
    try:
        json.loads(notebook.read_text())
    except json.JSONDecodeError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
