// Enter goes down the column and never sends the form; Shift+Enter goes up. The rest is the form's own.

for (const form of document.querySelectorAll("form[data-column]")) {
  form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || !input.matches("td input[type=text]")) return;
    event.preventDefault();
    const rows = [...form.querySelectorAll("tbody tr")];
    const place = rows.indexOf(input.closest("tr"));
    const column = input.closest("td").cellIndex;
    const next = rows[place + (event.shiftKey ? -1 : 1)];
    const target = next ? next.cells[column].querySelector("input[type=text]") : form.querySelector("button[type=submit]");
    target.focus();
    if (target.select) target.select();
  });
}
