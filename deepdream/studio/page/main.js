// The page: a picture comes in, a first preview and four looks follow by themselves, dreams are listed as they come.
import { ask, frame, guarded, post, read } from "./api.js";
import * as form from "./form.js";
import * as history from "./history.js";
import * as live from "./live.js";
import * as mask from "./mask.js";
import * as runs from "./runs.js";
import * as stage from "./stage.js";

const $ = (id) => document.getElementById(id);
const jobs = new Map();
let picture = null, current = null, showing = null, table = null;

const upload = (file) => read(`/api/pictures?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });

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

async function show(found, job = null) {
  picture = found;
  current = job;
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
    picture: source(about.settings ?? settings),
    settings, ...(whole ? { pictures, format } : {}), ...about,
  });
  heard(job);
  if (about.kind !== "look") follow(job);
}

// What these settings begin with: the picture, or null for a canvas.
const source = (settings) => !settings.start || settings.start === "picture" ? picture?.id ?? null : null;

// Shows a dream and, while it runs, its newest picture whenever the last one is drawn.
async function follow(job) {
  current = job.id;
  const mine = showing = Symbol(job.id);
  if (job.picture) await original(job);
  if (mine !== showing) return;
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
      await stage.dream(next.url, !now.picture);
    }
    if (now.plays) stage.play(`/api/jobs/${job.id}/file`, now.plays, cannotPlay);
    if (now.state !== "running") return;
  }
}

const cannotPlay = () => { $("status").textContent = "This browser does not play that film; download it."; };

// Brings the picture that a dream was made from back, if another one is shown.
async function original(job) {
  const url = `/api/pictures/${job.picture}`, image = new Image();
  if (stage.shows(url)) return;
  image.src = url;
  await image.decode().catch(() => {});
  const found = { id: job.picture, width: image.naturalWidth || 3, height: image.naturalHeight || 2 };
  if (job.kind === "film") stage.original(url, found.width, found.height);
  else await show(found, job.id);
}

const open = guarded((job) => {
  choose(tabs[0]);
  $("stage").scrollIntoView({ block: "nearest" });  // on a phone it is far above
  return follow(job);
});

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
  if (history.MANY.includes(kind)) {
    if (!progress.number) return "Getting ready …";
    const left = progress.seconds_left == null ? "" : `, about ${Math.ceil(progress.seconds_left)} s left`;
    return `${kind === "batch" ? "Picture" : "Frame"} ${progress.number}${progress.count ? ` of ${progress.count}` : ""}${left}.`;
  }
  if (progress.octave === undefined) return "Getting ready …";
  return `Octave ${progress.octave} of ${progress.octaves}, step ${progress.step} of ${progress.steps}, about ${Math.ceil(progress.seconds_left)} s left.`;
}

function finished(job) {
  $("download").href = `/api/jobs/${job.id}/file`;
  $("folder").href = `/api/jobs/${job.id}/folder`;
  $("folder").hidden = job.kind === "batch";
  $("blending").hidden = history.MANY.includes(job.kind) || !job.settings.network;
  $("blend").disabled = $("blendColour").disabled = job.state !== "done";
  $("blendWhy").textContent = job.state === "done" ? "" : "Only a finished dream can be blended anew: continue it first.";
  if (document.activeElement !== $("blend")) $("blend").value = job.settings.strength ?? 1;
  $("blendColour").value = job.settings.colour ?? "dream";
  $("notes").replaceChildren(...job.notes.map(item));
}

function list() {
  const ordered = [...jobs.values()].sort((a, b) => a.made - b.made);
  const looks = ordered.filter((job) => job.kind === "look" && job.picture === picture?.id);
  history.looks(looks, table.looks, current, ({ given }) => {
    form.fill(given.recipe ? { recipe: given.recipe } : { ...given, max_side: null });
    $("status").textContent = "The form has this look's settings.";
  });
  history.list(ordered.filter((job) => job.kind !== "look"), current, open);
}

function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
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
$("reuse").addEventListener("click", () => {
  form.fill(jobs.get(current).given);
  $("status").textContent = "The form has this dream's settings.";
});
$("delete").addEventListener("click", guarded(() => read(`/api/jobs/${current}`, { method: "DELETE" })));
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
  const files = [...event.dataTransfer.files], moves = files[0]?.type.startsWith("video/");
  if (moves) choose($("tab-film"));
  if (moves || !$("film").hidden) runs.takeFilm(files);
  else if (!$("batch").hidden) runs.takeBatch(files);
  else take(files[0]);
});

const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab) {
  for (const one of tabs) {
    one.ariaSelected = String(one === tab);
    one.tabIndex = one === tab ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = one !== tab;
  }
  stage.canvas.tabIndex = tab === tabs[1] ? 0 : -1;
  if (tab !== tabs[1]) return;
  showing = null;
  if (!picture) return;
  const url = `/api/pictures/${picture.id}`;  // what is painted on, wherever a film was shown
  if (stage.shows(url)) stage.still();
  else stage.original(url, picture.width, picture.height);
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

const begun = (job) => {
  heard(job);
  open(job);
};
runs.setUp(upload, begun, source);
live.setUp(begun, (job) => {
  heard(job);
  $("status").textContent = "Kept among the dreams below.";
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
runs.build(table);
$("blendColour").append(...form.colours().map((colour) => new Option(colour, colour)));
$("start").disabled = false;
$("history").hidden = true;
await restore();
listen();
