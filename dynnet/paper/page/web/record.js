// What one keeps: a picture, or a walk as a film.

import { blank } from "./pictures.js";

const FRAMES = 24;
const PAUSE = 80; // ms from one to the next

/** Saves a picture or a film under a name, which gets the ending of its kind. */
export function download(blob, name) {
  const href = URL.createObjectURL(blob);
  const [, ending] = blob.type.match(/\/(\w+)/);
  Object.assign(document.createElement("a"), { href, download: `dynamic-net-${name}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** A walk, there and back: `walked(share)` draws on the canvas what is seen at a share of it. */
export async function filmOf(canvas, walked) {
  const frames = [];
  for (let i = 0; i < FRAMES; i++) {
    await walked(i / (FRAMES - 1));
    frames.push(await createImageBitmap(canvas));
  }
  const { width, height } = canvas;
  const screen = blank(width, height);
  const mimeType = MediaRecorder.isTypeSupported("video/webm") ? "video/webm" : "video/mp4"; // the latter in Safari
  const recorder = new MediaRecorder(screen.canvas.captureStream(), { mimeType, videoBitsPerSecond: 8e6 });
  const recorded = new Promise((resolve) => (recorder.ondataavailable = ({ data }) => resolve(data)));
  recorder.start();
  for (const frame of [...frames, ...frames.slice(0, -1).reverse()]) {
    screen.drawImage(frame, 0, 0, width, height);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  recorder.stop();
  return recorded;
}
