// The questions about one picture: their words, their answers and which of them are chosen.

const MORE_KEYS = ["q", "w", "e", "r", "t", "y"]; // after 1 to 9

// An answer's key, or null: every answer can be reached with Tab.
function keyOf(question, answer) {
  if (answer.value === "cannot_tell") return question.minimum === null ? "0" : "?";
  if (answer.value === "prefer_not_to_say") return "x";
  const place = question.answers.filter((one) => !one.is_no_answer).indexOf(answer);
  return place < 9 ? String(place + 1) : (MORE_KEYS[place - 9] ?? null);
}

function answerOfKey(question, key) {
  const wanted = key === "?" && question.minimum === null ? "0" : key;
  return question.answers.find((answer) => keyOf(question, answer) === wanted);
}

const words = (value) => value.replaceAll("_", " ");

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function answerButton(question, answer, choose) {
  const key = keyOf(question, answer);
  const label = make("span", { className: "label" });
  if (answer.colour !== null) {
    const swatch = make("span", { className: "swatch" });
    swatch.style.backgroundColor = answer.colour;
    label.append(swatch);
  }
  label.append(words(answer.value));
  const button = make("button", { type: "button", className: "answer" }, label);
  if (key !== null) {
    button.prepend(make("kbd", { textContent: key }));
    button.setAttribute("aria-keyshortcuts", key);
  }
  button.append(make("span", { className: "means", textContent: answer.means }));
  button.dataset.value = answer.value;
  button.addEventListener("click", () => choose(answer.value));
  return button;
}

function numberField(question, line, on) {
  const input = make("input", {
    type: "text",
    inputMode: "numeric",
    autocomplete: "off",
    maxLength: String(question.maximum).length,
    id: `number-${line}`,
  });
  const label = make("label", { htmlFor: input.id, textContent: `A whole number from ${question.minimum} to ${question.maximum}` });
  const button = make("button", { type: "button", textContent: "Enter" });
  input.addEventListener("input", () => on.type(line, input.value));
  button.addEventListener("click", () => on.enter(line, input.value));
  return make("div", { className: "number" }, label, input, button);
}

// One question as a group of buttons; `on` says what each of them does.
function questionNode(line, on) {
  const question = TASK.questions[LINES[line].question];
  const title = make("h2", { id: `question-${line}` }, make("button", { type: "button", className: "title", textContent: question.text }));
  const node = make("div", { className: "question", tabIndex: -1 });
  node.dataset.line = String(line);
  node.setAttribute("role", "group");
  node.setAttribute("aria-labelledby", title.id);
  node.append(title);
  if (question.takes_several) {
    node.append(make("p", { className: "hint", textContent: "Several answers may hold. Enter goes on." }));
  }
  if (question.minimum !== null) node.append(numberField(question, line, on));
  for (const answer of question.answers) {
    node.append(answerButton(question, answer, (value) => on.choose(line, value)));
  }
  if (question.takes_several) {
    const done = make("button", { type: "button", className: "go-on", textContent: "Go on" });
    done.prepend(make("kbd", { textContent: "Enter" }));
    done.addEventListener("click", () => on.confirm(line));
    node.append(done);
  }
  const fails = make("details", {}, make("summary", { textContent: "What the answers mean, and where they fail" }));
  fails.append(make("p", { textContent: question.fails }));
  fails.querySelector("summary").prepend(make("kbd", { textContent: "d" }));
  fails.addEventListener("toggle", () => node.classList.toggle("is-explained", fails.open));
  node.append(fails);
  node.addEventListener("focusin", () => on.enterQuestion(line));
  return node;
}

// Show what is chosen; a tick says it beside the colour.
function markChosen(node, values, isActive) {
  node.classList.toggle("is-active", isActive); // the others are folded
  node.querySelector(".title").setAttribute("aria-expanded", String(isActive));
  node.setAttribute("aria-current", isActive ? "step" : "false");
  for (const button of node.querySelectorAll(".answer")) {
    button.setAttribute("aria-pressed", String(values.includes(button.dataset.value)));
  }
  const input = node.querySelector("input");
  if (!input) return;
  input.value = values.find((value) => /^\d+$/.test(value)) ?? "";
  node.classList.toggle("has-number", input.value !== "");
}
