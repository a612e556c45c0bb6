// The page: the photo that all style figures paint, and when which section works.

import { Fig7 } from "./completion.js";
import { button, choice, element, fileButton } from "./controls.js";
import { Fig6 } from "./faces.js";
import { Fig3 } from "./fig3.js";
import { fromAddress, fromFile, onFile, Refused, square, webcam } from "./pictures.js";
import { Fig4, Fig5, Fig8 } from "./styles.js";
import { opened, plainOf } from "./unpack.js";
import { Engine, taken } from "./view.js";

const SIMD = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  10,
  1,
  8,
  0,
  65,
  0,
  253,
  15,
  253,
  98,
  11,
);
const LIVE_SIZES = [64, 96, 128, 160, 192, 256];
const ENOUGH = 5; // pictures a second

class App {
  constructor(data, source, shared) {
    const { body } = opened(shared);
    const fileOf = ([offset, length]) =>
      URL.createObjectURL(new Blob([body.slice(offset, offset + length)], { type: "image/jpeg" }));
    this.data = data;
    this.photos = data["photos.files"].map(fileOf);
    this.faces = data["faces.files"].map(fileOf);
    this.message = document.getElementById("message");
    this.engine = new Engine(data, source, shared, (reason) => this.failed(reason));
    this.sections = {};
    this.visible = new Set();
    this.live = null;
  }

  async start() {
    this.bar();
    this.source = await fromAddress(this.photos[0]);
    await this.engine.started; // until then, and if that never comes, there are the strips
    const kinds = { fig3: Fig3, fig4: Fig4, fig5: Fig5, fig6: Fig6, fig7: Fig7, fig8: Fig8 };
    for (const [id, Kind] of Object.entries(kinds)) this.sections[id] = new Kind(this);
    await this.sections.fig3.refresh({ settled: false }); // says how fast this machine is
    await this.sections.fig3.refresh({});
    const watcher = new IntersectionObserver((entries) => entries.map((entry) => this.seen(entry)), {
      rootMargin: "200px",
    });
    for (const { root } of Object.values(this.sections)) watcher.observe(root);
    document.documentElement.dataset.ready = "yes";
  }

  seen({ target, isIntersecting }) {
    const section = this.sections[target.id];
    if (!isIntersecting) return this.visible.delete(section);
    this.visible.add(section);
    if (section.dirty) section.refresh({});
  }

  bar() {
    const bar = document.getElementById("bar");
    const row = bar.appendChild(element("div"));
    const images = this.photos.map((src, index) => [index, element("img", { src, alt: this.data.photos[index] })]);
    const use = async (index) => this.use(await fromAddress(this.photos[index]));
    this.thumbs = choice(row, "Photo", Object.fromEntries(images), use, "thumbs");
    fileButton(row, "Open your own …", (file) => this.open(file));
    const live = button(row, "Webcam", () => (this.live ? this.stop() : this.watch()));
    live.setAttribute("aria-pressed", "false");
    this.camera = live;
    this.said = row.appendChild(element("p", { textContent: "or drop or paste a picture" }));
    this.said.setAttribute("role", "status");
    this.refusal = row.appendChild(element("p", { className: "message", hidden: true }));
    this.refusal.setAttribute("role", "alert");
    bar.hidden = false;
    onFile(document.body, (file) => this.open(file));
    document.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files][0];
      if (file) this.open(file);
    });
  }

  /** Runs what may be refused; a refusal is a sentence, and everything stays as it was. */
  async tried(action) {
    this.refusal.hidden = true;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refusal.textContent = error.message;
      this.refusal.hidden = false;
    }
  }

  open(file) {
    return this.tried(async () => this.use(await fromFile(file)));
  }

  use(source) {
    this.stop();
    this.source = source;
    this.sections.fig3?.chart?.forget();
    for (const section of Object.values(this.sections)) {
      if (!section.photo) continue;
      section.dirty = true;
      if (this.visible.has(section)) section.refresh({});
    }
  }

  watch() {
    return this.tried(async () => {
      const video = await webcam();
      this.live = video;
      this.camera.textContent = "Stop";
      this.camera.setAttribute("aria-pressed", "true");
      await this.film(video);
    });
  }

  /** Paints what the webcam sees, at the largest size that holds ENOUGH pictures a second. */
  async film(video) {
    let step = 2;
    while (this.live === video) {
      const begun = performance.now();
      const painting = [...this.visible].filter((section) => section.photo);
      this.source = square(video, LIVE_SIZES[step]);
      for (const section of painting.slice(0, 1)) await section.refresh({ size: LIVE_SIZES[step], live: true });
      const rate = 1000 / Math.max(1, performance.now() - begun);
      this.said.textContent = `${rate.toFixed(1)} pictures a second at ${LIVE_SIZES[step]} pixels`;
      if (rate < ENOUGH && step > 0) step--;
      else if (rate > 2.5 * ENOUGH && step < LIVE_SIZES.length - 1) step++;
      await new Promise(requestAnimationFrame);
    }
  }

  /** Ends the webcam; its last picture stays. */
  stop() {
    if (!this.live) return;
    for (const track of this.live.srcObject.getTracks()) track.stop();
    const last = square(this.live, 480);
    this.live = null;
    this.camera.textContent = "Webcam";
    this.camera.setAttribute("aria-pressed", "false");
    this.said.textContent = "or drop or paste a picture";
    this.use(last);
  }

  failed(reason) {
    this.message.textContent = `The networks stopped: ${reason}. The last picture stays; reload the page to go on.`;
    this.message.hidden = false;
  }
}

if (typeof WebAssembly === "object" && WebAssembly.validate(SIMD) && typeof DecompressionStream === "function") {
  const text = async (name) => new TextDecoder().decode(await plainOf(taken(name)));
  const app = new App(JSON.parse(await text("data")), await text("worker"), await plainOf(taken("shared")));
  await app.start();
} else {
  const message = document.getElementById("message");
  message.textContent =
    "This browser lacks WebAssembly with SIMD, which the networks need; here are pictures of each walk.";
  message.hidden = false;
}
