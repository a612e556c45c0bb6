// Painting alpha: strokes on a grid, and maps for the blocks.

import { blank } from "./pictures.js";

const GRID = 96; // pixels on a side of the picture; as many lie around it, where its padding takes from
const ALL = [0, 0, 3 * GRID, 3 * GRID];

let editions = 0;

const colourOf = (alpha) => `rgb(255 ${Math.round(255 * alpha)} 0)`;

export class Brush {
  layer = blank(3 * GRID, 3 * GRID); // how much is painted, in opacity; with which alpha, in green
  edition = 0; // another one with every stroke; 0 where nothing is painted

  /** Begins a stroke, in shares of the picture; gives what goes on with it. */
  begin(place, { strength, width }) {
    const lines = { lineCap: "round", lineJoin: "round", lineWidth: Math.max(3, width * GRID) };
    Object.assign(this.layer, lines, { strokeStyle: colourOf(strength) }).beginPath();
    const further = (place) => {
      const [x, y] = place.map((share) => GRID + share * GRID);
      this.layer.lineTo(x, y);
      this.layer.lineTo(x + 0.01, y); // a dot is a line, too
      this.layer.stroke();
      this.edition = ++editions;
    };
    further(place);
    return further;
  }

  /** From 0 at the left to 1 at the right. */
  ramp() {
    const gradient = this.layer.createLinearGradient(GRID, 0, 2 * GRID, 0);
    for (const alpha of [0, 1]) gradient.addColorStop(alpha, colourOf(alpha));
    Object.assign(this.layer, { fillStyle: gradient }).fillRect(...ALL);
    this.edition = ++editions;
  }

  clear() {
    this.layer.clearRect(...ALL);
    this.edition = 0;
  }

  /** A map at a quarter of the padded picture's size, as blocks see it: alpha is where nothing is painted. */
  map(alpha, [, , height, width], margin) {
    const [columns, rows] = [width, height].map((side) => (side + 2 * margin) / 4);
    const [across, down] = [width, height].map((side) => (GRID * margin) / side);
    const scaled = blank(columns, rows);
    const box = [GRID - across, GRID - down, GRID + 2 * across, GRID + 2 * down];
    scaled.drawImage(this.layer.canvas, ...box, 0, 0, columns, rows);
    const { data: pixels } = scaled.getImageData(0, 0, columns, rows);
    const data = new Float32Array(rows * columns).map((_, i) => {
      const share = pixels[4 * i + 3] / 255;
      return share * (pixels[4 * i + 1] / 255) + (1 - share) * alpha;
    });
    return { key: `map ${this.edition} ${alpha}`, data, dims: [1, 1, rows, columns] };
  }
}
