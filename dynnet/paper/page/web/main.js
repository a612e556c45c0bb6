// The page: the photo that all style figures paint, and when which section works.

import { Fig7 } from "./completion.js";
import { add, button, choice, element, fileButton } from "./controls.js";
import { Fig6 } from "./faces.js";
import { Fig3 } from "./fig3.js";
import { fromAddress, fromFile, onDrop, Refused, square, webcam } from "./pictures.js";
import { Fig4, Fig5, Fig8 } from "./styles.js";
import { opened, plainOf } from "./unpack.js";
import { Engine, taken } from "./view.js";

const SIMD = "AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw=="; // a module with two of its instructions
const KINDS = { fig3: Fig3, fig4: Fig4, fig5: Fig5, fig6: Fig6, fig7: Fig7, fig8: Fig8 };
const HINT = "or drop or paste a picture";
const LIVE_SIZES = [64, 96, 128, 160, 192, 256];
const ENOUGH = 5; // pictures a second

class App {
  constructor(data, source, shared) {
    const { body } = opened(shared);
    const addressOf = ([offset, length]) =>
      URL.createObjectURL(new Blob([body.slice(offset, offset + length)], { type: "image/jpeg" }));
    this.data = data;
    this.photos = data["photos.files"].map(addressOf);
    this.faces = data["faces.files"].map(addressOf);
    this.engine = new Engine(data, source, shared, (reason) => this.failed(reason));
    this.sections = {};
    this.visible = new Set();
    this.live = null;
  }

  async start() {
    this.bar();
    this.source = await fromAddress(this.photos[0]);
    await this.engine.started; // until then, and if that never comes, there are the strips
    for (const [id, Kind] of Object.entries(KINDS)) this.sections[id] = new Kind(this);
    await this.sections.fig3.refresh({ settled: false }); // says how fast this machine is
    await this.sections.fig3.refresh({});
    const seen = (entries) => {
      for (const entry of entries) this.seen(entry);
    };
    const watcher = new IntersectionObserver(seen, { rootMargin: "200px" });
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
    const row = add(bar, "div");
    const open = (file) => this.tried(async () => this.use(await fromFile(file)));
    const thumbs = this.photos.map((src, index) => [index, element("img", { src, alt: this.data.photos[index] })]);
    const use = async (index) => this.use(await fromAddress(this.photos[index]));
    choice(row, "Photo", Object.fromEntries(thumbs), use, "thumbs");
    fileButton(row, "Open your own …", open);
    this.camera = button(row, "Webcam", () => (this.live ? this.stop() : this.watch()));
    this.said = add(row, "p", { textContent: HINT, role: "status" });
    this.refusal = add(row, "p", { className: "message", hidden: true, role: "alert" });
    this.camera.ariaPressed = "false";
    bar.hidden = false;
    onDrop(document.body, open);
    document.addEventListener("paste", (event) => {
      const [file] = event.clipboardData.files;
      if (file) open(file);
    });
  }

  /** Runs what may be refused; a refusal is a sentence, and everything stays as it was. */
  async tried(action) {
    this.refusal.hidden = true;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      Object.assign(this.refusal, { textContent: error.message, hidden: false });
    }
  }

  use(source) {
    this.stop();
    this.source = source;
    this.sections.fig3?.chart.forget();
    for (const section of Object.values(this.sections).filter(({ photo }) => photo)) {
      section.dirty = true;
      if (this.visible.has(section)) section.refresh({});
    }
  }

  watch() {
    return this.tried(async () => {
      this.live = await webcam();
      Object.assign(this.camera, { textContent: "Stop", ariaPressed: "true" });
      await this.film(this.live);
    });
  }

  /** Paints what the webcam sees, at the largest size that holds ENOUGH pictures a second. */
  async film(video) {
    let step = 2;
    while (this.live === video) {
      const begun = performance.now();
      const size = LIVE_SIZES[step];
      const painting = [...this.visible].find(({ photo }) => photo);
      this.source = square(video, size);
      await painting?.refresh({ size, live: true });
      const rate = 1000 / Math.max(1, performance.now() - begun);
      this.said.textContent = `${rate.toFixed(1)} pictures a second at ${size} pixels`;
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
    Object.assign(this.camera, { textContent: "Webcam", ariaPressed: "false" });
    this.said.textContent = HINT;
    this.use(last);
  }

  failed(reason) {
    say(`The networks stopped: ${reason}. The last picture stays; reload the page to go on.`);
  }
}

function say(textContent) {
  Object.assign(document.getElementById("message"), { textContent, hidden: false });
}

const simd = Uint8Array.from(atob(SIMD), (letter) => letter.charCodeAt(0));
if (typeof WebAssembly === "object" && WebAssembly.validate(simd) && typeof DecompressionStream === "function") {
  const text = async (name) => new TextDecoder().decode(await plainOf(taken(name)));
  const app = new App(JSON.parse(await text("data")), await text("worker"), await plainOf(taken("shared")));
  await app.start();
} else {
  say("This browser lacks WebAssembly with SIMD, which the networks need; here are pictures of each walk.");
}
