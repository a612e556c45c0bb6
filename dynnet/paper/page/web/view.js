// The worker seen from the page, and a view: a canvas that shows what a network makes of an input at some alphas.

import { contextOf } from "./pictures.js";

const SIZES = [192, 256, 320, 384, 448, 512];
const PATIENCE = 900; // ms that a full picture may take

/** A piece of the page, which is taken out of it. */
export function taken(name) {
  const node = document.getElementById(name);
  const content = { text: node.textContent, length: Number(node.dataset.length) };
  node.remove();
  return content;
}

export class Engine {
  full = 256; // the longer side of a picture that waits for nothing else
  rate = 0; // pixels in a millisecond

  constructor(page, source, failed) {
    this.networks = page.networks;
    this.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    this.worker.onerror = (event) => failed(event.message);
    this.started = this.ask({ page }, ["engine.script", "engine.wasm"]);
  }

  /** Sends a request, and with it the pieces of the page that the worker needs; `painted` hears of its picture. */
  ask(request, pieces, painted) {
    const { port1, port2 } = new MessageChannel();
    const missing = pieces.filter((name) => document.getElementById(name)); // the others it has
    const packs = Object.fromEntries(missing.map((name) => [name, taken(name)]));
    this.worker.postMessage({ ...request, packs }, [port2]);
    return new Promise((resolve, reject) => {
      port1.onmessage = ({ data: { picture, failed, answer } }) => {
        if (picture) return painted(picture);
        port1.close();
        if (failed) reject(new Error(failed));
        else resolve(answer);
      };
    });
  }

  /** Every painted photo says how large the others may be. */
  learn(pixels, ms) {
    this.rate = Math.max(this.rate, pixels / ms);
    this.full = SIZES.filter((size) => size ** 2 / this.rate <= PATIENCE).at(-1) ?? SIZES[0];
  }
}

/** {block: tensor} from {block or set of blocks: number or map}, or from one number for all. */
function tensorsOf({ sets, blocks }, alphas) {
  const setOf = (name) => Object.keys(sets).find((set) => sets[set].includes(name));
  const given = (name) => (typeof alphas === "number" ? alphas : (alphas[name] ?? alphas[setOf(name)] ?? 0));
  const tensor = (alpha) => (alpha.data ? alpha : { key: alpha, data: Float32Array.of(alpha), dims: [] });
  return Object.fromEntries(blocks.map(({ name }) => [name, tensor(given(name))]));
}

globalThis.dynnetViews = {}; // what every view shows, for tests and for the curious

export class View {
  last = null; // what it shows
  busy = 0; // requests without an answer

  constructor(engine, root) {
    const name = root.dataset.view;
    Object.assign(this, { engine, root, name, canvas: root.querySelector("canvas") });
    globalThis.dynnetViews[name] = this;
  }

  /**
   * Shows what a network makes of an input at alphas, as in tensorsOf; gives what it shows, with its measures, or null
   * where something else was asked for since.
   */
  async show(network, input, alphas, { columns = 1, measure = null } = {}) {
    const { networks } = this.engine;
    const request = { view: this.name, network, input, columns, measure };
    request.alphas = tensorsOf(networks[network], alphas);
    const pieces = [network, ...(measure ? [measure.by] : [])].flatMap((name) => networks[name].packs);
    this.busy++;
    try {
      const measures = await this.engine.ask(request, pieces, (picture) => this.draw(picture, request));
      return measures && Object.assign(this.last, { measures });
    } finally {
      this.busy--;
    }
  }

  draw({ pixels, width, height, ms }, request) {
    const { canvas, root } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    contextOf(canvas).putImageData(new ImageData(pixels, width, height), 0, 0);
    canvas.dataset.pictures = Number(canvas.dataset.pictures ?? 0) + 1;
    this.last = { ...request, pixels, ms };
    const { dims } = request.input;
    root.classList.remove("waiting");
    const size = dims.length === 4 ? `${width} × ${height}` : `${dims[0]} faces`;
    root.querySelector("figcaption > span").textContent = `${size} in ${Math.round(ms)} ms`;
    if (dims[1] === 3) this.engine.learn(width * height, ms);
  }
}
