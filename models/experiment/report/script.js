"use strict";
// Sorts a table when the name of a column is clicked. The page is complete without this script.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.value;
    return number === undefined ? cell.textContent.trim() : Number(number);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "ascending" : "descending");
    const rows = [...body.rows];
    const known = (row) => typeof value(row, head.cellIndex) === "number";
    const numbers = rows.some(known);
    const last = numbers ? rows.filter((row) => !known(row)) : [];
    const sorted = (numbers ? rows.filter(known) : rows).sort((a, b) =>
      compare(value(a, head.cellIndex), value(b, head.cellIndex)));
    if (!down) sorted.reverse();
    body.append(...sorted, ...last);
  };
  for (const head of table.tHead.rows[0].querySelectorAll("th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head));
    head.replaceChildren(button);
  }
}
// Folded parts are printed, too.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
});
