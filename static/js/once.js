// A form is sent once: a second click while the answer is on its way does nothing.
// Without this script the server still refuses to do the same thing twice.

const WAITING = "sent";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.once === "off") return;
  if (WAITING in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset[WAITING] = "";
  const button = event.submitter;
  if (!button) return;
  // Later, because a button disabled now would not send its own name and value.
  setTimeout(() => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
  }, 0);
});

// Coming back with the browser's arrow finds the page as it was left: make it usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset[WAITING];
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});
