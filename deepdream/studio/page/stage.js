// The picture in the middle: original and dream under one handle, a film that plays, and the canvas that is painted on.
const $ = (id) => document.getElementById(id);
const pictures = $("pictures"), before = $("before"), after = $("after"), film = $("film-player"), paint = $("paint"), cut = $("cut");
let shown = null, own = { width: 1, height: 1 }, size = own, source = null;

function fit() {
  const room = $("drop").clientWidth, high = Math.max(200, Math.min(window.innerHeight * 0.78, 900));
  const scale = Math.min(room / size.width, high / size.height);
  paint.width = Math.floor(size.width * scale);
  paint.height = Math.floor(size.height * scale);
  pictures.style.width = `${paint.width}px`;
  pictures.style.height = `${paint.height}px`;
}

function part() {
  before.style.clipPath = `inset(0 0 0 ${cut.value}%)`;
}

// What is to be seen: original and dream, the dream alone, or a film.
function look({ compared = true, playing = false }) {
  before.hidden = $("compare").hidden = !compared;
  film.hidden = !playing;
  if (playing || !film.src) return;
  film.pause();
  film.removeAttribute("src");
  film.load();
}

export function original(url, width, height) {
  own = size = { width, height };
  source = before.src = url;
  pictures.hidden = $("under").hidden = false;
  $("empty").hidden = true;
  cut.value = 0;
  look({});
  fit();
  part();
}

export const shows = (url) => source === url;

// Ends a film that plays, and shows the picture again.
export const still = () => look({});

// Shows a frame; resolves when it is drawn, so that the next one is asked for only then. One without an original has
// its own proportions.
export async function dream(url, alone = false) {
  const next = new Image();
  next.src = url;
  await next.decode().catch(() => {});
  const wanted = alone ? { width: next.naturalWidth || 3, height: next.naturalHeight || 2 } : own;
  look({ compared: !alone });
  if (pictures.hidden || wanted.width !== size.width || wanted.height !== size.height) {
    size = wanted;
    pictures.hidden = $("under").hidden = false;
    $("empty").hidden = true;
    fit();
  }
  after.src = url;
  if (cut.value === "0") {
    cut.value = 100;
    part();
  }
  if (shown?.startsWith("blob:")) URL.revokeObjectURL(shown);
  shown = url;
}

// Plays a film over its last frame. Nothing begins to flash by itself, but for GIF and WebP, which have no buttons.
export function play(url, type, refused) {
  if (!type.startsWith("video/")) {
    after.src = shown = url;
    return;
  }
  film.onloadedmetadata = () => {
    size = { width: film.videoWidth, height: film.videoHeight };
    look({ compared: false, playing: true });
    fit();
  };
  film.onerror = () => {
    if (!film.src) return;
    look({ compared: false });
    refused();
  };
  film.src = url;
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
