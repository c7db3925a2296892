// What is typed goes to the server by itself: one request at a time, what is left meanwhile in the next one.
// Each cell waits in this browser's own storage until the server has answered for it, so that a lost network,
// a closed page or a crashed server loses nothing. Ids, entries and versions only; removed as soon as saved.

const DELAYS = [1, 2, 5, 10, 15]; // seconds before trying again
const MAX_CELLS = 2000; // what the server takes at once
const TIMEOUT = 20000;
const GONE = "Cette case n’existe plus pour vous : rechargez la page.";

export const NO_NETWORK = "network", NO_SERVER = "server", SIGNED_OUT = "signed out";

// Read when sending: signing in again in another tab changes it.
export function csrfToken(form) {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? decodeURIComponent(cookie[1]) : form.elements.csrfmiddlewaretoken.value;
}

// One POST of JSON. Answers {data}, or {trouble} when nothing is known of what became of it, or {lost: sentence}.
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
      return { trouble: SIGNED_OUT, sentence: isJson ? (await response.json()).sentence : "" };
    }
    if (response.status === 400 || response.status === 404) {
      return { lost: isJson ? (await response.json()).sentence : GONE };
    }
    return { trouble: NO_SERVER };
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

  // `leave(keys)` and `wait(keys)`: these cells are on their way, these wait (again); `receive(data, sent)` gets
  // each answer, `tell()` is called whenever the queue or its trouble changes.
  constructor(form, { leave, wait, receive, tell }) {
    this.form = form;
    Object.assign(this, { leave, wait, receive, tell });
    this.trouble = "";
    this.sentence = "";
    this.author = Number(form.dataset.author);
    this.prefix = `cqp-notes:${form.dataset.author}:${form.dataset.place}:`;
    window.addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retry();
      else this.flush();
    });
  }

  get size() { return this.#waiting.size + (this.#flying ? this.#flying.size : 0); }
  has(key) { return this.#waiting.has(key); }
  // What is to be sent or on its way for a cell.
  pending(key) { return this.#waiting.get(key) || this.#flying?.get(key); }

  // What an earlier page left here without an answer.
  restored() {
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i);
        if (name.startsWith(this.prefix)) found.push([name.slice(this.prefix.length), JSON.parse(localStorage.getItem(name))]);
      }
    } catch {
      // A browser that keeps nothing still saves what is typed while the page is open.
    }
    return found;
  }

  #keep(key, cell) {
    try {
      localStorage.setItem(this.prefix + key, JSON.stringify(cell));
    } catch {
      // The same.
    }
  }

  // cell: {entry, version, confirmed?, restores?, gesture?}; a gesture is "COLLAGE:…", its cells go together.
  put(key, cell) {
    this.#waiting.delete(key); // last typed, last sent
    this.#waiting.set(key, cell);
    this.#keep(key, cell);
    this.wait([key]);
    this.tell();
    // After the next cell has the focus: the keyboard never waits for a request to be written.
    if (!this.#soon && !this.#timer) this.#soon = setTimeout(() => this.flush());
  }

  // The person gave it up, or chose what the server holds.
  drop(key) {
    this.#waiting.delete(key);
    try {
      localStorage.removeItem(this.prefix + key);
    } catch {
      // The same.
    }
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
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#tries = 0;
    this.flush();
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
      cells: [...batch].map(([key, cell]) => wired(key, cell)),
    });
    this.#flying = null;
    try {
      if (answer.data) this.#answered(answer.data, batch);
      else if (answer.lost && batch.size === 1) this.#answered(refused(batch, answer.lost), batch);
      else this.#putBack(batch, answer);
      this.tell();
    } finally {
      // Whatever showing an answer may do, what waits is sent.
      this.#wake();
      this.flush();
    }
  }

  #answered(data, batch) {
    this.trouble = this.sentence = "";
    this.#tries = 0;
    if (!this.#waiting.size) this.#most = MAX_CELLS;
    for (const { key, state } of data.answers) {
      const isDone = state === "saved" || state === "unchanged";
      if (isDone && !this.#waiting.has(key)) this.drop(key);
    }
    this.receive(data, batch);
  }

  #putBack(batch, answer) {
    for (const [key, cell] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, cell);
    this.wait(batch.keys());
    if (answer.lost) {
      // One of them spoils the others: smaller and smaller requests find which.
      this.#most = Math.ceil(batch.size / 2);
      return;
    }
    this.trouble = answer.trouble;
    this.sentence = answer.sentence || "";
    const delay = DELAYS[Math.min(this.#tries++, DELAYS.length - 1)];
    this.#timer = setTimeout(() => { this.#timer = 0; this.flush(); }, delay * 1000);
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
