// The worker seen from the page, and a view: a canvas that shows what a network makes of an input at some alphas.

import { mapped } from "./controls.js";
import { contextOf } from "./pictures.js";

const SMALL = 128;
const SIZES = [192, 256, 320, 384, 448, 512];
const PATIENCE = 900; // ms that a full picture may take

export class Engine {
  constructor(data, source, shared, failed) {
    Object.assign(this, { data, failed, sent: new Set(), answers: {}, ids: 0, full: 256, rate: 0 });
    this.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    this.worker.onmessage = ({ data: message }) => this.heard(message);
    this.worker.onerror = (event) => failed(event.message);
    this.started = new Promise((resolve) => (this.start = resolve));
    const content = { script: taken("engine.script"), wasm: taken("engine.wasm") };
    this.worker.postMessage({ type: "start", page: data, shared, ...content });
  }

  pack(name) {
    if (this.sent.has(name)) return;
    this.sent.add(name);
    this.worker.postMessage({ type: "pack", name, content: taken(name) });
  }

  heard(message) {
    const { type, id, reason } = message;
    if (type === "started") return this.start();
    const answer = this.answers[id];
    if (type === "failed" && !answer) return this.failed(reason);
    if (type !== "picture") delete this.answers[id];
    answer?.[type](message);
  }

  /** Asks for a picture; answers are {picture, done, stale, failed}. */
  ask(request, answers) {
    for (const name of [request.network, ...(request.measure?.needs ?? [])]) {
      for (const pack of this.data.networks[name].packs) this.pack(pack);
    }
    const id = ++this.ids;
    this.answers[id] = answers;
    this.worker.postMessage({ type: "render", id, ...request });
  }

  /** The longer side of a picture: small while a thumb moves, and then as large as the machine is fast. */
  size(settled) {
    return settled ? this.full : SMALL;
  }

  /** Every picture says how large the others may be. */
  learn(pixels, ms) {
    this.rate = Math.max(this.rate, pixels / ms);
    this.full = SIZES.filter((size) => size ** 2 / this.rate <= PATIENCE).at(-1) ?? SIZES[0];
  }
}

/** A piece of the page, which is taken out of it. */
export function taken(name) {
  const node = document.getElementById(name);
  const content = { text: node.textContent, bytes: Number(node.dataset.bytes) };
  node.remove();
  return content;
}

const views = {};

export class View {
  /** @param said hears {ms, dims of the input} of every picture. */
  constructor(engine, name, canvas, { network, columns, said }) {
    Object.assign(this, { engine, name, canvas, network, columns, said, last: null, busy: 0 });
    views[name] = this;
  }

  /**
   * Shows the picture of an input at {block: alpha}, numbers or maps; gives what it shows, or null where something else
   * was asked for since.
   * @param inputs size -> input, @param settled full size, where it would else be small.
   */
  async show(inputs, alphas, { settled = true, measure = null, size = null } = {}) {
    const { network, columns, name: view } = this;
    const input = inputs(size ?? this.engine.size(settled));
    const tensors = mapped(alphas, (alpha) => (alpha.data ? alpha : { data: Float32Array.of(alpha), dims: [] }));
    this.busy++;
    const answered = new Promise((resolve, reject) => {
      const picture = ({ ms, pixels, width, height }) => {
        this.draw(pixels, width, height);
        this.last = { input, alphas: tensors, network, pixels, ms };
        this.said({ ms, dims: input.dims });
      };
      const done = ({ measures }) => resolve(Object.assign(this.last, { measures }));
      const failed = ({ reason }) => reject(new Error(reason));
      const request = { view, network, input, columns, measure, alphas: tensors };
      this.engine.ask(request, { picture, done, stale: () => resolve(null), failed });
    });
    return answered.finally(() => this.busy--);
  }

  draw(pixels, width, height) {
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    contextOf(this.canvas).putImageData(new ImageData(pixels, width, height), 0, 0);
    this.canvas.dataset.pictures = Number(this.canvas.dataset.pictures ?? 0) + 1;
  }
}

/** What every view shows, for tests and for the curious. */
globalThis.dynnetViews = views;
