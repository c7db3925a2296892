// The comforts of the mark grid: each cell is saved when it is left, the keyboard moves, nothing typed is lost.
// Without this script the grid is a form, and its button saves every changed cell.

const form = document.getElementById("grille");
const status = document.getElementById("etat");
const inputs = [...form.querySelectorAll(".cell > input[type=text]")];
const STATES = ["is-changed", "is-saving", "is-saved", "is-refused", "is-conflict"];
const OPEN = ".cell > input[type=text]:not([readonly])";
const UNSAVED = ".is-changed, .is-saving, .is-refused, .is-conflict";
const NO_NETWORK = "Pas encore enregistrée : le réseau ne répond pas.";
const SIGNED_OUT = "Pas encore enregistrée : reconnectez-vous dans un autre onglet, puis réessayez.";
let leaving = false;

// A cell is its input; beside it, the hidden field "version:value" as the database holds them, and a note.
const cellOf = (input) => input.parentElement;
const noteOf = (input) => document.getElementById(input.getAttribute("aria-describedby"));
const hiddenOf = (input) => input.nextElementSibling;
const keyOf = (input) => input.name.slice(2).split("-").map(Number);
const nameOf = (input) => input.getAttribute("aria-labelledby").split(" ")
  .map((id) => document.getElementById(id).firstChild.textContent.trim()).join(", ");

function seen(input) {
  const [version, ...value] = hiddenOf(input).value.split(":");
  return { version: Number(version), value: value.join(":") };
}

function see(input, version, value) {
  hiddenOf(input).value = `${version}:${value}`;
  delete input.dataset.stored;
}

// What the database holds, as the server last said: in a conflict it is not what this person has seen.
const storedOf = (input) => input.dataset.stored ?? seen(input).value;

function show(input, state, note = "") {
  cellOf(input).classList.remove(...STATES);
  if (state) cellOf(input).classList.add(state);
  if (state === "is-refused" || state === "is-conflict") input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  noteOf(input).textContent = note;
}

// Saving

function changed(input) {
  return input.value.trim() !== seen(input).value;
}

async function save(input) {
  if (input.readOnly || !changed(input)) return;
  // One request at a time a cell: what is typed meanwhile goes when the answer is back.
  if (cellOf(input).classList.contains("is-saving")) return;
  const sent = input.value;
  show(input, "is-saving");
  const answer = await ask(input, sent);
  if (answer.state === "saved") saved(input, sent, answer);
  else if (answer.state === "conflict") conflict(input, answer);
  else show(input, answer.state === "refused" ? "is-refused" : "is-changed", answer.sentence);
  if (answer.state !== "saved") say(`${nameOf(input)} : ${answer.sentence}`);
  count(input);
  if (input.value !== sent) save(input);
}

async function ask(input, entry) {
  const [enrolment, block, attempt] = keyOf(input);
  try {
    const response = await fetch(form.dataset.save, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify({ enrolment, block, attempt, entry, version: seen(input).version }),
    });
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    return isJson ? await response.json() : { state: "unsaved", sentence: SIGNED_OUT };
  } catch {
    return { state: "unsaved", sentence: NO_NETWORK };
  }
}

function saved(input, sent, answer) {
  see(input, answer.version, answer.entry);
  if (input.value === sent) {
    input.value = answer.entry;
    show(input, "is-saved");
  } else {
    show(input, "is-changed");
  }
  if (answer.retake) openRetake(input, answer.retake.reason);
  say(`${nameOf(input)} : ${answer.entry || "note effacée"}, enregistré. ${remaining()}`);
}

// A first mark that becomes eliminatory opens its retake; one that no longer is closes it again.
function openRetake(first, reason) {
  const [enrolment, block] = keyOf(first);
  const retake = document.getElementById(`n-${enrolment}-${block}-2`);
  if (!retake) return;
  retake.readOnly = reason !== "" && !seen(retake).value;
  cellOf(retake).classList.toggle("is-locked", retake.readOnly);
  show(retake, "", reason);
}

// Both values, who, when; the person chooses. The other cells go on.
function conflict(input, answer) {
  const mine = input.value;
  input.dataset.stored = answer.entry;
  show(input, "is-conflict", answer.sentence);
  const choose = (label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-outline-primary";
    button.textContent = label;
    button.addEventListener("click", () => {
      see(input, answer.version, answer.entry);
      act();
      input.focus();
    });
    noteOf(input).append(document.createElement("br"), button);
  };
  choose(`Garder ${mine || "vide"}`, () => save(input));
  choose(`Prendre ${answer.entry || "vide"}`, () => {
    input.value = answer.entry;
    show(input, "is-saved");
    count(input);
    say(`${nameOf(input)} : ${answer.entry || "vide"} conservé.`);
  });
}

// What is left

function say(sentence) {
  status.textContent = sentence;
}

function remaining() {
  const waiting = form.querySelectorAll(UNSAVED).length;
  if (waiting) return `${waiting} case${waiting > 1 ? "s" : ""} à reprendre ou en cours.`;
  const empty = inputs.filter((input) => !input.readOnly && keyOf(input)[2] === 1 && !storedOf(input)).length;
  return empty ? `${empty} note${empty > 1 ? "s" : ""} à saisir.` : "Il ne reste aucune note à saisir.";
}

function count(input) {
  const [, block, attempt] = keyOf(input);
  const column = inputs.filter((other) => keyOf(other).slice(1).join() === [block, attempt].join());
  const total = form.querySelector(`[data-done="${block}-${attempt}"]`);
  const done = column.filter(storedOf).length;
  total.textContent = total.textContent.replace(/^\d+/, done);
}

// Moving

function enter(input) {
  // Tab leaves the grid: only the cell last used is on its way.
  for (const other of inputs) other.tabIndex = other === input ? 0 : -1;
}

function neighbour(input, rows, columns) {
  const row = input.closest("tr");
  if (columns) {
    const cells = [...row.querySelectorAll(OPEN)];
    return cells[cells.indexOf(input) + columns];
  }
  const place = input.closest("td").cellIndex;
  let next = row;
  while ((next = rows > 0 ? next.nextElementSibling : next.previousElementSibling)) {
    const found = next.cells[place].querySelector(OPEN);
    if (found) return found;
  }
  return undefined;
}

function atEdge(input, key) {
  const { selectionStart: start, selectionEnd: end, value } = input;
  const whole = start === 0 && end === value.length;
  return whole || (start === end && start === (key === "ArrowLeft" ? 0 : value.length));
}

function target(input, event) {
  switch (event.key) {
    case "Enter": return neighbour(input, event.shiftKey ? -1 : 1, 0) || input;
    case "ArrowDown": return neighbour(input, 1, 0);
    case "ArrowUp": return neighbour(input, -1, 0);
    case "ArrowLeft": return atEdge(input, event.key) ? neighbour(input, 0, -1) : undefined;
    case "ArrowRight": return atEdge(input, event.key) ? neighbour(input, 0, 1) : undefined;
    default: return undefined;
  }
}

function restore(input) {
  input.value = seen(input).value;
  show(input, "");
}

form.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!inputs.includes(input) || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") restore(input);
  const next = target(input, event);
  if (event.key === "Enter") event.preventDefault();
  if (!next) return;
  event.preventDefault();
  if (next === input) save(input);
  next.focus();
  next.select();
});

form.addEventListener("focusin", (event) => {
  if (inputs.includes(event.target)) enter(event.target);
});

form.addEventListener("input", (event) => {
  const input = event.target;
  if (!inputs.includes(input) || cellOf(input).classList.contains("is-saving")) return;
  show(input, changed(input) ? "is-changed" : "");
});

form.addEventListener("focusout", (event) => {
  const input = event.target;
  // A refused cell is not sent again unless it was changed, and a conflict waits for the choice.
  if (inputs.includes(input) && cellOf(input).classList.contains("is-changed")) save(input);
});

// Leaving

form.addEventListener("submit", () => { leaving = true; });

window.addEventListener("beforeunload", (event) => {
  if (!leaving && form.querySelector(UNSAVED)) event.preventDefault();
});

window.addEventListener("online", () => {
  for (const input of inputs) if (cellOf(input).classList.contains("is-changed")) save(input);
});

for (const hint of document.querySelectorAll(".js-only")) hint.hidden = false;
if (inputs.length) enter(inputs.find((input) => !input.readOnly) || inputs[0]);
