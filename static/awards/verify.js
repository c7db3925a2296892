// A PDF may be dropped on the form that checks it; the field stays what it is, for the keyboard and without script.

const form = document.querySelector("[data-drop]");
const field = form?.querySelector("input[type=file]");

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

function sayChosen() {
  const [file] = field.files;
  form.querySelector("[data-drop-name]").textContent = file ? `Fichier choisi : ${file.name}` : "";
}

if (field) {
  form.querySelector("[data-drop-hint]").hidden = false;
  // A file dropped beside the form must not open in place of the page.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (holdsFiles(event)) event.preventDefault();
    });
  }
  form.addEventListener("dragover", () => form.classList.add("drop-over"));
  for (const kind of ["dragleave", "drop"]) {
    form.addEventListener(kind, () => form.classList.remove("drop-over"));
  }
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    const chosen = new DataTransfer();
    chosen.items.add(event.dataTransfer.files[0]);
    field.files = chosen.files;
    sayChosen();
    form.querySelector("[type=submit]").focus();
  });
  field.addEventListener("change", sayChosen);
}
