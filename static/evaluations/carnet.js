// An attestation leaves by itself and survives a lost network: the queue of the grid keeps it in this browser until
// the server has answered for it. What an earlier page left is sent from any page of the carnet.
// Without this script the form is an ordinary one; with a file it stays so, because a file needs the network.

import { NO_NETWORK, SaveQueue, SIGNED_OUT } from "./queue.js";

const byId = (id) => document.getElementById(id);
const form = byId("attestation");
const queue = new SaveQueue(byId("file"), { leave: onItsWay, wait: () => {}, receive, tell: showTrouble, wire });
let sent = ""; // the key this page sent itself

const plural = (count) => (count > 1 ? "s" : "");
const say = (sentence) => { byId("etat").textContent = sentence; };

function wire(key, cell) {
  const [enrolment, competence] = key.split("-").map(Number);
  return { enrolment, competence, entry: cell.entry, version: cell.version };
}

function onItsWay() {
  say("Enregistrement…");
}

function showTrouble() {
  if (!queue.trouble || !queue.size) return;
  const count = queue.size;
  const kept = queue.isKept
    ? `${count} attestation${plural(count)} gardée${plural(count)} dans ce téléphone, ${count > 1 ? "elles partiront d’elles-mêmes" : "elle partira d’elle-même"}.`
    : "l’attestation attend dans cette page seulement\u00a0: ne la fermez pas.";
  if (queue.trouble === NO_NETWORK) say(`Hors ligne\u00a0: ${kept}`);
  else if (queue.trouble === SIGNED_OUT) say(`${queue.sentence} ${kept}`);
  else say(`Le serveur ne répond pas\u00a0: ${kept}`);
  busy(false);
}

function receive({ answers }) {
  let saved = 0;
  for (const answer of answers) {
    if (answer.state === "saved") {
      saved++;
      if (answer.key === sent) window.location.assign(form.dataset.back);
    } else refused(answer);
  }
  if (saved) say(`${saved} attestation${plural(saved)} enregistrée${plural(saved)}.`);
}

// What the server will not take is said, and stays in this browser until the person has read it.
function refused(answer) {
  const line = document.createElement("li");
  line.textContent = `${answer.sentence} `;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary btn-sm";
  const isHere = form?.dataset.key === answer.key;
  if (isHere && answer.state === "conflict") {
    button.textContent = "Remplacer par ce que j’ai écrit";
    button.addEventListener("click", () => { form.elements.version.value = answer.version; line.remove(); leave(); });
  } else {
    button.textContent = isHere ? "J’ai lu, je corrige" : "J’ai lu";
    button.addEventListener("click", () => { queue.drop(answer.key); line.remove(); hideRefused(); });
  }
  line.append(button);
  byId("refusees").append(line);
  byId("refusees").hidden = false;
  say(answer.sentence);
  busy(false);
  byId("refusees").scrollIntoView({ block: "center" });
  button.focus();
}

function hideRefused() {
  byId("refusees").hidden = !byId("refusees").children.length;
  say("");
}

function busy(isBusy) {
  const button = form?.querySelector("[type=submit]");
  if (!button) return;
  button.disabled = isBusy;
  button.toggleAttribute("aria-busy", isBusy);
}

// The same text for the same words as the server makes (evaluations/observed.py).
function entry() {
  const { mastered, observed_on: day, situation, comment } = form.elements;
  const met = [...form.querySelectorAll("[name=met]:checked")].map((box) => Number(box.value));
  return JSON.stringify({
    mastered: mastered.value === "oui",
    observed_on: day.value,
    situation: situation.value.trim(),
    met: met.sort((a, b) => a - b),
    comment: comment.value.trim(),
  });
}

function leave() {
  sent = form.dataset.key;
  busy(true);
  queue.put(sent, { entry: entry(), version: Number(form.elements.version.value) });
}

form?.addEventListener("submit", (event) => {
  const { mastered, situation, file } = form.elements;
  if (!mastered.value || !situation.value.trim()) return; // the server says what is missing, beside its field
  if (file.files.length) {
    if (navigator.onLine) return;
    event.preventDefault();
    say("Hors ligne\u00a0: une pièce jointe demande le réseau. Attestez sans elle, vous la joindrez plus tard.");
    return;
  }
  event.preventDefault();
  leave();
}, { capture: true });

for (const [key, pending] of queue.restored()) {
  if (key === form?.dataset.key) fill(pending);
  queue.put(key, pending);
}

// What this browser still keeps of this very competence goes back to its fields.
function fill(pending) {
  const said = JSON.parse(pending.entry);
  form.elements.mastered.value = said.mastered ? "oui" : "non";
  form.elements.observed_on.value = said.observed_on;
  form.elements.situation.value = said.situation;
  form.elements.comment.value = said.comment;
  for (const box of form.querySelectorAll("[name=met]")) box.checked = said.met.includes(Number(box.value));
}
