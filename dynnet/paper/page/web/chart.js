// Measured curves as SVG, and a dot on them.

const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 300, 52, 14, 14, 42];

function drawn(parent, name, attributes, text) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

const ticksOf = (low, high, log) => {
  if (log) return [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((tick) => tick >= low && tick <= high);
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
};

export class Chart {
  /**
   * @param holder element, @param series [{name, points: [[alpha, x, y]], look}], look one of a, b, c or crosses,
   * @param axes {x, y: labels, log}, @param label what it shows.
   */
  constructor(holder, series, { x, y, log = false, label }) {
    this.series = series;
    const scaled = log ? Math.log10 : Number;
    const all = series.flatMap((one) => one.points);
    const [xs, ys] = [1, 2].map((axis) => all.map((point) => point[axis]));
    const range = (values) => {
      const [low, high] = [Math.min(...values), Math.max(...values)].map(scaled);
      const margin = 0.07 * (high - low || 1);
      return [low - margin, high + margin];
    };
    const place = (values, from, to) => {
      const [low, high] = range(values);
      return { low, high, of: (value) => from + ((scaled(value) - low) / (high - low)) * (to - from) };
    };
    this.x = place(xs, LEFT, WIDTH - RIGHT);
    this.y = place(ys, HEIGHT - BOTTOM, TOP);
    this.svg = drawn(holder, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
    this.axes({ x, y, log });
    this.lines();
    this.trail = drawn(this.svg, "g", { class: "trail" });
    this.dots = series.map((one) =>
      drawn(this.svg, "circle", { r: 6, class: `dot ${one.look}`, visibility: "hidden" }),
    );
  }

  axes({ x, y, log }) {
    const ends = (axis) => [axis.low, axis.high].map((value) => (log ? 10 ** value : value));
    const text = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
    for (const tick of ticksOf(...ends(this.x), log)) {
      drawn(this.svg, "line", { x1: this.x.of(tick), x2: this.x.of(tick), y1: TOP, y2: HEIGHT - BOTTOM });
      drawn(this.svg, "text", { x: this.x.of(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, text(tick));
    }
    for (const tick of ticksOf(...ends(this.y), log)) {
      drawn(this.svg, "line", { x1: LEFT, x2: WIDTH - RIGHT, y1: this.y.of(tick), y2: this.y.of(tick) });
      drawn(this.svg, "text", { x: LEFT - 7, y: this.y.of(tick) + 4, "text-anchor": "end" }, text(tick));
    }
    drawn(this.svg, "text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end", class: "axis" }, x);
    drawn(this.svg, "text", { x: -TOP, y: 12, "text-anchor": "end", class: "axis", transform: "rotate(-90)" }, y);
  }

  lines() {
    for (const { points, look } of this.series) {
      const places = points.map(([, x, y]) => [this.x.of(x), this.y.of(y)]);
      if (look === "crosses") {
        for (const [x, y] of places) {
          const d = `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`;
          drawn(this.svg, "path", { d, class: "cross" });
        }
      } else {
        const d = places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
        drawn(this.svg, "path", { d, class: `line ${look}` });
      }
    }
  }

  /** Puts the dot of one curve at a working point; `leave` keeps a trace of it. */
  put(index, x, y, leave = false) {
    const inside = (value, from, to) => Math.min(Math.max(value, Math.min(from, to)), Math.max(from, to));
    const cx = inside(this.x.of(x), LEFT, WIDTH - RIGHT);
    const cy = inside(this.y.of(y), HEIGHT - BOTTOM, TOP);
    for (const [key, value] of Object.entries({ cx, cy, visibility: "visible" }))
      this.dots[index].setAttribute(key, value);
    if (leave) {
      drawn(this.trail, "circle", { cx, cy, r: 2.5 });
      if (this.trail.childNodes.length > 60) this.trail.firstChild.remove();
    }
  }

  /** Puts the dot of a curve where it was measured at an alpha, or between. */
  at(index, alpha) {
    const { points } = this.series[index];
    const after = Math.max(
      1,
      points.findIndex(([setting]) => setting >= alpha),
    );
    const [[a, ...from], [b, ...to]] = [points[after - 1], points[after]];
    const share = Math.min(1, Math.max(0, (alpha - a) / (b - a)));
    this.put(index, ...from.map((value, axis) => value + share * (to[axis] - value)));
  }

  forget() {
    this.trail.replaceChildren();
  }
}

/** The names of the curves, each with its look. */
export function legend(holder, series) {
  for (const { name, look } of series) {
    const item = document.createElement("li");
    item.className = look;
    item.textContent = name;
    holder.append(item);
  }
}
