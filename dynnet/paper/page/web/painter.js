// Painting alpha: a brush on the picture, and maps for the blocks.

import { button, element, Slider } from "./controls.js";
import { canvasOf, contextOf } from "./pictures.js";

/** The brush: alpha as a map, painted on the picture. */
export class Painter {
  constructor(section, holder, canvas) {
    this.section = section;
    this.number = 0;
    const side = 96;
    this.layer = canvasOf(side, side); // how much is painted, in red; with which alpha, in green
    this.painted = false;
    const row = holder.appendChild(element("div", { className: "actions" }));
    const tools = holder.appendChild(element("div", { className: "tools", hidden: true }));
    const toggle = button(row, "Paint α", () => {
      tools.hidden = !tools.hidden;
      toggle.setAttribute("aria-pressed", String(!tools.hidden));
      canvas.classList.toggle("painting", !tools.hidden);
    });
    toggle.setAttribute("aria-pressed", "false");
    this.strength = new Slider(tools, "α of the brush", { value: 1 }, () => {});
    this.width = new Slider(tools, "Width of the brush", { min: 0.05, max: 0.5, value: 0.2 }, () => {});
    const more = tools.appendChild(element("div", { className: "actions" }));
    button(more, "Left to right", () => this.fill());
    button(more, "Clear", () => this.clear());
    const stroke = (settled) => section.moved(settled);
    canvas.addEventListener("pointerdown", (event) => {
      if (tools.hidden) return;
      canvas.setPointerCapture(event.pointerId);
      this.last = null;
      this.dab(event, canvas);
      stroke(false);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (tools.hidden || !event.buttons) return;
      this.dab(event, canvas);
      stroke(false);
    });
    canvas.addEventListener("pointerup", () => !tools.hidden && stroke(true));
  }

  dab({ clientX, clientY }, canvas) {
    const box = canvas.getBoundingClientRect();
    const { width: side } = this.layer;
    const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height].map((share) => share * side);
    const context = contextOf(this.layer);
    const radius = Math.max(1.5, (this.width.value * side) / 2);
    const green = Math.round(255 * this.strength.value);
    context.strokeStyle = `rgb(255 ${green} 0)`;
    Object.assign(context, { lineWidth: 2 * radius, lineCap: "round" });
    context.beginPath();
    context.moveTo(...(this.last ?? [x, y]));
    context.lineTo(x + 0.01, y);
    context.stroke();
    this.last = [x, y];
    this.change(true);
  }

  fill() {
    const context = contextOf(this.layer);
    const { width: side } = this.layer;
    for (let x = 0; x < side; x++) {
      context.fillStyle = `rgb(255 ${Math.round((255 * x) / (side - 1))} 0)`;
      context.fillRect(x, 0, 1, side);
    }
    this.change(true);
    this.section.moved(true);
  }

  clear() {
    contextOf(this.layer).clearRect(0, 0, this.layer.width, this.layer.height);
    this.change(false);
    this.section.moved(true);
  }

  change(painted) {
    this.painted = painted;
    this.number++;
  }

  /** {block: map} at a quarter of the padded picture's size, as the blocks see it; null where nothing is painted. */
  maps(alphas, [, , height, width], margin) {
    if (!this.painted) return null;
    const [rows, columns] = [height, width].map((side) => (side + 2 * margin) / 4);
    const { width: side } = this.layer;
    const { data: pixels } = contextOf(this.layer).getImageData(0, 0, side, side);
    const place = (at, length) => {
      const share = (4 * (at + 0.5) - margin) / length; // of the picture; its rim goes on into the margin
      return Math.min(side - 1, Math.max(0, Math.floor(share * side)));
    };
    return Object.fromEntries(
      Object.entries(alphas).map(([block, alpha]) => {
        const values = new Float32Array(rows * columns);
        for (let i = 0; i < values.length; i++) {
          const at = 4 * (place(Math.floor(i / columns), height) * side + place(i % columns, width));
          const share = pixels[at + 3] / 255;
          values[i] = share * (pixels[at + 1] / 255) + (1 - share) * alpha;
        }
        return [block, { data: values, dims: [1, 1, rows, columns], number: `map ${this.number} ${alpha}` }];
      }),
    );
  }
}
