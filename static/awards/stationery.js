// The specimen follows what is typed: the button of the page, pressed a moment after the last change.

const PAUSE = 900;
const form = document.querySelector("form[data-live]");
const button = form?.querySelector("[data-preview]");
const frame = form?.querySelector("iframe");
let waiting = 0;
let before = null;

function refresh() {
  before = document.activeElement;
  form.requestSubmit(button);
}

form?.addEventListener("input", (event) => {
  if (event.target.type === "file") return;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, PAUSE);
});
form?.addEventListener("change", (event) => {
  if (event.target.type !== "file" && event.target.tagName !== "SELECT") return;
  clearTimeout(waiting);
  refresh();
});

// The viewer of a browser takes the focus: give it back to who was typing.
frame?.addEventListener("load", () => {
  if (document.activeElement === frame && before) before.focus({ preventScroll: true });
});

if (form) refresh();
