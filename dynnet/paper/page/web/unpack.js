// From the page's text to bytes, from bytes to tensors; the other end of tensors.py.

const FORBIDDEN = [0, 13, 60];

/** Bytes of a text in which a character holds seven bits, or two groups of seven where it is above 255. */
export function bytesOf(text, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  let bits = 0;
  let held = 0;
  const put = (group) => {
    held = ((held << 7) | group) & 0x7fff;
    bits += 7;
    if (bits >= 8 && at < length) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 128) {
      put(code);
    } else {
      put(FORBIDDEN[(code - 256) >> 7]);
      put((code - 256) & 127);
    }
  }
  return bytes;
}

export async function unzipped(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** {tensors: {name: {dims, data}}, body} of a pack; tensors are widened to float32 when they are asked for. */
export function opened(pack) {
  const size = new DataView(pack.buffer, pack.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + size)));
  return { header, body: pack.slice(4 + size) };
}

export function tensorOf(body, { kind, dims, at }) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (kind === "float") return new Float32Array(body.slice(at, at + 4 * count).buffer);
  const found = new Float32Array(count);
  if (kind === "half") {
    const halves = new Uint16Array(body.slice(at, at + 2 * count).buffer);
    for (let i = 0; i < count; i++) found[i] = single(halves[i]);
    return found;
  }
  const integers = new Int8Array(body.buffer, body.byteOffset + at, dims[0] + count);
  const row = count / dims[0];
  for (let i = 0; i < count; i++) found[i] = integers[dims[0] + i] * 2 ** integers[Math.floor(i / row)];
  return found;
}

function single(half) {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024);
  return half & 0x8000 ? -size : size;
}
