// One picture, as large as the window allows, with all that is known of it.
const dialog = byId("large");

const listed = (entries) => {
  const list = make("dl");
  for (const [name, value] of entries) {
    list.append(make("dt", {}, make("bdi", { textContent: name })), make("dd", {}, make("bdi", { textContent: String(value) })));
  }
  return list;
};
const part = (title, entries) => (entries.length ? [make("h3", { textContent: title }), listed(entries)] : []);
const folded = (title, entries) => (entries.length
  ? [make("details", {}, make("summary", { textContent: `${title} (${entries.length})` }), listed(entries))] : []);

const factsOf = (place) => {
  const told = data.details[place];
  const own = facets.filter(({ key }) => ["verdict", "split", "list", "source", "licence", "reference"].includes(key));
  const groups = facets.filter(({ key }) => key === "group");
  const said = (some) => some.flatMap((facet) => (facet.of[place].length
    ? [[facet.title, facet.of[place].map((code) => facet.values[code]).join(", ")]] : []));
  const known = [...numbers].filter(([, values]) => values[place] !== null).map(([name, values]) => [name, values[place]]);
  const scores = known.filter(([name]) => /^(accuracy|agreement)_.*_on_/u.test(name));
  const measured = known.filter(([name]) => name.startsWith("measured_"));
  const others = known.filter((entry) => !scores.includes(entry) && !measured.includes(entry));
  const about = [["sample", data.ids[place]], ["person", data.people[data.person[place]]],
    ...(told.picture_px ? [["picture", `${told.picture_px.join(" x ")} px`]] : []), ...said(own),
    ...(told.mask_source ? [["mask made by", told.mask_source]] : []),
    ...(told.rules ? [["rules that changed it", told.rules.join(", ")]] : []),
    ...(told.review ? [["last review", `${told.review[0]}, by ${told.review[1]}`]] : []),
    ...(told.error ? [["not read", told.error]] : [])];
  return [
    ...part("This picture", about),
    ...part("Failed checks", told.failed || []),
    ...part("Groups of the person", said(groups)),
    ...part("Answers", (told.answers || []).map(([question, value, source, who]) => [question, `${value} (${source}, ${who})`])),
    ...part("Consensus", (told.consensus || []).map(([question, value, probability, n]) => [question,
      `${value}, probability ${probability}, from ${count(n, "annotator", "annotators")}`])),
    ...folded("Scores", scores), ...folded("Measurements", measured), ...folded("Checks and others", others),
  ];
};

const showLarge = () => {
  const place = state.sample;
  const at = shown.indexOf(place);
  byId("large-h").textContent = at < 0 ? data.ids[place] : `${data.ids[place]}, ${at + 1} of ${shown.length}`;
  byId("big").replaceChildren(framed(place, `Picture ${data.ids[place]}, large`, true));
  byId("facts").replaceChildren(...factsOf(place));
  const focused = document.activeElement?.closest("#legend") ? document.activeElement.value : null;
  byId("legend").replaceChildren(...planesOf(place).map(overlayBox));
  [...byId("legend").querySelectorAll("input")].find((input) => input.value === focused)?.focus();
  byId("back").disabled = at <= 0;
  byId("forth").disabled = at < 0 || at >= shown.length - 1;
  fit(byId("big"));
  // A button that was pressed and is disabled now has lost the focus, and the keyboard with it.
  if (!dialog.contains(document.activeElement) || document.activeElement.disabled) byId("large-h").focus();
};

const openLarge = (place) => {
  state.sample = place;
  if (!dialog.open) dialog.showModal();
  showLarge();
  writeAddress();
};

const step = (by) => {
  const at = shown.indexOf(state.sample) + by;
  if (at < 0 || at >= shown.length) return;
  const page = Math.floor(at / data.per_page);
  if (page !== state.page) {
    state.page = page;
    showGrid();
  }
  openLarge(shown[at]);
};

const closed = () => {
  const place = state.sample;
  state.sample = null;
  writeAddress();
  byId("grid").querySelector(`button[data-place="${place}"]`)?.focus();
};
