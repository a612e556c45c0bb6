// Pictures in: from the page, a file, a drop, the clipboard, the webcam; and as what a network takes.

const LONGEST = 1024;
const MOST_PIXELS = 65e6;
const LEAST_SIDE = 16;

class Refused extends Error {}

export const within = (value, low, high) => Math.min(Math.max(value, low), high);

export const contextOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

/** The context of a new canvas. */
export const blank = (width, height) => contextOf(Object.assign(document.createElement("canvas"), { width, height }));

/** A canvas of that size with a source on it, or a `box` of the source: left, top, width, height. */
export function drawn(source, width, height, ...box) {
  const context = Object.assign(blank(width, height), { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, width, height); // transparent places
  context.drawImage(source, ...box, 0, 0, width, height);
  return context.canvas;
}

/** The largest centred square. */
export function square(source, side) {
  const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const edge = Math.min(width, height);
  return drawn(source, side, side, (width - edge) / 2, (height - edge) / 2, edge, edge);
}

export const pixelsOf = (canvas) => contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);

/** Runs what may be refused; a refusal is a sentence, and everything stays as it was. */
export async function tried(action) {
  const refusal = document.getElementById("refusal");
  refusal.hidden = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    Object.assign(refusal, { textContent: error.message, hidden: false });
  }
}

/** A picture of a file, its longer side at most LONGEST; raises Refused with a sentence. */
export async function fromFile(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    const name = file.name || "That";
    throw new Refused(`${name} is no picture that this browser can read; choose a JPEG, PNG or WebP file.`);
  });
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Refused("That picture has more than 65 million pixels; make it smaller.");
  if (Math.min(width, height) < LEAST_SIDE) {
    throw new Refused(`That picture has ${width} × ${height} pixels; at least ${LEAST_SIDE} a side are needed.`);
  }
  const factor = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = drawn(bitmap, Math.round(width * factor), Math.round(height * factor));
  const { data } = pixelsOf(canvas);
  const same = (pixel, i) => i % 4 === 3 || Math.abs(pixel - data[i % 4]) < 2;
  if (data.every(same)) throw new Refused("That picture has one colour only; there is nothing to paint.");
  return canvas;
}

/** The webcam's picture as a playing video; raises Refused. */
export async function webcam() {
  try {
    const srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
    const video = Object.assign(document.createElement("video"), { srcObject, muted: true });
    await video.play();
    return video;
  } catch {
    throw new Refused("There is no webcam that this page may use; the last picture stays.");
  }
}

/**
 * Offers pictures by the thumbs of a form, by a file, and by what is dropped or pasted on `place`: `use(picture)` hears
 * of each, of the first thumb's at once.
 */
export async function offer(form, addresses, place, use) {
  const images = [...form.querySelectorAll(".thumbs img")];
  const chosen = async (image) => {
    await image.decode();
    use(drawn(image, image.naturalWidth, image.naturalHeight));
  };
  const given = ([file]) => file && tried(async () => use(await fromFile(file)));
  for (const [index, image] of images.entries()) image.src = addresses[index];
  form.addEventListener("change", ({ target }) => {
    if (target.name === "offered") chosen(images[target.value]);
    if (target.type !== "file") return;
    given(target.files);
    target.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop", "paste"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation(); // a face is no photo for the style figures
      place.classList.toggle("over", kind === "dragover");
      if (kind === "drop" || kind === "paste") given((event.dataTransfer ?? event.clipboardData).files);
    });
  }
  await chosen(images[0]);
}

let keys = 0;

/** Numbers as a network takes them, with a key that tells whether they are others than before. */
export const inputOf = (data, ...dims) => ({ key: ++keys, data, dims });

/** The colours of pixels in planes; a fourth plane is 1 where they are transparent. */
export function planesOf({ data: pixels, width, height }, planes = 3) {
  const count = width * height;
  const values = new Float32Array(planes * count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) values[c * count + i] = pixels[4 * i + c] / 255;
    if (planes > 3) values[3 * count + i] = 1 - pixels[4 * i + 3] / 255;
  }
  return values;
}

/** A photo as (1, 3, H, W) in [0, 1]: the longer side about `size`, both sides multiples of `multiple`. */
export function photoOf(source, size, multiple) {
  const factor = Math.min(1, size / Math.max(source.width, source.height));
  const fitting = (side) => Math.max(16, multiple * Math.round((side * factor) / multiple));
  const [width, height] = [fitting(source.width), fitting(source.height)];
  return inputOf(planesOf(pixelsOf(drawn(source, width, height))), 1, 3, height, width);
}
