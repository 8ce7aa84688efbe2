// The page: a picture comes in, a first preview and four looks follow by themselves, dreams are listed as they come.
import { ask, frame, guarded, post, read } from "./api.js";
import * as form from "./form.js";
import * as live from "./live.js";
import * as many from "./many.js";
import * as mask from "./mask.js";
import * as stage from "./stage.js";

const $ = (id) => document.getElementById(id);
const jobs = new Map();
let picture = null, current = null, compared = null, showing = null, table = null;

const upload = (file) => read("/api/pictures", { method: "POST", body: file });

const take = guarded(async (file) => {
  if (!file) return;
  $("status").textContent = "Reading the picture …";
  const found = await upload(file);
  await show(found);
  if (Object.keys(found.recipe).length) {
    form.fill(found.recipe);
    $("status").textContent = "A dream of this tool: its settings are in the form.";
    return;
  }
  $("status").textContent = found.note;
  if (!$("live").hidden) return;
  const { settings } = form.given();
  await start({ kind: "preview", settings: settings.size ? settings : { ...settings, max_side: 320 } });
  for (const look of table.looks) await start({ kind: "look", settings: { ...look.settings, max_side: 150 } });
});

async function show(found) {
  picture = found;
  current = null;
  mask.forget();
  live.picture(found.id);
  stage.original(`/api/pictures/${found.id}`, found.width, found.height);
  location.hash = `picture=${found.id},${found.width},${found.height}`;
  $("start").disabled = false;
  $("finish").hidden = true;
}

async function start(about) {
  const { settings, pictures, format } = form.given();
  const whole = about.kind === "dream";
  const job = await post("/api/jobs", {
    picture: needsPicture(about.settings ?? settings) ? picture?.id ?? null : null,
    settings, ...(whole ? { pictures, format } : {}), ...about,
  });
  heard(job);
  if (about.kind !== "look") follow(job);
}

const needsPicture = (settings) => !settings.start || settings.start === "picture";

// Shows a dream and, while it runs, its newest picture whenever the last one is drawn.
async function follow(job) {
  current = job.id;
  const mine = showing = Symbol(job.id);
  render();
  let after = -1;
  while (mine === showing) {
    const now = jobs.get(job.id);
    if (!now || ["failed", "cancelled", "gone"].includes(now.state)) return;
    if (now.state === "queued") {
      await new Promise((resume) => setTimeout(resume, 150));
      continue;
    }
    const next = await frame(`/api/jobs/${job.id}`, after).catch(() => null);
    if (mine !== showing) return;
    if (next) {
      after = next.step;
      await (now.kind === "batch" ? stage.alone(next.url) : stage.dream(next.url));
    }
    if (now.state !== "running") return;
  }
}

function heard(job) {
  const before = jobs.get(job.id);
  if (job.state === "gone") jobs.delete(job.id);
  else jobs.set(job.id, job);
  if (job.id === current && before?.state === "running" && job.state !== "running") follow(job);
  else if (job.id === current && before?.state === "stopped" && job.state !== "stopped") follow(job);
  render();
}

function render() {
  const job = jobs.get(current);
  const on = job?.state === "running", waits = job?.state === "queued";
  $("stop").disabled = !(on || waits);
  $("stop").textContent = waits ? "Cancel" : "Stop";
  $("resume").disabled = job?.state !== "stopped";
  $("progress").hidden = !(on || waits);
  if (on || waits) {
    $("bar").value = job.progress.fraction ?? 0;
    $("left").textContent = waits ? `Place ${job.place} in the queue.` : said(job);
  }
  if (job?.state === "failed") $("message").textContent = `${job.error} ${job.advice}`;
  $("finish").hidden = !(job?.ready && !on);
  if (job?.ready) finished(job);
  list();
}

function said({ kind, progress }) {
  if (kind === "film" || kind === "batch") {
    if (!progress.number) return "Getting ready …";
    const left = progress.seconds_left == null ? "" : `, about ${Math.ceil(progress.seconds_left)} s left`;
    return `${kind === "film" ? "Frame" : "Picture"} ${progress.number}${progress.count ? ` of ${progress.count}` : ""}${left}.`;
  }
  if (progress.octave === undefined) return "Getting ready …";
  return `Octave ${progress.octave} of ${progress.octaves}, step ${progress.step} of ${progress.steps}, about ${Math.ceil(progress.seconds_left)} s left.`;
}

function finished(job) {
  $("download").href = `/api/jobs/${job.id}/file`;
  $("folder").href = `/api/jobs/${job.id}/folder`;
  $("folder").hidden = job.kind === "batch";
  $("blend").disabled = $("blendColour").disabled = many.KINDS.includes(job.kind) || job.state !== "done" || !job.settings.network;
  if (document.activeElement !== $("blend")) $("blend").value = job.settings.strength ?? 1;
  $("blendColour").value = job.settings.colour ?? "dream";
  $("notes").replaceChildren(...job.notes.map(item));
}

function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

function list() {
  const ordered = [...jobs.values()].sort((a, b) => a.made - b.made);
  const looks = ordered.filter((job) => job.kind === "look" && job.picture === picture?.id);
  $("looks").hidden = !looks.length;
  fill($("lookList"), looks, lookName, (job) => {
    form.fill(job.given.recipe ? { recipe: job.given.recipe } : { ...job.given, max_side: null });
    $("status").textContent = "The form has this look's settings.";
  });
  fill($("list"), ordered.filter((job) => job.kind !== "look"), name, guarded(async (job) => {
    if (compared && compared !== job.id && jobs.has(compared)) $("changed").textContent = difference(jobs.get(compared), job);
    compared = job.id;
    if (job.picture && job.picture !== picture?.id) await original(job);
    follow(job);
  }));
  $("history").hidden = !$("list").children.length;
}

async function original(job) {
  const url = `/api/pictures/${job.picture}`, image = new Image();
  image.src = url;
  await image.decode().catch(() => {});
  const found = { id: job.picture, width: image.naturalWidth || 3, height: image.naturalHeight || 2 };
  if (many.KINDS.includes(job.kind)) stage.original(url, found.width, found.height);
  else await show(found);
}

const lookName = (job) => table.looks[[...jobs.values()].filter((one) => one.kind === "look" && one.picture === job.picture).sort((a, b) => a.made - b.made).indexOf(job) % table.looks.length].name;
const name = (job) => many.KINDS.includes(job.kind) ? `${job.kind}${job.state === "done" ? "" : `, ${job.state}`}` : job.state === "done" ? job.given.brushes ? "painted" : job.kind === "preview" ? "preview" : job.settings.layers ?? "live" : job.state;

// Buttons with pictures, made once and changed in place, so that the keyboard keeps its place.
function fill(box, wanted, label, act) {
  const there = new Map([...box.children].map((child) => [child.dataset.id, child]));
  for (const job of wanted) {
    let entry = there.get(job.id);
    there.delete(job.id);
    if (!entry) {
      entry = document.createElement("li");
      entry.dataset.id = job.id;
      const button = document.createElement("button"), image = document.createElement("img");
      button.type = "button";
      image.alt = "";
      button.append(image, document.createElement("span"));
      button.addEventListener("click", () => act(jobs.get(job.id)));
      entry.append(button);
      box.append(entry);
    }
    const [button] = entry.children, [image, text] = button.children;
    const seen = `${job.state}${job.settings.strength}${job.settings.colour}`;
    if (job.ready && image.dataset.seen !== seen) {
      image.dataset.seen = seen;
      image.src = `/api/jobs/${job.id}/frame?seen=${encodeURIComponent(seen)}`;
    } else if (!image.src && job.kind === "film") image.src = `/api/pictures/${job.picture}`;
    text.textContent = label(job);
    button.setAttribute("aria-current", String(job.id === current));
  }
  for (const gone of there.values()) gone.remove();
}

function difference(one, other) {
  const named = Object.keys({ ...one.settings, ...other.settings });
  const found = named.filter((key) => JSON.stringify(one.settings[key]) !== JSON.stringify(other.settings[key]));
  const say = (key) => `${key.replaceAll("_", " ")} ${one.settings[key] ?? "none"} → ${other.settings[key] ?? "none"}`;
  return found.length ? `What changed: ${found.map(say).join("; ")}.` : "Both have the same settings.";
}

// Strength and colours of the finished dream: one request at a time, the newest values win.
let blending = false, again = false;
const blend = guarded(async () => {
  if (blending) {
    again = true;
    return;
  }
  blending = true;
  try {
    do {
      again = false;
      const reply = await ask(`/api/jobs/${current}/blend`, { method: "POST", json: { strength: Number($("blend").value), colour: $("blendColour").value } });
      await stage.dream(URL.createObjectURL(await reply.blob()));
    } while (again);
  } finally {
    blending = false;
  }
});
$("blend").addEventListener("input", blend);
$("blendColour").addEventListener("change", blend);

$("start").addEventListener("click", guarded(() => start({ kind: "dream" })));
$("stop").addEventListener("click", guarded(async () => {
  const job = jobs.get(current);
  if (job.state === "queued") await read(`/api/jobs/${job.id}`, { method: "DELETE" });
  else await post(`/api/jobs/${job.id}/stop`);
}));
$("resume").addEventListener("click", guarded(() => post(`/api/jobs/${current}/resume`)));
$("copy").addEventListener("click", guarded(async () => {
  await navigator.clipboard.writeText(jobs.get(current).command).catch(() => {});
  $("status").textContent = jobs.get(current).command;
}));
$("choose").addEventListener("click", () => $("file").click());
$("other").addEventListener("click", () => $("file").click());
$("photograph").addEventListener("click", () => $("camera").click());
for (const id of ["file", "camera"]) $(id).addEventListener("change", () => { take($(id).files[0]); $(id).value = ""; });
document.addEventListener("paste", (event) => take(event.clipboardData.files[0]));
document.addEventListener("dragover", (event) => { event.preventDefault(); $("drop").classList.add("over"); });
document.addEventListener("dragleave", () => $("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  take(event.dataTransfer.files[0]);
});

const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab) {
  for (const one of tabs) {
    one.ariaSelected = String(one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
  stage.canvas.tabIndex = tab === tabs[1] ? 0 : -1;
  if (tab === tabs[1]) showing = null;
}
for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const next = tabs.at((tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1)) % tabs.length);
    choose(next);
    next.focus();
  });
}
$("liveStart").addEventListener("click", () => {
  const { network } = form.given().settings;
  live.begin(network ? { network } : {});
});

many.setUp(upload, (job) => {
  heard(job);
  choose(tabs[0]);
  follow(job);
});
live.setUp((job, go = true) => {
  heard(job);
  if (go) {
    choose(tabs[0]);
    follow(job);
  } else $("status").textContent = "Kept among the dreams below.";
});

// After a refresh: the picture by the address and the live dream on it, then the dreams by the stream of events, which
// sends all of them first.
const restore = guarded(async () => {
  const found = location.hash.match(/^#picture=([\w-]+),(\d+),(\d+)$/);
  if (!found || !(await fetch(`/api/pictures/${found[1]}`)).ok) return;
  await show({ id: found[1], width: Number(found[2]), height: Number(found[3]) });
  const painted = (await read("/api/lives")).find((one) => one.picture === found[1]);
  if (!painted) return;
  choose(tabs[1]);
  await live.attach(painted);
});

function listen() {
  const stream = new EventSource("/api/events");
  stream.onopen = () => { $("status").textContent = "Ready."; };
  stream.onerror = () => { $("status").textContent = "Connecting again …"; };
  stream.onmessage = ({ data }) => {
    const job = JSON.parse(data);
    heard(job);
    if (!current && job.kind === "dream" && ["queued", "running"].includes(job.state)) follow(job);
  };
}

for (const id of ["start", "liveStart"]) $(id).disabled = true;
table = await read("/api/settings");
form.build(table, upload);
many.build(table);
$("blendColour").append(...form.colours().map((colour) => new Option(colour, colour)));
$("start").disabled = false;
$("history").hidden = true;
await restore();
listen();
