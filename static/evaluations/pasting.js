// A block copied in a spreadsheet: its text read, and where each of its values goes.

// Rows of texts; cells in quotes may hold tabs, ends of lines and doubled quotes. Null for a single value.
export function blockOf(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const row = rows[rows.length - 1];
    const last = row.length - 1;
    if (quoted) {
      if (char !== '"') row[last] += char;
      else if (text[i + 1] === '"') { row[last] += char; i++; } else quoted = false;
    } else if (char === '"' && row[last] === "") quoted = true;
    else if (char === "\t") row.push("");
    else if (char === "\n") rows.push([""]);
    else if (char !== "\r") row[last] += char;
  }
  while (rows.length && rows[rows.length - 1].every((value) => !value.trim())) rows.pop();
  const width = Math.max(0, ...rows.map((row) => row.length));
  return rows.length > 1 || width > 1 ? rows.map((row) => row.map((value) => value.trim())) : null;
}

// The columns a block may fill from this one on. A retake is an exception: skipped, unless one begins there.
function columnsFrom(grid, start) {
  return grid.columns.slice(start.place).filter((column) =>
    column.isTyped && (!column.isRetake || start.isRetake));
}

// Where each value goes: {cells: [[cell, entry]], locked, beyond, columns}; an empty one changes nothing.
export function plan(grid, from, rows) {
  const columns = columnsFrom(grid, from.column);
  const laid = { cells: [], locked: 0, beyond: 0, columns: [] };
  laid.columns = columns.slice(0, Math.max(...rows.map((row) => row.length)));
  rows.forEach((values, down) => {
    const row = grid.visible[from.row.place + down];
    values.forEach((entry, right) => {
      if (!entry) return;
      const column = columns[right];
      if (!row || !column) { laid.beyond++; return; }
      const cell = row.cells[column.place];
      if (!cell?.isOpen) { laid.locked++; return; }
      laid.cells.push([cell, entry]);
    });
  });
  return laid;
}
