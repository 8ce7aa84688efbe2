// Painting while it dreams. Strokes go up as they are drawn; the newest frame is asked for when the last one is shown.
import { ask, frame, guarded, post, read } from "./api.js";
import { pen } from "./pen.js";
import * as stage from "./stage.js";

const $ = (id) => document.getElementById(id);
const PER_PAGE = 8;
let live = null, layers = [], first = 0, brush = null, number = 0, stroke = null, waiting = [], sending = false;
const REST = 350;  // milliseconds that a pointer rests before it is asked what fires there
let paused = false, asking = false, source = null, token = 0, begun = null, kept = null;
let resting = null, pointed = null, wanted = null, looking = false;

// What is called with a dream that begins, and with a picture that was kept.
export function setUp(onBegun, onKept) {
  [begun, kept] = [onBegun, onKept];
}

export function picture(id) {
  $("liveStart").disabled = !id;
  if (id !== source) end();
  source = id;
}

const pressed = (button, on) => { button.ariaPressed = String(on); };

export const begin = guarded(async (settings) => {
  end();
  const mine = ++token;
  $("liveStatus").textContent = "Waking the network …";
  const found = await post("/api/lives", { picture: source, settings });
  if (mine !== token) return;
  await attach(found);
  send({ step_size: Number($("strength").value) });
  send({ breath: Number($("breath").value) });
});

// Goes on with a live dream that the server has, also after a refresh.
export async function attach(found) {
  const mine = ++token;
  live = { ...found, step: -1, frames: 0, since: performance.now() };
  layers = await read(`/api/layers?network=${live.network}`);
  $("layer").max = layers.length - 1;
  $("layer").value = Math.max(0, layers.findIndex(({ name }) => name === "block4_conv2"));
  $("liveControls").hidden = false;
  for (const id of ["pause", "undo", "clear"]) $(id).disabled = false;
  $("liveStart").textContent = "Start again";
  $("strokes").href = `/api/lives/${live.id}/record`;
  paused = found.paused ?? false;
  pressed($("pause"), paused);
  number = Date.now();  // of strokes; later ones have larger numbers, also after a refresh
  document.getElementById("pictures").classList.add("painting");
  showLayer();
  tell();
  run(mine);
}

export function end() {
  token += 1;
  if (live) ask(`/api/lives/${live.id}`, { method: "DELETE" }).catch(() => {});
  live = stroke = pointed = wanted = null;
  clearTimeout(resting);
  waiting = [];
  $("liveControls").hidden = true;
  for (const id of ["pause", "undo", "clear"]) $(id).disabled = true;
  $("liveStart").textContent = "Start painting";
  $("liveStatus").textContent = "Choose a picture, then paint on it with what the network sees.";
  document.getElementById("pictures").classList.remove("painting");
  stage.cursor(null);
}

export const isOn = () => live !== null;

async function run(mine) {
  while (mine === token) {
    if (paused || document.hidden || $("live").hidden) {
      await new Promise((resume) => setTimeout(resume, 100));
      continue;
    }
    try {
      const next = await frame(`/api/lives/${live.id}`, live.step);
      if (mine !== token) return;
      if (!next || $("live").hidden) continue;  // another dream may be shown by now
      live.step = next.step;
      live.frames += 1;
      await stage.dream(next.url);
      tell();
    } catch (error) {
      if (mine === token) $("liveStatus").textContent = error.message;
      await new Promise((resume) => setTimeout(resume, 2000));
    }
  }
}

function tell() {
  const rate = live.frames / ((performance.now() - live.since) / 1000);
  const what = brush ? `Brush: ${brush}` : "Eraser";
  $("liveStatus").textContent = paused ? `Paused at step ${live.step}.` : `Step ${Math.max(0, live.step)}, ${rate.toFixed(1)} pictures a second. ${what}.`;
}

// Events in order, many at once where the last ones are still on their way.
function send(event) {
  waiting.push(event);
  if (!sending) flush();
}

const flush = guarded(async () => {
  sending = true;
  try {
    while (waiting.length && live) {
      const events = waiting;
      waiting = [];
      await post(`/api/lives/${live.id}/events`, events);
    }
  } finally {
    sending = false;
  }
});

const layer = () => layers[Number($("layer").value)];

function showLayer() {
  $("layerName").textContent = layer().name;
  $("layer").setAttribute("aria-valuetext", layer().name);
  first = 0;
  showBrushes();
  if (pointed) fires(pointed);
}

function showBrushes() {
  const { name, channels } = layer();
  const count = Math.min(PER_PAGE, channels - first);
  $("brushes").replaceChildren(...Array.from({ length: count }, (_, n) => option(name, first + n)));
  $("earlier").disabled = first === 0;
  $("later").disabled = first + PER_PAGE >= channels;
  choose(`${name}:${first}`);
}

function option(name, channel) {
  const label = document.createElement("label"), input = document.createElement("input"), image = document.createElement("img");
  Object.assign(input, { type: "radio", name: "brush", value: `${name}:${channel}` });
  image.alt = "";
  image.src = `/api/thumbnail?network=${live.network}&layer=${name}&channel=${channel}`;
  label.append(input, image, `channel ${channel}`);
  input.addEventListener("change", () => choose(input.value));
  return label;
}

function choose(selection) {
  brush = selection;
  pressed($("erase"), false);
  for (const input of $("brushes").querySelectorAll("input")) input.checked = input.value === selection;
}

// Painting with pointer: finger, pen or mouse, also beyond the border.
const radius = () => Number($("size").value);

stage.canvas.addEventListener("pointerdown", (event) => {
  if (!live) return;
  event.preventDefault();
  clearTimeout(resting);
  if (asking) {
    fires(stage.place(event, live.width));
    return;
  }
  stage.canvas.setPointerCapture(event.pointerId);
  number += 1;
  stroke = stage.place(event, live.width);
  paintTo([stroke]);
});
stage.canvas.addEventListener("pointermove", (event) => {
  if (!live) return;
  stage.cursor(event, radius() * stage.factor(live.width));
  if (!stroke) {
    if (event.pointerType !== "touch") rests(stage.place(event, live.width));
    return;
  }
  const points = (event.getCoalescedEvents?.() ?? []).map((one) => stage.place(one, live.width));
  const path = [stroke, ...(points.length ? points : [stage.place(event, live.width)])];
  stroke = path.at(-1);
  paintTo(path);
});
for (const name of ["pointerup", "pointercancel"]) stage.canvas.addEventListener(name, () => { stroke = null; });
stage.canvas.addEventListener("pointerleave", () => {
  clearTimeout(resting);
  stage.cursor(null);
});

function paintTo(points) {
  send({ stroke: { number, brush, points, radius: radius(), soft: Number($("soft").value) } });
}

// The same by keyboard; where the pen rests the channels are shown.
pen(stage.canvas, {
  ready: () => live !== null,
  moved: (where) => {
    stage.cursor(where, radius() * stage.factor(live.width));
    rests(stage.place(where, live.width));
  },
  pressed: (where) => {
    const place = stage.place(where, live.width);
    if (asking) return void fires(place);
    number += 1;
    paintTo([place]);
  },
});

function rests(place) {
  clearTimeout(resting);
  resting = setTimeout(() => fires(place), REST);
}

// What fires at a place: one request at a time, the newest place wins.
const fires = guarded(async (place) => {
  wanted = pointed = place;
  if (looking) return;
  looking = true;
  try {
    while (wanted && live) {
      const [x, y] = wanted, inside = (value, size) => Math.round(Math.min(Math.max(value, 0), size - 1));
      const column = inside(x, live.width), row = inside(y, live.height);
      wanted = null;
      const found = await read(`/api/lives/${live.id}/channels?layer=${layer().name}&row=${row}&column=${column}`);
      if (!wanted && live) showFires(found, `At column ${column}, row ${row}, in ${layer().name}, times as excited as usual:`);
    }
  } finally {
    looking = false;
  }
});

function showFires(found, where) {
  $("firesAt").textContent = where;
  $("fires").replaceChildren(...found.map(({ brush: selection, excitement }) => {
    const item = document.createElement("li"), button = document.createElement("button"), image = document.createElement("img");
    const [name, channel] = selection.split(":");
    button.type = "button";
    image.alt = "";
    image.src = `/api/thumbnail?network=${live.network}&layer=${name}&channel=${channel}`;
    button.append(image, `${channel}: ×${excitement}`);
    button.setAttribute("aria-label", `Paint with channel ${channel}, ${excitement} times as excited as usual`);
    button.addEventListener("click", () => {
      first = Math.floor(Number(channel) / PER_PAGE) * PER_PAGE;
      showBrushes();
      choose(selection);
      asking = false;
      pressed($("ask"), false);
    });
    item.append(button);
    return item;
  }));
}

$("layer").addEventListener("change", showLayer);
$("layer").addEventListener("input", () => { $("layerName").textContent = layer().name; });
$("earlier").addEventListener("click", () => { first -= PER_PAGE; showBrushes(); });
$("later").addEventListener("click", () => { first += PER_PAGE; showBrushes(); });
$("erase").addEventListener("click", () => { brush = null; pressed($("erase"), true); for (const input of $("brushes").querySelectorAll("input")) input.checked = false; });
$("ask").addEventListener("click", () => { asking = !asking; pressed($("ask"), asking); });
$("undo").addEventListener("click", () => send({ undo: true }));
$("clear").addEventListener("click", () => send({ clear: true }));
$("strength").addEventListener("input", () => send({ step_size: Number($("strength").value) }));
$("breath").addEventListener("input", () => send({ breath: Number($("breath").value) }));
$("pause").addEventListener("click", guarded(pause));
$("large").addEventListener("click", guarded(async () => begun(await post(`/api/lives/${live.id}/large`, {}))));
$("keep").addEventListener("click", guarded(async () => kept(await post(`/api/lives/${live.id}/keep`))));
$("lapse").addEventListener("click", guarded(async () => kept(await post(`/api/lives/${live.id}/keep`, { film: true }))));
document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, button, a, summary, dialog");
  if (event.key === " " && live && !inField && !$("live").hidden) {
    event.preventDefault();
    guarded(pause)();
  }
});

async function pause() {
  paused = !paused;
  pressed($("pause"), paused);
  tell();
  await post(`/api/lives/${live.id}/pause`, { on: paused });
}
