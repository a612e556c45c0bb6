// Figure 7: a hole in a face.

import { button, choice, element, fileButton, Slider } from "./controls.js";
import { contextOf, fromAddress, fromFile, newKey, onFile, planesOf, square } from "./pictures.js";
import { chartOf, figure, Section, spread } from "./section.js";

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
    this.chart = chartOf(panel.appendChild(element("div")), this.data.fig7, {
      x: "L1 in the hole",
      y: "realism",
      label,
    });
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
      return [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) =>
        Math.round(share * SIDE),
      );
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
    canvas.addEventListener("pointerup", () => {
      from = null;
      this.moved(true);
    });
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
