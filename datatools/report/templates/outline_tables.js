"use strict";
// Sorts and filters the tables, and lets the arrow keys walk their rows; outline.js comes after it.

const make = (tag, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const say = (text) => { byId("status").textContent = text; };

// ---- tables: what is in a cell, and which comes first ----------------------------------------
const NUMBER = /^(<\s*)?([+−-]?)(\d[\d,]*(?:\.\d+)?)(?=$|[%\s,;·[])/u;
const URGENCY = ["gap", "worse", "harmed", "difference", "insufficient data", "equivalent", "better",
  "not harmed", "suppressed"];
const collator = new Intl.Collator("en", { numeric: true });
const textOf = (cell) => cell.textContent.trim();
const isAbsent = (text) => text === "" || text === "–";

const numberIn = (text) => {
  const found = NUMBER.exec(text);
  if (!found) return NaN;
  const value = Number(found[3].replaceAll(",", ""));
  if (found[1]) return value * (1 - 1e-9); // "< 0.001" comes just before 0.001
  return found[2] === "−" || found[2] === "-" ? -value : value;
};

// A row that is not shown has one cell for many columns: it has a name and a verdict, no numbers.
const cellAt = (row, column, width) => {
  if (row.cells.length === width) return row.cells[column];
  if (column === 0) return row.cells[0];
  return column === width - 1 && row.cells.length > 2 ? row.cells[row.cells.length - 1] : null;
};

const compared = (rows, column, width) => {
  const texts = new Map(rows.map((row) => {
    const cell = cellAt(row, column, width);
    return [row, cell ? textOf(cell) : ""];
  }));
  const known = [...texts.values()].filter((text) => !isAbsent(text));
  const nNumbers = known.filter((text) => !Number.isNaN(numberIn(text))).length;
  const isNumeric = nNumbers > known.length / 2; // "too few" among numbers counts as absent
  const isVerdict = known.length > 0 && known.every((text) => URGENCY.includes(text));
  return (direction) => (one, other) => {
    const [a, b] = [texts.get(one), texts.get(other)];
    const [noA, noB] = [a, b].map((text) => isAbsent(text) || (isNumeric && Number.isNaN(numberIn(text))));
    if (noA || noB) return Number(noA) - Number(noB); // last, whichever way
    if (isNumeric) return direction * (numberIn(a) - numberIn(b));
    if (isVerdict) return direction * (URGENCY.indexOf(a) - URGENCY.indexOf(b));
    return direction * collator.compare(a, b);
  };
};

const sortable = (table) => {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const original = [...body.rows];
  if (original.length < 2) return;
  heads.forEach((head, column) => {
    const button = make("button", { type: "button", className: "sort" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now === "ascending" ? "descending" : now === "descending" ? null : "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      let order = original;
      if (next) {
        head.setAttribute("aria-sort", next);
        const by = compared(original, column, heads.length)(next === "ascending" ? 1 : -1);
        order = [...original].sort(by);
      }
      body.append(...order);
      say(next ? `Sorted by ${textOf(head)}, ${next}.` : "In the first order again.");
    });
  });
};

// ---- tables: which rows are shown ------------------------------------------------------------
const FILTERED_ROWS = 8;
const filterable = (table, number) => {
  const rows = [...table.tBodies[0].rows];
  if (rows.length <= FILTERED_ROWS) return;
  const caption = textOf(table.caption);
  const words = rows.map((row) => row.textContent.normalize("NFKC").toLowerCase());
  const search = make("input", { type: "search", placeholder: "Filter rows", id: `filter${number}` });
  search.setAttribute("aria-label", `Filter rows: ${caption}`);
  const count = make("output", { className: "count" });
  count.setAttribute("aria-live", "polite");
  const verdicts = rows.map((row) => textOf(row.cells[row.cells.length - 1]));
  const select = make("select");
  select.setAttribute("aria-label", `Verdict: ${caption}`);
  const show = () => {
    const wanted = search.value.normalize("NFKC").toLowerCase().trim();
    let shown = 0;
    rows.forEach((row, place) => {
      const isShown = words[place].includes(wanted) && (!select.value || verdicts[place] === select.value);
      row.hidden = !isShown;
      shown += Number(isShown);
    });
    const isFiltered = wanted !== "" || select.value !== "";
    count.textContent = isFiltered ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "";
    const first = rows.find((row) => !row.hidden);
    if (first && first.dataset.of) reachable(table, first);
  };
  const bar = make("div", { className: "filter" }, search);
  if (table.classList.contains("judged")) {
    const found = [...new Set(verdicts)].sort((a, b) => URGENCY.indexOf(a) - URGENCY.indexOf(b));
    select.append(make("option", { value: "" }, "All verdicts"));
    select.append(...found.map((verdict) => make("option", { value: verdict }, verdict)));
    bar.append(select);
  }
  bar.append(count);
  search.addEventListener("input", show);
  select.addEventListener("change", show);
  table.closest(".wide").before(bar);
};

// One row of a table is in the tab order; the arrow keys go to the others.
const reachable = (table, row) => {
  all("tbody th[tabindex='0']", table).forEach((head) => { head.tabIndex = -1; });
  row.cells[0].tabIndex = 0;
};
const walkable = (table) => {
  const body = table.tBodies[0];
  const first = body.rows[0];
  if (!first || !first.dataset.of) return;
  reachable(table, first);
  body.addEventListener("keydown", (event) => {
    if (!event.target.matches("th[scope='row']")) return;
    const rows = [...body.rows].filter((row) => !row.hidden);
    const place = rows.indexOf(event.target.parentElement);
    const wanted = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (wanted === undefined || !rows[wanted]) return;
    event.preventDefault();
    reachable(table, rows[wanted]);
    rows[wanted].cells[0].focus();
  });
};
