// The hand of pad.py: a dot in a square, moved by pointer and by keys.

const GRAIN = 1024; // to a unit; sliders hold such numbers exactly, and so send none of their own back
const STEPS = 32; // across the range, for the arrow keys
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const [ROOM, RIM] = [24, 14]; // pixels: left and below for the axes' names, right and above for half the dot
const STYLE = `
  .dynnet-pad { --ink: var(--jp-content-font-color1, #222); --paper: var(--jp-layout-color0, #fff); }
  .dynnet-pad { display: block; height: auto; max-width: 100%; touch-action: none; user-select: none; cursor: crosshair; }
  .dynnet-pad text { font: 12px sans-serif; fill: var(--ink); stroke: var(--paper); stroke-width: 3px; paint-order: stroke; }
  .dynnet-pad .page { fill: var(--paper); }
  .dynnet-pad .square { fill: none; stroke: var(--ink); }
  .dynnet-pad .quarter { stroke: var(--ink); stroke-opacity: 0.15; }
  .dynnet-pad .budget { stroke: var(--ink); stroke-opacity: 0.6; stroke-dasharray: 4 4; }
  .dynnet-pad .mark { stroke: #d55e00; stroke-width: 2px; }
  .dynnet-pad .dot { fill: #e69f00; stroke: #222; stroke-width: 2px; }
  .dynnet-pad .ring { fill: none; stroke: var(--ink); stroke-width: 2px; visibility: hidden; }
  .dynnet-pad:focus-visible { outline: 2px solid #0072b2; outline-offset: -2px; }
  .dynnet-pad:focus-visible .ring { visibility: visible; }`;

const part = (parent, name, attributes, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
};

/** What does not move. */
const drawSquare = (svg, model, across, down) => {
  const [low, high, width] = ["low", "high", "width"].map((name) => model.get(name));
  const [left, right, top, bottom] = [across(low), across(high), down(high), down(low)];
  const line = (kind, x1, y1, x2, y2) => part(svg, "line", { class: kind, x1, y1, x2, y2 });
  part(svg, "rect", { class: "page", width, height: width });
  for (const share of [0.25, 0.5, 0.75]) {
    const value = low + share * (high - low);
    line("quarter", across(value), top, across(value), bottom);
    line("quarter", left, down(value), right, down(value));
  }
  const least = Math.max(low, 1 - high); // of x where x + y = 1, and of y
  if (least < 0.5) line("budget", across(least), down(1 - least), across(1 - least), down(least));
  part(svg, "rect", { class: "square", x: left, y: top, width: right - left, height: bottom - top });
  const sideways = part(svg, "g", { transform: `translate(16 ${bottom}) rotate(-90)` });
  const below = part(svg, "g", { transform: `translate(${left} ${width - 8})` });
  for (const [axis, name] of [
    [below, "x_name"],
    [sideways, "y_name"],
  ]) {
    part(axis, "text", {}, `${low}`);
    part(axis, "text", { x: (right - left) / 2, "text-anchor": "middle" }, model.get(name));
    part(axis, "text", { x: right - left, "text-anchor": "end" }, `${high}`);
  }
  for (const [x, y, label] of model.get("marks")) {
    const [inwards, above] = [2 * x > low + high ? -1 : 1, 2 * y < low + high];
    part(svg, "path", { class: "mark", d: `M${across(x) - 4} ${down(y) - 4}l8 8m0-8l-8 8` });
    const place = { x: across(x) + 4 * inwards, y: down(y) + (above ? -10 : 20) };
    part(svg, "text", { ...place, "text-anchor": inwards < 0 ? "end" : "start" }, label);
  }
};

function render({ model, el }) {
  const [low, high, width] = ["low", "high", "width"].map((name) => model.get(name));
  const unit = (width - ROOM - RIM) / (high - low);
  const across = (x) => ROOM + (x - low) * unit;
  const down = (y) => RIM + (high - y) * unit;
  const svg = part(el, "svg", {
    class: "dynnet-pad",
    viewBox: `0 0 ${width} ${width}`,
    role: "application",
    tabindex: 0,
  });
  svg.style.width = `${width}px`;
  svg.setAttribute("data-lm-suppress-shortcuts", "true");
  part(svg, "style", {}, STYLE);
  drawSquare(svg, model, across, down);
  const circles = { ring: 12, dot: 7 };
  const dot = Object.entries(circles).map(([kind, r]) => part(svg, "circle", { class: kind, r }));

  const draw = () => {
    const [x, y] = [model.get("x"), model.get("y")];
    for (const circle of dot) {
      circle.setAttribute("cx", across(x));
      circle.setAttribute("cy", down(y));
    }
    const read = `${model.get("x_name")} ${x.toFixed(2)}, ${model.get("y_name")} ${y.toFixed(2)}`;
    svg.setAttribute("aria-label", `${read}: arrow keys move the dot`);
  };

  const grained = (value) => Math.round(value * GRAIN) / GRAIN;
  const within = (value) => Math.min(Math.max(value, low), high);
  const go = (...place) => {
    let [x, y] = place.map((value) => within(grained(value)));
    if (model.get("budget") && x + y > 1) {
      x = within(grained(x / (x + y)));
      y = within(1 - x);
    }
    model.set("x", x);
    model.set("y", y);
    model.save_changes();
  };

  const pointed = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = width / box.width; // a narrow page makes it smaller
    const [right, below] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    go(low + (right - ROOM) / unit, high - (below - RIM) / unit);
  };

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    pointed(event);
  });
  svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && pointed(event));
  svg.addEventListener("keydown", (event) => {
    if (!(event.key in ARROWS)) return;
    const [x, y] = ARROWS[event.key].map((steps) => (steps * (high - low)) / STEPS);
    go(model.get("x") + x, model.get("y") + y);
    event.preventDefault();
    event.stopPropagation(); // keys of the notebook are not meant
  });
  for (const name of ["x", "y"]) model.on(`change:${name}`, draw);
  draw();
  return () => {
    for (const name of ["x", "y"]) model.off(`change:${name}`, draw);
  };
}

export default { render };
