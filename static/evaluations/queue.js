// What is typed goes to the server by itself: one request at a time, what is left meanwhile in the next one.
// Each cell waits in this browser's own storage until the server has answered for it, so that a lost network,
// a closed page or a crashed server loses nothing. Ids, entries and versions only; removed as soon as saved.

export const DELAYS = [1, 2, 5, 10, 15]; // seconds before trying again
const MAX_CELLS = 2000; // what the server takes at once
const TIMEOUT = 20000;
const SIGN_IN_AGAIN = "Vous n’êtes plus connecté\u00a0: reconnectez-vous dans un autre onglet.";
const SPOILT = "Le serveur n’a pas pu enregistrer cette saisie. Rechargez la page pour l’essayer de nouveau.";
const GONE = "Cette case n’existe plus pour vous : rechargez la page.";

export const NO_NETWORK = "network", NO_SERVER = "server", SIGNED_OUT = "signed out";

// Read when sending: signing in again in another tab changes it.
export function csrfToken(form) {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? decodeURIComponent(cookie[1]) : form.elements.csrfmiddlewaretoken.value;
}

// One POST of JSON. Answers {data}, or {trouble} when nothing is known of what became of it (`hasFailed`: the server
// broke on it), or {lost: sentence}.
export async function post(form, url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      redirect: "manual", // the door is an answer of its own, not a page to read
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken(form) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    if (response.ok && isJson) return { data: await response.json() };
    if (response.status === 422 && isJson) return { refused: (await response.json()).sentence };
    if (response.type === "opaqueredirect" || response.status === 403 || response.ok) {
      return { trouble: SIGNED_OUT, sentence: (isJson && (await response.json()).sentence) || SIGN_IN_AGAIN };
    }
    if (response.status === 400 || response.status === 404) {
      return { lost: isJson ? (await response.json()).sentence : GONE };
    }
    return { trouble: NO_SERVER, hasFailed: response.status === 500 };
  } catch {
    return { trouble: navigator.onLine ? NO_SERVER : NO_NETWORK };
  }
}

export class SaveQueue {
  #waiting = new Map();
  #flying = null;
  #timer = 0;
  #soon = 0;
  #tries = 0;
  #most = MAX_CELLS;
  #idle = [];
  #held = false;
  #written = new Map(); // what this page left in the browser's storage, by its name there
  #unsure = new Map(); // the entries of a cell sent without an answer: the server may hold any of them
  #successes = 0;
  #suspects = new Map(); // cells the server broke on, and how many requests it had answered until then

  // `leave(keys)` and `wait(keys)`: these cells are on their way, these wait (again); `receive(data, sent)` gets
  // each answer, `tell()` is called whenever the queue or its trouble changes; `wire(key, cell)` is a cell as the
  // server reads it.
  constructor(form, { leave, wait, receive, tell, wire = wired }) {
    this.form = form;
    Object.assign(this, { leave, wait, receive, tell, wire });
    this.trouble = "";
    this.sentence = "";
    this.author = Number(form.dataset.author);
    this.prefix = `cqp-notes:${form.dataset.author}:${form.dataset.place}:`;
    window.addEventListener("online", () => this.retry());
    // Another tab has saved the same cell; what waits here is still to be kept.
    window.addEventListener("storage", ({ key: name, newValue }) => {
      if (newValue === null && this.#written.has(name)) this.#write(name, this.#written.get(name));
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retry();
      else this.flush();
    });
  }

  get size() { return this.#waiting.size + (this.#flying ? this.#flying.size : 0); }
  has(key) { return this.#waiting.has(key); }
  // What is to be sent or on its way for a cell.
  pending(key) { return this.#waiting.get(key) || this.#flying?.get(key); }

  // A value of this cell was sent, and nobody knows yet whether the server holds it.
  isUnsure(key) { return this.#unsure.has(key) || Boolean(this.#flying?.has(key)); }
  // Would all that waits survive this page?
  get isKept() {
    return [...this.#waiting.keys(), ...(this.#flying?.keys() || [])].every((key) => this.#written.has(this.prefix + key));
  }

  // What an earlier page left here without an answer.
  restored() {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i);
        const text = name.startsWith(this.prefix) && localStorage.getItem(name);
        const cell = text && cellIn(text);
        if (!cell) continue;
        const key = name.slice(this.prefix.length);
        const { unsure, ...pending } = cell;
        this.#written.set(name, text);
        if (unsure) this.#unsure.set(key, unsure);
        found.push([key, pending]);
      }
    } catch {
      // A browser that keeps nothing still saves what is typed while the page is open.
    }
    return found;
  }

  #keep(key, cell) {
    return this.#write(this.prefix + key, JSON.stringify({ ...cell, unsure: this.#unsure.get(key) }));
  }

  // Did the browser keep it? A private window or a full storage may not.
  #write(name, text) {
    try {
      localStorage.setItem(name, text);
      this.#written.set(name, text);
      return true;
    } catch {
      this.#erase(name); // what it replaces must not come back
      return false;
    }
  }

  // Another tab may have left something else there: that is not ours to remove.
  #erase(name) {
    const text = this.#written.get(name);
    this.#written.delete(name);
    try {
      if (text !== undefined && localStorage.getItem(name) === text) localStorage.removeItem(name);
    } catch {
      // Nothing was kept.
    }
  }

  // Typed and not to be sent yet: kept for the page that opens next, which finds it `held`.
  hold(key, cell) {
    return this.#keep(key, { ...cell, held: true });
  }

  // cell: {entry, version, confirmed?, restores?, gesture?}; a gesture is "COLLAGE:…", its cells go together.
  // `delay`: milliseconds without another cell before it leaves, for a text one is still typing.
  put(key, cell, delay = 0) {
    this.#waiting.delete(key); // last typed, last sent
    this.#waiting.set(key, cell);
    this.#keep(key, cell);
    this.wait([key]);
    this.tell();
    // After the next cell has the focus: the keyboard never waits for a request to be written.
    if (this.#timer) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.flush(), delay);
  }

  // The person gave it up, or chose what the server holds.
  drop(key) {
    this.#waiting.delete(key);
    this.#erase(this.prefix + key);
    if (!this.size) this.#calm();
    this.tell();
  }

  // The same value, over the version the server has just stored for us.
  rebase(key, version) {
    const cell = this.#waiting.get(key);
    if (!cell) return;
    cell.version = version;
    this.#keep(key, cell);
  }

  retry() {
    this.#restart();
    this.flush();
  }

  #restart() {
    clearTimeout(this.#timer);
    this.#timer = this.#tries = 0;
  }

  #calm() {
    this.#restart();
    this.trouble = this.sentence = "";
  }

  // Resolves once nothing waits any more; false if the server cannot be reached now.
  whenIdle() {
    this.flush();
    if (!this.size) return Promise.resolve(true);
    if (this.trouble) return Promise.resolve(false);
    return new Promise((resolve) => { this.#idle.push(resolve); });
  }

  // Something else to ask, once nothing waits: what is typed meanwhile waits for it. Null if out of reach.
  async alone(ask) {
    if (!await this.whenIdle()) return null;
    this.#held = true;
    try {
      return await ask();
    } finally {
      this.#held = false;
      this.flush();
    }
  }

  #wake() {
    if (this.size && !this.trouble) return;
    for (const resolve of this.#idle.splice(0)) resolve(!this.size);
  }

  #next() {
    const batch = new Map();
    let gesture;
    for (const [key, cell] of this.#waiting) {
      gesture ??= cell.gesture || "";
      if ((cell.gesture || "") === gesture && batch.size < this.#most) batch.set(key, cell);
    }
    for (const key of batch.keys()) this.#waiting.delete(key);
    return batch;
  }

  async flush() {
    clearTimeout(this.#soon);
    this.#soon = 0;
    if (this.#flying || this.#held || this.#timer || !this.#waiting.size) return;
    const batch = this.#flying = this.#next();
    this.leave(batch.keys());
    const [first] = batch.values();
    const answer = await post(this.form, this.form.dataset.save, {
      author: this.author,
      gesture: first.gesture ? first.gesture.split(":")[0] : null,
      cells: [...batch].map(([key, cell]) => this.wire(key, cell)),
    });
    this.#flying = null;
    try {
      const reason = answer.lost || (answer.hasFailed && this.#isSpoilt(batch) && SPOILT);
      if (answer.data) {
        this.#successes++;
        this.#answered(answer.data, batch);
      } else if (reason && batch.size === 1) this.#answered(refused(batch, reason), batch);
      else this.#putBack(batch, answer);
      this.tell();
    } finally {
      // Whatever showing an answer may do, what waits is sent.
      this.#wake();
      this.flush();
    }
  }

  #answered(data, batch) {
    this.#calm();
    for (const key of batch.keys()) this.#suspects.delete(key);
    if (!this.#waiting.size) this.#most = MAX_CELLS;
    const answers = data.answers.filter((answer) => !this.#isOurs(answer, batch.get(answer.key)));
    for (const { key, state } of answers) {
      const isDone = state === "saved" || state === "unchanged";
      // What is refused or asked about says nothing of what was sent before it.
      if (isDone || state === "conflict") this.#unsure.delete(key);
      if (isDone && !this.#waiting.has(key)) this.#erase(this.prefix + key);
    }
    this.receive({ ...data, answers }, batch);
  }

  // A conflict with what we sent ourselves, whose answer was lost: what was typed since goes over it.
  #isOurs({ key, state, by, entry, version }, sent) {
    if (state !== "conflict" || by !== this.author || !this.#unsure.get(key)?.includes(entry)) return false;
    this.#unsure.delete(key);
    if (this.#waiting.has(key)) this.rebase(key, version);
    else this.put(key, { ...sent, version });
    return true;
  }

  #doubt(key, entry) {
    const entries = this.#unsure.get(key) || [];
    if (entries.includes(entry)) return;
    this.#unsure.set(key, [...entries, entry]);
    this.#keep(key, this.#waiting.get(key));
  }

  // The server broke on this cell alone, and answered others since the first time it did.
  #isSpoilt(batch) {
    const [key] = batch.keys();
    return batch.size === 1 && this.#suspects.get(key) < this.#successes;
  }

  // It broke twice on some of these: half of them may pass. On a single one, it breaks on everything.
  #suspect(batch) {
    const isAgain = [...batch.keys()].some((key) => this.#suspects.has(key));
    for (const key of batch.keys()) if (!this.#suspects.has(key)) this.#suspects.set(key, this.#successes);
    if (isAgain) this.#most = batch.size > 1 ? Math.ceil(batch.size / 2) : MAX_CELLS;
  }

  #putBack(batch, answer) {
    for (const [key, cell] of batch) {
      if (!this.#waiting.has(key)) this.#waiting.set(key, cell);
      if (answer.trouble && answer.trouble !== SIGNED_OUT) this.#doubt(key, cell.entry);
    }
    this.wait(batch.keys());
    if (answer.lost) {
      // One of them spoils the others: smaller and smaller requests find which.
      this.#most = Math.ceil(batch.size / 2);
      return;
    }
    if (answer.hasFailed) this.#suspect(batch);
    this.trouble = answer.trouble;
    this.sentence = answer.sentence || "";
    const delay = DELAYS[Math.min(this.#tries++, DELAYS.length - 1)];
    this.#timer = setTimeout(() => { this.#timer = 0; this.flush(); }, delay * 1000);
  }
}

// One cell as it was kept; null for what cannot be one.
function cellIn(text) {
  try {
    const cell = JSON.parse(text);
    return typeof cell?.entry === "string" && Number.isInteger(cell.version) ? cell : null;
  } catch {
    return null;
  }
}

function wired(key, cell) {
  const [enrolment, block, attempt] = key.split("-").map(Number);
  const { entry, version, confirmed = false, restores = 0 } = cell;
  return { enrolment, block, attempt, entry, version, confirmed, restores };
}

function refused(batch, sentence) {
  const answers = [...batch].map(([key, cell]) =>
    ({ key, state: "refused", entry: cell.entry, version: cell.version, before: "", sentence }));
  return { answers, operation: null, counts: { refused: answers.length } };
}

// The cells of a preview or of a gesture, as the server reads them.
export const cellsOf = (cells) => cells.map(([key, cell]) => wired(key, cell));
