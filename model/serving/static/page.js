// The page: a picture goes to the server once, thresholds as often as they are moved.

import { Refusal, again, forget, send, settings } from "./api.js";
import { Controls } from "./controls.js";
import { Overlay } from "./draw.js";
import { Table } from "./table.js";
import { copy, download, set, yaml } from "./take.js";
import { Zoom } from "./zoom.js";

const PAUSE = 25; // ms that a slider rests before the server is asked

const at = (id) => document.getElementById(id);
const state = {
  about: null, // the server's settings
  early: null, // a file that came before them
  file: null, // what is looked at, and the address of its preview
  address: null,
  found: null, // the last answer
  asked: null, // what aborts the question that has none yet
  timer: 0,
};
const overlay = new Overlay(at("overlay"), point, (index) => table.focus(index));
const table = new Table(at("rows"), point, reveal);
const zoom = new Zoom(at("frame"), at("sheet"), at("closer"), at("farther"));
let controls = null;

function point(index) {
  overlay.mark(index);
  table.mark(index);
}

// Brings a line to the middle of the picture's frame.
function reveal(index) {
  const { width, height, lines } = state.found;
  const [left, top, right, bottom] = lines[index].box;
  zoom.centre((left + right) / 2 / width, (top + bottom) / 2 / height);
}

// Asks the server; an answer that a newer question has overtaken is dropped.
async function ask(question) {
  state.asked?.abort();
  const asked = new AbortController();
  state.asked = asked;
  try {
    const found = await question(asked.signal);
    if (state.asked === asked) show(found);
  } catch (error) {
    if (state.asked !== asked || error.name === "AbortError") return;
    await fail(error);
  }
}

async function fail(error) {
  if (error.error === "unknown_picture" && state.file) return look(state.file); // it has expired
  at("busy").hidden = true;
  at("stage").hidden = !state.found;
  document.body.classList.toggle("has-picture", state.found !== null);
  if (!(error instanceof Refusal)) throw error;
  const titles = { 0: "No answer", 5: "Not now" };
  tell(titles[Math.floor(error.status / 100)] ?? "It cannot be used", error.message);
}

function tell(title, detail) {
  const strong = Object.assign(document.createElement("strong"), { textContent: title });
  at("problem").replaceChildren(strong, detail);
  at("problem").hidden = false;
}

function look(file) {
  const { bytes } = state.about.limits;
  if (file.size > bytes) {
    const size = `${bytes.toLocaleString("en")} bytes`;
    return tell("It is too large", `${file.name} has more than ${size}: --max-bytes.`);
  }
  if (state.found) forget(state.found.id);
  preview(file);
  const sent = JSON.stringify(controls.values);
  return ask((signal) => send(file, controls.values, signal)).then(() => {
    if (JSON.stringify(controls.values) !== sent) moved(); // while the network was at work
  });
}

function preview(file) {
  if (state.address) URL.revokeObjectURL(state.address);
  Object.assign(state, { file, found: null, address: URL.createObjectURL(file) });
  overlay.clear();
  at("problem").hidden = true;
  at("found").hidden = true;
  at("download").disabled = true;
  at("told").textContent = "";
  for (const count of document.querySelectorAll("[data-count]")) count.textContent = "–";
  at("name").textContent = file.name || "pasted picture";
  at("busy").hidden = false;
  at("stage").hidden = false;
  document.body.classList.add("has-picture");
  zoom.set(0);
  const picture = at("picture");
  picture.classList.remove("unseen");
  picture.alt = `The picture ${at("name").textContent}`;
  picture.onload = () => shape(picture.naturalWidth, picture.naturalHeight);
  picture.onerror = () => picture.classList.add("unseen"); // TIFF, in most browsers
  picture.src = state.address;
}

const shape = (width, height) => at("sheet").style.setProperty("--ratio", width / height);

function show(found) {
  state.found = found;
  at("problem").hidden = true;
  at("busy").hidden = true;
  shape(found.width, found.height);
  overlay.draw(found);
  table.draw(found.lines);
  at("found").hidden = false;
  at("none").hidden = found.lines.length > 0;
  at("download").disabled = false;
  for (const [name, count] of Object.entries(found.counts)) {
    document.querySelector(`[data-count=${name}]`).textContent = count;
  }
  const { network, lines } = found.seconds;
  const count = found.counts.lines === 1 ? "1 line" : `${found.counts.lines} lines`;
  at("told").textContent =
    `${found.width} × ${found.height} px: ${count}; ` +
    `network ${network.toFixed(2)} s, decoding ${Math.max(1, Math.round(lines * 1000))} ms` +
    (at("picture").classList.contains("unseen") ? "; the browser cannot show this format" : "");
}

function moved() {
  at("reset").disabled = !controls.moved;
  clearTimeout(state.timer);
  if (!state.found) return;
  const { id } = state.found;
  state.timer = setTimeout(() => ask((signal) => again(id, controls.values, signal)), PAUSE);
}

function takeFiles(files) {
  const file = [...files].find((each) => each.type.startsWith("image/")) ?? files[0];
  if (file && controls) look(file);
  else state.early = file;
}

function listen() {
  at("file").addEventListener("change", (event) => {
    takeFiles(event.target.files);
    event.target.value = ""; // the same file again is a change too
  });
  addEventListener("paste", (event) => takeFiles(event.clipboardData.files));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dragging");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    const { files } = event.dataTransfer;
    if (files.length) takeFiles(files);
    else tell("That was no file", "Save the picture first, then drop its file.");
  });
  at("controls").addEventListener("submit", (event) => event.preventDefault());
}

function layers() {
  for (const box of document.querySelectorAll("[data-layer]")) {
    const apply = () => at("overlay").classList.toggle(`hide-${box.dataset.layer}`, !box.checked);
    box.addEventListener("change", apply);
    apply();
  }
}

function taking() {
  at("reset").addEventListener("click", () => {
    controls.reset();
    moved();
  });
  const take = async (text, none = "") => {
    if (!text) at("text").hidden = true;
    const done = text && (await copy(text, at("text")));
    at("copied").textContent = text ? (done ? "Copied." : "Copy it from here:") : none;
  };
  const own = "Nothing to set: these are the checkpoint's own thresholds.";
  at("copy-yaml").addEventListener("click", () =>
    take(yaml(controls.values, state.about)));
  at("copy-set").addEventListener("click", () => take(set(controls.changes), own));
  at("download").addEventListener("click", () => {
    const { id, ...found } = state.found;
    const name = at("name").textContent.replace(/\.[^.]*$/, "");
    download(`${name}.json`, { image: at("name").textContent, ...found });
  });
}

async function begin() {
  listen();
  layers();
  try {
    state.about = await settings();
  } catch (error) {
    tell("No answer", error.message);
    return;
  }
  const { checkpoint, checkpoint_sha256: digest, input, thresholds } = state.about;
  at("about").textContent =
    `${checkpoint} · ${digest.slice(0, 12)} · input ${input[0]} × ${input[1]} px`;
  controls = new Controls(at("thresholds"), thresholds, moved);
  taking();
  if (state.early) look(state.early);
}

begin();
