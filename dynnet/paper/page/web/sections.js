// The figures' sections: what each shows, and what its controls do.

import { Chart, legend } from "./chart.js";
import { button, choice, element, fileButton, oncePerFrame, Slider } from "./controls.js";
import { canvasOf, contextOf, fromAddress, fromFile, inputOf, newKey, onFile, planesOf, square } from "./pictures.js";
import { canFilm, savePicture, saveWalk } from "./record.js";
import { View } from "./view.js";

/** {block: alpha} from a number for all, or {set or block: number}. */
function spread(manifest, alpha) {
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
class Section {
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
      status.textContent = height ? `${width} × ${height} in ${Math.round(ms)} ms` : `${dims[0]} faces in ${Math.round(ms)} ms`;
      if (dims[1] === 3) this.engine.learn(dims, ms);
    };
    return new View(this.engine, name, canvas, { network, columns, said });
  }

  actions(holder, canvas, walk) {
    const row = holder.appendChild(element("div", { className: "actions" }));
    button(row, "Save picture", () => savePicture(canvas, `dynamic-net-${this.id}`));
    if (!canFilm()) return row;
    button(row, "Save the walk as film", async (pressed) => {
      pressed.disabled = true;
      await saveWalk(canvas, `dynamic-net-${this.id}`, walk);
      pressed.disabled = false;
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
class PhotoSection extends Section {
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

export class Fig3 extends PhotoSection {
  constructor(app) {
    super(app, "fig3");
    this.style = "glass";
    const shown = figure(this.holder, "The photo in the style, at the alphas of the sliders");
    const panel = this.panel();
    choice(panel, "Style", { glass: "Stained glass", starry: "The Starry Night" }, (style) => this.restyle(style));
    this.all = new Slider(panel, "α of all blocks", { value: 0.5, ends: ["light touch", "full style"] }, (value, settled) => {
      for (const slider of Object.values(this.blocks)) slider.value = value;
      this.moved(settled);
    });
    const names = this.data.networks.glass.blocks.map((block) => block.name);
    this.blocks = Object.fromEntries(names.map((name) => [
      name, new Slider(panel, `α of ${name}`, { value: 0.5 }, (_, settled) => this.moved(settled)),
    ]));
    for (const slider of Object.values(this.blocks)) slider.root.classList.add("lesser");
    this.painter = new Painter(this, panel, shown.canvas);
    this.actions(panel, shown.canvas, async (share) => {
      this.all.value = share;
      for (const slider of Object.values(this.blocks)) slider.value = share;
      await this.refresh({});
    });
    this.plane = panel.appendChild(element("div"));
    this.reading = panel.appendChild(element("p", { className: "reading" }));
    this.main = this.view("fig3", "glass", shown);
    this.restyle("glass", false);
  }

  restyle(style, now = true) {
    this.style = style;
    const measured = this.data.fig3.map((one, index) => ({ ...one, look: ["a", "b", "crosses"][index] }));
    const label = "Content loss and style loss of the Dynamic-Net, of image interpolation and of six fixed networks";
    this.plane.replaceChildren();
    this.chart = null;
    if (style === "glass") {
      this.chart = chartOf(this.plane, measured, { x: "content loss", y: "style loss", log: true, label }, "this picture");
    }
    if (now) this.refresh({});
  }

  async update({ settled = true, size = null, live = false }) {
    const alphas = Object.fromEntries(Object.entries(this.blocks).map(([name, slider]) => [name, slider.value]));
    const measure = live ? null : { style: this.style, needs: ["losses"] };
    const inputs = this.inputs();
    const input = inputs(size ?? (settled ? this.engine.full : 128));
    const maps = this.painter.maps(alphas, input.dims, this.data.margin);
    this.main.network = this.style + (maps ? ".map" : "");
    const found = await this.main.show(inputs, maps ?? alphas, { settled, measure, size });
    if (!found?.measures?.style) return;
    const { content, style } = found.measures;
    this.reading.textContent = `This picture: content loss ${content.toFixed(2)}, style loss ${style.toFixed(3)}`;
    this.chart?.put(this.chart.series.length - 1, content, style, true);
  }
}

/** The brush: alpha as a map, painted on the picture. */
class Painter {
  constructor(section, holder, canvas) {
    this.section = section;
    this.number = 0;
    const side = 96;
    this.layer = canvasOf(side, side); // how much is painted, in red; with which alpha, in green
    this.painted = false;
    const row = holder.appendChild(element("div", { className: "actions" }));
    const tools = holder.appendChild(element("div", { className: "tools", hidden: true }));
    const toggle = button(row, "Paint α", () => {
      tools.hidden = !tools.hidden;
      toggle.setAttribute("aria-pressed", String(!tools.hidden));
      canvas.classList.toggle("painting", !tools.hidden);
    });
    toggle.setAttribute("aria-pressed", "false");
    this.strength = new Slider(tools, "α of the brush", { value: 1 }, () => {});
    this.width = new Slider(tools, "Width of the brush", { min: 0.05, max: 0.5, value: 0.2 }, () => {});
    const more = tools.appendChild(element("div", { className: "actions" }));
    button(more, "Left to right", () => this.fill());
    button(more, "Clear", () => this.clear());
    const stroke = (settled) => section.moved(settled);
    canvas.addEventListener("pointerdown", (event) => {
      if (tools.hidden) return;
      canvas.setPointerCapture(event.pointerId);
      this.last = null;
      this.dab(event, canvas);
      stroke(false);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (tools.hidden || !event.buttons) return;
      this.dab(event, canvas);
      stroke(false);
    });
    canvas.addEventListener("pointerup", () => !tools.hidden && stroke(true));
  }

  dab({ clientX, clientY }, canvas) {
    const box = canvas.getBoundingClientRect();
    const { width: side } = this.layer;
    const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) => share * side);
    const context = contextOf(this.layer);
    const radius = Math.max(1.5, (this.width.value * side) / 2);
    const green = Math.round(255 * this.strength.value);
    context.strokeStyle = `rgb(255 ${green} 0)`;
    Object.assign(context, { lineWidth: 2 * radius, lineCap: "round" });
    context.beginPath();
    context.moveTo(...(this.last ?? [x, y]));
    context.lineTo(x + 0.01, y);
    context.stroke();
    this.last = [x, y];
    this.change(true);
  }

  fill() {
    const context = contextOf(this.layer);
    const { width: side } = this.layer;
    for (let x = 0; x < side; x++) {
      context.fillStyle = `rgb(255 ${Math.round((255 * x) / (side - 1))} 0)`;
      context.fillRect(x, 0, 1, side);
    }
    this.change(true);
    this.section.moved(true);
  }

  clear() {
    contextOf(this.layer).clearRect(0, 0, this.layer.width, this.layer.height);
    this.change(false);
    this.section.moved(true);
  }

  change(painted) {
    this.painted = painted;
    this.number++;
  }

  /** {block: map} at a quarter of the padded picture's size, as the blocks see it; null where nothing is painted. */
  maps(alphas, [, , height, width], margin) {
    if (!this.painted) return null;
    const [rows, columns] = [height, width].map((side) => (side + 2 * margin) / 4);
    const { width: side } = this.layer;
    const { data: pixels } = contextOf(this.layer).getImageData(0, 0, side, side);
    const place = (at, length) => {
      const share = (4 * (at + 0.5) - margin) / length; // of the picture; its rim goes on into the margin
      return Math.min(side - 1, Math.max(0, Math.floor(share * side)));
    };
    return Object.fromEntries(Object.entries(alphas).map(([block, alpha]) => {
      const values = new Float32Array(rows * columns);
      for (let i = 0; i < values.length; i++) {
        const at = 4 * (place(Math.floor(i / columns), height) * side + place(i % columns, width));
        const share = pixels[at + 3] / 255;
        values[i] = share * (pixels[at + 1] / 255) + (1 - share) * alpha;
      }
      return [block, { data: values, dims: [1, 1, rows, columns], number: `map ${this.number} ${alpha}` }];
    }));
  }
}

export class Fig4 extends PhotoSection {
  constructor(app) {
    super(app, "fig4");
    const [pair] = Object.keys(this.data.pairs);
    const shown = figure(this.holder, "The photo between two styles");
    const panel = this.panel();
    const names = Object.entries(this.data.pairs).map(([name, ends]) => {
      const text = ends.join(" to ");
      return [name, text[0].toUpperCase() + text.slice(1)];
    });
    choice(panel, "Pair", Object.fromEntries(names), (name) => (this.choose(name), this.refresh({})));
    const moved = (_, settled) => this.moved(settled);
    this.alpha = new Slider(panel, "α", { value: 0.5, ends: ["first style", "second style"] }, moved);
    this.actions(panel, shown.canvas, async (share) => {
      this.alpha.value = share;
      await this.refresh({});
    });
    this.plane = panel.appendChild(element("div"));
    this.main = this.view("fig4", pair, shown);
    this.choose(pair);
  }

  choose(pair) {
    this.main.network = pair;
    const ends = this.data.pairs[pair];
    this.alpha.root.querySelectorAll(".ends span").forEach((span, index) => (span.textContent = ends[index]));
    this.plane.replaceChildren();
    const label = "Share of the style losses of both ends that is left, of the Dynamic-Net and of image interpolation";
    const axes = { x: `loss of ${ends[0]}, end = 1`, y: `loss of ${ends[1]}, end = 1`, log: true, label };
    this.chart = chartOf(this.plane, this.data.fig4[pair], axes);
  }

  async update({ settled = true, size = null }) {
    this.chart.at(0, this.alpha.value);
    this.chart.at(1, this.alpha.value);
    const alphas = spread(this.data.networks[this.main.network], this.alpha.value);
    await this.main.show(this.inputs(), alphas, { settled, size });
  }
}

export class Fig5 extends PhotoSection {
  constructor(app) {
    super(app, "fig5");
    this.dual = false;
    const shown = figure(this.holder, "The photo as a mosaic, its tiles larger or smaller");
    const panel = this.panel();
    choice(panel, "Blocks", { one: "One set", dual: "Two sets, one for each direction" }, (form) => {
      this.dual = form === "dual";
      this.refresh({});
    });
    const range = { min: -1, max: 2, value: 1, ends: ["larger tiles", "smaller tiles"] };
    this.alpha = new Slider(panel, "α", range, (_, settled) => this.moved(settled));
    this.actions(panel, shown.canvas, async (share) => {
      this.alpha.value = 3 * share - 1;
      await this.refresh({});
    });
    const label = "Resolution of the style picture that the texture looks like, against alpha";
    this.chart = chartOf(panel.appendChild(element("div")), this.data.fig5, { x: "α", y: "resolution, pixels", label });
    this.main = this.view("fig5", "dual", shown);
  }

  async update({ settled = true, size = null }) {
    const alpha = this.alpha.value;
    this.chart.at(0, alpha);
    this.chart.at(1, alpha);
    const sets = this.dual && alpha < 0 ? { coarser: -alpha } : { finer: alpha };
    await this.main.show(this.inputs(), spread(this.data.networks.dual, sets), { settled, size });
  }
}

const COUNT = 16;

export class Fig6 extends Section {
  constructor(app) {
    super(app, "fig6");
    this.seed = 7;
    const shown = figure(this.holder, "Sixteen generated faces");
    const panel = this.panel();
    const moved = (_, settled) => this.moved(settled);
    this.sets = {
      blond: new Slider(panel, "α of blond hair", { value: 0.6, ends: ["dark", "blond"] }, moved),
      smiling: new Slider(panel, "α of smiling", { value: 0, ends: ["as they are", "smiling"] }, moved),
    };
    const row = this.actions(panel, shown.canvas, async (share) => {
      this.sets.blond.value = share;
      await this.refresh({});
    });
    row.prepend(button(row, "New faces", () => {
      this.seed++;
      this.refresh({});
    }));
    const label = "How sure a classifier is of blond hair and of a smile, against alpha";
    const named = this.data.fig6.map((one) => ({ ...one, name: one.name === "blond" ? "blond hair" : "smiling" }));
    this.chart = chartOf(panel.appendChild(element("div")), named, { x: "α", y: "classifier’s score", label });
    this.main = this.view("fig6", "faces", shown, 4);
  }

  /** Latents drawn from N(0, 1), always the same ones of a seed. */
  latents() {
    if (this.of === this.seed) return this.drawn;
    let state = this.seed;
    const uniform = () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const data = Float32Array.from({ length: COUNT * this.data.latent }, normal);
    this.of = this.seed;
    this.drawn = { key: newKey(), data, dims: [COUNT, this.data.latent] };
    return this.drawn;
  }

  async update() {
    const alphas = Object.fromEntries(Object.entries(this.sets).map(([name, slider]) => [name, slider.value]));
    Object.values(alphas).forEach((alpha, index) => this.chart.at(index, alpha));
    await this.main.show(() => this.latents(), spread(this.data.networks.faces, alphas));
  }
}

const SIDE = 128;

export class Fig7 extends Section {
  constructor(app) {
    super(app, "fig7");
    const pair = this.holder.appendChild(element("div", { className: "pair" }));
    const holed = figure(pair, "The face with a hole", "With a hole");
    const completed = figure(pair, "The face, completed", "Completed");
    holed.root.classList.remove("waiting");
    holed.status.textContent = "";
    this.canvas = holed.canvas;
    const panel = this.panel();
    const faces = app.faces.map((src, index) => [index, element("img", { src, alt: `Face ${index + 1}` })]);
    const row = panel.appendChild(element("div", { className: "actions" }));
    choice(row, "Face", Object.fromEntries(faces), (index) => this.take(app.faces[index]), "thumbs");
    fileButton(row, "Open a face …", (file) => this.open(file));
    onFile(holed.root, (file) => this.open(file));
    const ends = ["adversarial, sharp", "mean error, smooth"];
    this.alpha = new Slider(panel, "α", { value: 0.4, ends }, (_, settled) => this.moved(settled));
    const buttons = this.actions(panel, completed.canvas, async (share) => {
      this.alpha.value = share;
      await this.refresh({});
    });
    buttons.prepend(button(buttons, "Best α for this face", (pressed) => this.best(pressed)));
    this.reading = panel.appendChild(element("p", { className: "reading" }));
    const label = "Mean error in the hole and realism, from alpha 0 to alpha 1";
    this.chart = chartOf(panel.appendChild(element("div")), this.data.fig7, { x: "L1 in the hole", y: "realism", label });
    this.main = this.view("fig7", "completion", completed);
    this.hole = { left: 32, top: 32, width: 64, height: 64 };
    this.movable();
    this.ready = this.take(app.faces[0]);
  }

  async take(src) {
    this.face = square(await fromAddress(src), SIDE);
    this.cut();
    this.moved(true);
  }

  async open(file) {
    await this.app.tried(async () => {
      this.face = square(await fromFile(file), SIDE);
      this.cut();
      this.moved(true);
    });
  }

  /** The picture with its hole, and the input of the network. */
  cut() {
    const pixels = contextOf(this.face).getImageData(0, 0, SIDE, SIDE);
    this.target = planesOf(pixels);
    const data = planesOf(pixels, 4);
    const { left, top, width, height } = this.hole;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        const at = y * SIDE + x;
        for (let c = 0; c < 3; c++) data[c * SIDE * SIDE + at] = 0.5;
        data[3 * SIDE * SIDE + at] = 1;
      }
    }
    this.input = { key: newKey(), data, dims: [1, 4, SIDE, SIDE] };
    Object.assign(this.canvas, { width: SIDE, height: SIDE });
    const context = contextOf(this.canvas);
    context.drawImage(this.face, 0, 0);
    context.fillStyle = "rgb(128 128 128)";
    context.fillRect(left, top, width, height);
  }

  /** Drag inside to move the hole, outside to draw another; arrow keys move it, plus and minus change its size. */
  movable() {
    const { canvas } = this;
    canvas.classList.add("hole");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "The face with a hole: arrow keys move the hole, plus and minus change its size");
    const place = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      return [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) => Math.round(share * SIDE));
    };
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const [x, y] = place(event);
      const { left, top, width, height } = this.hole;
      const inside = x >= left && x < left + width && y >= top && y < top + height;
      from = { x, y, hole: inside ? { ...this.hole } : null };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from || !event.buttons) return;
      const [x, y] = place(event);
      if (from.hole) this.put({ ...from.hole, left: from.hole.left + x - from.x, top: from.hole.top + y - from.y });
      else {
        const [left, top] = [Math.min(x, from.x), Math.min(y, from.y)];
        this.put({ left, top, width: Math.abs(x - from.x), height: Math.abs(y - from.y) });
      }
      this.moved(false);
    });
    canvas.addEventListener("pointerup", () => ((from = null), this.moved(true)));
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-4, 0, 0], ArrowRight: [4, 0, 0], ArrowUp: [0, -4, 0], ArrowDown: [0, 4, 0] };
      const step = { ...steps, "+": [-2, -2, 4], "-": [2, 2, -4] }[event.key];
      if (!step) return;
      event.preventDefault();
      const { left, top, width, height } = this.hole;
      this.put({ left: left + step[0], top: top + step[1], width: width + step[2], height: height + step[2] });
      this.moved(true);
    });
  }

  /** A hole of 12 to 96 pixels a side, inside the picture. */
  put({ left, top, width, height }) {
    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    const [w, h] = [within(width, 12, 96), within(height, 12, 96)];
    this.hole = { left: within(left, 0, SIDE - w), top: within(top, 0, SIDE - h), width: w, height: h };
    this.cut();
  }

  async at(alpha) {
    const measure = { target: this.target, needs: ["critic"] };
    const alphas = spread(this.data.networks.completion, alpha);
    return this.main.show(() => this.input, alphas, { measure });
  }

  async update() {
    await this.ready;
    this.chart.at(0, this.alpha.value);
    const found = await this.at(this.alpha.value);
    if (found) this.reading.textContent = this.said(found.measures);
  }

  cost({ l1, realism }) {
    const units = this.data.criterion;
    return (l1 - units.l1_at_one) / units.l1_unit + (units.realism_at_zero - realism) / units.realism_unit;
  }

  said(measures) {
    const { l1, realism } = measures;
    const signed = `${realism < 0 ? "−" : "+"}${Math.abs(realism).toFixed(2)}`;
    return `In the hole: L1 ${l1.toFixed(3)}, realism ${signed}, cost ${this.cost(measures).toFixed(2)}`;
  }

  async best(pressed) {
    pressed.disabled = true;
    let lowest = [Infinity, this.alpha.value];
    for (let step = 0; step <= 10; step++) {
      const found = await this.at(step / 10);
      if (!found) break; // something else was moved
      const cost = this.cost(found.measures);
      if (cost < lowest[0]) lowest = [cost, step / 10];
    }
    [, this.alpha.value] = lowest;
    pressed.disabled = false;
    await this.refresh({});
  }
}

export class Fig8 extends PhotoSection {
  constructor(app) {
    super(app, "fig8");
    this.holder.classList.add("three");
    const row = this.holder.appendChild(element("div", { className: "row" }));
    const named = (look, text) => [element("span", { className: `swatch ${look}` }), text];
    const red = figure(row, "Red: from full style towards the photo, by blocks", named("b", "Red"));
    const blue = figure(row, "Blue: from a light touch to full style, by blocks", named("", "Blue"));
    const green = figure(row, "Green: from full style to the photo, by cross-fade", named("c", "Green"));
    const panel = this.panel();
    const controls = panel.appendChild(element("div"));
    this.alpha = new Slider(controls, "α", { value: 0.75 }, (_, settled) => this.moved(settled));
    this.actions(controls, red.canvas, async (share) => {
      this.alpha.value = share;
      await this.refresh({});
    });
    this.views = { red: this.view("fig8.red", "A_to_C", red), blue: this.view("fig8.blue", "B_to_A", blue) };
    this.views.green = this.view("fig8.green", "A_to_C", green);
    const order = { "blue: B to A": "a", "red: A to C": "b", "green: A to the input": "c" };
    const series = Object.entries(order).map(([name, look]) => {
      const { points } = this.data.fig8.find((one) => one.name === name);
      return { name: name.split(":")[0], look, points };
    });
    const label = "Content loss and style loss of the three walks";
    this.chart = chartOf(panel.appendChild(element("div")), series, { x: "content loss", y: "style loss", log: true, label });
  }

  async update({ settled = true, size = null }) {
    const alpha = this.alpha.value;
    for (const index of [0, 1, 2]) this.chart.at(index, alpha);
    const inputs = this.inputs();
    const options = { settled, size };
    const of = (network, value) => spread(this.data.networks[network], value);
    await Promise.all([
      this.views.red.show(inputs, of("A_to_C", alpha), options),
      this.views.blue.show(inputs, of("B_to_A", alpha), options),
      this.fade(inputs, alpha, options),
    ]);
  }

  /** Green: the picture of network A, and over it the photo. */
  async fade(inputs, alpha, options) {
    const { green } = this.views;
    const found = await green.show(inputs, spread(this.data.networks.A_to_C, 0), options);
    if (!found) return;
    const [, , height, width] = found.input.dims;
    const context = contextOf(green.canvas);
    context.globalAlpha = alpha;
    context.drawImage(this.app.source, 0, 0, width, height);
    context.globalAlpha = 1;
  }
}
