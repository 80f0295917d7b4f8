// What is chosen, and how it stands in the address, so that other pages can point at it:
// #split=test&group=perceived_gender:woman&number=NAME:LOW:HIGH&sort=NAME:high&show=mask&page=2&sample=ID
const PLAIN = new Set(facets.filter(({ name }) => name === null).map(({ key }) => key));
const nothing = () => ({ facets: new Map(), numbers: new Map(), find: "", sort: "", descending: false,
  show: new Set(), page: 0, sample: null });
let state = nothing();
let wrong = []; // parts of the address that mean nothing here

const choose = (found, facet, value) => {
  const code = facet && facet.code.get(value);
  if (code === undefined) return false;
  if (!found.facets.has(facet)) found.facets.set(facet, new Set());
  found.facets.get(facet).add(code);
  return true;
};

// A name may hold the colon that ends it: perceived_age:age3@1:0-29. The longest name that fits is meant.
const named = (found, key, text) => {
  const fitting = facets.filter((facet) => facet.key === key && text.startsWith(`${facet.name}:`))
    .sort((one, other) => other.name.length - one.name.length);
  if (fitting.some((facet) => choose(found, facet, text.slice(facet.name.length + 1)))) return true;
  // A crossing, as audits name it: gender x race:woman x asian.
  const cut = text.lastIndexOf(":");
  const [names, values] = [text.slice(0, cut).split(" x "), text.slice(cut + 1).split(" x ")];
  return names.length > 1 && names.length === values.length
    && names.map((name, place) => choose(found, facetOf(key, name), values[place])).every(Boolean);
};

const end = (text) => (text === "" || Number.isNaN(Number(text)) ? null : Number(text));
const readPart = (found, key, value) => {
  if (PLAIN.has(key)) return choose(found, facetOf(key, null), value);
  if (key === "group" || key === "answer" || key === "consensus") return named(found, key, value);
  if (key === "number") {
    const [name, low = "", high = ""] = value.split(":");
    if (!numbers.has(name)) return false;
    found.numbers.set(name, [end(low), end(high)]);
    return true;
  }
  if (key === "sort") {
    const [name, way] = value.split(":");
    if (!numbers.has(name)) return false;
    [found.sort, found.descending] = [name, way === "high"];
    return true;
  }
  if (key === "show") {
    const known = value.split(",").filter((name) => overlayNames.includes(name));
    known.forEach((name) => found.show.add(name));
    return known.length > 0;
  }
  if (key === "find") found.find = value;
  else if (key === "page") found.page = Math.max(0, (Number.parseInt(value, 10) || 1) - 1);
  else if (key === "sample" && placeOf.has(value)) found.sample = placeOf.get(value);
  else return false;
  return true;
};

const readAddress = () => {
  const found = nothing();
  wrong = [];
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    if (!readPart(found, key, value)) wrong.push(`${key}=${value}`);
  }
  state = found;
};

const writeAddress = () => {
  const parts = new URLSearchParams();
  for (const [facet, codes] of state.facets) {
    for (const code of codes) {
      const value = facet.values[code];
      parts.append(facet.key, facet.name === null ? value : `${facet.name}:${value}`);
    }
  }
  for (const [name, ends] of state.numbers) parts.append("number", [name, ...ends.map((x) => x ?? "")].join(":"));
  if (state.find) parts.set("find", state.find);
  if (state.sort) parts.set("sort", `${state.sort}:${state.descending ? "high" : "low"}`);
  if (state.show.size) parts.set("show", [...state.show].join(","));
  if (state.page) parts.set("page", state.page + 1);
  if (state.sample !== null) parts.set("sample", data.ids[state.sample]);
  history.replaceState(null, "", `#${parts}`);
};
