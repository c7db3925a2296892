// The comforts of the batch of signatures: tick all, and how many are ticked.

const form = document.getElementById("signatures");
const all = document.getElementById("tout-cocher");

function count() {
  const boxes = [...form.querySelectorAll("[name=a]")];
  const ticked = boxes.filter((box) => box.checked).length;
  document.getElementById("combien").textContent = `${ticked} sur ${boxes.length}`;
  all.textContent = ticked === boxes.length ? "Tout décocher" : "Tout cocher";
}

if (form) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...form.querySelectorAll("[name=a]")];
    const isFull = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !isFull;
    count();
  });
  form.addEventListener("change", count);
  count();
}
