// Where a key leads from a cell: only the rows in sight and the cells one may type in count.

const EDGES = { ArrowLeft: 0, ArrowRight: 1 };

// The nearest open cell of this column from a row on; in the next columns when `wraps`.
function along(grid, column, place, step, wraps) {
  const { visible, columns } = grid;
  let at = column;
  let row = place;
  for (;;) {
    for (; row >= 0 && row < visible.length; row += step) {
      const cell = visible[row].cells[at];
      if (cell?.isOpen) return cell;
    }
    at += step;
    if (!wraps || at < 0 || at >= columns.length) return null;
    row = step > 0 ? 0 : visible.length - 1;
  }
}

function across(row, place, step) {
  for (let at = place; at >= 0 && at < row.cells.length; at += step) {
    if (row.cells[at]?.isOpen) return row.cells[at];
  }
  return null;
}

const firstOf = (row) => across(row, 0, 1);
const lastOf = (row) => across(row, row.cells.length - 1, -1);

// The first open cell of the grid, row after row; the last one.
function endOf(grid, last) {
  const rows = last ? [...grid.visible].reverse() : grid.visible;
  for (const row of rows) {
    const cell = last ? lastOf(row) : firstOf(row);
    if (cell) return cell;
  }
  return null;
}

// Inside a text the arrows move the caret; at its edge, or over a whole selection, they change cell.
function isAtEdge(input, key) {
  const { selectionStart: start, selectionEnd: end, value } = input;
  if (start === 0 && end === value.length) return true;
  return start === end && start === EDGES[key] * value.length;
}

// The cell, or the candidate's link, a key leads to; null where the key is not one of the grid's, or leads nowhere.
export function target(grid, cell, event) {
  const { row, column } = cell;
  switch (event.key) {
    case "Enter": {
      const step = event.shiftKey ? -1 : 1;
      return along(grid, column.place, row.place + step, step, true) || cell;
    }
    case "ArrowDown": return along(grid, column.place, row.place + 1, 1, true);
    case "ArrowUp": return along(grid, column.place, row.place - 1, -1, true);
    case "ArrowLeft":
      return isAtEdge(cell.input, event.key) ? across(row, column.place - 1, -1) || row.link : null;
    case "ArrowRight": return isAtEdge(cell.input, event.key) ? across(row, column.place + 1, 1) : null;
    case "Home": return event.ctrlKey ? endOf(grid, false) : firstOf(row);
    case "End": return event.ctrlKey ? endOf(grid, true) : lastOf(row);
    default: return null;
  }
}

// The names are part of the grid: its arrows reach them, so that Tab may leave it at once.
export function targetOfName(grid, row, key) {
  switch (key) {
    case "ArrowRight": return firstOf(row);
    case "ArrowDown": return grid.visible[row.place + 1]?.link;
    case "ArrowUp": return grid.visible[row.place - 1]?.link;
    default: return null;
  }
}

// One stop for Tab: the cell one was in last, or the first one may type in.
export class Roving {
  constructor(grid) {
    for (const cell of grid.byKey.values()) cell.input.tabIndex = -1;
    for (const row of grid.rows) row.link.tabIndex = -1;
    this.stop = null;
    this.grid = grid;
    this.home();
  }

  // Where Tab enters after a change of rows in sight.
  home() {
    const stop = this.stop;
    const isInSight = stop && !stop.closest("tr").hidden;
    if (!isInSight) this.at(endOf(this.grid, false)?.input || this.grid.visible[0]?.link || null);
  }

  at(element) {
    if (this.stop === element) return;
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = element;
    if (element) element.tabIndex = 0;
  }
}
