// The page: the photo that all style figures paint, and when which section works.

import { Fig3, Fig4, Fig5, Fig6, Fig8 } from "./figures.js";
import { Fig7 } from "./hole.js";
import { offer, photoOf, square, tried, webcam, within } from "./pictures.js";
import { plainOf } from "./unpack.js";
import { Engine, taken } from "./view.js";

const SIMD = "AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw=="; // a module with two of its instructions
const KINDS = { fig3: Fig3, fig4: Fig4, fig5: Fig5, fig6: Fig6, fig7: Fig7, fig8: Fig8 };
const SMALL = 128; // pixels of a photo while a thumb moves
const [LIVE_LEAST, LIVE_MOST, LIVE_STEP] = [64, 256, 32]; // pixels of the webcam's picture
const ENOUGH = 5; // pictures a second

class App {
  sections = {};
  visible = new Set();
  live = null; // the webcam's video

  constructor(data, source) {
    const [bar, said] = ["bar", "said"].map((id) => document.getElementById(id));
    Object.assign(this, { data, bar, said, camera: bar.elements.webcam, hint: said.textContent });
    this.engine = new Engine(data, source, (reason) => this.failed(reason));
  }

  async start() {
    await this.engine.started; // until then, and if that never comes, there are the strips
    document.documentElement.dataset.running = "yes";
    await offer(this.bar, this.data.photos, document.body, (picture) => this.use(picture));
    this.camera.addEventListener("click", () => (this.live ? this.stop() : tried(() => this.watch())));
    for (const [id, Kind] of Object.entries(KINDS)) this.sections[id] = new Kind(this, id);
    await this.sections.fig3.refresh({ settled: false }); // says how fast this machine is
    await this.sections.fig3.refresh();
    const watcher = new IntersectionObserver((entries) => entries.forEach(this.seen, this), { rootMargin: "200px" });
    for (const { root } of Object.values(this.sections)) watcher.observe(root);
    document.documentElement.dataset.ready = "yes";
  }

  seen({ target, isIntersecting }) {
    const section = this.sections[target.id];
    if (!isIntersecting) return this.visible.delete(section);
    this.visible.add(section);
    if (section.dirty) section.refresh();
  }

  /** The photo as an input: at a given size, or small while a thumb moves. */
  photo({ settled, size = settled ? this.engine.full : SMALL }) {
    this.inputs[size] ??= photoOf(this.source, size, this.data.multiple);
    return this.inputs[size];
  }

  /** Takes another photo. */
  use(source) {
    this.stop();
    Object.assign(this, { source, inputs: {} });
    for (const trail of document.querySelectorAll(".trail")) trail.replaceChildren();
    for (const section of Object.values(this.sections)) if (section.paints) section.outdated();
  }

  /** Paints what the webcam sees, at the largest size that holds ENOUGH pictures a second. */
  async watch() {
    const video = await webcam();
    this.live = video;
    Object.assign(this.camera, { textContent: "Stop", ariaPressed: "true" });
    let size = SMALL;
    while (this.live === video) {
      const begun = performance.now();
      const painting = [...this.visible].find(({ paints }) => paints);
      Object.assign(this, { source: square(video, size), inputs: {} });
      await painting?.refresh({ size, live: true });
      if (this.live !== video) return;
      const rate = 1000 / Math.max(1, performance.now() - begun);
      this.said.textContent = `${rate.toFixed(1)} pictures a second at ${size} pixels`;
      const step = rate < ENOUGH ? -LIVE_STEP : LIVE_STEP;
      if (rate < ENOUGH || rate > 2.5 * ENOUGH) size = within(size + step, LIVE_LEAST, LIVE_MOST);
      await new Promise(requestAnimationFrame);
    }
  }

  /** Ends the webcam; its last picture stays. */
  stop() {
    if (!this.live) return;
    for (const track of this.live.srcObject.getTracks()) track.stop();
    const last = square(this.live, 480);
    this.live = null;
    Object.assign(this.camera, { textContent: "Webcam", ariaPressed: "false" });
    this.said.textContent = this.hint;
    this.use(last);
  }

  failed(reason) {
    const textContent = `The networks stopped: ${reason}. The last picture stays; reload the page to go on.`;
    Object.assign(document.getElementById("message"), { textContent, hidden: false });
  }
}

const simd = Uint8Array.from(atob(SIMD), (letter) => letter.charCodeAt(0));
if (typeof WebAssembly === "object" && WebAssembly.validate(simd) && typeof DecompressionStream === "function") {
  const text = async (name) => new TextDecoder().decode(await plainOf(taken(name)));
  const app = new App(JSON.parse(await text("data")), await text("worker"));
  await app.start().catch((error) => app.failed(error.message));
} else {
  document.getElementById("message").hidden = false; // it says so
}
