// Which pictures are shown, in which order, and the controls that say so.
const inRange = (value, [low, high]) => value !== null && (low === null || value >= low) && (high === null || value <= high);

const tests = () => {
  const found = [];
  for (const [facet, codes] of state.facets) {
    found.push([facet, (place) => facet.of[place].some((code) => codes.has(code))]);
  }
  for (const [name, ends] of state.numbers) {
    const values = numbers.get(name);
    found.push([name, (place) => inRange(values[place], ends)]);
  }
  const wanted = state.find.trim().toLowerCase();
  if (wanted) {
    found.push(["find", (place) => data.ids[place].includes(wanted)
      || data.people[data.person[place]].toLowerCase().includes(wanted)]);
  }
  return found;
};

// One pass gives the pictures that meet every condition, and how many each value of a facet would leave.
let shown = [];
const applyFilters = () => {
  const conditions = tests();
  shown = [];
  facets.forEach((facet) => { facet.n = new Uint32Array(facet.values.length); });
  for (let place = 0; place < N; place += 1) {
    const failed = conditions.filter(([, test]) => !test(place));
    if (failed.length === 0) shown.push(place);
    if (failed.length < 2) {
      for (const facet of facets) {
        // A facet's own choice does not lower the counts of its other values.
        if (failed.length === 0 || failed[0][0] === facet) {
          for (const code of facet.of[place]) facet.n[code] += 1;
        }
      }
    }
  }
  const values = numbers.get(state.sort);
  if (values) {
    const way = state.descending ? -1 : 1;
    shown.sort((one, other) => {
      const [a, b] = [values[one], values[other]];
      if (a === null || b === null) return Number(a === null) - Number(b === null) || one - other;
      return way * (a - b) || one - other;
    });
  }
};

// ---- controls --------------------------------------------------------------------------------
const changed = (change) => {
  change();
  wrong = [];
  state.page = 0;
  refresh();
};

const facetBoxes = [];
const buildFacets = () => {
  facets.forEach((facet, number) => {
    if (facet.values.length < 2 && facet.key !== "list" && facet.of.every((codes) => codes.length)) return;
    const box = make("div", { role: "group", ariaLabel: facet.title });
    if (facet.note) box.append(make("p", { className: "quiet", textContent: facet.note }));
    facet.values.forEach((value, code) => {
      const input = make("input", { type: "checkbox" });
      const n = make("span", { className: "n" });
      const label = make("label", { className: "check" }, input, make("span", {}, make("bdi", { textContent: value })), n);
      input.addEventListener("change", () => changed(() => {
        if (!state.facets.has(facet)) state.facets.set(facet, new Set());
        state.facets.get(facet)[input.checked ? "add" : "delete"](code);
        if (state.facets.get(facet).size === 0) state.facets.delete(facet);
      }));
      box.append(label);
      facetBoxes.push({ facet, code, input, n, label });
    });
    const summary = make("summary", {}, make("bdi", { textContent: facet.title }));
    byId("facets").append(make("details", { className: "facet", open: number < 2 || facet.key === "group" }, summary, box));
  });
};

const options = (select, first) => {
  select.append(make("option", { value: "", textContent: first }));
  for (const name of numbers.keys()) select.append(make("option", { value: name, textContent: name }));
};

// A box that shows an overlay or hides it, with the colours to look for.
const overlayBox = (name) => {
  const input = make("input", { type: "checkbox", value: name, checked: state.show.has(name) });
  input.addEventListener("change", () => {
    state.show[input.checked ? "add" : "delete"](name);
    refresh();
  });
  const marks = overlayKeys(name).map(([colour, text]) => Object.assign(keyMark(colour), { title: text }));
  return make("label", { className: "check" }, input, make("span", {}, make("bdi", { textContent: overlayTitle(name) })), ...marks);
};

const buildControls = () => {
  buildFacets();
  options(byId("sort"), "sample");
  options(byId("number"), "choose a number");
  byId("sort").addEventListener("change", (event) => changed(() => { state.sort = event.target.value; }));
  byId("descending").addEventListener("change", (event) => changed(() => { state.descending = event.target.checked; }));
  byId("find").addEventListener("input", (event) => changed(() => { state.find = event.target.value; }));
  byId("number").addEventListener("change", describeRange);
  byId("add").addEventListener("click", () => {
    const name = byId("number").value;
    if (!name) return;
    const ends = [byId("low"), byId("high")].map((input) => end(input.value));
    changed(() => state.numbers.set(name, ends));
  });
  byId("overlays").append(...overlayNames.map(overlayBox));
  byId("overlays").hidden = overlayNames.length === 0;
  byId("ranges").hidden = numbers.size === 0;
};

const describeRange = () => {
  const values = (numbers.get(byId("number").value) || []).filter((value) => value !== null);
  const ends = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  byId("span").textContent = values.length
    ? `${ends[0]} to ${ends[1]}, known of ${count(values.length, "picture", "pictures")}` : "";
};

const chip = (text, remove) => {
  const button = make("button", { type: "button", textContent: text, ariaLabel: `Remove the filter ${text}` });
  button.addEventListener("click", () => {
    changed(remove);
    byId("main").focus({ preventScroll: true }); // the button is gone
  });
  return make("li", {}, button);
};

const rangeText = (name, [low, high]) => {
  if (low === null && high === null) return `${name} is known`;
  if (high === null) return `${name} ≥ ${low}`;
  return low === null ? `${name} ≤ ${high}` : `${name} ${low} to ${high}`;
};

const showControls = () => {
  for (const { facet, code, input, n, label } of facetBoxes) {
    input.checked = Boolean(state.facets.get(facet)?.has(code));
    n.textContent = facet.n[code].toLocaleString("en");
    label.classList.toggle("none", facet.n[code] === 0 && !input.checked);
  }
  byId("sort").value = state.sort;
  byId("descending").checked = state.descending;
  if (byId("find").value !== state.find) byId("find").value = state.find;
  byId("overlays").querySelectorAll("input").forEach((input) => { input.checked = state.show.has(input.value); });
  const chips = [];
  for (const [facet, codes] of state.facets) {
    for (const code of codes) {
      chips.push(chip(`${facet.title}: ${facet.values[code]}`, () => {
        codes.delete(code);
        if (codes.size === 0) state.facets.delete(facet);
      }));
    }
  }
  for (const [name, ends] of state.numbers) chips.push(chip(rangeText(name, ends), () => state.numbers.delete(name)));
  if (state.find) chips.push(chip(`name: ${state.find}`, () => { state.find = ""; }));
  if (chips.length > 1) {
    chips.push(chip("all of them", () => Object.assign(state, { facets: new Map(), numbers: new Map(), find: "" })));
  }
  byId("chosen").replaceChildren(...chips);
};

const showCount = () => {
  const people = new Set(shown.map((place) => data.person[place])).size;
  const whole = shown.length === N ? "" : ` of ${N.toLocaleString("en")}`;
  byId("count").textContent = `${shown.length.toLocaleString("en")}${whole} ${N === 1 ? "picture" : "pictures"}, `
    + count(people, "person", "people");
  byId("few").hidden = people === 0 || people >= data.min_people;
  byId("few").textContent = `Fewer than ${data.min_people} people: such a group stands in no report, `
    + "because its numbers would be about individuals. Look at the pictures, and quote no number of them.";
  byId("wrong").hidden = wrong.length === 0;
  byId("wrong").textContent = `The address asks for what this gallery does not have: ${wrong.join(", ")}. `
    + "More is shown than was asked for.";
};
