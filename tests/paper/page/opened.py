"""The page as a reader meets it, from disk, in Chromium with a webcam of its own invention."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.browser.lab import BROWSER_ARGUMENTS

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Page

WAIT = 240  # seconds, for a busy machine
ARGUMENTS = [*BROWSER_ARGUMENTS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

_VIEW = """name => {
    const encoded = array => {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        let text = "";
        for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
        return btoa(text);
    };
    const {input, alphas, network, pixels, measures, ms} = dynnetViews[name].last;
    const given = Object.entries(alphas).map(([block, {data, dims}]) => [block, {data: encoded(data), dims}]);
    return {x: {data: encoded(input.data), dims: input.dims}, alphas: Object.fromEntries(given), network, measures, ms,
            pixels: encoded(pixels)};
}"""


class OpenedPage:
    """The page with what it said and asked for since it was opened."""

    def __init__(self, browser: "Browser", path: Path, **options: Any):
        self.context = browser.new_context(accept_downloads=True, **options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * WAIT)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self._heard("error", str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        begun = time.monotonic()
        self.page.goto(path.resolve().as_uri(), wait_until="commit")
        self.until("Number(document.querySelector('#fig3 canvas')?.dataset.pictures) > 0")
        self.first = time.monotonic() - begun
        self.until("document.documentElement.dataset.ready === 'yes'")

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def until(self, condition: str | Callable[[], bool]) -> None:
        """By asking again and again: the page's policy forbids what Playwright waits by."""
        end = time.monotonic() + WAIT
        while not (condition() if callable(condition) else self.page.evaluate(condition)):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {WAIT} seconds: {condition}")
            time.sleep(0.1)

    def show(self, section: str) -> None:
        """Scrolls to a section, whose pictures then are there."""
        self.page.evaluate("id => document.getElementById(id).scrollIntoView()", section)
        self.until(f"[...document.querySelectorAll('#{section} figure')].every(f => !f.classList.contains('waiting'))")
        self.settled(section)

    def settled(self, section: str) -> None:
        """Waits until no more pictures come."""
        count = f"[...document.querySelectorAll('#{section} canvas')].map(c => c.dataset.pictures).join()"
        busy = f"Object.keys(dynnetViews).some(n => n.startsWith('{section}') && dynnetViews[n].busy)"
        before = None
        while before != (before := self.page.evaluate(count)) or self.page.evaluate(busy):
            time.sleep(0.5)

    def move(self, section: str, index: int, value: float) -> None:
        """Lets go of a slider at a value."""
        script = """([id, index, value]) => {
            const range = document.querySelectorAll(`#${id} input[type=range]`)[index];
            range.value = value;
            range.dispatchEvent(new Event("input", {bubbles: true}));
            range.dispatchEvent(new Event("change", {bubbles: true}));
        }"""
        self.page.evaluate(script, [section, index, value])
        self.settled(section)

    def view(self, name: str) -> dict[str, Any]:
        """What a view shows: its input, alphas, network, pixels (H, W, 3) and measures."""
        found = self.page.evaluate(_VIEW, name)
        found["x"] = _array(found["x"]["data"], np.float32).reshape(found["x"]["dims"])
        found["alphas"] = {
            block: _array(alpha["data"], np.float32).reshape(alpha["dims"]) for block, alpha in found["alphas"].items()
        }
        found["pixels"] = _array(found["pixels"], np.uint8)
        return found


def _array(text: str, kind: type) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind).copy()
