// Measured curves as SVG, and a dot on them.

import { add, element, within } from "./controls.js";

const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 300, 52, 406, 14, 258];
const LOOKS = ["a", "b", "c"];

function svg(parent, name, attributes, text = "") {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function ticksOf(low, high, log) {
  if (log) return [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((tick) => tick >= low && tick <= high);
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
}

/** Where the values of an axis lie between two places. */
function axisOf(values, log, from, to) {
  const scaled = log ? Math.log10 : Number;
  const ends = [Math.min(...values), Math.max(...values)].map(scaled);
  const margin = 0.07 * (ends[1] - ends[0] || 1);
  const [low, high] = [ends[0] - margin, ends[1] + margin];
  const of = (value) => from + ((scaled(value) - low) / (high - low)) * (to - from);
  const ticks = ticksOf(...[low, high].map((end) => (log ? 10 ** end : end)), log);
  return { of, ticks, inside: (value) => within(of(value), Math.min(from, to), Math.max(from, to)) };
}

export class Chart {
  /**
   * @param holder element, @param series [{name, points: [[alpha, x, y]], look}], look one of a, b, c, crosses or mine,
   * @param axes {x, y: labels, log}, @param label what it shows.
   */
  constructor(holder, series, { x, y, log = false, label }) {
    this.series = series.map((one, index) => ({ look: LOOKS[index], ...one }));
    const points = series.flatMap((one) => one.points);
    const values = (axis) => points.map((point) => point[axis]);
    this.x = axisOf(values(1), log, LEFT, RIGHT);
    this.y = axisOf(values(2), log, BOTTOM, TOP);
    const root = add(holder, "figure", { className: "chart" });
    this.svg = svg(root, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
    this.drawAxes(x, y);
    this.series.forEach(this.drawLine, this);
    this.trail = svg(this.svg, "g", { class: "trail" });
    this.dots = this.series.map(({ look }) =>
      svg(this.svg, "circle", { r: 6, class: `dot ${look}`, visibility: "hidden" }),
    );
    const names = this.series.map(({ name, look }) => element("li", { className: look, textContent: name }));
    add(root, "ul", { className: "legend" }, ...names);
  }

  drawAxes(x, y) {
    const text = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
    for (const tick of this.x.ticks) {
      const at = this.x.of(tick);
      svg(this.svg, "line", { x1: at, x2: at, y1: TOP, y2: BOTTOM });
      svg(this.svg, "text", { x: at, y: BOTTOM + 16, "text-anchor": "middle" }, text(tick));
    }
    for (const tick of this.y.ticks) {
      const at = this.y.of(tick);
      svg(this.svg, "line", { x1: LEFT, x2: RIGHT, y1: at, y2: at });
      svg(this.svg, "text", { x: LEFT - 7, y: at + 4, "text-anchor": "end" }, text(tick));
    }
    svg(this.svg, "text", { x: RIGHT, y: HEIGHT - 6, "text-anchor": "end", class: "axis" }, x);
    svg(this.svg, "text", { x: -TOP, y: 12, "text-anchor": "end", class: "axis", transform: "rotate(-90)" }, y);
  }

  drawLine({ points, look }) {
    const places = points.map(([, x, y]) => [this.x.of(x), this.y.of(y)]);
    const cross = ([x, y]) => `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`;
    const step = ([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    const crosses = look === "crosses";
    const d = places.map(crosses ? cross : step).join("");
    svg(this.svg, "path", { d, class: crosses ? "cross" : `line ${look}` });
  }

  /** Puts the dot of one curve at a working point; `leave` keeps a trace of it. */
  put(index, x, y, leave = false) {
    const [cx, cy] = [this.x.inside(x), this.y.inside(y)];
    for (const [key, value] of Object.entries({ cx, cy, visibility: "visible" })) {
      this.dots[index].setAttribute(key, value);
    }
    if (leave) svg(this.trail, "circle", { cx, cy, r: 2.5 });
    if (this.trail.childNodes.length > 60) this.trail.firstChild.remove();
  }

  /** Puts the dot of a curve where it was measured at an alpha, or between. */
  at(index, alpha) {
    const { points } = this.series[index];
    const found = points.findIndex(([setting]) => setting >= alpha);
    const after = found < 0 ? points.length - 1 : Math.max(1, found);
    const [[a, ...from], [b, ...to]] = [points[after - 1], points[after]];
    const share = within((alpha - a) / (b - a), 0, 1);
    this.put(index, ...from.map((value, axis) => value + share * (to[axis] - value)));
  }

  forget() {
    this.trail.replaceChildren();
  }
}
