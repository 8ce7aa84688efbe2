// The picture in the middle: original and dream under one handle, and the canvas that is painted on.
const $ = (id) => document.getElementById(id);
const pictures = $("pictures"), before = $("before"), after = $("after"), paint = $("paint"), cut = $("cut");
let shown = null, size = { width: 1, height: 1 };

function fit() {
  const room = $("drop").clientWidth, high = Math.max(200, Math.min(window.innerHeight * 0.78, 900));
  const scale = Math.min(room / size.width, high / size.height);
  pictures.style.width = `${Math.floor(size.width * scale)}px`;
  pictures.style.height = `${Math.floor(size.height * scale)}px`;
  for (const canvas of [paint]) {
    canvas.width = Math.floor(size.width * scale);
    canvas.height = Math.floor(size.height * scale);
  }
}

function part() {
  before.style.clipPath = `inset(0 0 0 ${cut.value}%)`;
}

export function original(url, width, height) {
  size = { width, height };
  before.src = url;
  pictures.hidden = false;
  $("under").hidden = false;
  $("empty").hidden = true;
  cut.value = 0;
  fit();
  part();
}

// Shows a frame; resolves when it is drawn, so that the next one is asked for only then.
export async function dream(url) {
  const next = new Image();
  next.src = url;
  await next.decode().catch(() => {});
  after.src = url;
  if (cut.value === "0") {
    cut.value = 100;
    part();
  }
  if (shown?.startsWith("blob:")) URL.revokeObjectURL(shown);
  shown = url;
}

// Shows a dream whose original is not at hand, at its own proportions.
export async function alone(url) {
  const next = new Image();
  next.src = url;
  await next.decode().catch(() => {});
  original(url, next.naturalWidth || 3, next.naturalHeight || 2);
  await dream(url);
}

export function noDream() {
  cut.value = 0;
  part();
}

cut.addEventListener("input", part);
window.addEventListener("resize", () => pictures.hidden || fit());
const hold = $("hold");
const show = (on) => { before.style.clipPath = on ? "none" : `inset(0 0 0 ${cut.value}%)`; };
for (const name of ["pointerdown", "keydown"]) hold.addEventListener(name, () => show(true));
for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) hold.addEventListener(name, () => show(false));

// Where an event is, in the picture's own pixels of that width.
export function place(event, width) {
  const box = paint.getBoundingClientRect(), scale = width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

export const canvas = paint;

// The brush's outline under the pointer.
export function cursor(event, radius) {
  const context = paint.getContext("2d");
  context.clearRect(0, 0, paint.width, paint.height);
  if (!event) return;
  const box = paint.getBoundingClientRect();
  context.beginPath();
  context.arc(event.clientX - box.left, event.clientY - box.top, Math.max(2, radius), 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = "#000";
  context.stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = "#fff";
  context.stroke();
}

export const factor = (width) => paint.getBoundingClientRect().width / width;
