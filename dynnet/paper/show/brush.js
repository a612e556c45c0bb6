// The hand of brush.py: strokes on a canvas become a mask of side by side bytes, kept in a layer's opacity.

const STEP = 1 / 32; // of the picture, for the arrow keys
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

function render({ model, el }) {
  const side = model.get("side");
  const layer = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const paint = layer.getContext("2d", { willReadFrequently: true });
  const canvas = document.createElement("canvas");
  const spot = { x: 0.5, y: 0.5 }; // where the keyboard paints
  let photo = null;
  let last = null;
  let waiting = false;

  const draw = () => {
    if (!photo) return;
    if (canvas.width !== photo.width || canvas.height !== photo.height) {
      Object.assign(canvas, { width: photo.width, height: photo.height });
    }
    const context = canvas.getContext("2d");
    context.drawImage(photo, 0, 0);
    context.globalAlpha = 0.5;
    context.drawImage(layer, 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
    if (!canvas.matches(":focus-visible")) return;
    const radius = (model.get("size") / 2) * Math.min(canvas.width, canvas.height);
    for (const [colour, width] of [
      ["#000", 4],
      ["#fff", 2],
    ]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: width });
      context.beginPath();
      context.arc(spot.x * canvas.width, spot.y * canvas.height, radius, 0, 2 * Math.PI);
      context.stroke();
    }
  };

  const open = async () => {
    photo = await createImageBitmap(new Blob([model.get("photo")], { type: "image/jpeg" }));
    draw();
  };

  const take = () => {
    if (waiting) return; // what comes back is older than the stroke
    const { buffer, byteOffset, byteLength } = model.get("painted");
    const opacity = new Uint8Array(buffer, byteOffset, byteLength);
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(model.get("tint").slice(at, at + 2), 16));
    const pixels = new ImageData(side, side);
    for (let i = 0; i < opacity.length; i++) pixels.data.set([red, green, blue, opacity[i]], 4 * i);
    paint.putImageData(pixels, 0, 0);
    draw();
  };

  const give = () => {
    waiting = false;
    const { data } = paint.getImageData(0, 0, side, side);
    model.set("painted", new DataView(Uint8Array.from({ length: side * side }, (_, i) => data[4 * i + 3]).buffer));
    model.save_changes();
  };

  /** A stroke from where the last one ended, in shares of the picture. */
  const stroke = (x, y) => {
    const [across, down] = [side / canvas.width, side / canvas.height]; // the layer is square, the picture need not be
    paint.save();
    paint.scale(across, down);
    paint.globalCompositeOperation = model.get("erasing") ? "destination-out" : "source-over";
    paint.lineWidth = model.get("size") * Math.min(canvas.width, canvas.height);
    Object.assign(paint, { lineCap: "round", lineJoin: "round", strokeStyle: model.get("tint") });
    paint.beginPath();
    const from = last ?? { x, y };
    paint.moveTo(from.x * canvas.width, from.y * canvas.height);
    paint.lineTo(x * canvas.width + 0.01, y * canvas.height);
    paint.stroke();
    paint.restore();
    last = { x, y };
    draw();
    if (!waiting) requestAnimationFrame(give);
    waiting = true;
  };

  const pointed = (event) => {
    const box = canvas.getBoundingClientRect();
    Object.assign(spot, { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height });
    stroke(spot.x, spot.y);
  };

  const pressed = (event) => {
    if (event.key in ARROWS) {
      const [x, y] = ARROWS[event.key];
      const within = (value) => Math.min(Math.max(value, 0), 1);
      Object.assign(spot, { x: within(spot.x + x), y: within(spot.y + y) });
      draw();
    } else if (event.key === " ") {
      last = null;
      stroke(spot.x, spot.y);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // keys of the notebook are not meant
  };

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Paint on the picture: arrow keys move the brush, space paints");
  canvas.dataset.lmSuppressShortcuts = "true";
  Object.assign(canvas.style, { width: `${model.get("width")}px`, maxWidth: "100%", touchAction: "none" });
  Object.assign(canvas.style, { display: "block", cursor: "crosshair" });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = null;
    pointed(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons && pointed(event));
  canvas.addEventListener("keydown", pressed);
  for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, draw);
  el.append(canvas);
  model.on("change:photo", open);
  model.on("change:painted", take);
  model.on("change:size", draw);
  take();
  open();
  return () => {
    model.off("change:photo", open);
    model.off("change:painted", take);
    model.off("change:size", draw);
  };
}

export default { render };
