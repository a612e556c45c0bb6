// Figure 7: a hole in a face.

import { add, button, choice, element, fileButton, onDrag, within } from "./controls.js";
import { contextOf, fromAddress, fromFile, newKey, onDrop, planesOf, square } from "./pictures.js";
import { Section, spread } from "./section.js";

const SIDE = 128;
const [SMALLEST, LARGEST] = [12, 96]; // sides of a hole, in pixels
// What a key changes: left, top, and both sides.
const KEYS = {
  ...{ ArrowLeft: [-4, 0, 0], ArrowRight: [4, 0, 0], ArrowUp: [0, -4, 0], ArrowDown: [0, 4, 0] },
  ...{ "+": [-2, -2, 4], "-": [2, 2, -4] },
};

export class Fig7 extends Section {
  constructor(app) {
    super(app, "fig7", "pair");
    const holed = this.picture("The face with a hole", "With a hole");
    const completed = this.picture("The face, completed", "Completed");
    this.main = this.view("completion", completed);
    holed.root.classList.remove("waiting");
    holed.status.textContent = "";
    this.canvas = holed.canvas;
    const faces = app.faces.map((src, index) => [index, element("img", { src, alt: `Face ${index + 1}` })]);
    const row = add(this.panel, "div", { className: "actions" });
    const take = async (index) => this.take(await fromAddress(app.faces[index]));
    choice(row, "Face", Object.fromEntries(faces), take, "thumbs");
    const open = (file) => app.tried(async () => this.take(await fromFile(file)));
    fileButton(row, "Open a face …", open);
    onDrop(holed.root, open);
    this.alpha = this.slider("α", { value: 0.4, ends: ["adversarial, sharp", "mean error, smooth"] });
    const buttons = this.actions(completed.canvas);
    buttons.prepend(button(buttons, "Best α for this face", (pressed) => this.best(pressed)));
    this.reading = add(this.panel, "p", { className: "reading" });
    const label = "Mean error in the hole and realism, from alpha 0 to alpha 1";
    this.plot(this.data.fig7, { x: "L1 in the hole", y: "realism", label });
    this.hole = { left: 32, top: 32, width: 64, height: 64 };
    this.movable();
    this.ready = take(0);
  }

  take(source) {
    this.face = square(source, SIDE);
    this.put(this.hole);
    this.moved(true);
  }

  /** Drag inside to move the hole, outside to draw another; arrow keys move it, plus and minus change its size. */
  movable() {
    const { canvas } = this;
    canvas.classList.add("hole");
    const ariaLabel = "The face with a hole: arrow keys move the hole, plus and minus change its size";
    Object.assign(canvas, { tabIndex: 0, role: "application", ariaLabel });
    const pixels = (place) => place.map((share) => Math.round(share * SIDE));
    let from;
    const began = (place) => {
      const [x, y] = pixels(place);
      const { left, top, width, height } = this.hole;
      const inside = x >= left && x < left + width && y >= top && y < top + height;
      from = { x, y, hole: inside && this.hole };
    };
    const moved = (place) => {
      const [x, y] = pixels(place);
      const { hole } = from;
      if (hole) this.put({ ...hole, left: hole.left + x - from.x, top: hole.top + y - from.y });
      else {
        const [width, height] = [Math.abs(x - from.x), Math.abs(y - from.y)];
        this.put({ left: Math.min(x, from.x), top: Math.min(y, from.y), width, height });
      }
      this.moved(false);
    };
    onDrag(canvas, { began, moved, ended: () => this.moved(true) });
    canvas.addEventListener("keydown", (event) => {
      const [x, y, more] = KEYS[event.key] ?? [];
      if (x === undefined) return;
      event.preventDefault();
      const { left, top, width, height } = this.hole;
      this.put({ left: left + x, top: top + y, width: width + more, height: height + more });
      this.moved(true);
    });
  }

  /** Cuts a hole, inside the picture and neither too small nor too large; then there is an input for the network. */
  put(hole) {
    const [width, height] = [hole.width, hole.height].map((side) => within(side, SMALLEST, LARGEST));
    const [left, top] = [within(hole.left, 0, SIDE - width), within(hole.top, 0, SIDE - height)];
    this.hole = { left, top, width, height };
    const pixels = contextOf(this.face).getImageData(0, 0, SIDE, SIDE);
    this.target = planesOf(pixels);
    const data = planesOf(pixels, 4);
    for (let y = top; y < top + height; y++) {
      for (let plane = 0; plane < 4; plane++) {
        const at = (plane * SIDE + y) * SIDE + left;
        data.fill(plane < 3 ? 0.5 : 1, at, at + width);
      }
    }
    this.input = { key: newKey(), data, dims: [1, 4, SIDE, SIDE] };
    Object.assign(this.canvas, { width: SIDE, height: SIDE });
    const context = contextOf(this.canvas);
    context.drawImage(this.face, 0, 0);
    context.fillStyle = "rgb(128 128 128)";
    context.fillRect(left, top, width, height);
  }

  at(alpha) {
    const measure = { target: this.target, needs: ["critic"] };
    return this.main.show(() => this.input, spread(this.data.networks.completion, alpha), { measure });
  }

  async update() {
    await this.ready;
    this.chart.at(0, this.alpha.value);
    const found = await this.at(this.alpha.value);
    if (!found) return;
    const { l1, realism } = found.measures;
    const signed = `${realism < 0 ? "−" : "+"}${Math.abs(realism).toFixed(2)}`;
    const cost = this.cost(found.measures).toFixed(2);
    this.reading.textContent = `In the hole: L1 ${l1.toFixed(3)}, realism ${signed}, cost ${cost}`;
  }

  cost({ l1, realism }) {
    const units = this.data.criterion;
    return (l1 - units.l1_at_one) / units.l1_unit + (units.realism_at_zero - realism) / units.realism_unit;
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
