// A page of small pictures, with overlays over them.
const folderOf = (id) => id.slice(0, 2);
const overlays = (place) => {
  const names = planesOf(place);
  const url = `overlays/${folderOf(data.ids[place])}/${data.ids[place]}.png`;
  return names.flatMap((name, number) => {
    if (!state.show.has(name)) return [];
    const layer = make("i");
    layer.dataset.overlay = name;
    layer.style.backgroundImage = `url("${url}")`;
    layer.style.backgroundSize = `100% ${names.length * 100}%`;
    layer.style.backgroundPosition = `0 ${names.length > 1 ? (number / (names.length - 1)) * 100 : 0}%`;
    return [layer];
  });
};

const framed = (place, alt, isLarge) => {
  const [width, height] = data.size[place];
  if (!width) return make("span", { className: "missing", textContent: "This picture could not be read." });
  const id = data.ids[place];
  const image = make("img", { alt, width, height, loading: isLarge ? "eager" : "lazy", decoding: "async" });
  image.src = `pictures/${folderOf(id)}/${id}.jpg`;
  const frame = make("span", { className: "frame" }, image, ...overlays(place));
  frame.style.aspectRatio = `${width} / ${height}`;
  return frame;
};

// As large as fits into its box without another shape: an aspect ratio alone does not know both limits.
const fit = (box) => {
  const frame = box.querySelector(".frame");
  if (!frame) return;
  const style = getComputedStyle(box);
  const [width, height] = [box.clientWidth - 2 * parseFloat(style.paddingLeft), box.clientHeight - 2 * parseFloat(style.paddingTop)];
  const [w, h] = ["width", "height"].map((name) => Number(frame.firstChild.getAttribute(name)));
  const ratio = Math.min(width / w, height / h);
  frame.style.width = `${Math.floor(w * ratio)}px`;
  frame.style.height = `${Math.floor(h * ratio)}px`;
};

const verdictFacet = facetOf("verdict", null);
const verdictOf = (place) => (verdictFacet ? verdictFacet.values[verdictFacet.of[place][0]] : "");
const caption = (place) => {
  const value = state.sort ? numbers.get(state.sort)[place] : null;
  const verdict = verdictOf(place);
  const told = make("span", { className: "caption" });
  if (state.sort) told.append(make("b", { textContent: value === null ? "not known" : String(value) }), " ");
  if (verdict && verdict !== "not checked") told.append(verdict);
  return told;
};

const tile = (place) => {
  const id = data.ids[place];
  const said = caption(place);
  const box = make("span", { className: "picture" }, framed(place, `Picture ${id}`, false));
  const button = make("button", { type: "button" }, box, said);
  button.dataset.place = String(place);
  button.addEventListener("click", () => openLarge(place));
  return make("li", { className: verdictOf(place) === "rejected" ? "rejected" : "" }, button);
};

const nPages = () => Math.max(1, Math.ceil(shown.length / data.per_page));
const showGrid = () => {
  state.page = Math.min(state.page, nPages() - 1);
  const first = state.page * data.per_page;
  byId("grid").replaceChildren(...shown.slice(first, first + data.per_page).map(tile));
  byId("grid").querySelectorAll(".picture").forEach(fit);
  byId("previous").disabled = state.page === 0;
  byId("next").disabled = state.page >= nPages() - 1;
  byId("place").textContent = `page ${state.page + 1} of ${nPages()}`;
  byId("pages").hidden = nPages() === 1;
};

const turn = (by) => {
  state.page += by;
  showGrid();
  writeAddress();
  scrollTo(0, 0);
  byId("main").focus({ preventScroll: true });
};

// Arrow keys walk the pictures of a page, as rows and columns.
const walk = (event) => {
  const buttons = [...byId("grid").querySelectorAll("button")];
  const now = buttons.indexOf(document.activeElement);
  if (now < 0) return;
  const top = buttons[0].getBoundingClientRect().top;
  const columns = buttons.filter((button) => button.getBoundingClientRect().top === top).length || 1;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step || !buttons[now + step]) return;
  event.preventDefault();
  buttons[now + step].focus();
};
