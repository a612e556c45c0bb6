// Pictures in: from the page, a file, a drop, the clipboard, the webcam; and as what a network takes.

import { element } from "./controls.js";

const LONGEST = 1024;
const MOST_PIXELS = 65e6;
const LEAST_SIDE = 16;

export class Refused extends Error {}

export const canvasOf = (width, height) => element("canvas", { width, height });

export const contextOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

/** A canvas of that size with a source on it, or a `box` of the source: left, top, width, height. */
export function drawn(source, width, height, ...box) {
  const canvas = canvasOf(width, height);
  const context = contextOf(canvas);
  Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, width, height); // transparent places
  context.drawImage(source, ...box, 0, 0, width, height);
  return canvas;
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
  const pixels = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height).data;
  const same = (pixel, i) => i % 4 === 3 || Math.abs(pixel - pixels[i % 4]) < 2;
  if (pixels.every(same)) throw new Refused("That picture has one colour only; there is nothing to paint.");
  return canvas;
}

/** The picture of an address that the page holds. */
export async function fromAddress(src) {
  const image = element("img", { src });
  await image.decode();
  return drawn(image, image.naturalWidth, image.naturalHeight);
}

/** The largest centred square. */
export function square(source, side) {
  const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const edge = Math.min(width, height);
  return drawn(source, side, side, (width - edge) / 2, (height - edge) / 2, edge, edge);
}

let keys = 0;

/** A number for an input, by which the worker tells whether it is another one. */
export const newKey = () => ++keys;

/** A picture as (1, 3, H, W) in [0, 1]: the longer side about `size`, both sides multiples of `multiple`. */
export function inputOf(source, size, multiple) {
  const factor = Math.min(1, size / Math.max(source.width, source.height));
  const fitting = (side) => Math.max(16, multiple * Math.round((side * factor) / multiple));
  const [width, height] = [fitting(source.width), fitting(source.height)];
  const pixels = contextOf(drawn(source, width, height)).getImageData(0, 0, width, height);
  return { key: newKey(), dims: [1, 3, height, width], data: planesOf(pixels) };
}

/** The colours of pixels in planes; further planes are 0. */
export function planesOf({ data: pixels, width, height }, planes = 3) {
  const count = width * height;
  const values = new Float32Array(planes * count);
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) values[c * count + i] = pixels[4 * i + c] / 255;
  return values;
}

/** Calls back with the file of a drop on an element or the page. */
export function onDrop(target, found) {
  const over = (event, there) => {
    event.preventDefault();
    target.classList.toggle("over", there);
  };
  target.addEventListener("dragover", (event) => over(event, true));
  target.addEventListener("dragleave", (event) => over(event, false));
  target.addEventListener("drop", (event) => {
    over(event, false);
    const [file] = event.dataTransfer.files;
    if (file) found(file);
  });
}

/** The webcam's picture as a playing video; raises Refused. */
export async function webcam() {
  try {
    const srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
    const video = element("video", { srcObject, muted: true });
    await video.play();
    return video;
  } catch {
    throw new Refused("There is no webcam that this page may use; the last picture stays.");
  }
}
