// The comforts of the mark grid: each cell is saved when it is left, the keyboard moves, nothing typed is lost.
// Without this script the grid is a form, and its button saves every changed cell.

import { Filters } from "./filters.js";
import { asked, Gestures } from "./gestures.js";
import { Grid, normalised } from "./grid.js";
import { Roving, target, targetOfName } from "./moving.js";
import { NO_NETWORK, SaveQueue, SIGNED_OUT } from "./queue.js";

performance.mark("grid-begins"); // tests/bench/bench_grid.py reads how long the beginning takes
const byId = (id) => document.getElementById(id);
const form = byId("grille");
const isClosed = "closed" in form.dataset;
const grid = new Grid(form);
const roving = new Roving(grid);
const filters = new Filters(grid, () => roving.home());
const queue = new SaveQueue(form, { leave: onItsWay, wait: onHold, receive, tell: showTrouble });
const gestures = isClosed ? null : new Gestures(grid, queue, { say, receive });
let troubled = ""; // the trouble being told

// The status line

function say(sentence) {
  if (!isClosed) byId("etat").textContent = sentence;
}

const plural = (count) => (count > 1 ? "s" : "");

function showLeft() {
  const { missing, unsubmitted } = grid;
  const parts = [];
  if (missing) parts.push(`${missing} note${plural(missing)} à saisir`);
  if (unsubmitted) parts.push(`${unsubmitted} saisie${plural(unsubmitted)} non transmise${plural(unsubmitted)}`);
  byId("reste").textContent = parts.length
    ? `${parts.join(", ")}\u00a0: ${byId("reste").dataset.due}` : "Toutes les notes sont saisies et transmises.";
}

// What keeps the queue from emptying, said once and until it is over.
function showTrouble() {
  if (!queue.trouble) {
    if (queue.size) return;
    if (troubled && !grid.unsaved.size) say("Tout est enregistré.");
    else if (troubled && byId("etat")?.textContent === troubled) say("Tout le reste est enregistré.");
    troubled = "";
    return;
  }
  const kept = waitingSentence();
  if (queue.trouble === NO_NETWORK) troubled = `Hors ligne\u00a0: ${kept}`;
  else if (queue.trouble === SIGNED_OUT) troubled = `${queue.sentence} ${kept}`;
  else troubled = `Le serveur ne répond pas\u00a0: ${kept}`;
  say(troubled);
}

// What becomes of what waits; what the browser does not keep lives as long as the page.
function waitingSentence() {
  const count = queue.size;
  const leaving = count > 1 ? "elles partiront d’elles-mêmes" : "elle partira d’elle-même";
  if (queue.isKept) return `${count} note${plural(count)} gardée${plural(count)} dans ce navigateur, ${leaving}.`;
  return `${count} note${plural(count)} en attente dans cette page seulement, ${leaving}. Ne la fermez pas.`;
}

// Cells on their way

function onItsWay(keys) {
  for (const key of keys) setState(key, "is-saving");
}

function onHold(keys) {
  for (const key of keys) setState(key, "is-changed");
}

function setState(key, state) {
  const cell = grid.byKey.get(key);
  if (cell) grid.show(cell, state);
}

function leave(cell) {
  if (cell.state && cell.state !== "is-changed" && cell.state !== "is-saving") return;
  const entry = normalised(cell.input.value);
  cell.input.value = entry;
  if (queue.pending(cell.key)?.entry === entry) return;
  if (cell.isChanged) queue.put(cell.key, { entry, version: cell.version });
  else if (cell.state) giveUp(cell);
}

function giveUp(cell) {
  if (cell.state === "is-conflict" && cell.choice) return take(cell);
  cell.input.value = cell.seen;
  // The server may hold what was sent: it is told what stood there before, and says so or puts it back.
  if (queue.isUnsure(cell.key)) {
    return queue.put(cell.key, { entry: cell.seen, version: cell.version, confirmed: true });
  }
  grid.show(cell, "", cell.input.readOnly ? cell.note?.textContent : "");
  return queue.drop(cell.key);
}

// Answers

function receive(data, sent = new Map()) {
  const trouble = [];
  let done = 0;
  let last = null;
  for (const answer of data.answers) {
    const cell = grid.byKey.get(answer.key);
    if (!cell) {
      orphan(answer, sent.get(answer.key));
      continue;
    }
    if (answer.state === "saved" || answer.state === "unchanged") {
      saved(cell, answer, sent.get(answer.key));
      last = cell;
      done++;
    } else if (sent.has(answer.key) && !queue.has(answer.key)) {
      if (troublesome(cell, answer, sent.get(answer.key))) trouble.push(cell);
    }
  }
  showLeft();
  const again = trouble.length ? ` ${trouble.length} à reprendre.` : "";
  if (data.operation && sent.size) say(gestures.done(data.operation) + again);
  else if (trouble.length) say(`${trouble[0].name}\u00a0: ${trouble[0].note.firstChild.textContent}`);
  else if (!done) return;
  else if (done === 1) say(`${last.name}\u00a0: ${last.seen ? `${last.seen} enregistrée` : "note effacée"}.`);
  else say(`${done} notes enregistrées.`);
}

function saved(cell, answer, sent) {
  // Told how things stand: a value being typed is still to be compared with the one it was typed over.
  if (!sent && answer.state === "unchanged" && grid.unsaved.has(cell)) return undefined;
  grid.store(cell, answer.version, answer.entry);
  cell.near = answer.near;
  cell.markUnusual(answer.unusual ? answer.sentence : "");
  if (answer.retake) grid.openRetake(cell, answer.retake.reason);
  if (queue.has(cell.key)) return queue.rebase(cell.key, answer.version);
  const typed = normalised(cell.input.value);
  const isUntouched = sent ? typed === normalised(sent.entry) : !grid.unsaved.has(cell);
  if (isUntouched || typed === cell.seen) {
    cell.input.value = cell.seen;
    return grid.show(cell, "is-saved");
  }
  // Typed again while the answer was on its way.
  grid.show(cell, "is-changed");
  return document.activeElement === cell.input ? undefined : leave(cell);
}

// True when the person has something to do about it; not when they are already typing something else.
function troublesome(cell, answer, sent) {
  if (normalised(cell.input.value) !== normalised(sent.entry)) {
    queue.drop(cell.key);
    grid.show(cell, "is-changed");
    if (document.activeElement !== cell.input) leave(cell);
    return false;
  }
  if (answer.state === "conflict") conflict(cell, answer, sent);
  else if (answer.state === "question") question(cell, answer, sent);
  else grid.show(cell, "is-refused", answer.sentence);
  filters.reveal(cell);
  return true;
}

// Perhaps a slip: kept only if the person says so, by a button or by Enter on the same value.
function question(cell, answer, sent) {
  grid.show(cell, "is-question", answer.sentence, [
    [sent.entry ? `Oui, garder ${sent.entry}` : "Oui, laisser vide", () => { confirm(cell); cell.input.focus(); }],
    ["Corriger", () => { cell.input.focus(); cell.input.select(); }],
  ]);
  cell.choice = { ...sent, gesture: undefined };
}

function confirm(cell) {
  // Asked by a page sent without script, there is no choice to take up: the value is in the cell.
  const entry = normalised(cell.input.value);
  queue.put(cell.key, { entry, ...cell.choice, version: cell.version, confirmed: true });
}

// Both values, who, when; the person chooses. The other cells go on.
function conflict(cell, answer, sent) {
  grid.learn(cell, answer.entry);
  grid.show(cell, "is-conflict", answer.sentence, [
    [keeping(sent.entry), () => {
      cell.see(answer.version, answer.entry);
      const entry = normalised(cell.input.value);
      queue.put(cell.key, { ...sent, gesture: undefined, entry, version: answer.version });
      cell.input.focus();
    }],
    [answer.entry ? `Prendre ${answer.entry}` : "Prendre la case vide", () => { take(cell); cell.input.focus(); }],
  ]);
  cell.choice = answer;
}

const keeping = (entry) => (entry ? `Garder ${entry}` : "Laisser vide");

// What the other person left is what this one wants too.
function take(cell) {
  const { version, entry } = cell.choice;
  cell.see(version, entry);
  cell.input.value = entry;
  grid.show(cell, "is-saved");
  queue.drop(cell.key);
  say(`${cell.name}\u00a0: ${entry ? `${entry} conservée` : "case laissée vide"}.`);
}

// Typed in an earlier page, in a cell that this one no longer has: told, and kept until the person has read it.
function orphan(answer, sent) {
  const [enrolment, ...column] = answer.key.split("-");
  const named = [byId(`e-${enrolment}`)?.querySelector("a"), byId(`c-${column.join("-")}`)?.firstChild];
  const name = named.map((node) => node?.textContent.trim()).filter(Boolean).join(", ") || "Candidat retiré";
  if (answer.state === "saved" || answer.state === "unchanged") return;
  const line = document.createElement("li");
  line.textContent = `${name}\u00a0: ${sent?.entry || "effacer"}. ${answer.sentence}`;
  line.dataset.key = answer.key;
  byId("orphelines-liste").append(line);
  byId("orphelines").hidden = false;
}

byId("oublier").addEventListener("click", () => {
  for (const line of byId("orphelines-liste").children) queue.drop(line.dataset.key);
  byId("orphelines-liste").replaceChildren();
  byId("orphelines").hidden = true;
});

// Keys

async function showHistory(cell) {
  const [enrolment, block, attempt] = cell.key.split("-");
  byId("titre-historique").textContent = cell.name;
  byId("versions").textContent = "Lecture…";
  const shown = asked(byId("historique"));
  try {
    const url = form.dataset.history.replace("/0/notes/0/0/", `/${enrolment}/notes/${block}/${attempt}/`);
    const response = await fetch(`${url}?fragment`, { redirect: "error" });
    if (!response.ok) throw new Error(response.status);
    byId("versions").innerHTML = await response.text();
  } catch {
    byId("versions").textContent = "L’historique ne peut pas être lu pour l’instant.";
  }
  byId("versions").onsubmit = (event) => {
    event.preventDefault();
    const { entry, restore } = event.target.dataset;
    byId("historique").close();
    cell.input.value = entry;
    queue.put(cell.key, { entry, version: cell.version, restores: Number(restore) });
  };
  await shown;
}

// What a key does besides moving; true when it did.
function acted(cell, event) {
  if (event.ctrlKey) return false;
  switch (event.key) {
    case "Escape": giveUp(cell); return true;
    case "?": asked(byId("touches")); return true;
    case "h": case "H": showHistory(cell); return true;
    default: return false;
  }
}

form.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.metaKey) return;
  const cell = grid.byInput.get(event.target);
  if (!cell) return moveAmongNames(event);
  if (event.shiftKey && !["Enter", "?", "H"].includes(event.key)) return undefined;
  if (event.ctrlKey && event.key !== "Home" && event.key !== "End") return undefined;
  if (acted(cell, event)) return event.preventDefault();
  const next = target(grid, cell, event);
  if (event.key === "Enter") {
    event.preventDefault(); // never sends the form
    if (cell.state === "is-question") confirm(cell);
  }
  if (next) go(next, event, cell);
  return undefined;
});

function go(next, event, cell) {
  event.preventDefault();
  if (next === cell) leave(cell);
  const element = next.input || next;
  element.focus();
  element.select?.();
}

function moveAmongNames(event) {
  if (event.ctrlKey || event.shiftKey || event.target.tagName !== "A") return;
  const row = grid.rows.find(({ link }) => link === event.target);
  const next = row && targetOfName(grid, row, event.key);
  if (next) go(next, event);
}

form.addEventListener("focusin", (event) => {
  if (grid.byInput.has(event.target)) roving.at(event.target);
});

form.addEventListener("input", (event) => {
  const cell = grid.byInput.get(event.target);
  if (!cell || cell.state === "is-saving") return;
  if (cell.state !== "is-conflict") grid.show(cell, cell.isChanged ? "is-changed" : "");
  else cell.note.querySelector("button").textContent = keeping(cell.input.value);
});

form.addEventListener("focusout", (event) => {
  const cell = grid.byInput.get(event.target);
  if (cell) leave(cell);
});

form.addEventListener("paste", (event) => {
  const cell = grid.byInput.get(event.target);
  if (cell && gestures.paste(cell, event.clipboardData.getData("text/plain"))) event.preventDefault();
});

// The button, for whoever likes one: what is still in a cell goes now.
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const cell = grid.byInput.get(document.activeElement);
  if (cell) leave(cell);
  queue.retry();
  if (!queue.size && !grid.unsaved.size) say("Tout est enregistré.");
});

window.addEventListener("beforeunload", (event) => {
  if (grid.unsaved.size || queue.size) event.preventDefault();
});

// Beginning

function putBack() {
  const restored = queue.restored();
  for (const [key, pending] of restored) {
    const cell = grid.byKey.get(key);
    if (cell) cell.input.value = pending.entry;
    if (isClosed) orphan({ key, state: "refused", sentence: "La saisie est close." }, pending);
    else queue.put(key, pending);
  }
  if (restored.length && !isClosed) {
    say(`${restored.length} note${plural(restored.length)} tapée${plural(restored.length)} ici et pas encore enregistrée${plural(restored.length)}\u00a0: remise${plural(restored.length)} dans sa case, en cours d’envoi.`);
  }
}

byId("ouvrir-touches").addEventListener("click", () => asked(byId("touches")));
for (const hint of document.querySelectorAll(".js-only")) hint.hidden = false;
putBack();
performance.mark("grid-ready");
