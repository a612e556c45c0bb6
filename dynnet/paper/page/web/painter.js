// Painting alpha: a brush on the picture, and maps for the blocks.

import { add, button, mapped, onDrag, Slider, within } from "./controls.js";
import { canvasOf, contextOf } from "./pictures.js";

const GRID = 96; // of what is painted, in pixels

/** The brush: alpha as a map, painted on the picture. */
export class Painter {
  constructor(section, canvas) {
    this.section = section;
    this.number = 0;
    this.layer = contextOf(canvasOf(GRID, GRID)); // how much is painted, in opacity; with which alpha, in green
    this.painted = false;
    const row = add(section.panel, "div", { className: "actions" });
    const tools = add(section.panel, "div", { className: "tools", hidden: true });
    const toggle = button(row, "Paint α", () => {
      tools.hidden = !tools.hidden;
      toggle.ariaPressed = String(!tools.hidden);
      canvas.classList.toggle("painting", !tools.hidden);
    });
    toggle.ariaPressed = "false";
    this.strength = new Slider(tools, "α of the brush", { value: 1 });
    this.width = new Slider(tools, "Width of the brush", { min: 0.05, max: 0.5, value: 0.2 });
    const more = add(tools, "div", { className: "actions" });
    button(more, "Left to right", () => this.fill());
    button(more, "Clear", () => this.clear());
    const began = (place) => {
      if (tools.hidden) return false;
      this.last = place;
      this.dab(place);
    };
    onDrag(canvas, { began, moved: (place) => this.dab(place), ended: () => section.moved(true) });
  }

  dab(place) {
    const { layer } = this;
    layer.strokeStyle = `rgb(255 ${Math.round(255 * this.strength.value)} 0)`;
    Object.assign(layer, { lineWidth: Math.max(3, this.width.value * GRID), lineCap: "round" });
    layer.beginPath();
    layer.moveTo(...this.last.map((share) => share * GRID));
    layer.lineTo(place[0] * GRID + 0.01, place[1] * GRID);
    layer.stroke();
    this.last = place;
    this.change(true, false);
  }

  fill() {
    for (let x = 0; x < GRID; x++) {
      this.layer.fillStyle = `rgb(255 ${Math.round((255 * x) / (GRID - 1))} 0)`;
      this.layer.fillRect(x, 0, 1, GRID);
    }
    this.change(true);
  }

  clear() {
    this.layer.clearRect(0, 0, GRID, GRID);
    this.change(false);
  }

  change(painted, settled = true) {
    this.painted = painted;
    this.number++;
    this.section.moved(settled);
  }

  /** {block: map} at a quarter of the padded picture's size, as the blocks see it; null where nothing is painted. */
  maps(alphas, [, , height, width], margin) {
    if (!this.painted) return null;
    const [rows, columns] = [height, width].map((side) => (side + 2 * margin) / 4);
    const { data: pixels } = this.layer.getImageData(0, 0, GRID, GRID);
    const place = (at, length) => {
      const share = (4 * (at + 0.5) - margin) / length; // of the picture; its rim goes on into the margin
      return within(Math.floor(share * GRID), 0, GRID - 1);
    };
    return mapped(alphas, (alpha) => {
      const data = new Float32Array(rows * columns);
      for (let i = 0; i < data.length; i++) {
        const at = 4 * (place(Math.floor(i / columns), height) * GRID + place(i % columns, width));
        const share = pixels[at + 3] / 255;
        data[i] = share * (pixels[at + 1] / 255) + (1 - share) * alpha;
      }
      return { data, dims: [1, 1, rows, columns], number: `map ${this.number} ${alpha}` };
    });
  }
}
