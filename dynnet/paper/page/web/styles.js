// Figures 4, 5 and 8: two styles, past the ends, and where it fails.

import { choice, element, Slider } from "./controls.js";
import { contextOf } from "./pictures.js";
import { chartOf, figure, PhotoSection, spread } from "./section.js";

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
    for (const [index, span] of this.alpha.root.querySelectorAll(".ends span").entries())
      span.textContent = ends[index];
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
    this.chart = chartOf(panel.appendChild(element("div")), series, {
      x: "content loss",
      y: "style loss",
      log: true,
      label,
    });
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
