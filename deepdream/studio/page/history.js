// Dreams so far, and the looks of a picture, as buttons with pictures; what changed between two dreams.
const $ = (id) => document.getElementById(id);
export const MANY = ["film", "zoom", "batch"];
let compared = null;

// The looks of the picture.
export function looks(jobs, known, current, act) {
  const name = ({ given }) => known.find(({ settings }) => Object.entries(settings).every(([key, value]) => given[key] === value))?.name ?? "";
  $("looks").hidden = !jobs.length;
  fill($("lookList"), jobs, current, name, act);
}

// All others, oldest first.
export function list(jobs, current, act) {
  fill($("list"), jobs, current, name, (job) => {
    if (compared && compared.id !== job.id) $("changed").textContent = difference(compared, job);
    compared = job;
    act(job);
  });
  $("history").hidden = !jobs.length;
}

function name(job) {
  if (MANY.includes(job.kind)) return `${job.kind}${job.state === "done" ? "" : `, ${job.state}`}`;
  if (job.state !== "done") return job.state;
  if (job.given.brushes) return "painted";
  return job.kind === "preview" ? "preview" : job.settings.layers ?? "live";
}

// Buttons with pictures, made once and changed in place, so that the keyboard keeps its place.
function fill(box, jobs, current, label, act) {
  const there = new Map([...box.children].map((child) => [child.dataset.id, child]));
  for (const job of jobs) {
    const entry = there.get(job.id) ?? made(job, box);
    there.delete(job.id);
    const [button] = entry.children, [image, text] = button.children;
    const seen = `${job.state}${job.settings.strength}${job.settings.colour}`;
    if (job.ready && image.dataset.seen !== seen) {
      image.dataset.seen = seen;
      image.src = `/api/jobs/${job.id}/frame?seen=${encodeURIComponent(seen)}`;
    } else if (!image.src && MANY.includes(job.kind) && job.picture) image.src = `/api/pictures/${job.picture}`;
    text.textContent = label(job);
    button.setAttribute("aria-current", String(job.id === current));
    button.onclick = () => act(job);
  }
  for (const gone of there.values()) gone.remove();
}

function made(job, box) {
  const entry = document.createElement("li"), button = document.createElement("button"), image = document.createElement("img");
  entry.dataset.id = job.id;
  button.type = "button";
  image.alt = "";
  button.append(image, document.createElement("span"));
  entry.append(button);
  box.append(entry);
  return entry;
}

function difference(one, other) {
  const [before, now] = [one, other].map(({ settings, options }) => ({ ...settings, ...options }));
  const found = Object.keys({ ...before, ...now }).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  const say = (key) => `${key.replaceAll("_", " ")} ${before[key] ?? "none"} → ${now[key] ?? "none"}`;
  return found.length ? `What changed: ${found.map(say).join("; ")}.` : "Both have the same settings.";
}
