// The sections of the figures, but for Figure 7's: what each shows at the values of its form.

import { Brush } from "./brush.js";
import { mark } from "./chart.js";
import { contextOf, inputOf } from "./pictures.js";
import { Section } from "./section.js";

const FACES = 16;

/** Figures 1 and 3: one network instead of six. */
export class Fig3 extends Section {
  constructor(app) {
    super(app, "fig3");
    this.blocks = this.data.networks.glass.blocks.map(({ name }) => name);
    this.tools = this.root.querySelector(".tools");
    this.brush = new Brush();
    this.onDrag(this.canvas, (place) => !this.tools.hidden && this.brush.begin(place, this.values));
  }

  /** The first slider moves all blocks. */
  set(name, value) {
    super.set(name, value);
    if (name === "alpha") for (const block of this.blocks ?? []) super.set(block, value);
  }

  paint(pressed) {
    this.tools.hidden = !this.tools.hidden;
    pressed.ariaPressed = String(!this.tools.hidden);
    this.canvas.classList.toggle("painting", !this.tools.hidden);
  }

  fill({ value }) {
    this.brush[value]();
    this.moved(true);
  }

  async update(values, options) {
    const painted = this.brush.edition > 0;
    const photo = this.app.photo(options);
    const map = (name) => [name, this.brush.map(values[name], photo.dims, this.data.margin)];
    const alphas = painted ? Object.fromEntries(this.blocks.map(map)) : values;
    const network = painted ? `${values.style}.map` : values.style;
    const measure = options.live ? null : { by: "losses", style: values.style };
    const found = await this.views[0].show(network, photo, alphas, { measure });
    if (!found?.measures.style) return;
    const { content, style } = found.measures;
    this.reading.textContent = `This picture: content loss ${content.toFixed(2)}, style loss ${style.toFixed(3)}`;
    mark(this.chart, [content, style]);
  }
}

/** Figure 4: two styles. */
export class Fig4 extends Section {
  async update({ pair, alpha }, options) {
    await this.views[0].show(pair, this.app.photo(options), alpha);
  }
}

/** Figure 5: past the ends. */
export class Fig5 extends Section {
  async update({ form, alpha }, options) {
    const alphas = form === "dual" && alpha < 0 ? { coarser: -alpha } : { finer: alpha };
    await this.views[0].show("dual", this.app.photo(options), alphas);
  }
}

/** Figure 6: faces, and two attributes of them. */
export class Fig6 extends Section {
  others() {
    this.latents = null;
    return this.refresh();
  }

  async update({ blond, smiling }) {
    const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const { latent } = this.data;
    this.latents ??= inputOf(Float32Array.from({ length: FACES * latent }, normal), FACES, latent);
    await this.views[0].show("faces", this.latents, { blond, smiling }, { columns: 4 });
  }
}

/** Figure 8: where it fails. Green is the picture of network A, and over it the photo. */
export class Fig8 extends Section {
  async update({ alpha }, options) {
    const photo = this.app.photo(options);
    const [red, blue, green] = this.views;
    const shown = [red.show("A_to_C", photo, alpha), blue.show("B_to_A", photo, alpha), green.show("A_to_C", photo, 0)];
    const [, , found] = await Promise.all(shown);
    if (!found) return;
    const context = Object.assign(contextOf(green.canvas), { globalAlpha: alpha });
    context.drawImage(this.app.source, 0, 0, green.canvas.width, green.canvas.height);
  }
}
