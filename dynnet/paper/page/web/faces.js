// Figure 6: faces, and one attribute of them.

import { button, element, Slider } from "./controls.js";
import { newKey } from "./pictures.js";
import { chartOf, figure, Section, spread } from "./section.js";

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
    row.prepend(
      button(row, "New faces", () => {
        this.seed++;
        this.refresh({});
      }),
    );
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
    for (const [index, alpha] of Object.values(alphas).entries()) this.chart.at(index, alpha);
    await this.main.show(() => this.latents(), spread(this.data.networks.faces, alphas));
  }
}
