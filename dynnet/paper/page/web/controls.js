// Labelled sliders, choices and buttons, made of what the browser has.

let made = 0;

export function element(name, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const found = Object.assign(document.createElement(name), rest);
  Object.assign(found.dataset, dataset);
  found.append(...children);
  return found;
}

const shown = (value) => value.toFixed(2).replace("-", "−");

/** A slider; `moved(value, settled)` hears of every change, settled once the thumb is let go. */
export class Slider {
  constructor(holder, name, { min = 0, max = 1, value = 0, step = 0.01, ends = [] }, moved) {
    const id = `control${++made}`;
    this.output = element("output", { htmlFor: id, textContent: shown(value) });
    this.range = element("input", { type: "range", id, min, max, step, value });
    const label = element("label", { htmlFor: id, textContent: name });
    const foot = element("div", { className: "ends" }, ...ends.map((text) => element("span", { textContent: text })));
    foot.setAttribute("aria-hidden", "true");
    this.root = element("div", { className: "slider" }, label, this.output, this.range, ...(ends.length ? [foot] : []));
    holder.append(this.root);
    this.show();
    this.range.addEventListener("input", () => (this.show(), moved(this.value, false)));
    this.range.addEventListener("change", () => (this.show(), moved(this.value, true)));
  }

  get value() {
    return Number(this.range.value);
  }

  set value(value) {
    this.range.value = value;
    this.show();
  }

  show() {
    this.output.textContent = shown(this.value);
    const share = (this.value - this.range.min) / (this.range.max - this.range.min);
    this.range.style.setProperty("--share", `${100 * share}%`);
  }
}

/** One of several: radio buttons in a row; names are {value: text or node}. */
export function choice(holder, legendText, names, chosen, className = "choice") {
  const name = `control${++made}`;
  const set = element("fieldset", { className }, element("legend", { textContent: legendText }));
  Object.entries(names).forEach(([value, text], index) => {
    const id = `${name}-${index}`;
    const input = element("input", { type: "radio", name, id, value, checked: index === 0 });
    input.addEventListener("change", () => chosen(value));
    set.append(input, element("label", { htmlFor: id }, text));
  });
  holder.append(set);
  return set;
}

export function button(holder, text, pressed) {
  const found = element("button", { type: "button", textContent: text });
  found.addEventListener("click", () => pressed(found));
  holder.append(found);
  return found;
}

/** A button that opens a file; `found(file)`. */
export function fileButton(holder, text, found) {
  const id = `control${++made}`;
  const input = element("input", { type: "file", id, accept: "image/*", className: "hidden" });
  input.addEventListener("change", () => {
    if (input.files[0]) found(input.files[0]);
    input.value = "";
  });
  holder.append(input, element("label", { htmlFor: id, className: "button", textContent: text }));
}

/** Kept from running more than once a frame; the last call counts. */
export function oncePerFrame(run) {
  let last = null;
  return (...args) => {
    if (!last)
      requestAnimationFrame(() => {
        const latest = last;
        last = null;
        run(...latest);
      });
    last = args;
  };
}
