// The worker: networks, what each view computed last, and what is measured of its pictures.

import { Staged, Stale } from "./staged.js";
import { plainOf, tensorOf } from "./unpack.js";

const KEPT = 6; // staged networks that keep their values
const bodies = {}; // of packs
const kept = new Map();
const newest = {}; // {view: its last request}
let data;
let ort;
let queue = Promise.resolve();

const { port1, port2 } = new MessageChannel();
/** Lets messages in that have come. */
const breath = () => {
  port2.postMessage(0);
  return new Promise((resolve) => (port1.onmessage = resolve));
};

// A request has a port of its own: for its picture, and then for its answer, which is null where it has become stale.
self.onmessage = ({ data: request, ports: [port] }) => {
  newest[request.view] = request;
  const failed = (error) => {
    port.postMessage(error instanceof Stale ? { answer: null } : { failed: String(error?.message ?? error) });
  };
  const act = request.page ? start : render;
  queue = queue.then(() => act(request, port)).then((answer) => port.postMessage({ answer }), failed);
};

async function start({ page, packs }) {
  data = page;
  const script = new Blob([await plainOf(packs["engine.script"])], { type: "text/javascript" });
  ort = await import(URL.createObjectURL(script));
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: (await plainOf(packs["engine.wasm"])).buffer });
  ort.env.logLevel = "error";
}

async function render(request, port) {
  const { view, columns, measure, packs } = request;
  for (const [name, content] of Object.entries(packs)) bodies[name] = await plainOf(content); // they come only once
  const rested = async () => {
    await breath();
    if (newest[view] !== request) throw new Stale();
  };
  await rested();
  const staged = await stagedOf(request);
  const [alphas, atZero] = [{}, {}];
  for (const [block, { key, data: values, dims }] of Object.entries(request.alphas)) {
    alphas[block] = Object.assign(tensor(values, dims), { key });
    atZero[block] = Object.assign(tensor(new Float32Array(values.length), dims), { key: 0 });
  }
  const begun = performance.now();
  staged.rested = rested;
  const y = await staged.run(alphas, atZero);
  const picture = { ...pictureOf(y, columns), ms: performance.now() - begun };
  port.postMessage({ picture }, [picture.pixels.buffer]);
  if (!measure) return {};
  await rested();
  return measure.style ? lossesOf(staged, y, measure.style, rested) : judgementOf(staged, y, measure.target);
}

const tensor = (values, dims) => new ort.Tensor("float32", values, dims);

async function networkOf(name) {
  const network = data.networks[name];
  for (const stage of network.stages) stage.session ??= await sessionOf(bodies[name], stage);
  return network;
}

async function sessionOf(body, { graph: [offset, length], tensors }) {
  const parts = tensors.map((name) => tensorOf(data.tensors[name], bodies));
  const weights = await new Blob(parts).arrayBuffer(); // one behind the other
  const externalData = parts.length ? [{ path: "weights", data: new Uint8Array(weights) }] : undefined;
  const graph = body.slice(offset, offset + length);
  return ort.InferenceSession.create(graph, { executionProviders: ["wasm"], externalData });
}

async function stagedOf({ view, network, input: { key, data: values, dims } }) {
  const name = `${view} ${network} ${key}`;
  const staged = kept.get(name) ?? new Staged(await networkOf(network), tensor(values, dims));
  kept.delete(name);
  kept.set(name, staged); // the last one used comes last
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return staged;
}

/** Pixels of (B, 3, H, W) in [0, 1], several pictures in rows of `columns`. */
function pictureOf({ data: values, dims: [count, , rows, side] }, columns) {
  const [width, height] = [columns * side, Math.ceil(count / columns) * rows];
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const y = Math.floor(i / width);
    const picture = columns * Math.floor(y / rows) + Math.floor(x / side);
    const at = 3 * picture * rows * side + (y % rows) * side + (x % side);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 * values[at + c * rows * side];
  }
  return { pixels, width, height };
}

/** Content loss and style loss of a painted photo. */
async function lossesOf(staged, y, style, rested) {
  staged.features ??= (await measured("losses", staged.x)).content.data;
  await rested();
  const { content, [style]: loss } = await measured("losses", y);
  const squares = content.data.reduce((total, value, i) => total + (value - staged.features[i]) ** 2, 0);
  return { content: squares / content.data.length, style: loss.data[0] };
}

/** L1 in the hole, and what the critic says of the picture there. */
async function judgementOf({ x }, y, target) {
  const [count, , ...sides] = x.dims;
  const judged = Float32Array.from([...y.data, ...x.data.subarray(y.data.length), ...target]); // the mask between them
  const { l1, realism } = await measured("critic", tensor(judged, [count, 7, ...sides]));
  return { l1: l1.data[0], realism: realism.data[0] };
}

async function measured(name, x) {
  const { stages } = await networkOf(name);
  return stages[0].session.run({ x });
}
