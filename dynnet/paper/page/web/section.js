// What the sections of all figures share.

import { Chart, legend } from "./chart.js";
import { button, element, oncePerFrame } from "./controls.js";
import { canvasOf, inputOf } from "./pictures.js";
import { canFilm, savePicture, saveWalk } from "./record.js";
import { View } from "./view.js";

/** {block: alpha} from a number for all, or {set or block: number}. */
export function spread(manifest, alpha) {
  const given = typeof alpha === "number" ? {} : alpha;
  const all = typeof alpha === "number" ? alpha : 0;
  const setOf = (name) => Object.keys(manifest.sets).find((set) => manifest.sets[set].includes(name));
  return Object.fromEntries(manifest.blocks.map(({ name }) => [name, given[name] ?? given[setOf(name)] ?? all]));
}

/** A canvas with a caption; it takes dropped files. */
export function figure(holder, label, caption = "") {
  const canvas = canvasOf(1, 1);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const name = element("b", { innerHTML: "" }, ...[caption].flat());
  const status = element("span", { textContent: "…" });
  const root = element("figure", { className: "picture waiting" }, canvas, element("figcaption", {}, name, status));
  holder.append(root);
  return { canvas, status, root };
}

export function chartOf(holder, series, axes, mine = "") {
  const root = element("figure", { className: "chart" });
  holder.append(root);
  const looks = ["a", "b", "c"];
  const drawn = series.map((one, index) => ({ look: looks[index], ...one }));
  if (mine) drawn.push({ name: mine, points: [], look: "mine" });
  const chart = new Chart(root, drawn, axes);
  const list = element("ul", { className: "legend" });
  legend(list, drawn);
  root.append(list);
  return chart;
}

/** What all sections share: pictures of views, and when to show them. */
export class Section {
  constructor(app, id) {
    this.root = document.getElementById(id);
    this.holder = this.root.querySelector(".app");
    this.root.querySelector(".strip").hidden = true;
    Object.assign(this, { app, id, engine: app.engine, data: app.data, dirty: true });
    this.moved = oncePerFrame((settled) => this.refresh({ settled }));
  }

  panel() {
    return this.holder.appendChild(element("div", { className: "panel" }));
  }

  view(name, network, { canvas, status, root }, columns) {
    const said = ({ ms, dims }) => {
      if (!ms) return;
      root.classList.remove("waiting");
      const [, , height, width] = dims;
      status.textContent = height
        ? `${width} × ${height} in ${Math.round(ms)} ms`
        : `${dims[0]} faces in ${Math.round(ms)} ms`;
      if (dims[1] === 3) this.engine.learn(dims, ms);
    };
    return new View(this.engine, name, canvas, { network, columns, said });
  }

  actions(holder, canvas, walk) {
    const row = holder.appendChild(element("div", { className: "actions" }));
    button(row, "Save picture", () => savePicture(canvas, `dynamic-net-${this.id}`));
    if (!canFilm()) return row;
    button(row, "Save the walk as film", async (pressed) => {
      const text = pressed.textContent;
      pressed.disabled = true;
      const told = (share) => (pressed.textContent = `Filming, ${Math.round(100 * share)} %`);
      await saveWalk(canvas, `dynamic-net-${this.id}`, walk, told);
      pressed.disabled = false;
      pressed.textContent = text;
      this.refresh({});
    });
    return row;
  }

  refresh(options) {
    this.dirty = false;
    return this.update(options).catch((error) => this.app.failed(error.message));
  }
}

/** Sections whose networks paint the photo of the bar. */
export class PhotoSection extends Section {
  constructor(...args) {
    super(...args);
    this.photo = true;
  }

  /** size -> the photo as an input; the same one as long as it is the same photo. */
  inputs() {
    const { source, multiple } = { source: this.app.source, multiple: this.data.multiple };
    if (this.of !== source) [this.of, this.made] = [source, {}];
    return (size) => (this.made[size] ??= inputOf(source, size, multiple));
  }
}
