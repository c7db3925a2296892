// One gesture for a whole competence: every criterion left unanswered becomes « maîtrisé ».

for (const button of document.querySelectorAll("[data-all-mastered]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const item of button.closest("section").querySelectorAll(".bloc-criterion")) {
      if (!item.querySelector("input[type=radio]:checked")) {
        item.querySelector('input[type=radio][value="MAITRISE"]').checked = true;
      }
    }
  });
}

// What was filled and not sent is not left by mistake.
const sheet = document.getElementById("fiche");
let changed = false;
sheet.addEventListener("input", () => { changed = true; });
sheet.addEventListener("submit", () => { changed = false; });
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
