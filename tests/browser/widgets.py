"""A widget's script on an empty page, with a model of our own in the place of a kernel's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Page

_SHOW = """globalThis.show = values => {
    const heard = {}, saved = [];
    globalThis.model = {
        get: name => values[name],
        set: (name, value) => (values[name] = value, (heard[`change:${name}`] ?? []).forEach(call => call())),
        on: (name, call) => (heard[name] ??= []).push(call),
        off: (name, call) => (heard[name] = heard[name].filter(one => one !== call)),
        save_changes: () => saved.push({...values}),
        saved,
    };
    const el = document.body.appendChild(document.createElement("div"));
    globalThis.leave = widget.render({model, el});
    globalThis.left = () => Object.values(heard).flat().length;
}"""


@contextmanager
def widget_page(browser: "Browser", script: Path) -> Iterator["Page"]:
    """A page on which `show(values)` renders the widget of a script.

    Then there are `model`, with what is saved as `model.saved`; `leave()`; and `left()`, how many still listen to it.
    """
    page = browser.new_page()
    page.set_content("<!DOCTYPE html><body style='margin: 0'></body>")
    page.add_script_tag(content=_SHOW)
    page.add_script_tag(
        type="module", content=script.read_text("utf-8").replace("export default", "globalThis.widget =")
    )
    page.wait_for_function("globalThis.widget")
    yield page
    page.close()
