// Films and batches: chosen, sent, and queued like a dream, with the settings of the form.
import { guarded, post, read } from "./api.js";
import * as form from "./form.js";
import * as stage from "./stage.js";

const $ = (id) => document.getElementById(id);
export const KINDS = ["film", "batch"];
let film = null, batch = [], options = null;

export function build(settings) {
  const formats = settings.filmFormats;
  const format = { name: "format", kind: "choice", choices: formats, default: formats[0], help: "Of the film." };
  options = form.rows($("filmForm"), [...settings.film, format], "film-", settings);
}

export function setUp(upload, onJob) {
  $("filmChoose").addEventListener("click", () => $("filmFile").click());
  $("filmFile").addEventListener("change", guarded(async () => {
    const [file] = $("filmFile").files;
    $("filmFile").value = "";
    if (!file) return;
    $("filmAbout").textContent = "Reading the film …";
    try {
      film = await read("/api/films", { method: "POST", body: file });
    } catch (error) {
      $("filmAbout").textContent = "That file was not taken.";
      throw error;
    }
    const length = film.seconds == null ? "" : `, ${film.frames} frame${film.frames === 1 ? "" : "s"} in ${film.seconds} s`;
    $("filmAbout").textContent = `${file.name}: ${film.width}x${film.height}${length}. It is dreamt with the settings under Dream.`;
    stage.original(`/api/pictures/${film.id}`, film.width, film.height);
    $("filmStart").disabled = false;
  }));
  $("filmStart").addEventListener("click", guarded(async () => {
    const { settings, pictures } = form.given(), { format, ...chosen } = form.values(options);
    onJob(await post("/api/jobs/film", { film: film.id, settings, pictures, options: chosen, ...(format ? { format } : {}) }));
  }));

  $("batchChoose").addEventListener("click", () => $("batchFile").click());
  $("batchFile").addEventListener("change", guarded(async () => {
    const files = [...$("batchFile").files];
    $("batchFile").value = "";
    for (const file of files) {
      $("batchAbout").textContent = `Reading ${file.name} …`;
      try {
        batch.push(await upload(file));
      } finally {
        tell();
      }
      const item = document.createElement("li"), image = document.createElement("img");
      image.src = `/api/pictures/${batch.at(-1).id}`;
      image.alt = file.name;
      item.append(image);
      $("batchList").append(item);
    }
  }));
  $("batchStart").addEventListener("click", guarded(async () => {
    const { settings, pictures } = form.given();
    onJob(await post("/api/jobs/batch", { batch: batch.map(({ id }) => id), settings, pictures }));
    batch = [];
    $("batchList").replaceChildren();
    tell();
  }));
}

function tell() {
  $("batchAbout").textContent = batch.length === 1 ? "1 picture." : `${batch.length} pictures.`;
  $("batchStart").disabled = !batch.length;
}
