// Puts the parts together, once somebody has read whose pictures these are.
const refresh = () => {
  applyFilters();
  showControls();
  showCount();
  showGrid();
  if (state.sample !== null) showLarge();
  writeAddress();
};

const arrive = () => {
  readAddress();
  const { sample } = state;
  if (sample === null && dialog.open) dialog.close();
  applyFilters();
  const at = sample === null ? -1 : shown.indexOf(sample);
  if (at >= 0) state.page = Math.floor(at / data.per_page);
  showControls();
  showCount();
  showGrid();
  if (sample !== null) openLarge(sample);
};

const enter = () => {
  byId("notice").hidden = true;
  byId("all").hidden = false;
  buildControls();
  byId("side").open = matchMedia("(min-width: 64rem)").matches;
  arrive();
  addEventListener("hashchange", arrive);
  byId("main").focus({ preventScroll: true });
};

byId("enter").hidden = false;
byId("enter").addEventListener("click", enter);
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
byId("grid").addEventListener("keydown", walk);
byId("back").addEventListener("click", () => step(-1));
byId("forth").addEventListener("click", () => step(1));
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", closed);
dialog.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  step(by);
});
addEventListener("resize", () => document.querySelectorAll(".picture").forEach(fit));
matchMedia("(min-width: 64rem)").addEventListener("change", (event) => { byId("side").open = event.matches; });
