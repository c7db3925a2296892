// The grid as the page holds it: its cells, what the server stores in each, what is shown of that.
// Everything is found once, when the page opens; a key or an answer then costs the same on any page.

export const UNSAVED = new Set(["is-changed", "is-saving", "is-refused", "is-question", "is-conflict"]);
const INVALID = new Set(["is-refused", "is-question", "is-conflict"]);

// 12.50 becomes 12,5 and abs ABS, as the server will write them; what is not a mark is left alone.
export function normalised(text) {
  const typed = text.trim();
  if (/^ab[sj]$/i.test(typed)) return typed.toUpperCase();
  const number = /^0*(\d+)(?:[.,](\d{1,2}))?$/.exec(typed);
  if (!number) return typed;
  const decimals = (number[2] || "").replace(/0+$/, "");
  return decimals ? `${number[1]},${decimals}` : number[1];
}

// One mark one may type: its input, the version and the value this person has before their eyes (`seen`),
// and what the server holds (`stored`), which differs in a conflict only.
class Cell {
  constructor(input, row, column) {
    this.input = input;
    this.box = input.parentElement;
    this.hidden = input.nextElementSibling;
    this.row = row;
    this.column = column;
    this.key = input.name.slice(2);
    const [version, ...value] = this.hidden.value.split(":");
    this.version = Number(version);
    this.seen = this.stored = value.join(":");
    this.near = "near" in input.dataset;
    const state = this.box.className.split(" ").find((name) => UNSAVED.has(name));
    this.state = state || "";
    this.choice = null; // what the buttons beside a question or a conflict need
  }

  get flag() { return this.box.querySelector(".cell-flag"); }
  get note() { return document.getElementById(`r-${this.key}`); }
  get isOpen() { return !this.input.readOnly; }
  get isChanged() { return normalised(this.input.value) !== this.seen; }
  get name() { return `${this.row.name}, ${this.column.label}`; }

  see(version, value) {
    this.version = version;
    this.seen = this.stored = value;
    this.hidden.value = `${version}:${value}`;
  }

  describe() {
    const ids = [this.note && `r-${this.key}`, this.flag && `f-${this.key}`].filter(Boolean);
    if (ids.length) this.input.setAttribute("aria-describedby", ids.join(" "));
    else this.input.removeAttribute("aria-describedby");
  }

  // The note beside the cell: a sentence, and buttons if the person has to choose.
  say(sentence, buttons = []) {
    let note = this.note;
    if (!sentence) {
      note?.remove();
    } else {
      if (!note) {
        note = document.createElement("span");
        note.className = "cell-note";
        note.id = `r-${this.key}`;
        this.box.append(note);
      }
      note.textContent = sentence;
      if (buttons.length) note.append(document.createElement("br"));
      for (const [label, act] of buttons) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-sm btn-outline-primary";
        button.textContent = label;
        button.addEventListener("click", act);
        note.append(button);
      }
    }
    this.describe();
  }

  markUnusual(why) {
    this.flag?.remove();
    if (why) {
      const flag = document.getElementById("drapeau").content.firstElementChild.cloneNode(true);
      flag.id = `f-${this.key}`;
      flag.title = flag.lastElementChild.textContent = why;
      this.hidden.after(flag);
    }
    this.describe();
  }
}

export class Grid {
  constructor(form) {
    this.form = form;
    this.unsaved = new Set();
    this.byKey = new Map();
    this.byInput = new Map();
    this.columns = [...form.querySelectorAll("[data-column]")].map((head, place) => ({
      place,
      key: head.dataset.column,
      label: this.#labelOf(head),
      isRetake: head.dataset.column.endsWith("-2"),
      isAwaited: "awaited" in head.dataset,
      isTyped: "typed" in head.dataset,
      isDraft: "open" in head.dataset,
      total: form.querySelector(`[data-done="${head.dataset.column}"]`),
    }));
    for (const column of this.columns) column.done = parseInt(column.total.textContent, 10);
    this.rows = [...form.querySelectorAll(".mark-grid tbody > tr")].map((tr) => this.#readRow(tr));
    this.groups = new Map([...document.querySelectorAll("[data-done-group]")]
      .map((total) => [total.dataset.doneGroup, total]));
    this.refresh();
  }

  // « Écrit », « Rattrapage : Contrôle continu »: the words of a heading, without what its scale adds.
  #labelOf(head) {
    return [...head.childNodes].filter((node) => !node.classList?.contains("unit"))
      .map((node) => node.textContent).join("").trim();
  }

  #readRow(tr) {
    const row = { tr, link: tr.cells[0].querySelector("a"), cells: [], plain: { near: false, flag: false } };
    row.name = row.link.textContent.trim();
    row.group = tr.dataset.group;
    for (let place = 0; place < this.columns.length; place++) {
      const box = tr.cells[place + 1].firstElementChild;
      if (!box.classList.contains("cell")) {
        row.plain.near ||= "near" in tr.cells[place + 1].dataset;
        row.plain.flag ||= box.firstElementChild !== null;
        row.cells.push(null);
        continue;
      }
      const cell = new Cell(box.firstElementChild, row, this.columns[place]);
      if (cell.state) this.unsaved.add(cell);
      row.cells.push(cell);
      this.byKey.set(cell.key, cell);
      this.byInput.set(cell.input, cell);
    }
    return row;
  }

  // The rows in sight, each knowing its place: asked again whenever some are hidden or shown.
  refresh() {
    this.visible = this.rows.filter((row) => !row.tr.hidden);
    this.visible.forEach((row, place) => { row.place = place; });
  }

  show(cell, state, sentence = "", buttons = []) {
    if (cell.state !== state) {
      if (cell.state) cell.box.classList.remove(cell.state);
      cell.box.classList.remove("is-saved");
      if (state) cell.box.classList.add(state);
      cell.state = state;
    }
    if (INVALID.has(state)) cell.input.setAttribute("aria-invalid", "true");
    else cell.input.removeAttribute("aria-invalid");
    if (UNSAVED.has(state)) this.unsaved.add(cell);
    else this.unsaved.delete(cell);
    if (!INVALID.has(state)) cell.choice = null;
    if (sentence || cell.note) cell.say(sentence, buttons);
  }

  // The server now holds this: the totals of the column and of its group follow.
  store(cell, version, value) {
    const change = Number(Boolean(value)) - Number(Boolean(cell.stored));
    cell.see(version, value);
    this.#count(cell, change);
  }

  // Somebody else's value, not yet before this person's eyes as theirs.
  learn(cell, value) {
    const change = Number(Boolean(value)) - Number(Boolean(cell.stored));
    cell.stored = value;
    this.#count(cell, change);
  }

  #count(cell, change) {
    if (!change) return;
    const { column } = cell;
    column.done += change;
    this.#add(column.total, change);
    const group = this.groups.get(`${cell.row.group}/${column.key}`);
    if (group) this.#add(group, change);
  }

  #add(element, change) {
    element.textContent = element.textContent.replace(/^\d+/, (done) => Number(done) + change);
  }

  // A first mark that becomes eliminatory opens its retake; one that no longer is closes it again.
  openRetake(first, reason) {
    const retake = this.byKey.get(first.key.replace(/1$/, "2"));
    if (!retake || retake === first) return;
    retake.input.readOnly = reason !== "" && !retake.seen;
    retake.box.classList.toggle("is-locked", retake.input.readOnly);
    if (!UNSAVED.has(retake.state)) this.show(retake, "", reason);
  }

  get missing() {
    return this.columns.reduce((sum, column) =>
      sum + (column.isAwaited ? Number(column.total.dataset.total) - column.done : 0), 0);
  }

  get unsubmitted() {
    return this.columns.reduce((sum, column) => sum + (column.isDraft ? column.done : 0), 0);
  }
}
