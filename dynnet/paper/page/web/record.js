// What one keeps: a picture as PNG, a walk as film.

import { element } from "./controls.js";
import { canvasOf, contextOf } from "./pictures.js";

const FRAMES = 24;
const PER_SECOND = 12;

function offer(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function savePicture(canvas, name) {
  canvas.toBlob((blob) => offer(blob, `${name}.png`), "image/png");
}

export const canFilm = () => typeof MediaRecorder === "function" && MediaRecorder.isTypeSupported("video/webm");

/** There and back: `frame(share)` draws on the canvas at a share of the walk; `told(share)` hears how far it is. */
export async function saveWalk(canvas, name, frame, told) {
  const frames = [];
  for (let i = 0; i < FRAMES; i++) {
    told(i / FRAMES);
    await frame(i / (FRAMES - 1));
    frames.push(contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height));
  }
  const film = canvasOf(canvas.width, canvas.height);
  const context = contextOf(film);
  const recorder = new MediaRecorder(film.captureStream(PER_SECOND), { mimeType: "video/webm" });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  for (const one of [...frames, ...frames.slice(1, -1).reverse()]) {
    if (one.width === film.width && one.height === film.height) context.putImageData(one, 0, 0);
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND));
  }
  recorder.stop();
  await stopped;
  offer(new Blob(pieces, { type: "video/webm" }), `${name}.webm`);
}
