// Tables sort by the heading that is pressed: most first, then fewest first, then as printed. Without this file nothing is missing.
"use strict";

const ORDERS = ["descending", "ascending", "none"];
const NUMBER = /^[\u2212-]?\d[\d,]*(\.\d+)?/;

// A number as printed ("1,204", "57%", "−0.16 (−0.30 to −0.02)"), "none" as 0; null where none is printed ("c", "n under 10").
function numberIn(text) {
  if (text === "none") return 0;
  const found = text.match(NUMBER);
  return found ? Number(found[0].replace("\u2212", "-").replaceAll(",", "")) : null;
}

function keyOf(row, column) {
  const cell = row.cells[column];
  const text = cell ? cell.textContent.trim() : "";
  const words = column === 0 || (cell && cell.classList.contains("words"));
  return words ? text || null : numberIn(text);
}

// Hidden cells and those without a number come last in either direction, as printed among themselves.
function compared(one, other, down) {
  if (one === null || other === null) return (one === null) - (other === null);
  const order = typeof one === "string" ? one.localeCompare(other, "en-GB", { numeric: true }) : one - other;
  return down ? -order : order;
}

function sort(table, printed, column, order) {
  const body = table.tBodies[0];
  const rows = printed.filter(row => !row.classList.contains("whole"));
  const totals = printed.filter(row => row.classList.contains("whole"));
  if (order === "none") return body.append(...printed);
  const keyed = rows.map(row => ({ row, key: keyOf(row, column) }));
  keyed.sort((one, other) => compared(one.key, other.key, order === "descending"));
  body.append(...keyed.map(one => one.row), ...totals);
}

function makeSortable(table) {
  const printed = [...table.tBodies[0].rows];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const order = ORDERS[(ORDERS.indexOf(heading.getAttribute("aria-sort")) + 1) % ORDERS.length];
      for (const other of headings) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", order);
      sort(table, printed, column, order);
    });
  });
}

// Tables of two rows and more, whose rows stand for themselves: not those with parts under their rows, nor shaded grids.
for (const table of document.querySelectorAll(".scroll > table")) {
  const one = table.tBodies[0], heads = table.tHead && table.tHead.rows.length === 1;
  if (!heads || !one || table.querySelector(".within") || table.classList.contains("shaded")) continue;
  if ([...one.rows].filter(row => !row.classList.contains("whole")).length > 1) makeSortable(table);
}
