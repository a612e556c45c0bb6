// Figure 6: faces, and one attribute of them.

import { button, mapped } from "./controls.js";
import { newKey } from "./pictures.js";
import { Section, spread } from "./section.js";

const COUNT = 16;

export class Fig6 extends Section {
  constructor(app) {
    super(app, "fig6");
    this.seed = 7;
    const shown = this.picture("Sixteen generated faces");
    this.main = this.view("faces", shown, { columns: 4 });
    this.alpha = this.slider("α of blond hair", { value: 0.6, ends: ["dark", "blond"] });
    const smiling = this.slider("α of smiling", { ends: ["as they are", "smiling"] });
    this.sets = { blond: this.alpha, smiling };
    const row = this.actions(shown.canvas);
    row.prepend(
      button(row, "New faces", () => {
        this.seed++;
        this.refresh({});
      }),
    );
    const label = "How sure a classifier is of blond hair and of a smile, against alpha";
    const named = this.data.fig6.map((one) => ({ ...one, name: one.name === "blond" ? "blond hair" : "smiling" }));
    this.plot(named, { x: "α", y: "classifier’s score", label });
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
    const alphas = mapped(this.sets, (slider) => slider.value);
    for (const [index, alpha] of Object.values(alphas).entries()) this.chart.at(index, alpha);
    await this.main.show(() => this.latents(), spread(this.data.networks.faces, alphas));
  }
}
