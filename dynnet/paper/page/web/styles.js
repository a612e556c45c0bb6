// Figures 4, 5 and 8: two styles, past the ends, and where it fails.

import { element } from "./controls.js";
import { contextOf } from "./pictures.js";
import { PhotoSection, spread } from "./section.js";

export class Fig4 extends PhotoSection {
  constructor(app) {
    super(app, "fig4");
    const shown = this.picture("The photo between two styles");
    const pairs = Object.entries(this.data.pairs).map(([name, ends]) => [name, ends.join(" to ")]);
    this.main = this.view(pairs[0][0], shown);
    const names = pairs.map(([name, text]) => [name, text[0].toUpperCase() + text.slice(1)]);
    this.choice("Pair", Object.fromEntries(names), (name) => this.pair(name));
    this.alpha = this.slider("α", { value: 0.5, ends: ["first style", "second style"] });
    this.actions(shown.canvas);
    this.pair(pairs[0][0]);
  }

  pair(name) {
    this.main.network = name;
    const ends = this.data.pairs[name];
    this.alpha.ends = ends;
    const label = "Share of the style losses of both ends that is left, of the Dynamic-Net and of image interpolation";
    const axes = { x: `loss of ${ends[0]}, end = 1`, y: `loss of ${ends[1]}, end = 1`, log: true, label };
    this.plot(this.data.fig4[name], axes);
  }

  async update(options) {
    const { value } = this.alpha;
    for (const index of [0, 1]) this.chart.at(index, value);
    await this.main.show(this.inputs(), spread(this.data.networks[this.main.network], value), options);
  }
}

export class Fig5 extends PhotoSection {
  constructor(app) {
    super(app, "fig5");
    const shown = this.picture("The photo as a mosaic, its tiles larger or smaller");
    this.main = this.view("dual", shown);
    const forms = { one: "One set", dual: "Two sets, one for each direction" };
    this.choice("Blocks", forms, (form) => (this.dual = form === "dual"));
    this.alpha = this.slider("α", { min: -1, max: 2, value: 1, ends: ["larger tiles", "smaller tiles"] });
    this.actions(shown.canvas);
    const label = "Resolution of the style picture that the texture looks like, against alpha";
    this.plot(this.data.fig5, { x: "α", y: "resolution, pixels", label });
  }

  async update(options) {
    const { value } = this.alpha;
    for (const index of [0, 1]) this.chart.at(index, value);
    const sets = this.dual && value < 0 ? { coarser: -value } : { finer: value };
    await this.main.show(this.inputs(), spread(this.data.networks.dual, sets), options);
  }
}

export class Fig8 extends PhotoSection {
  constructor(app) {
    super(app, "fig8", "row");
    this.holder.classList.add("three");
    const painted = (name, look, network, label) => {
      const caption = [element("span", { className: `swatch ${look}` }), name];
      return this.view(network, this.picture(`${name}: ${label}`, ...caption), { name: `fig8.${name.toLowerCase()}` });
    };
    this.red = painted("Red", "b", "A_to_C", "from full style towards the photo, by blocks");
    this.blue = painted("Blue", "", "B_to_A", "from a light touch to full style, by blocks");
    this.green = painted("Green", "c", "A_to_C", "from full style to the photo, by cross-fade");
    this.alpha = this.slider("α", { value: 0.75 });
    this.actions(this.red.canvas);
    const order = { "blue: B to A": "a", "red: A to C": "b", "green: A to the input": "c" };
    const series = Object.entries(order).map(([name, look]) => {
      const { points } = this.data.fig8.find((one) => one.name === name);
      return { name: name.split(":")[0], look, points };
    });
    const label = "Content loss and style loss of the three walks";
    this.plot(series, { x: "content loss", y: "style loss", log: true, label });
  }

  async update(options) {
    const { value } = this.alpha;
    for (const index of [0, 1, 2]) this.chart.at(index, value);
    const at = (view, alpha) => view.show(this.inputs(), spread(this.data.networks[view.network], alpha), options);
    await Promise.all([at(this.red, value), at(this.blue, value), at(this.green, 0).then((found) => this.fade(found))]);
  }

  /** Green: the picture of network A, and over it the photo. */
  fade(found) {
    if (!found) return;
    const { canvas } = this.green;
    const context = contextOf(canvas);
    context.globalAlpha = this.alpha.value;
    context.drawImage(this.app.source, 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }
}
