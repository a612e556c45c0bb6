// What the sections of all figures share: a form with sliders and choices, the pictures of views, a chart, and buttons.

import { follow } from "./chart.js";
import { download, filmOf } from "./record.js";
import { View } from "./view.js";

export class Section {
  dirty = true; // its pictures are not what the form says

  constructor(app, id) {
    Object.assign(this, { app, id, data: app.data, root: document.getElementById(id) });
    this.paints = "photo" in this.root.dataset; // the photo of the bar
    this.form = this.root.querySelector("form");
    this.reading = this.root.querySelector(".reading");
    this.views = [...this.root.querySelectorAll("[data-view]")].map((figure) => new View(app.engine, figure));
    this.canvas = this.views[0].canvas;
    for (const { name, value } of this.form.querySelectorAll("[type=range]")) this.set(name, value);
    for (const kind of ["input", "change"]) {
      this.form.addEventListener(kind, ({ target: { type, name, value } }) => {
        if (type === "range") this.set(name, value);
        this.moved(kind === "change");
      });
    }
    this.form.addEventListener("click", ({ target }) => {
      if (target.type === "button") this[target.name](target);
    });
  }

  /** {name: number of a slider or value of a choice} */
  get values() {
    const given = (text) => (Number.isNaN(Number(text)) ? text : Number(text));
    return Object.fromEntries([...new FormData(this.form)].map(([name, text]) => [name, given(text)]));
  }

  /** Puts a slider at a value. */
  set(name, value) {
    const range = this.form.elements[name];
    range.value = value;
    const shown = range.valueAsNumber.toFixed(2).replace("-", "−");
    range.parentElement.querySelector("output").textContent = shown;
    range.style.setProperty("--share", (range.value - range.min) / (range.max - range.min));
  }

  /** New pictures with the next frame; `settled`: the thumb is let go. */
  moved(settled) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.refresh({ settled }));
  }

  /** New pictures, once they can be seen. */
  outdated() {
    this.dirty = true;
    if (this.app.visible.has(this)) this.refresh();
  }

  /** New pictures; options are those of App.photo. */
  async refresh(options = { settled: true }) {
    this.dirty = false;
    const { values } = this;
    for (const part of this.root.querySelectorAll("[data-when]")) {
      part.hidden = !Object.values(values).includes(part.dataset.when);
    }
    this.chart = this.root.querySelector(".chart:not([hidden])");
    follow(this.chart, values);
    await this.update(values, options).catch((error) => this.app.failed(error.message));
  }

  /** Goes to a share of the walk. */
  walk(share) {
    const [{ name, min, max }] = this.form.querySelectorAll("[type=range]");
    this.set(name, Number(min) + share * (max - min));
    return this.refresh();
  }

  save() {
    this.canvas.toBlob((blob) => download(blob, this.id));
  }

  async film(pressed) {
    const { textContent } = pressed;
    pressed.disabled = true;
    const walked = (share) => {
      pressed.textContent = `Walking, ${Math.round(100 * share)} %`;
      return this.walk(share);
    };
    download(await filmOf(this.canvas, walked), this.id);
    Object.assign(pressed, { disabled: false, textContent });
  }

  /** Follows a pointer that is down on a canvas: `began(place)` may give what hears of further places, in shares. */
  onDrag(canvas, began) {
    const place = ({ offsetX, offsetY }) => [offsetX / canvas.clientWidth, offsetY / canvas.clientHeight];
    let further;
    canvas.addEventListener("pointerdown", (event) => {
      further = began(place(event));
      if (further) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!further || !canvas.hasPointerCapture(event.pointerId)) return;
      further(place(event));
      this.moved(false);
    });
    canvas.addEventListener("lostpointercapture", () => this.moved(true));
  }
}
