// The clock of a hearing: one part after the other, what is left of it in whole minutes, and what it runs over.
// Said when a minute changes and no more often. A reload finds it where it was. Without this script only the
// lengths are shown.

const place = document.getElementById("minuteur");
const key = `cqp-minuteur:${place?.dataset.hearing}`;
const MINUTE = 60_000;

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(key));
    return Number.isInteger(found?.part) && Number.isFinite(found.since) ? found : null;
  } catch {
    return null;
  }
}

function keep(state) {
  try {
    if (state) sessionStorage.setItem(key, JSON.stringify(state));
    else sessionStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing still counts while the page is open.
  }
}

// What is left of a part, or how far beyond it one is, in words.
function words(label, minutes, elapsed) {
  const left = minutes * MINUTE - elapsed;
  if (left > MINUTE) return `${label} : reste ${Math.ceil(left / MINUTE)} min`;
  if (left > 0) return `${label} : reste moins d’une minute`;
  const over = Math.floor(-left / MINUTE);
  return over ? `${label} : temps dépassé de ${over} min` : `${label} : temps écoulé`;
}

class HearingTimer {
  constructor(place) {
    this.parts = [...place.querySelectorAll("[data-minutes]")];
    this.line = document.getElementById("minuteur-reste");
    this.next = document.getElementById("minuteur-suivant");
    this.zero = document.getElementById("minuteur-zero");
    this.state = kept();
    this.next.addEventListener("click", () => this.forward());
    this.zero.addEventListener("click", () => {
      this.become(null);
      this.next.focus();
    });
    place.querySelector(".timer-clock").hidden = false;
    this.show();
    setInterval(() => this.show(), 1000);
  }

  forward() {
    this.become({ part: this.state ? this.state.part + 1 : 0, since: Date.now() });
    if (this.next.hidden) this.zero.focus();
  }

  become(state) {
    this.state = state;
    keep(state);
    this.show();
  }

  show() {
    const at = this.state ? this.state.part : -1;
    for (const [rank, part] of this.parts.entries()) {
      if (rank === at) part.setAttribute("aria-current", "step");
      else part.removeAttribute("aria-current");
      part.classList.toggle("is-past", rank < at);
    }
    const isLast = at === this.parts.length - 1;
    this.zero.hidden = at < 0;
    this.next.hidden = at >= this.parts.length;
    this.next.textContent = at < 0 ? "Démarrer" : isLast ? "Terminer" : "Partie suivante";
    this.say(at);
  }

  // The line is only touched when its words change: that is when it is read aloud.
  say(at) {
    const part = this.parts[at];
    const ended = at < 0 ? "" : "Audition terminée.";
    const elapsed = Date.now() - (this.state?.since ?? 0);
    const label = part?.querySelector(".timer-label").textContent;
    const said = part ? words(label, Number(part.dataset.minutes), elapsed) : ended;
    this.line.classList.toggle("is-over", Boolean(part) && elapsed >= part.dataset.minutes * MINUTE);
    if (this.line.textContent !== said) this.line.textContent = said;
  }
}

if (place) new HearingTimer(place);
