// The composer where scripts run: blocks move in place, the letter follows, the text is kept. Without it the form works.
import { openEditors } from "./compose-text.js";

const form = document.getElementById("compose");
const parts = document.getElementById("parts");
const told = document.getElementById("told");
const state = document.getElementById("state");
const lost = document.getElementById("lost");
const frame = document.querySelector("iframe.letter");
const waits = document.getElementById("waits");
const { path, said } = { path: form.dataset.path, said: (name) => form.dataset[`said${name}`] };
const LOCAL = `compose:${path}`;
const PAUSE_MS = 200;
const KEEP_MS = 3000;
let dirty = false;
let count = 0;

// What the form holds --------------------------------------------------------------------------------------------------

function body(verb) {
  const held = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") held.append(name, value);
  held.append("do", verb);
  return held;
}

const blocks = () => [...parts.querySelectorAll(":scope > .part")];
const place = (block) => blocks().indexOf(block) + 1;
const tell = (words) => { told.textContent = words; };
const key = (block) => block.querySelector("input[name=part]").value;

// Blocks ---------------------------------------------------------------------------------------------------------------

function move(block, way) {
  const other = way === "up" ? block.previousElementSibling : block.nextElementSibling;
  if (!other) return;
  if (way === "up") other.before(block); else other.after(block);
  moved(block, way);
}

function moved(block, way) {
  block.querySelector(`[data-do=${way}]`)?.focus();
  tell(`${said(way === "up" ? "Up" : "Down")} ${place(block)} ${said("Of")} ${blocks().length}.`);
  changed();
}

function remove(block) {
  const next = block.nextElementSibling ?? block.previousElementSibling;
  const mark = document.createComment("removed");
  block.replaceWith(mark);
  const undo = document.getElementById("undo");
  const back = document.createElement("button");
  Object.assign(back, { type: "button", className: "secondary", textContent: said("Undo") });
  back.onclick = () => {
    mark.replaceWith(block);
    undo.hidden = true;
    block.querySelector("summary").focus();
    tell(said("Back"));
    changed();
  };
  const words = block.querySelector("summary").textContent.replace(/\s+/g, " ").trim();
  undo.replaceChildren(`${said("Removed")} ${words} `, back);
  undo.hidden = false;
  (next?.querySelector("summary") ?? back).focus();
  tell(said("Removed"));
  changed();
}

async function add(kind) {
  const after = form.elements.after.value;
  const answer = await fetch(`${path}/block?kind=${kind}&key=n${Date.now().toString(36)}${count++}`);
  if (!answer.ok || answer.redirected) return loggedOut();
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  const block = holder.content.querySelector(".part");
  parts.querySelector(":scope > .none")?.remove();
  const at = after === "" ? undefined : blocks()[Number(after)];
  if (at) at.after(block); else parts.append(block);
  prepare(block);
  block.scrollIntoView({ block: "center" });
  (block.querySelector(".fields input:not([type=file]), .fields select, .ProseMirror, textarea") ?? block.querySelector("summary")).focus();
  tell(`${said("Added")} ${place(block)} ${said("Of")} ${blocks().length}.`);
  changed();
}

function where(block) {
  listPlaces();
  const adding = document.getElementById("add");
  adding.open = true;
  form.elements.after.value = String(place(block) - 1);
  form.elements.after.focus();
}

function listPlaces() {
  const [end] = form.elements.after.options;
  const words = (block) => block.querySelector("summary").textContent.replace(/\s+/g, " ").trim().slice(0, 48);
  form.elements.after.replaceChildren(end, ...blocks().map((block, at) => new Option(`${at + 1}. ${words(block)}`, at)));
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.form !== form) return;
  const block = button.closest(".part");
  if (button.dataset.add) { event.preventDefault(); add(button.dataset.add); }
  else if (block && ["up", "down"].includes(button.dataset.do)) { event.preventDefault(); move(block, button.dataset.do); }
  else if (block && button.dataset.do === "remove") { event.preventDefault(); remove(block); }
  else if (block && button.dataset.do === "where") { event.preventDefault(); where(block); }
  else if ("preview" in button.dataset) { event.preventDefault(); show(); document.getElementById("letter-title").scrollIntoView(); }
});
document.getElementById("add")?.addEventListener("toggle", listPlaces);

// Dragging: by a handle, so that a thumb can still scroll.
function handle(block) {
  const grip = document.createElement("button");
  Object.assign(grip, { type: "button", className: "handle", textContent: "⠿", tabIndex: -1 });
  grip.setAttribute("aria-hidden", "true");
  grip.title = said("Drag");
  grip.addEventListener("pointerdown", (down) => {
    down.preventDefault();
    grip.setPointerCapture(down.pointerId);
    block.classList.add("moving");
    parts.classList.add("dragging");
    block.scrollIntoView({ block: "nearest" });
    const before = place(block);
    const follow = (event) => {
      if (event.clientY < 70 || event.clientY > innerHeight - 110) scrollBy(0, event.clientY < 70 ? -14 : 14);
      const over = blocks().find((one) => one !== block && within(one, event.clientY));
      if (over) { if (place(over) < place(block)) over.before(block); else over.after(block); }
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", () => {
      grip.removeEventListener("pointermove", follow);
      block.classList.remove("moving");
      parts.classList.remove("dragging");
      if (place(block) !== before) moved(block, place(block) < before ? "up" : "down");
    }, { once: true });
  });
  block.append(grip);
}

function within(block, y) {
  const { top, bottom } = block.getBoundingClientRect();
  return y > top + Math.min(12, (bottom - top) / 3) && y < bottom - Math.min(12, (bottom - top) / 3);
}

// Pictures -------------------------------------------------------------------------------------------------------------

async function bring(input) {
  const block = input.closest(".part");
  const sending = new FormData();
  sending.append(`${key(block)}.file`, input.files[0]);
  tell(said("Taking"));
  state.textContent = said("Taking");
  const answer = await fetch(`${path}/picture`, { method: "POST", body: sending });
  if (answer.redirected) return loggedOut();
  const made = await answer.json().catch(() => ({ sentence: said("Slow") }));
  state.textContent = made.sentence ?? said("Taken");
  input.value = "";
  input.setCustomValidity("");
  if (made.sentence) { tell(made.sentence); notice(input, made.sentence); return; }
  notice(input, "");
  for (const list of document.querySelectorAll("select[data-pictures]"))
    if (![...list.options].some((one) => one.value === made.name)) list.add(new Option(made.name, made.name));
  block.querySelector("select[data-pictures]").value = made.name;
  thumb(block, made.name);
  tell(said("Taken"));
  block.querySelector("[data-field=alt]")?.focus();
  changed();
}

function notice(input, sentence) {
  const label = input.closest("label");
  let words = label.nextElementSibling?.matches(".trouble") ? label.nextElementSibling : null;
  if (!words && sentence) { words = document.createElement("p"); words.className = "trouble"; label.after(words); }
  if (words) { words.textContent = sentence; words.hidden = !sentence; }
}

function thumb(block, name) {
  let shown = block.querySelector(".thumb");
  if (!shown) {
    shown = document.createElement("p");
    shown.className = "thumb";
    shown.append(Object.assign(document.createElement("img"), { alt: "", width: 160 }));
    block.querySelector("label.file").after(shown);
  }
  shown.hidden = !name;
  if (name) shown.querySelector("img").src = `${path}/picture/${encodeURIComponent(name)}`;
}

// The letter -----------------------------------------------------------------------------------------------------------

let asking;
let pause;
let framed = "";

async function show() {
  asking?.abort();
  asking = new AbortController();
  const wanted = body("");
  try {
    await frameFor(wanted.has("no_images"));
    const answer = await fetch(`${path}/preview`, { method: "POST", body: wanted, signal: asking.signal });
    if (answer.redirected) return loggedOut();
    const letter = await answer.text();
    if (answer.status === 422) return mistakes(letter);
    if (!answer.ok) { waits.textContent = said("Slow"); return; }
    waits.textContent = "";
    set(letter, wanted.get("show") === "text");
  } catch (error) {
    if (error.name !== "AbortError") waits.textContent = said("Slow");
  }
}

// The frame is an answer of its own, whose policy lets nothing run and, if wanted, no image load; the letter is put in it,
// so that it neither flashes nor jumps to its top.
function frameFor(withoutImages) {
  const wanted = `/desk/compose/frame?images=${withoutImages ? 0 : 1}`;
  if (framed === wanted) return Promise.resolve();
  framed = wanted;
  return new Promise((ready) => {
    frame.addEventListener("load", ready, { once: true });
    frame.contentWindow.location.replace(wanted);
  });
}

function set(letter, isText) {
  const page = frame.contentDocument;
  const top = page.scrollingElement.scrollTop;
  if (isText) {
    const pre = page.createElement("pre");
    pre.textContent = letter;
    pre.setAttribute("style", "white-space: pre-wrap; font: 15px/1.5 monospace; padding: 0 1em");
    page.body.replaceChildren(pre);
  } else {
    page.documentElement.innerHTML = letter;
  }
  page.scrollingElement.scrollTop = top;
  frame.dataset.shown = String(Number(frame.dataset.shown ?? 0) + 1);
}

function mistakes(page) {
  const found = new DOMParser().parseFromString(page, "text/html");
  waits.textContent = [...found.querySelectorAll("p")].map((one) => one.textContent).join(" ");
}

function layOut() {
  document.querySelector(".frame").classList.toggle("phone", form.elements.width.value === "phone");
}

// Keeping --------------------------------------------------------------------------------------------------------------

let keeping;

function changed() {
  dirty = true;
  state.textContent = said("Leave");
  keepHere();
  clearTimeout(pause);
  pause = setTimeout(show, PAUSE_MS);
  clearTimeout(keeping);
  keeping = setTimeout(keep, KEEP_MS);
}

function keepHere() {
  try { localStorage.setItem(LOCAL, JSON.stringify({ at: Date.now(), body: body("keep").toString() })); } catch { /* full, or forbidden: the desk keeps it */ }
}

async function keep() {
  if (form.hasAttribute("data-left")) return true;
  const answer = await fetch(path, { method: "POST", body: body("keep") }).catch(() => null);
  if (answer?.redirected) { loggedOut(); return false; }
  if (!answer?.ok) return false;
  dirty = false;
  lost.hidden = true;
  state.textContent = `${said("Kept")} ${new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })}`;
  advise(await answer.text());
  return true;
}

function advise(list) {
  const advice = document.getElementById("advice");
  const held = advice.contains(document.activeElement);
  if (held) return;
  advice.innerHTML = list;
  for (const link of advice.querySelectorAll("a[href^='#part-p']")) {
    const block = blocks()[Number(link.getAttribute("href").slice(7))];
    if (block) link.href = `#${block.id}`;
  }
}

function loggedOut() {
  lost.hidden = false;
  tell(lost.innerText);
}

// A save goes out once it is known that somebody is still logged in: a login in between would lose what was posted.
let sure = false;
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (sure || "preview" in (button?.dataset ?? {})) return;
  event.preventDefault();
  keepHere();
  if (button?.value === "drop" || (await keep()) || form.hasAttribute("data-left")) {
    sure = true;
    dirty = false;
    localStorage.removeItem(LOCAL);
    form.requestSubmit(button);
    sure = false;
  }
});
addEventListener("pagehide", () => { if (dirty) navigator.sendBeacon(path, body("keep")); });
addEventListener("focus", () => { if (!lost.hidden) keep(); });

function offerLocal() {
  const held = JSON.parse(localStorage.getItem(LOCAL) ?? "null");
  if (!held) return;
  if (held.body === body("keep").toString() || form.hasAttribute("data-left")) { localStorage.removeItem(LOCAL); return; }
  const box = document.getElementById("local");
  box.querySelector("[data-when]").textContent = new Date(held.at).toLocaleString(document.documentElement.lang);
  box.hidden = false;
  box.querySelector("[data-forget]").onclick = () => { localStorage.removeItem(LOCAL); box.hidden = true; };
  box.querySelector("[data-take]").onclick = async () => {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(held.body) });
    if (answer.redirected) return loggedOut();
    if (answer.ok) { localStorage.removeItem(LOCAL); dirty = false; location.reload(); }
  };
}

// Beginning ------------------------------------------------------------------------------------------------------------

function prepare(block) {
  if (!form.hasAttribute("data-left")) handle(block);
  const details = block.querySelector("details");
  const begin = () => { if (details.open) openEditors(block, path, changed); };
  details.addEventListener("toggle", begin);
  begin();
}

form.addEventListener("input", (event) => {
  if (event.target.type === "file") return;
  const subject = form.elements["front.subject"];
  if (event.target === subject) document.getElementById("subject-count").textContent = `${[...subject.value].length} ${said("Seen")}`;
  if (event.target.matches("[data-pictures]")) thumb(event.target.closest(".part"), event.target.value);
  if (event.target.name !== "after") changed();
});
form.addEventListener("change", (event) => { if (event.target.type === "file" && event.target.files.length) bring(event.target); });
for (const one of document.querySelectorAll(".shows input, .shows select")) one.addEventListener("change", () => { layOut(); show(); });
addEventListener("hashchange", openTarget);
function openTarget() {
  const block = document.getElementById(location.hash.slice(1));
  if (!block?.matches(".part")) return;
  block.querySelector("details").open = true;
  block.querySelector("summary").focus();
}

blocks().forEach(prepare);
openTarget();
layOut();
offerLocal();
show();
form.dataset.ready = "";
