// Figure 7: a hole in a face.

import { contextOf, inputOf, offer, pixelsOf, planesOf, square, within } from "./pictures.js";
import { Section } from "./section.js";

const SIDE = 128;
const [SMALLEST, LARGEST] = [12, 96]; // sides of a hole, in pixels
// What a key changes: left, top, and both sides.
const KEYS = {
  ...{ ArrowLeft: [-4, 0, 0], ArrowRight: [4, 0, 0], ArrowUp: [0, -4, 0], ArrowDown: [0, 4, 0] },
  ...{ "+": [-2, -2, 4], "-": [2, 2, -4] },
};

export class Fig7 extends Section {
  hole = { left: 32, top: 32, width: 64, height: 64 };

  constructor(app) {
    super(app, "fig7");
    this.holed = this.root.querySelector(".hole");
    const use = (picture) => {
      this.face = square(picture, SIDE);
      this.cut(this.hole);
      this.outdated();
    };
    this.ready = offer(this.form, this.data.faces, this.holed.parentElement, use);
    this.onDrag(this.holed, (place) => this.grasped(...place));
    this.holed.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      const [x, y, more] = KEYS[event.key];
      const { left, top, width, height } = this.hole;
      this.cut({ left: left + x, top: top + y, width: width + more, height: height + more });
      this.moved(true);
    });
  }

  /** What a drag does that begins there: inside of the hole it moves it, outside it draws another one. */
  grasped(...begin) {
    const { hole } = this;
    const [x, y] = begin.map((share) => SIDE * share);
    const inside = x >= hole.left && x < hole.left + hole.width && y >= hole.top && y < hole.top + hole.height;
    return (place) => {
      const [right, down] = [SIDE * place[0] - x, SIDE * place[1] - y];
      const corner = { left: x + Math.min(right, 0), top: y + Math.min(down, 0) };
      if (inside) this.cut({ ...hole, left: hole.left + right, top: hole.top + down });
      else this.cut({ ...corner, width: Math.abs(right), height: Math.abs(down) });
    };
  }

  /** Cuts a hole, inside the picture and neither too small nor too large; then there is an input for the network. */
  cut(hole) {
    const [width, height] = [hole.width, hole.height].map((side) => within(Math.round(side), SMALLEST, LARGEST));
    const left = within(Math.round(hole.left), 0, SIDE - width);
    const top = within(Math.round(hole.top), 0, SIDE - height);
    this.hole = { left, top, width, height };
    const context = contextOf(this.holed);
    context.drawImage(this.face, 0, 0);
    context.clearRect(left, top, width, height);
    this.input = inputOf(planesOf(pixelsOf(this.holed), 4), 1, 4, SIDE, SIDE);
    this.target = planesOf(pixelsOf(this.face));
  }

  at(alpha) {
    return this.views[0].show("completion", this.input, alpha, { measure: { by: "critic", target: this.target } });
  }

  async update({ alpha }) {
    await this.ready;
    const found = await this.at(alpha);
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
    let [lowest, alpha] = [Infinity, this.values.alpha];
    for (let step = 0; step <= 10; step++) {
      const found = await this.at(step / 10);
      if (!found) break; // something else was moved
      const cost = this.cost(found.measures);
      if (cost < lowest) [lowest, alpha] = [cost, step / 10];
    }
    this.set("alpha", alpha);
    pressed.disabled = false;
    await this.refresh();
  }
}
