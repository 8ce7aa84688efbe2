// The settings as a form, made from the table that the server sends: one row there is one control here.
import { guarded, read } from "./api.js";
import * as mask from "./mask.js";

const form = document.getElementById("form");
const controls = new Map();
const EVERYDAY = "everyday";
let table = [], pictures = {}, uploading = null;

export function build(settings, upload) {
  table = settings.controls;
  uploading = upload;
  for (const [group, heading] of Object.entries(settings.groups)) {
    const rows = table.filter((row) => row.group === group);
    if (!rows.length) continue;
    const box = document.createElement("details"), title = document.createElement("summary");
    title.textContent = heading;
    box.open = group === EVERYDAY;
    box.append(title, ...rows.map((row) => setting(row, settings)));
    form.append(box);
  }
  form.append(setting({ name: "format", kind: "choice", choices: settings.formats, default: "png", help: "Of the file." }, settings));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", refresh);
  refresh();
}

// Rows of another table as controls of another form: name -> control, see `values`.
export function rows(parent, table, prefix, settings) {
  const found = new Map();
  for (const row of table) parent.append(setting(row, settings, prefix, found));
  parent.addEventListener("submit", (event) => event.preventDefault());
  return found;
}

// What was set of these controls, as the API takes it.
export function values(found) {
  const given = {};
  for (const { row, input } of found.values()) {
    if (row.kind === "picture") continue;
    if (row.kind === "switch") {
      if (input.checked !== row.default) given[row.name] = input.checked;
    } else if (input.value.trim()) given[row.name] = input.value.trim();
  }
  return given;
}

function setting(row, settings, prefix = "set-", found = controls) {
  const box = document.createElement("div"), id = `${prefix}${row.name}`;
  box.className = "setting";
  const label = document.createElement("label"), help = document.createElement("p"), why = document.createElement("p");
  label.htmlFor = id;
  label.textContent = row.name.replaceAll("_", " ");
  help.className = "help";
  help.id = `${id}-help`;
  help.textContent = row.help.replaceAll("`", "") + (row.changing?.length ? ` These may change: ${row.changing.join(", ")}.` : "");
  why.className = "why";
  const input = row.name === "recipe" ? recipes(settings) : made(row);
  input.id = id;
  input.name = row.name;
  input.setAttribute("aria-describedby", help.id);
  box.append(label, help, input);
  if (row.kind === "picture") box.append(chooser(row, input));
  if (row.kind === "text file") box.append(opener(row, input));
  box.append(why);
  found.set(row.name, { row, box, input, why });
  return box;
}

function made(row) {
  if (row.kind === "choice") return select(["", ...row.choices], row.default);
  if (row.kind === "text file") {
    const input = document.createElement("textarea");
    input.rows = 4;
    input.spellcheck = false;
    input.placeholder = `[[keyframe]]\nseconds = 4\n${row.changing[0]} = 1`;
    return input;
  }
  const input = document.createElement("input");
  if (row.kind === "switch") {
    input.type = "checkbox";
    input.checked = row.default;
  } else if (row.kind === "picture") {
    input.type = "text";
    input.readOnly = true;
    input.placeholder = "none";
  } else {
    input.type = "text";
    input.inputMode = row.kind === "number" && !row.perOctave ? "decimal" : "text";
    input.placeholder = typed(row.default) || row.metavar || "";
  }
  return input;
}

function select(values, standard) {
  const input = document.createElement("select");
  for (const value of values) input.append(new Option(value || `(${typed(standard) || "none"})`, value));
  return input;
}

function recipes(settings) {
  const input = document.createElement("select");
  input.append(new Option("(classic)", ""));
  for (const { name, look } of settings.recipes) input.append(new Option(`${name}: ${look}`, name));
  return input;
}

const typed = (value) => value === null || value === undefined ? "" : typeof value === "number" ? String(+value.toPrecision(4)) : String(value);

function chooser(row, input) {
  const line = document.createElement("p"), choose = button("Choose"), drop = button("None"), file = document.createElement("input");
  line.className = "buttons";
  Object.assign(file, { type: "file", accept: "image/*", hidden: true });
  choose.setAttribute("aria-label", `Choose a picture as ${row.name}`);
  drop.setAttribute("aria-label", `No picture as ${row.name}`);
  choose.addEventListener("click", () => file.click());
  drop.addEventListener("click", () => use(row.name, null));
  const take = guarded(async (given) => given && use(row.name, (await uploading(given)).id, given.name));
  file.addEventListener("change", () => take(file.files[0]));
  line.addEventListener("dragover", (event) => event.preventDefault());
  line.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    take(event.dataTransfer.files[0]);
  });
  line.append(choose, drop, file);
  if (row.name === "mask") {
    const paint = button("Paint it");
    paint.addEventListener("click", guarded(() => mask.open(take)));
    line.append(paint);
  }
  input.tabIndex = -1;
  return line;
}

// A file whose text goes into the field.
function opener(row, input) {
  const line = document.createElement("p"), open = button("Open a file"), file = document.createElement("input");
  line.className = "buttons";
  Object.assign(file, { type: "file", accept: ".toml", hidden: true });
  open.setAttribute("aria-label", `Open a file of ${row.name}`);
  open.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    input.value = await file.files[0].text();
    file.value = "";
  });
  line.append(open, file);
  return line;
}

function button(text) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  return made;
}

export function use(name, id, label) {
  if (id) pictures[name] = id;
  else delete pictures[name];
  controls.get(name).input.value = id ? label : "";
  refresh();
}

// What was set, as the API takes it.
export function given() {
  const { format = "png", ...settings } = values(controls);
  return { settings, pictures: { ...pictures }, format };
}

// Fills the form with settings of a dream, a recipe or a look; what they lack is empty.
export function fill(settings) {
  pictures = {};
  put(controls, settings);
  refresh();
}

// The same of controls of another table.
export function put(found, settings) {
  for (const { row, input } of found.values()) {
    const value = settings[row.name];
    if (row.kind === "picture") input.value = "";
    else if (row.kind === "switch") input.checked = value ?? row.default;
    else if (row.name !== "format") {
      const same = value === null || value === undefined || value === row.default;
      const text = Array.isArray(value) ? `${value[1]}x${value[0]}` : String(value);
      if (input.tagName === "SELECT" && !same && ![...input.options].some((option) => option.value === text)) input.append(new Option(text, text));
      input.value = same ? "" : text;
    }
  }
}

function value(name) {
  const { row, input } = controls.get(name);
  if (row.kind === "picture") return pictures[name] ?? null;
  if (row.kind === "switch") return input.checked;
  const text = input.value.trim() || row.default;
  return row.kind === "number" && text !== null && !Number.isNaN(Number(text)) ? Number(text) : text;
}

// Greys what has no effect, with the reason, by the same rules as the command line's notes.
function refresh() {
  for (const { row, box, why } of controls.values()) {
    let reason = "";
    for (const [rule, required, word] of [[row.onlyIf, true, "without"], [row.unless, false, "with"]]) {
      if (!rule) continue;
      const [name, wanted] = [rule].flat();
      if (!controls.has(name)) continue;
      const holds = wanted === undefined ? value(name) !== null && value(name) !== "" : value(name) === wanted;
      if (holds !== required) reason = wanted === undefined ? `No effect ${word} a ${name}.` : `No effect ${word} ${name} ${wanted}.`;
    }
    box.classList.toggle("unused", reason !== "");
    why.textContent = reason;
  }
}

export const colours = () => table.find((row) => row.name === "colour").choices;
export const layers = (network) => read(`/api/layers?network=${network}`);
