// What the sections of all figures share: pictures of views, sliders, a chart, and when to show them.

import { Chart } from "./chart.js";
import { add, button, choice, element, oncePerFrame, Slider } from "./controls.js";
import { inputOf } from "./pictures.js";
import { canFilm, saveFilm, saveGif, savePicture, walked } from "./record.js";
import { View } from "./view.js";

/** {block: alpha} from a number for all, or {set or block: number}. */
export function spread({ sets, blocks }, alpha) {
  const given = typeof alpha === "number" ? {} : alpha;
  const all = typeof alpha === "number" ? alpha : 0;
  const setOf = (name) => Object.keys(sets).find((set) => sets[set].includes(name));
  return Object.fromEntries(blocks.map(({ name }) => [name, given[name] ?? given[setOf(name)] ?? all]));
}

export class Section {
  /** @param stage class of the element that holds the pictures, where they are several. */
  constructor(app, id, stage = "") {
    this.root = document.getElementById(id);
    this.holder = this.root.querySelector(".app");
    this.stage = stage ? add(this.holder, "div", { className: stage }) : this.holder;
    this.beside = element("div", { className: "panel" });
    this.panel = add(this.beside, "div"); // of the controls
    this.root.querySelector(".strip").hidden = true;
    Object.assign(this, { app, id, engine: app.engine, data: app.data, dirty: true });
    this.moved = oncePerFrame((settled) => this.refresh({ settled }));
  }

  /** A canvas with a caption, before what stands beside the pictures. */
  picture(label, ...caption) {
    const canvas = element("canvas", { width: 1, height: 1, role: "img", ariaLabel: label });
    const status = element("span", { textContent: "…" });
    const line = element("figcaption", {}, element("b", {}, ...caption), status);
    const root = add(this.stage, "figure", { className: "picture waiting" }, canvas, line);
    this.holder.append(this.beside);
    return { canvas, status, root };
  }

  /** A picture that a network paints. */
  view(network, { canvas, status, root }, { name = this.id, columns = 1 } = {}) {
    const said = ({ ms, dims: [count, channels, height, width] }) => {
      root.classList.remove("waiting");
      status.textContent = `${height ? `${width} × ${height}` : `${count} faces`} in ${Math.round(ms)} ms`;
      if (channels === 3) this.engine.learn(width * height, ms);
    };
    return new View(this.engine, name, canvas, { network, columns, said });
  }

  slider(name, options, changed = () => {}) {
    return new Slider(this.panel, name, options, (value, settled) => {
      changed(value);
      this.moved(settled);
    });
  }

  choice(legend, names, chosen) {
    choice(this.panel, legend, names, (value) => {
      chosen(value);
      this.refresh({});
    });
  }

  /** The section's chart, in the place of the one before. */
  plot(series, axes) {
    this.plane ??= add(this.beside, "div");
    this.plane.replaceChildren();
    this.chart = new Chart(this.plane, series, axes);
  }

  /** Buttons that save the picture of a canvas, and the walk of its slider. */
  actions(canvas) {
    const [row, name] = [add(this.panel, "div", { className: "actions" }), `dynamic-net-${this.id}`];
    button(row, "Save picture", () => savePicture(canvas, name));
    const save = (kind, longest, made) => {
      const text = `Save ${kind}`;
      button(row, text, async (pressed) => {
        pressed.disabled = true;
        const told = (share) => (pressed.textContent = `Walking, ${Math.round(100 * share)} %`);
        await made(await walked(canvas, longest, (share) => this.walk(share), told), name);
        Object.assign(pressed, { disabled: false, textContent: text });
      });
    };
    if (canFilm()) save("film", Infinity, saveFilm);
    save("GIF", 320, saveGif);
    return row;
  }

  /** Goes to a share of the walk. */
  walk(share) {
    this.alpha.share = share;
    return this.refresh({});
  }

  refresh(options) {
    this.dirty = false;
    return this.update(options).catch((error) => this.app.failed(error.message));
  }
}

/** Sections whose networks paint the photo of the bar. */
export class PhotoSection extends Section {
  photo = true;

  /** size -> the photo as an input; the same one as long as it is the same photo. */
  inputs() {
    const { source } = this.app;
    if (this.of !== source) [this.of, this.made] = [source, {}];
    return (size) => (this.made[size] ??= inputOf(source, size, this.data.multiple));
  }
}
