// Pictures in: from the page, a file, a drop, the clipboard, the webcam; and as what a network takes.

const LONGEST = 1024;
const MOST_PIXELS = 65e6;
const LEAST_SIDE = 16;

export class Refused extends Error {}

export function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

export function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** A picture of a file, its longer side at most LONGEST; raises Refused with a sentence. */
export async function fromFile(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Refused(
      `${file.name || "That"} is no picture that this browser can read; choose a JPEG, PNG or WebP file.`,
    );
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Refused("That picture has more than 65 million pixels; make it smaller.");
  if (Math.min(width, height) < LEAST_SIDE) {
    throw new Refused(`That picture has ${width} × ${height} pixels; at least ${LEAST_SIDE} a side are needed.`);
  }
  const canvas = scaled(bitmap, width, height, Math.min(1, LONGEST / Math.max(width, height)));
  const pixels = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height).data;
  const same = (pixel, i) => i % 4 === 3 || Math.abs(pixel - pixels[i % 4]) < 2;
  if (pixels.every(same)) throw new Refused("That picture has one colour only; there is nothing to paint.");
  return canvas;
}

function scaled(source, width, height, factor) {
  const canvas = canvasOf(Math.round(width * factor), Math.round(height * factor));
  const context = contextOf(canvas);
  context.fillStyle = "#fff"; // transparent places
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The picture of an address that the page holds. */
export async function fromAddress(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return scaled(image, image.naturalWidth, image.naturalHeight, 1);
}

/** The largest centred square. */
export function square(source, side) {
  const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const edge = Math.min(width, height);
  const canvas = canvasOf(side, side);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - edge) / 2, (height - edge) / 2, edge, edge, 0, 0, side, side);
  return canvas;
}

let keys = 0;

/** A picture as (1, 3, H, W) in [0, 1]: the longer side about `size`, both sides multiples of `multiple`. */
export function inputOf(source, size, multiple) {
  const factor = Math.min(1, size / Math.max(source.width, source.height));
  const fitting = (side) => Math.max(16, multiple * Math.round((side * factor) / multiple));
  const [width, height] = [fitting(source.width), fitting(source.height)];
  const canvas = canvasOf(width, height);
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return { key: ++keys, dims: [1, 3, height, width], data: planesOf(context.getImageData(0, 0, width, height)) };
}

export function planesOf({ data: pixels, width, height }, planes = 3) {
  const count = width * height;
  const values = new Float32Array(planes * count);
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) values[c * count + i] = pixels[4 * i + c] / 255;
  return values;
}

export const newKey = () => ++keys;

/** Calls back with the file of a drop on, or a paste into, an element or the page. */
export function onFile(element, found) {
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) found(file);
  });
}

/** The webcam's picture as a playing video; raises Refused. */
export async function webcam() {
  try {
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
    video.muted = true;
    await video.play();
    return video;
  } catch {
    throw new Refused("There is no webcam that this page may use; the last picture stays.");
  }
}
