// The picture: its mask laid over it in one way or another, zoomed and moved.

const PER_ZOOM = 1.25;
const MOST_ZOOM = 8;
const FLICKER_MS = 700; // fewer than three changes a second harm nobody (WCAG 2.2, 2.3.1)

const view = { mode: "outline", zoom: 1, x: 0, y: 0, hasMask: false, timer: null };
const figure = document.getElementById("figure");

const photoOf = (picture) => `pictures/${picture.sample}.jpg`;
const layerOf = (picture, layer) => `masks/${picture.sample}_${layer}.png`;

function showPicture(place) {
  const picture = TASK.pictures[place];
  const name = `Picture ${place + 1} of ${TASK.pictures.length}`;
  for (const image of figure.querySelectorAll("img")) {
    if (image.className === "photo") image.src = photoOf(picture);
    else if (picture.has_mask) image.src = layerOf(picture, image.className);
    else image.removeAttribute("src");
  }
  document.getElementById("photo").alt = name;
  const after = TASK.pictures[place + 1];
  if (after) new Image().src = photoOf(after); // in the cache when it is asked for
  fit();
}

// The mask is shown where the question is about it; elsewhere it would lead the eye.
function showMask(isReview) {
  view.hasMask = isReview;
  document.getElementById("modes").hidden = !isReview;
  setMode(view.mode, false);
}

function setMode(mode, isAsked = true) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const isAgain = isAsked && mode === view.mode;
  if (isAgain && mode === "flicker" && isStill) {
    figure.classList.toggle("is-off"); // by hand, for whom moving pictures are too much
    return;
  }
  view.mode = isAgain ? "picture" : mode;
  const shown = view.hasMask ? view.mode : "picture";
  figure.dataset.mode = shown;
  for (const button of document.querySelectorAll("#modes button")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === view.mode));
  }
  clearInterval(view.timer);
  figure.classList.remove("is-off");
  if (shown === "flicker" && !isStill) {
    view.timer = setInterval(() => figure.classList.toggle("is-off"), FLICKER_MS);
  }
}

function place() {
  // Not further than the picture's edge.
  const room = (view.zoom - 1) / 2;
  view.x = Math.min(room, Math.max(-room, view.x));
  view.y = Math.min(room, Math.max(-room, view.y));
  for (const layers of figure.querySelectorAll(".layers")) {
    layers.style.transform = `translate(${100 * view.x}%, ${100 * view.y}%) scale(${view.zoom})`;
  }
  figure.classList.toggle("is-zoomed", view.zoom > 1);
  document.getElementById("zoom").value = `${Math.round(100 * view.zoom)}%`;
}

function fit() {
  Object.assign(view, { zoom: 1, x: 0, y: 0 });
  place();
}

function zoomBy(factor) {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  // What is in the middle stays there.
  Object.assign(view, { x: (view.x * zoom) / view.zoom, y: (view.y * zoom) / view.zoom, zoom });
  place();
}

// By parts of the frame: 0.15 shows what lies that much further right.
function moveBy(right, down) {
  view.x -= right;
  view.y -= down;
  place();
}

function startView() {
  for (const button of document.querySelectorAll("#modes button")) {
    button.addEventListener("click", () => setMode(button.dataset.mode));
  }
  document.getElementById("zoom-in").addEventListener("click", () => zoomBy(PER_ZOOM));
  document.getElementById("zoom-out").addEventListener("click", () => zoomBy(1 / PER_ZOOM));
  document.getElementById("zoom-fit").addEventListener("click", fit);
  figure.addEventListener("pointermove", (event) => {
    if (!event.buttons || view.zoom === 1) return;
    const frame = figure.querySelector(".pane").getBoundingClientRect();
    moveBy(-event.movementX / frame.width, -event.movementY / frame.height);
  });
  figure.addEventListener("dragstart", (event) => event.preventDefault());
}
