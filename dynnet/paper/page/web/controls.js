// Labelled sliders, choices and buttons, made of what the browser has.

let made = 0;

export function element(name, properties = {}, ...children) {
  const found = Object.assign(document.createElement(name), properties);
  found.append(...children);
  return found;
}

/** A new element at the end of another one. */
export const add = (holder, ...description) => holder.appendChild(element(...description));

/** The same keys with other values. */
export const mapped = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));

export const within = (value, low, high) => Math.min(Math.max(value, low), high);

const shown = (value) => value.toFixed(2).replace("-", "−");

/** A slider; `moved(value, settled)` hears of every change, settled once the thumb is let go. */
export class Slider {
  constructor(holder, name, { min = 0, max = 1, value = 0, step = 0.01, ends = [] }, moved = () => {}) {
    const id = `control${++made}`;
    this.root = add(holder, "div", { className: "slider" }, element("label", { htmlFor: id, textContent: name }));
    this.output = add(this.root, "output", { htmlFor: id });
    this.range = add(this.root, "input", { type: "range", id, min, max, step });
    if (ends.length) this.foot = add(this.root, "div", { className: "ends", ariaHidden: "true" });
    this.ends = ends;
    this.value = value;
    for (const kind of ["input", "change"]) {
      this.range.addEventListener(kind, () => {
        this.value = this.range.value;
        moved(this.value, kind === "change");
      });
    }
  }

  get value() {
    return Number(this.range.value);
  }

  set value(value) {
    this.range.value = value;
    this.output.textContent = shown(this.value);
    const share = (this.value - this.range.min) / (this.range.max - this.range.min);
    this.range.style.setProperty("--share", `${100 * share}%`);
  }

  /** A share of the way from its lower end to its upper one. */
  set share(share) {
    this.value = Number(this.range.min) + share * (this.range.max - this.range.min);
  }

  set ends(texts) {
    this.foot?.replaceChildren(...texts.map((text) => element("span", { textContent: text })));
  }
}

/** One of several: radio buttons in a row; names are {value: text or node}. */
export function choice(holder, legend, names, chosen, className = "choice") {
  const name = `control${++made}`;
  const set = add(holder, "fieldset", { className }, element("legend", { textContent: legend }));
  for (const [value, text] of Object.entries(names)) {
    const id = `${name}-${value}`;
    const input = add(set, "input", { type: "radio", name, id, value, checked: set.childElementCount === 1 });
    input.addEventListener("change", () => chosen(value));
    add(set, "label", { htmlFor: id }, text);
  }
}

export function button(holder, text, pressed) {
  const found = add(holder, "button", { type: "button", textContent: text });
  found.addEventListener("click", () => pressed(found));
  return found;
}

/** A button that opens a file; `found(file)`. */
export function fileButton(holder, text, found) {
  const id = `control${++made}`;
  const input = add(holder, "input", { type: "file", id, accept: "image/*", className: "hidden" });
  add(holder, "label", { htmlFor: id, className: "button", textContent: text });
  input.addEventListener("change", () => {
    if (input.files[0]) found(input.files[0]);
    input.value = "";
  });
}

/** Follows a pointer over a canvas, in shares of its sides; unless `began` refuses, `moved` and `ended` hear of it. */
export function onDrag(canvas, { began, moved, ended }) {
  let dragging = false;
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    dragging = began(place(event)) !== false;
    if (dragging) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => dragging && event.buttons && moved(place(event)));
  canvas.addEventListener("pointerup", () => {
    if (dragging) ended();
    dragging = false;
  });
}

/** Kept from running more than once a frame; the last call counts. */
export function oncePerFrame(run) {
  let last = null;
  return (...args) => {
    if (!last) {
      requestAnimationFrame(() => {
        const latest = last;
        last = null;
        run(...latest);
      });
    }
    last = args;
  };
}
