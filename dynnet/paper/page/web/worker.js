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
const breath = () => new Promise((resolve) => (waiting.push(resolve), channel.port2.postMessage(0)));

self.onmessage = ({ data: message }) => {
  if (message.type === "render") newest[message.view] = message.id;
  queue = queue
    .then(() => handle[message.type](message))
    .catch((error) => {
      if (!(error instanceof Stale))
        postMessage({ type: "failed", id: message.id, reason: String(error?.message ?? error) });
      else postMessage({ type: "stale", id: message.id });
    });
};

const handle = {
  async start({ script, wasm, page, shared }) {
    data = page;
    keep("shared", shared);
    const address = URL.createObjectURL(new Blob([await plainOf(script)], { type: "text/javascript" }));
    ort = await import(address);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = (await plainOf(wasm)).buffer;
    ort.env.logLevel = "error";
    postMessage({ type: "started" });
  },
  async pack({ name, content }) {
    keep(name, await plainOf(content));
  },
  async render(message) {
    const rested = async () => {
      await breath();
      if (newest[message.view] !== message.id) throw new Stale();
    };
    await rested();
    const renderer = await rendererOf(message);
    const begun = performance.now();
    renderer.staged.rested = rested;
    const alphas = Object.fromEntries(
      Object.entries(message.alphas).map(([block, { data: values, dims, number }]) => {
        const tensor = new ort.Tensor("float32", values, dims);
        if (number) tensor.number = number;
        return [block, tensor];
      }),
    );
    const { y } = await renderer.staged.run(alphas);
    const picture = pictureOf(y, message.columns);
    const ms = performance.now() - begun;
    postMessage({ type: "picture", id: message.id, ms, ...picture }, [picture.pixels.buffer]);
    const measures = message.measure ? await measured(message, renderer, y, rested) : {};
    postMessage({ type: "done", id: message.id, measures });
  },
};

function keep(name, pack) {
  const { header, body } = opened(pack);
  bodies[name] = body;
  for (const [tensor, entry] of Object.entries(header)) tensors[tensor] = { ...entry, pack: name };
}

async function networkOf(name) {
  if (!networks[name]) {
    const sessions = [];
    for (const stage of data.networks[name].stages) sessions.push(await sessionOf(name, stage));
    networks[name] = sessions;
  }
  return networks[name];
}

async function sessionOf(name, stage) {
  const [offset, length] = stage.graph;
  const weights = stage.tensors.map((tensor) => tensorOf(bodies[tensors[tensor].pack], tensors[tensor]));
  const joined = new Float32Array(weights.reduce((total, one) => total + one.length, 0));
  let at = 0;
  for (const one of weights) {
    joined.set(one, at);
    at += one.length;
  }
  const externalData = joined.length ? [{ path: "weights", data: new Uint8Array(joined.buffer) }] : undefined;
  const options = { executionProviders: ["wasm"], externalData };
  return ort.InferenceSession.create(bodies[name].slice(offset, offset + length), options);
}

async function rendererOf({ view, network, input }) {
  const key = `${view} ${network} ${input.dims}`;
  let renderer = renderers.get(key);
  if (!renderer) {
    const zeros = (alpha) => new ort.Tensor("float32", new Float32Array(alpha.data.length), alpha.dims);
    renderer = { staged: new Staged(data.networks[network], await networkOf(network), breath, zeros), input: null };
  }
  renderers.delete(key);
  renderers.set(key, renderer);
  if (renderers.size > KEPT) renderers.delete(renderers.keys().next().value);
  if (renderer.input !== input.key) {
    renderer.x = new ort.Tensor("float32", input.data, input.dims);
    renderer.staged.setInputs({ x: renderer.x });
    renderer.input = input.key;
    renderer.content = null;
  }
  return renderer;
}

/** Pixels of (B, 3, H, W) in [0, 1], several pictures in rows of `columns`. */
function pictureOf({ data: values, dims: [count, , height, width] }, columns = 1) {
  const rows = Math.ceil(count / columns);
  const pixels = new Uint8ClampedArray(4 * rows * height * columns * width).fill(255);
  const plane = height * width;
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * width;
    const top = Math.floor(n / columns) * height;
    for (let i = 0; i < plane; i++) {
      const at = 4 * ((top + Math.floor(i / width)) * columns * width + left + (i % width));
      for (let c = 0; c < 3; c++) pixels[at + c] = 255 * values[(3 * n + c) * plane + i];
    }
  }
  return { pixels, width: columns * width, height: rows * height };
}

async function measured({ measure, input }, renderer, y, rested) {
  await rested();
  if (measure.style) {
    renderer.content ??= (await featuresOf(renderer.x)).content.data;
    await rested();
    const { content, ...grams } = await featuresOf(y);
    const triangles = data[`${measure.style}.targets`].map((name) =>
      tensorOf(bodies[tensors[name].pack], tensors[name]),
    );
    const style = styleLoss(
      Object.values(grams).map((gram) => gram.data),
      triangles,
    );
    return { content: contentLoss(content.data, renderer.content), style };
  }
  const mask = input.data.subarray(3 * y.dims[2] * y.dims[3]);
  const judged = new Float32Array(input.data);
  judged.set(y.data);
  const [critic] = await networkOf("critic");
  const x = new ort.Tensor("float32", judged, input.dims);
  const { realism } = await critic.run({ x });
  return { l1: holeL1(y.data, measure.target, mask), realism: realism.data[0] };
}

async function featuresOf(x) {
  const [session] = await networkOf("losses");
  return session.run({ x });
}
