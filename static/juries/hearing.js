// The page of a hearing survives a lost network. Notes and proposals leave by themselves; the jury's marks and
// opinion leave with their button, and are kept in this browser meanwhile. In reach of the server the form is
// posted as without this script; out of reach it waits in the queue of the grid, which sends it once.

import { NO_NETWORK, post, SaveQueue, SIGNED_OUT } from "../evaluations/queue.js";

const TYPING = 5000; // milliseconds without a key before notes leave
const MODIFIED = "Modifiée, pas encore enregistrée", WAITING = "En attente", LEAVING = "Enregistrement…";
const SAVED = "Enregistrée", REFUSED = "Refusée", CONFLICT = "En conflit";

const byId = (id) => document.getElementById(id);
const file = byId("file"), decision = byId("decision"), sheet = byId("fiche");
const cells = new Map(); // what this page shows, by its key in the queue
const queue = new SaveQueue(file, { leave, wait, receive, tell, wire: (key, cell) => ({ key, ...cell }) });
let isBusy = false, isLeaving = false;

const plural = (count) => (count > 1 ? "s" : "");
const say = (sentence) => { byId("etat").textContent = sentence; };
const tidy = (text) => text.trim().toUpperCase().replace(".", ",");

// One thing typed: `read` and `write` it as the server names it; `shown` is what the server had when it was shown.
class Cell {
  constructor(name, { read, write, version, state, own = false }) {
    this.key = `${file.dataset.hearing}-${name}`;
    Object.assign(this, { read, write, version, state, own });
    this.shown = !own && "refused" in decision.dataset ? null : read();
    cells.set(this.key, this);
  }

  get isModified() { return this.read() !== this.shown; }
  // As the queue keeps it.
  get typed() {
    const known = { entry: this.read(), version: Number(this.version?.value || 0) };
    if (!this.key.endsWith("-avis")) return known;
    const tick = decision.elements.names_confirmed;
    return { ...known, corrections: Number(decision.elements.corrections_version.value || 0), confirmed: Boolean(tick?.checked) };
  }

  tell(words) {
    this.state.textContent = words;
    this.state.classList.toggle("is-bad", words === REFUSED || words === CONFLICT);
    this.state.classList.toggle("is-good", words === SAVED);
  }
}

function textCell(name, field, version, own) {
  new Cell(name, {
    read: () => field.value.trim(), write: (text) => { field.value = text; },
    version, own, state: byId(`${field.id}-etat`),
  });
}

for (const place of decision.querySelectorAll("[data-cell^=note-]")) {
  const field = place.querySelector("input"), code = place.dataset.cell.slice("note-".length);
  if (!field.readOnly) textCell(place.dataset.cell, field, decision.elements[`version-${code}`], false);
}
new Cell("avis", {
  read: () => JSON.stringify({ opinion: decision.elements.opinion.value, argument: decision.elements.argument.value.trim() }),
  write: (entry) => {
    const said = JSON.parse(entry || '{"opinion":"","argument":""}');
    for (const radio of decision.elements.opinion) radio.checked = radio.value === said.opinion;
    decision.elements.argument.value = said.argument;
  },
  version: decision.elements.opinion_version,
  state: byId("id_argument-etat"),
});
for (const place of sheet.querySelectorAll("[data-cell]")) {
  const field = place.querySelector("input[type=text], textarea");
  textCell(place.dataset.cell, field, field.name === "notes" ? sheet.elements.notes_version : null, true);
}
byId("garder").hidden = true; // it leaves by itself

// What the queue says

function leave(keys) { for (const key of keys) cells.get(key)?.tell(LEAVING); }
function wait(keys) { for (const key of keys) cells.get(key)?.tell(WAITING); }

function tell() {
  if (!queue.trouble || !queue.size) return;
  const kept = queue.isKept
    ? "ce que vous avez écrit est gardé dans ce navigateur et partira dès que possible."
    : "ce que vous avez écrit attend dans cette page seulement, ne la fermez pas.";
  if (queue.trouble === NO_NETWORK) say(`Hors ligne : ${kept}`);
  else if (queue.trouble === SIGNED_OUT) say(`${queue.sentence} Pendant ce temps, ${kept}`);
  else say(`Le serveur ne répond pas : ${kept}`);
}

function receive({ answers }, batch) {
  const wasLate = Boolean(byId("etat").textContent);
  let left = 0;
  for (const answer of answers) {
    const cell = cells.get(answer.key);
    if (answer.state === "saved") {
      if (cell) isSaved(cell, answer, batch.get(answer.key));
    } else {
      left++;
      cell?.tell(answer.state === "conflict" ? CONFLICT : REFUSED);
      ask(answer, batch.get(answer.key), cell);
    }
  }
  if (left) say("Une partie de votre saisie attend votre réponse.");
  else if (wasLate && !queue.size) say("Tout est enregistré.");
}

function isSaved(cell, answer, sent) {
  if (cell.version) cell.version.value = answer.version;
  queue.rebase(cell.key, answer.version);
  cell.shown = sent.entry;
  if (!queue.has(cell.key)) cell.tell(SAVED);
}

// What the server will not take is said with both values, and stays in this browser until the person decides.
function ask(answer, sent, cell) {
  byId(`a-lire-${answer.key}`)?.remove();
  const line = document.createElement("li");
  line.id = `a-lire-${answer.key}`;
  const text = document.createElement("p");
  text.textContent = `${answer.who ? `${answer.who} : ` : ""}${answer.sentence}`;
  line.append(text);
  const settle = (label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary btn-sm";
    button.textContent = label;
    button.addEventListener("click", () => { act(); line.remove(); hideRefused(); });
    line.append(button);
  };
  if (answer.state === "conflict") {
    quote(line, "Vous avez écrit", sent.entry);
    quote(line, "Il y a", answer.entry);
    settle("Remplacer par ce que j’ai écrit", () => queue.put(answer.key, { ...sent, version: answer.version }));
    settle("Garder ce qu’il y a", () => giveUp(answer, cell));
  } else {
    if (answer.asks) settle("C’est voulu", () => queue.put(answer.key, { ...sent, confirmed: true }));
    settle(cell ? "J’ai lu, je corrige" : "J’ai lu", () => { queue.drop(answer.key); if (cell) keep(cell); });
  }
  byId("refusees").append(line);
  byId("refusees").hidden = false;
}

function hideRefused() {
  byId("refusees").hidden = !byId("refusees").children.length;
  if (byId("refusees").hidden) say("");
}

function giveUp(answer, cell) {
  queue.drop(answer.key);
  if (!cell) return;
  cell.write(answer.entry);
  if (cell.version) cell.version.value = answer.version;
  cell.shown = cell.read();
  cell.tell("");
}

function quote(line, label, entry) {
  const said = document.createElement("p");
  said.className = "queue-quote";
  said.textContent = `${label} : ${readable(entry) || "rien"}`;
  line.append(said);
}

function readable(entry) {
  if (!entry.startsWith("{")) return entry;
  const { opinion, argument } = JSON.parse(entry);
  return [opinion === "attribution" ? "attribution" : "non-attribution", argument].filter(Boolean).join(", ");
}

// What is typed

function keep(cell) {
  if (queue.pending(cell.key)) queue.put(cell.key, cell.typed);
  else if (cell.isModified) {
    queue.hold(cell.key, cell.typed);
    cell.tell(MODIFIED);
  } else {
    queue.drop(cell.key);
    cell.tell("");
  }
}

const cellOf = (field) => cells.get(`${file.dataset.hearing}-${field.closest("[data-cell]")?.dataset.cell || "avis"}`);

// « C’est voulu » was said of the names that stood there.
decision.elements.argument.addEventListener("input", () => {
  const tick = decision.elements.names_confirmed;
  if (tick) tick.checked = false;
});
decision.addEventListener("input", ({ target }) => { const cell = cellOf(target); if (cell) keep(cell); });
sheet.addEventListener("input", ({ target }) => queue.put(cellOf(target).key, cellOf(target).typed, TYPING));
sheet.addEventListener("change", ({ target }) => queue.put(cellOf(target).key, cellOf(target).typed));
sheet.addEventListener("submit", (event) => event.preventDefault());

decision.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isBusy) return;
  busy(true);
  const answer = await post(file, file.dataset.save, { author: queue.author, cells: [] });
  const typed = [...cells.values()].filter((cell) => !cell.own && cell.isModified);
  if (answer.data) {
    for (const cell of typed) queue.hold(cell.key, { ...cell.typed, sent: true });
    isLeaving = true;
    decision.submit();
    return;
  }
  busy(false);
  for (const cell of typed) queue.put(cell.key, cell.typed);
}, { capture: true });

function busy(isIt) {
  isBusy = isIt;
  decision.querySelector("[type=submit]").toggleAttribute("aria-busy", isIt);
}

window.addEventListener("pageshow", () => { busy(false); isLeaving = false; });
window.addEventListener("beforeunload", (event) => {
  const isTyped = [...cells.values()].some((cell) => !cell.own && cell.isModified && cell.shown !== null);
  if (!isLeaving && (isTyped || (queue.size && (queue.trouble || !queue.isKept)))) event.preventDefault();
});

// Beginning: what an earlier page left here

function isBehind(cell, pending) {
  const isSame = pending.entry === cell.shown || tidy(pending.entry) === tidy(cell.shown ?? "");
  return isSame || (pending.sent && Number(cell.version.value) > pending.version);
}

const found = [];
for (const [key, pending] of queue.restored()) {
  const cell = cells.get(key);
  if (!pending.held) {
    cell?.write(pending.entry);
    queue.put(key, pending);
  } else if (cell && isBehind(cell, pending)) queue.drop(key);
  else if (cell && cell.shown === null) cell.tell(MODIFIED);
  else if (cell) {
    cell.write(pending.entry);
    cell.tell(MODIFIED);
    found.push(cell);
  }
}
byId("retrouvee").hidden = !found.length;
byId("retrouvee-texte").textContent = found.length
  ? `Saisie${plural(found.length)} retrouvée${plural(found.length)} dans ce navigateur, pas encore enregistrée${plural(found.length)} : enregistrez ou abandonnez.`
  : "";
byId("abandonner").addEventListener("click", () => {
  for (const cell of found) {
    cell.write(cell.shown);
    queue.drop(cell.key);
    cell.tell("");
  }
  byId("retrouvee").hidden = true;
});
