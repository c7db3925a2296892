// Many cells at once: a pasted block, the missing ones filled, and the one gesture that takes them back.

import { normalised } from "./grid.js";
import { blockOf, plan } from "./pasting.js";
import { cellsOf, DELAYS, post, SIGNED_OUT } from "./queue.js";

const PASTE = "COLLAGE", FILL = "REMPLISSAGE";
const OUT_OF_REACH = "Le serveur ne répond pas : rien n’a changé, recommencez ce geste plus tard.";
const UNKNOWN = "Le serveur ne répond pas : on ne sait pas encore si ce geste est annulé. Nouvel essai dans un instant.";
const byId = (id) => document.getElementById(id);
const several = (count, word) => `${count} ${word}${count > 1 ? "s" : ""}`;

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

// Open a dialog and wait for what the person chose: the value of a button, nothing when it was only closed.
export function asked(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

function listed(title, lines) {
  if (!lines.length) return [];
  const head = document.createElement("h3");
  head.textContent = title;
  const list = document.createElement("ul");
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
  return [head, list];
}

export class Gestures {
  #serial = 0;
  #isUndoing = false;

  // `say(sentence)` writes the status line, `receive(data)` shows the answers of an undone gesture.
  constructor(grid, queue, { say, receive }) {
    Object.assign(this, { grid, queue, say, receive });
    this.undoButton = byId("annuler");
    this.undoButton.addEventListener("click", () => this.undo(this.undoButton.dataset.url));
    byId("gestes").addEventListener("submit", (event) => {
      event.preventDefault();
      this.undo(event.target.action);
    });
    byId("ouvrir-remplir").addEventListener("click", () => this.fill());
    for (const id of ["remplir-colonne", "remplir-valeur"]) {
      byId(id).addEventListener("input", () => this.#countMissing());
    }
    byId("remplir-form").addEventListener("submit", (event) => {
      if (event.submitter?.value) this.#tryToFill(event);
    });
  }

  // Lay these values in their cells and send them together.
  #apply(kind, cells, confirmed = new Set()) {
    const gesture = `${kind}:${Date.now().toString(36)}${this.#serial++}`;
    for (const [cell, entry] of cells) {
      cell.input.value = normalised(entry);
      this.queue.put(cell.key, {
        entry: cell.input.value, version: cell.version, confirmed: confirmed.has(cell.key), gesture,
      });
    }
  }

  #preview(cells) {
    const { form } = this.grid;
    return this.queue.alone(() => post(form, form.dataset.save, {
      author: this.queue.author,
      preview: true,
      cells: cellsOf(cells.map(([cell, entry]) => [cell.key, { entry, version: cell.version }])),
    }));
  }

  // A text pasted in a cell; false when it is one value, which the browser pastes as usual.
  paste(cell, text) {
    const rows = blockOf(text);
    if (!rows) return false;
    this.#tryToPaste(plan(this.grid, cell, rows));
    return true;
  }

  // At once when nothing surprises in it; else nothing changes before the person has read what would.
  async #tryToPaste(laid) {
    const isPlain = !laid.locked && !laid.beyond && !laid.cells.some(([cell, entry]) => {
      const now = normalised(cell.input.value);
      return now && now !== normalised(entry);
    });
    this.say("Collage\u00a0: vérification…");
    const answer = laid.cells.length ? await this.#preview(laid.cells) : { data: { answers: [], counts: {} } };
    if (!answer?.data) {
      // Out of reach, what overwrites nothing waits in its cells like what is typed.
      return isPlain ? this.#apply(PASTE, laid.cells) : this.say(answer?.lost || OUT_OF_REACH);
    }
    const { question, changed, refused, conflict } = answer.data.counts;
    if (isPlain && !question && !changed && !refused && !conflict) return this.#apply(PASTE, laid.cells);
    return this.#askToPaste(laid, answer.data);
  }

  async #askToPaste(laid, data) {
    const told = (state, line) => data.answers.filter((answer) => answer.state === state).map((answer) =>
      `${this.grid.byKey.get(answer.key).name}\u00a0: ${line(answer)}`);
    const { counts } = data;
    const sums = [
      [counts.new, "nouvelle"], [counts.changed, "remplacée"], [counts.unchanged, "inchangée"],
      [counts.question, "inhabituelle"], [counts.refused, "refusée"], [counts.conflict, "en conflit"],
      [laid.locked + laid.beyond, "ignorée"],
    ].filter(([count]) => count);
    byId("collage-bilan").textContent = `${sums.map(([count, word]) =>
      (word === "en conflit" ? `${count} ${word}` : several(count, word))).join(", ")}.`;
    byId("collage-detail").replaceChildren(
      ...listed("Notes remplacées", data.answers.filter((a) => a.state === "saved" && a.before).map((a) =>
        `${this.grid.byKey.get(a.key).name}\u00a0: ${a.before} devient ${a.entry}`)),
      ...listed("Inhabituelles, à vérifier", told("question", (answer) => answer.sentence)),
      ...listed("Refusées, gardées dans leur case", told("refused", (answer) => answer.sentence)),
      ...listed("Changées par quelqu’un d’autre", told("conflict", (answer) => answer.sentence)),
      ...listed("Ignorées", [
        laid.beyond && `${several(laid.beyond, "valeur")} en dehors de la grille affichée`,
        laid.locked && `${several(laid.locked, "valeur")} sur des cases verrouillées`,
      ].filter(Boolean)),
      ...listed("Colonnes remplies", laid.columns.map((column) => column.label)),
    );
    const isEmpty = laid.cells.length === 0;
    byId("collage").querySelector("[value=coller]").disabled = isEmpty;
    if (await asked(byId("collage")) !== "coller" || isEmpty) return this.say("Rien n’a été collé.");
    const questions = data.answers.filter(({ state }) => state === "question").map(({ key }) => key);
    return this.#apply(PASTE, laid.cells, new Set(questions));
  }

  // Fill the missing

  #missing() {
    const column = this.grid.columns.find(({ key }) => key === byId("remplir-colonne").value);
    return this.grid.visible.map((row) => row.cells[column.place])
      .filter((cell) => cell?.isOpen && !cell.stored && !cell.input.value.trim());
  }

  #countMissing() {
    const count = this.#missing().length;
    const where = this.grid.visible.length < this.grid.rows.length ? " parmi les candidats affichés" : "";
    byId("remplir-compte").textContent = count
      ? `${several(count, "note")} manquante${count > 1 ? "s" : ""}${where}.`
      : `Aucune note ne manque${where}.`;
    byId("remplir-refus").textContent = "";
    const button = byId("remplir-oui");
    button.textContent = count ? `Remplir ${several(count, "note")}` : "Remplir";
    button.disabled = !count || !byId("remplir-valeur").value.trim();
    this.confirmed = new Set();
  }

  async fill() {
    this.#countMissing();
    await asked(byId("remplir"));
  }

  async #tryToFill(event) {
    event.preventDefault();
    const value = byId("remplir-valeur").value;
    const cells = this.#missing().map((cell) => [cell, value]);
    const answer = await this.#preview(cells);
    const { answers = [] } = answer?.data || {};
    const refused = answers.find(({ state }) => state === "refused");
    const surprising = answers.filter(({ state, key }) => state === "question" && !this.confirmed.has(key));
    const notice = byId("remplir-refus");
    if (!answer?.data || refused) {
      notice.textContent = refused?.sentence || answer?.lost || OUT_OF_REACH;
    } else if (surprising.length) {
      notice.textContent = surprising[0].sentence;
      byId("remplir-oui").textContent = `Oui, ${byId("remplir-oui").textContent.toLowerCase()}`;
      for (const { key } of surprising) this.confirmed.add(key);
    } else {
      byId("remplir").close();
      byId("remplir-valeur").value = "";
      this.#apply(FILL, cells, this.confirmed);
    }
  }

  // Taking back

  // What has just been done, and may be undone.
  done(operation) {
    this.undoButton.hidden = false;
    this.undoButton.dataset.url = operation.undo_url;
    this.refresh();
    return `${operation.label}\u00a0: ${several(operation.count, "note")} enregistrée${operation.count > 1 ? "s" : ""}.`;
  }

  // Asked again until the server says what became of it: undone once or twice, a gesture ends the same.
  async undo(url) {
    if (this.#isUndoing) return;
    this.#isUndoing = true;
    try {
      const answer = await this.#askToUndo(url);
      if (answer?.data) await this.#undone(answer.data);
      else this.say(answer?.refused || answer?.lost || answer?.sentence || OUT_OF_REACH);
    } finally {
      this.#isUndoing = false;
    }
  }

  async #askToUndo(url) {
    let isSent = false;
    for (let tries = 0; ; tries++) {
      const answer = await this.queue.alone(() => post(this.grid.form, url, { author: this.queue.author }));
      const isKnown = answer && !answer.trouble;
      const isUndone = isSent || (answer && answer.trouble !== SIGNED_OUT); // as far as one can tell
      if (isKnown || !isUndone) return answer;
      isSent = true;
      this.say(answer?.sentence || UNKNOWN);
      await pause(DELAYS[Math.min(tries, DELAYS.length - 1)]);
    }
  }

  async #undone(data) {
    this.undoButton.hidden = true;
    this.receive(data);
    await this.refresh();
    const { count } = data.operation;
    this.say(`Annulé\u00a0: ${several(count, "note")} comme avant.`);
    if (data.left.length) {
      byId("laissees-liste").replaceChildren(...listed("", data.left.map(({ name, column, sentence }) =>
        `${name}, ${column}\u00a0: ${sentence}`))[1].children);
      await asked(byId("laissees"));
    }
  }

  // The list under the grid, as the server tells it.
  async refresh() {
    try {
      const response = await fetch(`${location.pathname}?fragment=gestes`, { redirect: "error" });
      if (response.ok) byId("gestes").innerHTML = await response.text();
    } catch {
      // It will be there at the next gesture, or the next page.
    }
  }
}
