// The course of the work: where the annotator is, what a key does, what is said to them.

const byId = (id) => document.getElementById(id);
let active = 0; // the line that keys answer
let shownPicture = null;

function say(text) {
  byId("said").textContent = text;
}

function count(n, one, many) {
  return `${n} ${n === 1 ? one : many}`;
}

const pictureOf = (line) => LINES[line].picture;
const questionOf = (line) => TASK.questions[LINES[line].question];
const firstLineOf = (picture) => LINES.findIndex((line) => line.picture === picture);

// -- showing ----------------------------------------------------------------------------------------

function goTo(line) {
  if (shownPicture !== null) leave(active);
  active = line;
  if (pictureOf(line) !== shownPicture) {
    shownPicture = pictureOf(line);
    showPicture(shownPicture);
    const on = { choose, enter, type, confirm: confirmAndGoOn, enterQuestion };
    const lines = LINES.map((_, number) => number).filter((number) => pictureOf(number) === shownPicture);
    byId("questions").replaceChildren(...lines.map((number) => questionNode(number, on)));
  }
  startLine(line);
  const node = nodeOf(line);
  (node.querySelector("input") ?? node).focus();
}

function startLine(line) {
  restartClock();
  keep((now) => { Object.assign(now, { line, seconds: 0, is_capped: false }); });
  refresh();
}

const nodeOf = (line) => document.querySelector(`.question[data-line="${line}"]`);

function refresh() {
  const given = answers();
  for (const node of document.querySelectorAll(".question")) {
    const line = Number(node.dataset.line);
    markChosen(node, kept.drafts[line] ?? given.get(line)?.values ?? [], line === active);
  }
  showMask(questionOf(active).is_review);
  byId("place").textContent = `Picture ${shownPicture + 1} of ${TASK.pictures.length}`;
  byId("done").max = LINES.length;
  byId("done").value = given.size;
  const open = kept.log.length - kept.n_saved;
  const unsaved = open ? `, ${open} not in a file yet` : "";
  byId("counted").textContent = `${given.size} of ${count(LINES.length, "question", "questions")} answered${unsaved}`;
  byId("save").classList.toggle("is-due", given.size === LINES.length && open > 0);
  byId("note").classList.toggle("is-kept", shownPicture in kept.notes);
  byId("warning").hidden = isStored;
  byId("warning").textContent = isStored
    ? ""
    : "This browser keeps nothing of this page. Save often: what is not in a file is lost when the page closes.";
}

// Tab moved the focus into another question of the picture: keys answer that one now.
function enterQuestion(line) {
  if (line === active) return;
  leave(active);
  active = line;
  startLine(line);
}

// -- answering ----------------------------------------------------------------------------------------

function choose(line, value) {
  const question = questionOf(line);
  if (!question.takes_several) {
    give(line, [value]);
    return;
  }
  const isNoAnswer = (one) => question.answers.find((answer) => answer.value === one).is_no_answer;
  const before = kept.drafts[line] ?? answers().get(line)?.values ?? [];
  // Whoever cannot tell has said nothing else.
  const others = before.filter((one) => one !== value && !isNoAnswer(one) && !isNoAnswer(value));
  const chosen = before.includes(value) ? others : [...others, value];
  const order = question.answers.map((answer) => answer.value);
  keep((now) => { now.drafts[line] = order.filter((one) => chosen.includes(one)); });
  refresh();
  say(chosen.length ? `Chosen: ${kept.drafts[line].map(words).join(", ")}. Enter goes on.` : "Nothing is chosen.");
}

// The number in a field as an answer, or null.
function numberIn(line, text) {
  const { minimum, maximum } = questionOf(line);
  const number = /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : NaN;
  return number >= minimum && number <= maximum ? String(number) : null;
}

function type(line, text) {
  const number = numberIn(line, text);
  keep((now) => {
    if (number === null) delete now.drafts[line];
    else now.drafts[line] = [number];
  });
}

function enter(line, text) {
  const number = numberIn(line, text);
  const { minimum, maximum } = questionOf(line);
  if (number !== null) give(line, [number]);
  else say(`Expected a whole number from ${minimum} to ${maximum}.`);
}

function give(line, values) {
  tick();
  addAnswer(line, values, clock.seconds, clock.isCapped);
  say(`${values.map(words).join(", ")} for picture ${pictureOf(line) + 1}.`);
  goOn(line);
}

// A choice of several or a number that was not confirmed is an answer when the annotator leaves it.
function leave(line) {
  const draft = kept.drafts[line];
  if (draft === undefined) return;
  const before = answers().get(line)?.values ?? [];
  tick();
  if (draft.length && draft.join() !== before.join()) addAnswer(line, draft, clock.seconds, clock.isCapped);
  else keep((now) => { delete now.drafts[line]; });
}

function confirmAndGoOn(line) {
  leave(line);
  if (answers().has(line)) goOn(line);
  else say("Nothing is chosen.");
}

// To the next question that is open, after the end from the start again.
function goOn(line) {
  const given = answers();
  const places = LINES.map((_, number) => (line + 1 + number) % LINES.length);
  const next = places.find((number) => !given.has(number));
  if (next === undefined) {
    goTo(line);
    say("Every question is answered. Press s to save the file.");
  } else goTo(next);
}

function undo() {
  if (kept.drafts[active] !== undefined) {
    keep((now) => { delete now.drafts[active]; });
    say("The choice is taken back.");
    refresh();
  } else if (!kept.log.length) say("There is nothing to undo.");
  else {
    const { line } = kept.log[kept.log.length - 1];
    const isSaved = kept.log.length <= kept.n_saved;
    if (!isSaved) keep((now) => { now.log.pop(); });
    goTo(line);
    say(isSaved
      ? "The last answer is in a saved file already. Give another one: the later one counts."
      : `The answer for picture ${pictureOf(line) + 1} is taken back.`);
  }
}

function movePicture(by) {
  const picture = shownPicture + by;
  if (picture < 0) say("This is the first picture.");
  else if (picture >= TASK.pictures.length) say("This is the last picture.");
  else {
    goTo(firstLineOf(picture));
    say(`Picture ${picture + 1} of ${TASK.pictures.length}.`);
  }
}

function moveQuestion(by) {
  const line = active + by;
  if (LINES[line] !== undefined && pictureOf(line) === shownPicture) goTo(line);
}

// -- notes, saving, forgetting ------------------------------------------------------------------------

function openNote() {
  byId("noted").value = kept.notes[shownPicture] ?? "";
  byId("noting").returnValue = "cancel";
  byId("noting").showModal();
}

function closeNote() {
  if (byId("noting").returnValue !== "keep") return;
  const text = byId("noted").value.trim().toWellFormed();
  keep((now) => {
    if (text) now.notes[shownPicture] = text;
    else delete now.notes[shownPicture];
  });
  say(text ? "The note is kept." : "There is no note on this picture now.");
  refresh();
}

function save() {
  leave(active);
  if (!kept.log.length) {
    say("There is no answer to save yet.");
    return;
  }
  const code = TASK.annotator_id.replace(/[^A-Za-z0-9._-]+/g, "_");
  const name = `answers-${code}-${TASK.page_id.slice(0, 8)}.json`;
  const link = make("a", { href: URL.createObjectURL(new Blob([batch()], { type: "application/json" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  keep((now) => { now.n_saved = now.log.length; });
  refresh();
  say(`${count(kept.log.length, "answer", "answers")} saved as ${name}. Hand this file back.`);
}

function forgetAll() {
  const open = kept.log.length - kept.n_saved;
  const lost = open ? ` ${count(open, "answer is", "answers are")} in no file yet and would be lost.` : "";
  if (!confirm(`Remove all answers of this page from this browser?${lost}`)) return;
  forget();
  byId("keys").close();
  goTo(0);
  say("This browser holds no answers of this page any more.");
}

function openKeys() {
  byId("keys").showModal();
  byId("keys-close").focus();
}

// -- keys -----------------------------------------------------------------------------------------------

const COMMANDS = {
  j: () => movePicture(1),
  ArrowRight: () => movePicture(1),
  k: () => movePicture(-1),
  ArrowLeft: () => movePicture(-1),
  ArrowDown: () => moveQuestion(1),
  ArrowUp: () => moveQuestion(-1),
  u: undo,
  n: openNote,
  s: save,
  h: openKeys,
  d: () => { const more = nodeOf(active).querySelector("details"); more.open = !more.open; },
  z: fit,
  "+": () => zoomBy(PER_ZOOM),
  "=": () => zoomBy(PER_ZOOM),
  "-": () => zoomBy(1 / PER_ZOOM),
};
const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const MODES = { p: "picture", o: "outline", v: "veil", b: "side", f: "flicker" };
const STEP = 0.15; // of the frame

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const inField = event.target.tagName === "INPUT";
  if (/^\d$/.test(event.key) && questionOf(active).minimum !== null) nodeOf(active).querySelector("input").focus();
  if (document.activeElement.tagName === "INPUT" && /^(\d|Backspace|Delete|Home|End|Tab)$/.test(event.key)) return;
  const action = actionOf(event, inField);
  if (action === null) return;
  event.preventDefault();
  action();
}

function actionOf(event, inField) {
  const question = questionOf(active);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.key === "Enter") {
    if (inField) return () => enter(active, event.target.value);
    // On a button, Enter is that button's.
    if (event.target.tagName === "BUTTON" || event.target.tagName === "SUMMARY") return null;
    return () => (question.takes_several ? confirmAndGoOn(active) : goOn(active));
  }
  if (event.shiftKey && event.key in MOVES) return () => moveBy(...MOVES[event.key].map((part) => STEP * part));
  const answer = answerOfKey(question, key);
  if (answer !== undefined) return () => choose(active, answer.value);
  if (/^[\d?]$/.test(key)) return () => say(`This question has no answer ${key}.`);
  if (Object.hasOwn(COMMANDS, key)) return COMMANDS[key];
  if (Object.hasOwn(MODES, key) && view.hasMask) return () => setMode(MODES[key]);
  return null;
}

// -- start ----------------------------------------------------------------------------------------------

function start() {
  for (const button of document.querySelectorAll("button[data-key]")) {
    button.prepend(make("kbd", { textContent: button.dataset.key }));
    button.setAttribute("aria-keyshortcuts", button.dataset.key);
  }
  const clicks = { previous: "k", next: "j", undo: "u", note: "n", help: "h", save: "s" };
  for (const [id, key] of Object.entries(clicks)) byId(id).addEventListener("click", () => COMMANDS[key]());
  byId("forget").addEventListener("click", forgetAll);
  byId("noting").addEventListener("close", closeNote);
  byId("noted").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("noted-keep").click();
  });
  startClock(say);
  startView();
  document.addEventListener("keydown", onKey);
  addEventListener("storage", (event) => {
    if (event.key === STORE_KEY) {
      kept = load();
      refresh();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!isStored && kept.log.length > kept.n_saved) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    tick();
    keep((now) => { Object.assign(now, { seconds: clock.seconds, is_capped: clock.isCapped }); });
  });
  kept = load();
  const n = answers().size;
  const { line, seconds, is_capped: isCapped } = kept;
  goTo(Math.min(line, LINES.length - 1));
  Object.assign(clock, { seconds, isCapped });
  say(n ? `${count(n, "answer", "answers")} from before ${n === 1 ? "is" : "are"} here. h shows the keys.` : "h shows the keys.");
}

start();
