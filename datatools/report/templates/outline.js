// Says where numbers come from, copies, folds, marks the current section. Everything can be read without it.

// ---- where numbers come from -----------------------------------------------------------------
const tip = byId("tip");
let owner = null;
let waiting = 0;
const COUNTS = /(^|: )(images|people|pictures)(, people)?$/iu; // heads of columns that count

const tipLines = (element, cell) => {
  const source = `${byId("main").dataset.source} ${element.dataset.of}`;
  const table = element.closest("table");
  if (!table || element.cells.length < 2) return [["code", source]];
  const heads = [...table.tHead.rows[0].cells].map(textOf);
  const isWhole = element.cells.length === heads.length;
  const column = cell && isWhole ? cell.cellIndex : 0;
  const name = textOf(element.cells[0]);
  const lines = [["strong", column ? `${name}: ${heads[column]} ${textOf(cell)}` : name]];
  const counts = heads.map((head, place) => (place && isWhole && COUNTS.test(head) && place !== column
    ? `${head}: ${textOf(element.cells[place])}` : "")).filter(Boolean);
  if (counts.length) lines.push(["span", counts.join(" · ")]);
  return [...lines, ["code", source]];
};

const hideTip = () => {
  clearTimeout(waiting);
  if (owner) owner.removeAttribute("aria-describedby");
  owner = null;
  tip.hidden = true;
};

const showTip = (element, anchor) => {
  hideTip();
  tip.replaceChildren(...tipLines(element, anchor.closest("td, th"))
    .map(([tag, text]) => make("p", {}, make(tag, {}, text))));
  tip.hidden = false;
  owner = anchor;
  owner.setAttribute("aria-describedby", "tip");
  placeTip();
};

const placeTip = () => {
  const at = owner.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const room = document.documentElement;
  const left = Math.max(8, Math.min(at.left, room.clientWidth - size.width - 8));
  const below = at.bottom + 6;
  const top = below + size.height > room.clientHeight ? Math.max(8, at.top - size.height - 6) : below;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
};

const soon = (action, delay_ms) => {
  clearTimeout(waiting);
  waiting = setTimeout(action, delay_ms);
};

document.addEventListener("pointerover", (event) => {
  if (tip.contains(event.target)) { clearTimeout(waiting); return; }
  const row = event.target.closest("tbody tr[data-of]");
  const element = row || event.target.closest("[data-of]");
  if (!element || !element.dataset.of) { if (owner) soon(hideTip, 250); return; }
  const anchor = row ? event.target.closest("td, th") : element;
  if (anchor && anchor !== owner) soon(() => showTip(element, anchor), owner && row ? 80 : row ? 300 : 900);
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tbody tr[data-of]");
  if (row && event.target.matches("th")) showTip(row, event.target);
  else hideTip();
});
document.addEventListener("scroll", () => {
  if (owner && owner === document.activeElement) placeTip();
  else if (owner) hideTip();
}, { capture: true, passive: true });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

all("main table").forEach((table, number) => {
  walkable(table);
  sortable(table);
  filterable(table, number);
});

// What does not scroll need not be reached with the tab key; what is cut off at the right fades out.
const fade = (box) => box.classList.toggle("cut", box.scrollWidth - box.clientWidth - box.scrollLeft > 4);
const watcher = new ResizeObserver((entries) => entries.forEach(({ target: box }) => {
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
  fade(box);
}));
all(".wide, .commands pre").forEach((box) => {
  watcher.observe(box);
  box.addEventListener("scroll", () => fade(box), { passive: true });
});

// ---- commands --------------------------------------------------------------------------------
const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
};
all(".commands").forEach((box) => {
  const code = box.querySelector("code");
  const button = make("button", { type: "button", className: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    const isCopied = await copied(code.textContent);
    if (!isCopied) getSelection().selectAllChildren(code); // the reader's own copy key does the rest
    button.textContent = isCopied ? "Copied" : "Selected";
    say(isCopied ? "Commands copied." : "Commands selected: copy them with the keyboard.");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  box.prepend(button);
});

// ---- folding ---------------------------------------------------------------------------------
const folded = all("main details:not([open])");
const unfold = byId("unfold");
const setOpen = (isOpen) => {
  folded.forEach((part) => { part.open = isOpen; });
  unfold.setAttribute("aria-pressed", String(isOpen));
};
unfold.addEventListener("click", () => setOpen(unfold.getAttribute("aria-pressed") !== "true"));
unfold.hidden = folded.length === 0;
const sources = byId("sources");
sources.addEventListener("click", () => {
  all("tbody tr[data-of]").forEach((row) => { row.cells[0].dataset.from = row.dataset.of; });
  const isShown = document.documentElement.classList.toggle("sourced");
  sources.setAttribute("aria-pressed", String(isShown));
});
const reveal = () => {
  const target = byId(location.hash.slice(1));
  if (!target) return;
  const inner = target.querySelector(":scope > details.fold");
  if (inner) inner.open = true;
  for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
let before = [];
addEventListener("beforeprint", () => {
  before = folded.filter((part) => !part.open);
  before.forEach((part) => { part.open = true; });
});
addEventListener("afterprint", () => before.forEach((part) => { part.open = false; }));

// ---- contents --------------------------------------------------------------------------------
const nav = document.querySelector("nav");
const list = nav.querySelector("details");
const isWide = matchMedia("(min-width: 75rem)");
const fit = () => { list.open = isWide.matches; };
isWide.addEventListener("change", fit);
fit();
nav.querySelector(".tools").hidden = false;
const links = new Map(all("a", list).map((link) => [byId(link.hash.slice(1)), link]));
const seen = new Set();
const mark = () => {
  // The innermost; of two side by side, the first.
  const current = [...links.keys()].find((section) => seen.has(section)
    && ![...seen].some((other) => other !== section && section.contains(other)));
  if (!current) return;
  all("[aria-current], .here", list).forEach((each) => {
    each.removeAttribute("aria-current");
    each.classList.remove("here");
  });
  const link = links.get(current);
  link.setAttribute("aria-current", "location");
  for (let item = link.closest("li"); item; item = item.parentElement.closest("li")) item.classList.add("here");
  const [top, bottom] = [link.offsetTop - 40, link.offsetTop + link.offsetHeight + 40];
  if (top < nav.scrollTop || bottom > nav.scrollTop + nav.clientHeight) nav.scrollTop = top - nav.clientHeight / 3;
};
const band = new IntersectionObserver((entries) => {
  entries.forEach(({ target, isIntersecting }) => seen[isIntersecting ? "add" : "delete"](target));
  mark();
}, { rootMargin: "-12% 0px -83% 0px" });
[...links.keys()].forEach((section) => band.observe(section));

document.documentElement.classList.add("js");
reveal();
