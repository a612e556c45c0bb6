// A film as GIF: 252 colours with ordered dither, which keeps what stands still at rest, and LZW.

const LEVELS = [6, 7, 6]; // of red, green and blue
const DITHER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]; // Bayer's matrix, 4 x 4
const BITS = 8; // of a pixel
const [CLEAR, END] = [256, 257];

const word = (value) => [value & 255, value >> 8];
const ascii = (text) => [...text].map((letter) => letter.charCodeAt(0));

function palette() {
  const colours = new Uint8Array(3 * 256);
  for (let i = 0; i < 252; i++) {
    const levels = [Math.floor(i / 42), Math.floor(i / 6) % 7, i % 6];
    colours.set(
      levels.map((level, c) => Math.round((255 * level) / (LEVELS[c] - 1))),
      3 * i,
    );
  }
  return colours;
}

function indexed({ data, width, height }) {
  const found = new Uint8Array(width * height);
  for (let i = 0; i < found.length; i++) {
    const threshold = (DITHER[4 * (Math.floor(i / width) % 4) + ((i % width) % 4)] + 0.5) / 16;
    const [r, g, b] = LEVELS.map((levels, c) => Math.floor((data[4 * i + c] / 255) * (levels - 1) + threshold));
    found[i] = 42 * r + 6 * g + b;
  }
  return found;
}

/** Codes of 9 to 12 bits, in blocks of at most 255 bytes. */
function compressed(pixels) {
  const bytes = [];
  let [held, bits, size, next, codes] = [0, 0, BITS + 1, END + 1, new Map()];
  const put = (code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8, held >>= 8) bytes.push(held & 255);
  };
  put(CLEAR);
  let prefix = pixels[0];
  for (const pixel of pixels.subarray(1)) {
    const key = (prefix << BITS) | pixel;
    if (codes.has(key)) {
      prefix = codes.get(key);
      continue;
    }
    put(prefix);
    prefix = pixel;
    codes.set(key, next);
    if (next >> size) size++;
    if (next++ < 4095) continue;
    put(CLEAR);
    [size, next, codes] = [BITS + 1, END + 1, new Map()];
  }
  put(prefix);
  put(END);
  bytes.push(held);
  const blocks = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(Uint8Array.of(block.length, ...block));
  }
  return [Uint8Array.of(BITS), ...blocks, Uint8Array.of(0)];
}

/** Pictures (ImageData of one size) as a film that goes on for ever; `delay` in hundredths of a second. */
export async function gifOf(pictures, delay) {
  const [{ width, height }] = pictures;
  const size = [...word(width), ...word(height)];
  const head = [...ascii("GIF89a"), ...size, 0xf7, 0, 0];
  const loop = [0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0];
  const parts = [Uint8Array.from(head), palette(), Uint8Array.from(loop)];
  const made = new Map(); // on the way back the pictures are those of the way there
  for (const picture of pictures) {
    if (!made.has(picture)) {
      made.set(picture, compressed(indexed(picture)));
      await new Promise((resolve) => setTimeout(resolve)); // the page answers in between
    }
    parts.push(Uint8Array.of(0x21, 0xf9, 4, 0, ...word(delay), 0, 0, 0x2c, 0, 0, 0, 0, ...size, 0));
    parts.push(...made.get(picture));
  }
  return new Blob([...parts, Uint8Array.of(0x3b)], { type: "image/gif" });
}
