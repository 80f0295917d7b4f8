// The task, and what was answered so far: kept in this browser at once, so that a closed page loses nothing.

const TASK = JSON.parse(document.getElementById("task").textContent);
const SCHEMA = "datatools-answers@1";
const STORE_KEY = `${SCHEMA}/${TASK.page_id}`;

// One line is one question about one picture; its place in the list is its place in the order of showing.
const LINES = TASK.pictures.flatMap((picture, place) =>
  picture.questions.map((question) => ({ picture: place, question })));

const nothingKept = () => ({
  log: [], // answers in the order in which they were given: {line, values, created_at, lead_time_s, is_capped}
  drafts: {}, // line to values that were chosen and not confirmed yet
  notes: {}, // place of a picture to text
  line: 0, // where the annotator was ...
  seconds: 0, // ... for so long
  is_capped: false,
  n_saved: 0, // how many answers of the log are in a file that was handed out
});

let kept = nothingKept();
let isStored = true;

function load() {
  try {
    const text = localStorage.getItem(STORE_KEY);
    return text === null ? nothingKept() : JSON.parse(text);
  } catch {
    isStored = false;
    return kept;
  }
}

// Read, change, write: a second tab with this page may have added answers since.
function keep(change) {
  if (isStored) kept = load();
  change(kept);
  try {
    localStorage.setItem(STORE_KEY, JSON.stringify(kept));
    isStored = true;
  } catch {
    isStored = false;
  }
}

function forget() {
  kept = nothingKept();
  try {
    localStorage.removeItem(STORE_KEY);
  } catch {
    isStored = false;
  }
}

// The last answer to each line; a later one takes the place of an earlier one.
function answers() {
  return new Map(kept.log.map((entry) => [entry.line, entry]));
}

function addAnswer(line, values, seconds, isCapped) {
  keep((now) => {
    delete now.drafts[line];
    const last = now.log.length ? Date.parse(now.log[now.log.length - 1].created_at) : 0;
    now.log.push({
      line,
      values,
      // A clock that was set back must not make a correction older than what it corrects.
      created_at: new Date(Math.max(Date.now(), last + 1)).toISOString(),
      lead_time_s: Math.round(seconds * 1000) / 1000,
      is_capped: isCapped,
    });
  });
}

// Everything answered so far, as the file that `datatools annotate import` reads.
function batch() {
  const about = (line) => {
    const { picture, question } = LINES[line];
    return { sample: TASK.pictures[picture].sample, question: TASK.questions[question].name };
  };
  const content = JSON.stringify({
    schema: SCHEMA,
    page_id: TASK.page_id,
    annotator_id: TASK.annotator_id,
    seed: TASK.seed,
    order: TASK.order,
    saved_at: new Date().toISOString(),
    pause_limit_s: PAUSE_LIMIT_S,
    questions: TASK.questions.map(({ name, vocabulary, source }) => ({ question: name, vocabulary, source })),
    shown: LINES.map((_, line) => about(line)),
    answers: kept.log.map((entry) => ({
      ...about(entry.line),
      values: entry.values,
      created_at: entry.created_at,
      lead_time_s: entry.lead_time_s,
      is_capped: entry.is_capped,
      presentation_order: entry.line + 1,
    })),
    notes: Object.entries(kept.notes).map(([place, text]) => ({ sample: TASK.pictures[place].sample, text })),
  });
  return `{"sha256":"${sha256(content)}",\n"content":${content}}\n`;
}
