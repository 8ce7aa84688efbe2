// A mask painted by hand: size, softness, eraser, undo; strokes may begin and end outside.
import { Refusal } from "./api.js";
import { pen } from "./pen.js";

const $ = (id) => document.getElementById(id);
const dialog = $("maskDialog"), canvas = $("mask"), erase = $("maskErase");
let strokes = [], line = null, everywhere = false, done = null;

export function open(take) {
  const { naturalWidth, naturalHeight, src } = $("before");
  if (!naturalWidth) throw new Refusal("A mask is painted on a picture: choose one first.");
  done = take;
  $("maskPicture").src = src;
  [canvas.width, canvas.height] = [naturalWidth, naturalHeight];
  draw();
  dialog.showModal();
}

function draw() {
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "source-over";
  context.filter = "none";
  context.fillStyle = everywhere ? "#fff" : "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const stroke of strokes) {
    context.filter = stroke.soft ? `blur(${stroke.soft}px)` : "none";
    context.strokeStyle = stroke.erase ? "#000" : "#fff";
    context.lineWidth = stroke.size;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    const [[x, y], ...others] = stroke.points;
    context.moveTo(x, y);
    context.lineTo(x + 0.01, y);  // a line without length is not drawn
    for (const point of others) context.lineTo(...point);
    context.stroke();
  }
}

// The mask's own pixels for one on the screen.
const scale = () => canvas.width / canvas.getBoundingClientRect().width;

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * scale(), (event.clientY - box.top) * scale()];
}

function begin(event) {
  line = { points: [at(event)], size: $("maskSize").value * scale(), soft: $("maskSoft").value * scale(), erase: erase.ariaPressed === "true" };
  strokes.push(line);
  draw();
}

// The mask with the brush's outline, which is no part of it.
function outline(event) {
  const context = canvas.getContext("2d");
  draw();
  context.filter = "none";
  context.beginPath();
  context.arc(...at(event), $("maskSize").value * scale() / 2, 0, 2 * Math.PI);
  context.lineWidth = 2 * scale();
  context.strokeStyle = "#888";
  context.stroke();
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  begin(event);
});
canvas.addEventListener("pointermove", (event) => {
  line?.points.push(at(event));
  outline(event);
});
canvas.addEventListener("pointerleave", draw);
for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { line = null; });
pen(canvas, {
  moved: outline,
  pressed: (where) => {
    begin(where);
    line = null;
  },
});
erase.addEventListener("click", () => { erase.ariaPressed = String(erase.ariaPressed !== "true"); });
$("maskUndo").addEventListener("click", () => { strokes.pop(); draw(); });
$("maskAll").addEventListener("click", () => { everywhere = !everywhere; strokes = []; draw(); });
$("maskCancel").addEventListener("click", () => dialog.close());
$("maskDone").addEventListener("click", () => {
  draw();
  canvas.toBlob((blob) => {
    dialog.close();
    done(new File([blob], "painted mask", { type: "image/png" }));
  });
});

export function forget() {
  strokes = [];
  everywhere = false;
}
