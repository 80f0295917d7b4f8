// What the page knows of its pictures, and small things that every part needs.
const make = (tag, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const byId = (id) => document.getElementById(id);
const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const data = JSON.parse(byId("data").textContent);
byId("data").remove();
const N = data.ids.length;
const placeOf = new Map(data.ids.map((id, place) => [id, place]));
const numbers = new Map(data.numbers.map(({ name, of }) => [name, of]));
// Of every facet: the places of its values by picture, always as lists; the places of values by their words.
const facets = data.facets.map((facet) => ({
  ...facet,
  address: facet.name === null ? facet.key : `${facet.key}=${facet.name}`,
  of: facet.of.map((codes) => (Array.isArray(codes) ? codes : codes < 0 ? [] : [codes])),
  code: new Map(facet.values.map((value, place) => [value, place])),
}));
const facetOf = (key, name) => facets.find((facet) => facet.key === key && facet.name === name);
const planesOf = (place) => data.plane_sets[data.planes[place]];

// ---- overlays --------------------------------------------------------------------------------
const overlayNames = [...new Set(data.plane_sets.flat())];
const overlayTitle = (name) => {
  if (name === "mask") return "Generated mask";
  if (name === "reference_mask") return "Reference mask";
  if (name === "landmarks") return "Landmarks";
  if (name.startsWith("matte_")) return `Matte of ${name.slice(6)}`;
  return `Errors of ${name.slice(7).replace("_on_", " against ")}`;
};
// What the colours of an overlay mean: a colour of the style, or none for heat.
const overlayKeys = (name) => {
  if (name === "mask") return [["--mask", "generated mask"]];
  if (name === "reference_mask") return [["--reference", "reference mask"]];
  if (name === "landmarks") return [];
  if (name.startsWith("matte_")) return [[null, "matte: little to surely the person"]];
  return [["--over", "wrongly added"], ["--under", "wrongly left out"]];
};
const keyMark = (colour) => {
  const mark = make("i", { className: "key", ariaHidden: "true" });
  if (colour) mark.style.setProperty("--k", `var(${colour})`);
  return mark;
};
