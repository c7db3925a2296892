// Which candidates one looks at: rows are hidden at once, and the address says so to whoever shares it.

import { UNSAVED } from "./grid.js";

const MATCHES = {
  "": () => true,
  manquantes: (row) => row.cells.some((cell) => cell?.column.isAwaited && !cell.stored),
  inhabituelles: (row) => row.plain.flag || row.cells.some((cell) => cell?.flag || cell?.state === "is-question"),
  conflit: (row) => row.cells.some((cell) => cell?.state === "is-conflict"),
  seuil: (row) => row.plain.near || row.cells.some((cell) => cell?.near),
};

export class Filters {
  // `after()` is called once the rows in sight have changed.
  constructor(grid, after) {
    Object.assign(this, { grid, after });
    this.links = [...document.querySelectorAll("[data-view]")];
    this.select = document.getElementById("groupe");
    this.view = this.links.find((link) => link.hasAttribute("aria-current"))?.dataset.view || "";
    for (const link of this.links) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.view = link.dataset.view;
        this.apply();
      });
    }
    if (this.select) {
      document.querySelector("#groupes button").hidden = true;
      this.select.addEventListener("change", () => this.apply());
    }
  }

  apply() {
    const group = this.select?.value || "";
    for (const row of this.grid.rows) {
      row.tr.hidden = !((!group || row.group === group) && MATCHES[this.view](row));
    }
    this.grid.refresh();
    for (const link of this.links) {
      if (link.dataset.view === this.view) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const { visible, rows } = this.grid;
    document.getElementById("rien").hidden = visible.length > 0;
    document.getElementById("montres").textContent =
      visible.length < rows.length ? `${visible.length} sur ${rows.length} candidats` : "";
    this.#address(group);
    this.after();
  }

  #address(group) {
    const url = new URL(location.href);
    for (const [name, value] of [["voir", this.view], ["groupe", group]]) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    history.replaceState(history.state, "", url);
    for (const link of this.links) {
      const there = new URL(url);
      if (link.dataset.view) there.searchParams.set("voir", link.dataset.view);
      else there.searchParams.delete("voir");
      link.href = there;
    }
    for (const link of document.querySelectorAll(".mark-export a")) {
      const there = new URL(url);
      there.searchParams.set("format", new URL(link.href).searchParams.get("format"));
      link.href = there;
    }
  }

  // A cell in trouble is never out of sight.
  reveal(cell) {
    if (!cell.row.tr.hidden || !UNSAVED.has(cell.state)) return;
    cell.row.tr.hidden = false;
    this.grid.refresh();
    this.after();
  }
}
