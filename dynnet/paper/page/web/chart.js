// The dots on the charts, which chart.py has drawn.

import { within } from "./pictures.js";

const TRACES = 60;

const put = (dot, place) => dot.setAttribute("transform", `translate(${place})`);

/** Puts the dots where their curves were measured at the alphas of their sliders, or between. */
export function follow(chart, values) {
  for (const dot of chart.querySelectorAll("[data-follows]")) {
    const alpha = values[dot.dataset.follows];
    const places = JSON.parse(dot.dataset.places);
    const after = 1 + places.slice(1, -1).filter(([setting]) => setting < alpha).length;
    const [[a, ...from], [b, ...to]] = [places[after - 1], places[after]];
    const share = within((alpha - a) / (b - a), 0, 1);
    const between = (place, axis) => place + share * (to[axis] - place);
    put(dot, from.map(between));
  }
}

/** Puts the dot of one's own picture where it was measured, on logarithmic axes; it leaves a trace. */
export function mark(chart, measured) {
  const dot = chart.querySelector("svg > .own");
  const place = ({ start, factor, low, high }, axis) => within(start + factor * Math.log10(measured[axis]), low, high);
  put(dot, JSON.parse(dot.dataset.scale).map(place));
  const trail = chart.querySelector(".trail");
  trail.append(dot.cloneNode());
  if (trail.childElementCount > TRACES) trail.firstElementChild.remove();
}
