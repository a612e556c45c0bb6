// The worker: networks, the renderers of every view, and what is measured of their pictures.

import { contentLoss, holeL1, styleLoss } from "./losses.js";
import { Staged, Stale } from "./staged.js";
import { opened, plainOf, tensorOf } from "./unpack.js";

const KEPT = 6; // renderers that keep their values
const tensors = {};
const bodies = {};
const networks = {};
const renderers = new Map();
const newest = {}; // {view: id of its last request}
let data;
let ort;
let queue = Promise.resolve();

const channel = new MessageChannel();
const waiting = [];
channel.port1.onmessage = () => waiting.shift()();
/** Lets messages in that have come. */
const breath = () => new Promise((resolve) => (waiting.push(resolve), channel.port2.postMessage(0)));

self.onmessage = ({ data: message }) => {
  const { type, id, view } = message;
  if (type === "render") newest[view] = id;
  const failed = (error) => {
    if (error instanceof Stale) postMessage({ type: "stale", id });
    else postMessage({ type: "failed", id, reason: String(error?.message ?? error) });
  };
  queue = queue.then(() => handle[type](message)).catch(failed);
};

const handle = {
  async start({ script, wasm, page, shared }) {
    data = page;
    keep("shared", shared);
    ort = await import(URL.createObjectURL(new Blob([await plainOf(script)], { type: "text/javascript" })));
    Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: (await plainOf(wasm)).buffer });
    ort.env.logLevel = "error";
    postMessage({ type: "started" });
  },
  async pack({ name, content }) {
    keep(name, await plainOf(content));
  },
  async render(message) {
    const { id, view, measure, columns } = message;
    const rested = async () => {
      await breath();
      if (newest[view] !== id) throw new Stale();
    };
    await rested();
    const renderer = await rendererOf(message);
    const begun = performance.now();
    renderer.staged.rested = rested;
    const alphas = Object.entries(message.alphas).map(([block, { data: values, dims, number }]) => [
      block,
      Object.assign(new ort.Tensor("float32", values, dims), { number }),
    ]);
    const { y } = await renderer.staged.run(Object.fromEntries(alphas));
    const picture = pictureOf(y, columns);
    postMessage({ type: "picture", id, ms: performance.now() - begun, ...picture }, [picture.pixels.buffer]);
    await rested();
    const measures = measure ? await (measure.style ? painted : completed)(message, renderer, y, rested) : {};
    postMessage({ type: "done", id, measures });
  },
};

function keep(name, pack) {
  const { header, body } = opened(pack);
  bodies[name] = body;
  for (const [tensor, entry] of Object.entries(header)) tensors[tensor] = { ...entry, pack: name };
}

const stored = (name) => tensorOf(bodies[tensors[name].pack], tensors[name]);

async function networkOf(name) {
  if (!networks[name]) {
    const sessions = [];
    for (const stage of data.networks[name].stages) sessions.push(await sessionOf(name, stage));
    networks[name] = sessions;
  }
  return networks[name];
}

async function sessionOf(name, { graph: [offset, length], tensors: names }) {
  const weights = await new Blob(names.map(stored)).arrayBuffer(); // one behind the other
  const externalData = names.length ? [{ path: "weights", data: new Uint8Array(weights) }] : undefined;
  const graph = bodies[name].slice(offset, offset + length);
  return ort.InferenceSession.create(graph, { executionProviders: ["wasm"], externalData });
}

async function rendererOf({ view, network, input }) {
  const key = `${view} ${network} ${input.dims}`;
  let renderer = renderers.get(key);
  if (!renderer) {
    const zeros = (alpha) => new ort.Tensor("float32", new Float32Array(alpha.data.length), alpha.dims);
    renderer = { staged: new Staged(data.networks[network], await networkOf(network), breath, zeros), input: null };
  }
  renderers.delete(key);
  renderers.set(key, renderer); // the last one used comes last
  if (renderers.size > KEPT) renderers.delete(renderers.keys().next().value);
  if (renderer.input !== input.key) {
    const x = new ort.Tensor("float32", input.data, input.dims);
    renderer.staged.setInputs({ x });
    Object.assign(renderer, { input: input.key, x, content: null });
  }
  return renderer;
}

/** Pixels of (B, 3, H, W) in [0, 1], several pictures in rows of `columns`. */
function pictureOf({ data: values, dims: [count, , rows, width] }, columns) {
  const height = Math.ceil(count / columns) * rows;
  const pixels = new Uint8ClampedArray(4 * height * columns * width).fill(255);
  const plane = rows * width;
  for (let n = 0; n < count; n++) {
    const [left, top] = [(n % columns) * width, Math.floor(n / columns) * rows];
    for (let i = 0; i < plane; i++) {
      const at = 4 * ((top + Math.floor(i / width)) * columns * width + left + (i % width));
      for (let c = 0; c < 3; c++) pixels[at + c] = 255 * values[(3 * n + c) * plane + i];
    }
  }
  return { pixels, width: columns * width, height };
}

/** Content loss and style loss. */
async function painted({ measure }, renderer, y, rested) {
  renderer.content ??= (await measured("losses", renderer.x)).content.data;
  await rested();
  const { content, ...grams } = await measured("losses", y);
  const values = Object.values(grams).map((gram) => gram.data);
  const style = styleLoss(values, data[`${measure.style}.targets`].map(stored));
  return { content: contentLoss(content.data, renderer.content), style };
}

/** L1 in the hole, and what the critic says of the picture there. */
async function completed({ measure, input }, _, y) {
  const mask = input.data.subarray(3 * y.dims[2] * y.dims[3]);
  const judged = Float32Array.from(input.data);
  judged.set(y.data);
  const { realism } = await measured("critic", new ort.Tensor("float32", judged, input.dims));
  return { l1: holeL1(y.data, measure.target, mask), realism: realism.data[0] };
}

async function measured(name, x) {
  const [session] = await networkOf(name);
  return session.run({ x });
}
