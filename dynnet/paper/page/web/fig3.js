// Figures 1 and 3: one network instead of six.

import { add, mapped } from "./controls.js";
import { Painter } from "./painter.js";
import { PhotoSection } from "./section.js";

const MINE = { name: "this picture", points: [], look: "mine" };

export class Fig3 extends PhotoSection {
  constructor(app) {
    super(app, "fig3");
    const shown = this.picture("The photo in the style, at the alphas of the sliders");
    this.main = this.view("glass", shown);
    this.choice("Style", { glass: "Stained glass", starry: "The Starry Night" }, (style) => this.restyle(style));
    const options = { value: 0.5, ends: ["light touch", "full style"] };
    this.alpha = this.slider("α of all blocks", options, (value) => this.all(value));
    const names = this.data.networks.glass.blocks.map(({ name }) => [name, `α of ${name}`]);
    this.blocks = mapped(Object.fromEntries(names), (text) => this.slider(text, { value: 0.5 }));
    for (const { root } of Object.values(this.blocks)) root.classList.add("lesser");
    this.painter = new Painter(this, shown.canvas);
    this.actions(shown.canvas);
    this.restyle("glass");
    this.reading = add(this.beside, "p", { className: "reading" });
  }

  all(value) {
    for (const slider of Object.values(this.blocks)) slider.value = value;
  }

  walk(share) {
    this.all(share);
    return super.walk(share);
  }

  restyle(style) {
    this.style = style;
    const [dynamic, fade, fixed] = this.data[style === "glass" ? "fig3" : style];
    const series = fixed ? [dynamic, fade, { ...fixed, look: "crosses" }] : [dynamic];
    const label = "Content loss and style loss, measured";
    this.plot([...series, MINE], { x: "content loss", y: "style loss", log: true, label });
  }

  async update({ settled = true, size = null, live = false }) {
    const alphas = mapped(this.blocks, (slider) => slider.value);
    const inputs = this.inputs();
    const { dims } = inputs(size ?? this.engine.size(settled));
    const maps = this.painter.maps(alphas, dims, this.data.margin);
    this.main.network = this.style + (maps ? ".map" : "");
    const measure = live ? null : { style: this.style, needs: ["losses"] };
    const found = await this.main.show(inputs, maps ?? alphas, { settled, measure, size });
    if (!found?.measures?.style) return;
    const { content, style } = found.measures;
    this.reading.textContent = `This picture: content loss ${content.toFixed(2)}, style loss ${style.toFixed(3)}`;
    this.chart.put(this.chart.series.length - 1, content, style, true);
  }
}
