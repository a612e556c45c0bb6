// From the page's text to bytes, from bytes to tensors; the other end of tensors.py.

const FIRST = 0x100;

/** Bytes of a text in which a character holds fifteen bits. */
export function bytesOf(text, length) {
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  for (let i = 0, at = 0; i < text.length; i++) {
    held = ((held & 0xff) << 15) | (text.charCodeAt(i) - FIRST);
    for (bits += 15; bits >= 8 && at < length; bits -= 8) bytes[at++] = (held >> (bits - 8)) & 255;
  }
  return bytes;
}

async function unzipped(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export const plainOf = ({ text, bytes }) => unzipped(bytesOf(text, bytes));

/** {tensors: {name: {dims, data}}, body} of a pack; tensors are widened to float32 when they are asked for. */
export function opened(pack) {
  const size = new DataView(pack.buffer, pack.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + size)));
  return { header, body: pack.slice(4 + size) };
}

export function tensorOf(body, { kind, dims, at, step }) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (kind === "float") return new Float32Array(body.slice(at, at + 4 * count).buffer);
  const found = new Float32Array(count);
  if (kind === "half") {
    const halves = new Uint16Array(body.slice(at, at + 2 * count).buffer);
    for (let i = 0; i < count; i++) found[i] = single(halves[i]);
    return found;
  }
  const far = kind === "far" ? new Int8Array(body.buffer, body.byteOffset + at + count, count) : null;
  const size = (4 + (step & 3)) * 2 ** (step >> 2);
  for (let i = 0; i < count; i++) found[i] = (body[at + i] - 128 + (far ? 256 * far[i] : 0)) * size;
  return found;
}

function single(half) {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
  return half & 0x8000 ? -size : size;
}
