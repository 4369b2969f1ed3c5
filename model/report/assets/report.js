// Tables that are sorted by a column, and the protocol that a link to an image's page names after
// its "~": the page can be read without.
"use strict";

(function () {
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [place, heading] of columns(table)) addButton(table, heading, place);
  }

  choose();
  addEventListener("hashchange", choose);
  for (const radio of document.querySelectorAll("input[name=as]")) {
    radio.addEventListener("change", handOn);
  }

  function choose() {
    const protocol = location.hash.split("~")[1];
    const radio = protocol && document.querySelector(`input[name=as][value="${CSS.escape(protocol)}"]`);
    if (radio) radio.checked = true;
    handOn();
  }

  // The images beside this one open with the protocol that is chosen here.
  function handOn() {
    const chosen = document.querySelector("input[name=as]:checked");
    const beside = document.querySelectorAll("nav.local [rel=prev], nav.local [rel=next]");
    if (chosen) for (const link of beside) link.hash = `image~${chosen.value}`;
  }

  // Headings of single columns, with the column's number; the rows of a table may be two.
  function columns(table) {
    const width = table.tBodies[0].rows[0] ? table.tBodies[0].rows[0].cells.length : 0;
    const taken = [];
    const found = [];
    [...table.tHead.rows].forEach((row, level) => {
      let place = 0;
      for (const cell of row.cells) {
        while (taken[level] && taken[level][place]) place += 1;
        for (let down = level; down < level + cell.rowSpan; down += 1) {
          taken[down] = taken[down] || [];
          for (let k = place; k < place + cell.colSpan; k += 1) taken[down][k] = true;
        }
        if (cell.colSpan === 1 && place < width) found.push([place, cell]);
        place += cell.colSpan;
      }
    });
    return found;
  }

  function addButton(table, heading, place) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const falling = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
      sort(table.tBodies[0], place, falling ? -1 : 1);
    });
  }

  function sort(body, place, sign) {
    const rows = [...body.rows].map((row) => [value(row.cells[place]), row]);
    rows.sort(([a], [b]) => sign * compare(a, b));
    body.append(...rows.map(([, row]) => row));
  }

  // A number where the cell begins with one, else its text.
  function value(cell) {
    const text = cell.textContent.trim();
    const number = parseFloat(text.replace("−", "-").replace(/^[TD](?=\d)/, "").replaceAll(",", ""));
    return Number.isNaN(number) ? text : number;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === typeof b) return a.localeCompare(b);
    return typeof a === "number" ? -1 : 1;
  }
})();
