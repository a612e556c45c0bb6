// Figures 1 and 3: one network instead of six.

import { choice, element, Slider } from "./controls.js";
import { Painter } from "./painter.js";
import { chartOf, figure, PhotoSection } from "./section.js";

export class Fig3 extends PhotoSection {
  constructor(app) {
    super(app, "fig3");
    this.style = "glass";
    const shown = figure(this.holder, "The photo in the style, at the alphas of the sliders");
    const panel = this.panel();
    choice(panel, "Style", { glass: "Stained glass", starry: "The Starry Night" }, (style) => this.restyle(style));
    this.all = new Slider(
      panel,
      "α of all blocks",
      { value: 0.5, ends: ["light touch", "full style"] },
      (value, settled) => {
        for (const slider of Object.values(this.blocks)) slider.value = value;
        this.moved(settled);
      },
    );
    const names = this.data.networks.glass.blocks.map((block) => block.name);
    this.blocks = Object.fromEntries(
      names.map((name) => [
        name,
        new Slider(panel, `α of ${name}`, { value: 0.5 }, (_, settled) => this.moved(settled)),
      ]),
    );
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
    const [label, looks] = ["Content loss and style loss, measured", ["a", "b", "crosses"]];
    const measured = this.data[style === "glass" ? "fig3" : style].map((one, index) => ({
      ...one,
      look: looks[index],
    }));
    this.plane.replaceChildren();
    this.chart = chartOf(
      this.plane,
      measured,
      { x: "content loss", y: "style loss", log: true, label },
      "this picture",
    );
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
    this.chart.put(this.chart.series.length - 1, content, style, true);
  }
}
