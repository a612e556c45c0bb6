// What one keeps: a picture as PNG, a walk as film or GIF.

import { element } from "./controls.js";
import { gifOf } from "./gif.js";
import { canvasOf, contextOf, drawn } from "./pictures.js";

const FRAMES = 24;
const PER_SECOND = 12.5; // a GIF counts in hundredths of a second

function offer(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export const savePicture = (canvas, name) => canvas.toBlob((blob) => offer(blob, `${name}.png`), "image/png");

/**
 * There and back: `frame(share)` draws on the canvas at a share of the walk; `told(share)` hears how far it is. The
 * longer side of the pictures has at most `longest` pixels.
 */
export async function walked(canvas, longest, frame, told) {
  const pictures = [];
  for (let i = 0; i < FRAMES; i++) {
    told(i / FRAMES);
    await frame(i / (FRAMES - 1));
    const factor = Math.min(1, longest / Math.max(canvas.width, canvas.height));
    const [width, height] = [canvas.width, canvas.height].map((side) => Math.round(factor * side));
    pictures.push(contextOf(drawn(canvas, width, height)).getImageData(0, 0, width, height));
  }
  const last = pictures.at(-1);
  const alike = pictures.filter(({ width, height }) => width === last.width && height === last.height);
  return [...alike, ...alike.slice(1, -1).reverse()];
}

export const saveGif = async (pictures, name) => offer(await gifOf(pictures, 100 / PER_SECOND), `${name}.gif`);

export const canFilm = () => typeof MediaRecorder === "function" && MediaRecorder.isTypeSupported("video/webm");

export async function saveFilm(pictures, name) {
  const film = canvasOf(pictures[0].width, pictures[0].height);
  const recorder = new MediaRecorder(film.captureStream(PER_SECOND), { mimeType: "video/webm" });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  for (const picture of pictures) {
    contextOf(film).putImageData(picture, 0, 0);
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND));
  }
  recorder.stop();
  await stopped;
  offer(new Blob(pieces, { type: "video/webm" }), `${name}.webm`);
}
