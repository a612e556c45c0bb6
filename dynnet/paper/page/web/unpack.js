// From the page's text to bytes, from bytes to tensors; the other end of tensors.py.

const FIRST = 0x100;

/** The bytes of a piece of the page: gzipped, and then text in which a character holds fifteen bits. */
export async function plainOf({ text, length }) {
  const bytes = new Uint8Array(length);
  let [held, bits] = [0, 0];
  for (let i = 0, at = 0; i < text.length; i++) {
    held = ((held & 0xff) << 15) | (text.charCodeAt(i) - FIRST);
    for (bits += 15; bits >= 8 && at < length; bits -= 8) bytes[at++] = (held >> (bits - 8)) & 255;
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A tensor's float32 numbers, or the whole multiples of a step that they are. */
export function tensorOf({ pack, dims, at, step }, bodies) {
  const body = bodies[pack];
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (step === undefined) return new Float32Array(body.slice(at, at + 4 * count).buffer);
  const far = new Int8Array(body.buffer, at + count, count); // how far beyond the byte
  const size = (4 + (step & 3)) * 2 ** (step >> 2);
  return new Float32Array(count).map((_, i) => (body[at + i] - 128 + 256 * far[i]) * size);
}
