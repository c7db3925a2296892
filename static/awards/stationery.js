// The specimen follows what is typed, and where: the button of the page, pressed a moment after the last change.

const PAUSE = 900;
const form = document.querySelector("form[data-live]");
const button = form?.querySelector("[data-preview]");
const frame = form?.querySelector("iframe");
const choice = form?.elements.namedItem("shown");
let waiting = 0;
let before = null;

// The document a field writes in, by its name: letter_certified, transcript_closing; else what is already shown.
function documentOf(field) {
  const names = [...choice.options].map((option) => option.value);
  const itself = names.find((name) => field.name === name || field.name.startsWith(`${name}_`));
  if (itself) return itself;
  const family = `${field.name.split("_")[0]}_`;
  if (choice.value.startsWith(family)) return choice.value;
  return names.find((name) => name.startsWith(family)) ?? choice.value;
}

function refresh() {
  before = document.activeElement;
  form.requestSubmit(button);
}

form?.addEventListener("focusin", (event) => {
  if (event.target.tagName !== "TEXTAREA" || documentOf(event.target) === choice.value) return;
  choice.value = documentOf(event.target);
  clearTimeout(waiting);
  waiting = setTimeout(refresh, PAUSE);
});
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
