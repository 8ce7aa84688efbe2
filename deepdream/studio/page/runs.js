// Films, zooms and batches: chosen, sent, and queued like a dream, with the settings of the form.
import { guarded, post, read } from "./api.js";
import * as form from "./form.js";
import * as stage from "./stage.js";

const $ = (id) => document.getElementById(id);
const FIRST = new Intl.Collator(undefined, { numeric: true });  // picture2 before picture10, as of a folder
const options = {};
let upload = null, queued = null, film = null, batch = [];

export function build(settings) {
  const format = { name: "format", kind: "choice", choices: settings.filmFormats, default: settings.filmFormats[0], help: "Of the film." };
  for (const [kind, rows] of Object.entries(settings.films)) {
    options[kind] = form.rows($(`${kind}Form`), [...rows, format], `${kind}-`, settings);
  }
}

// `picture` is what a zoom with such settings falls into: an id, or null for a canvas.
export function setUp(uploading, onJob, picture) {
  [upload, queued] = [uploading, onJob];
  chooser("film", takeFilm);
  chooser("batch", takeBatch);
  $("filmStart").addEventListener("click", guarded(() => start("film", film)));
  $("zoomStart").addEventListener("click", guarded(() => start("zoom", { picture: picture(form.given().settings) })));
  $("batchStart").addEventListener("click", guarded(async () => {
    await start("batch", { batch: batch.map(({ id }) => id) });
    batch = [];
    $("batchList").replaceChildren();
    tell();
  }));
}

function chooser(kind, take) {
  const file = $(`${kind}File`);
  $(`${kind}Choose`).addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    take([...file.files]);
    file.value = "";
  });
}

async function start(kind, source) {
  const { settings, pictures } = form.given();
  const { format, ...chosen } = options[kind] ? form.values(options[kind]) : {};
  queued(await post(`/api/jobs/${kind}`, { ...source, settings, pictures, ...(options[kind] ? { options: chosen } : {}), ...(format ? { format } : {}) }));
}

// One file is a film, several are the stills of one.
export const takeFilm = guarded(async (files) => {
  if (!files.length) return;
  try {
    film = files.length > 1 ? await stills(files) : await whole(files[0]);
    $("filmStart").disabled = false;
  } catch (error) {
    $("filmAbout").textContent = "That was not taken.";
    throw error;
  }
});

async function whole(file) {
  $("filmAbout").textContent = "Reading the film …";
  const found = await read("/api/films", { method: "POST", body: file });
  const length = found.seconds == null ? "" : `, ${found.frames} ${found.frames === 1 ? "frame" : "frames"} in ${found.seconds} s`;
  $("filmAbout").textContent = `${file.name}: ${found.width}x${found.height}${length}. It is dreamt with the settings under Dream.`;
  stage.original(`/api/pictures/${found.id}`, found.width, found.height);
  if (found.kind) {
    form.fill(found.recipe);
    form.put(options[found.kind], found.options);
    $("filmAbout").textContent += ` A ${found.kind} of this tool: its settings are in the forms.`;
  }
  return { film: found.id };
}

async function stills(files) {
  const found = await sent(files.sort((a, b) => FIRST.compare(a.name, b.name)), $("filmAbout"));
  const [{ id, width, height }] = found;
  $("filmAbout").textContent = `${found.length} stills of ${width}x${height}, in the order of their names. They are dreamt with the settings under Dream.`;
  stage.original(`/api/pictures/${id}`, width, height);
  return { stills: found.map((one) => one.id) };
}

export const takeBatch = guarded(async (files) => {
  try {
    await sent(files, $("batchAbout"), (one, file) => {
      const item = document.createElement("li"), image = document.createElement("img");
      image.src = `/api/pictures/${one.id}`;
      image.alt = file.name;
      item.append(image);
      $("batchList").append(item);
      batch.push(one);
    });
  } finally {
    tell();
  }
});

// Uploads one after another.
async function sent(files, line, each = () => {}) {
  const found = [];
  for (const file of files) {
    line.textContent = `Reading ${file.name} …`;
    found.push(await upload(file));
    each(found.at(-1), file);
  }
  return found;
}

function tell() {
  $("batchAbout").textContent = batch.length === 1 ? "1 picture." : `${batch.length} pictures.`;
  $("batchStart").disabled = !batch.length;
}
