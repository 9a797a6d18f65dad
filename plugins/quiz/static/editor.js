// The question editor of the workbench. The text area stays what is sent: it holds the questions as JSON.
const root = document.querySelector("[data-quiz-editor]");
const list = root.querySelector("[data-list]");
const sent = root.querySelector("textarea[name]");
const status = root.querySelector("[data-status]");
const LINES = { single: "options", multiple: "options", ordering: "items", matching: "pairs" };

const copy = (name) => root.querySelector(`template[data-for="${name}"]`).content.cloneNode(true);
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => n.toString(16).padStart(2, "0")).join("");

// Prompts and explanations are markup on the server. Whoever writes no tag of ours sees and writes plain text.
const TAG = /<\/?(strong|em|sub|sup|code|br|a)\b[^>]*>/i;
const PLAIN = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const fromMarkup = (text) => (TAG.test(text) ? text : text.replace(/&(amp|lt|gt);/g, (entity) => PLAIN[entity]));
const toMarkup = (text) => (TAG.test(text) ? text : text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]));
const MARKUP = ["prompt", "explanation"];

function fill(node, values) {
  for (const field of node.querySelectorAll("[data-key]")) {
    const value = values[field.dataset.key];
    if (field.dataset.key === "correct") field.checked = value === true;
    else if (field.dataset.key === "answers") field.value = (value ?? []).join("\n");
    else if (MARKUP.includes(field.dataset.key)) field.value = fromMarkup(value ?? "");
    else field.value = typeof value === "number" ? String(value).replace(".", ",") : (value ?? "");
  }
}

function read(node, values = {}) {
  for (const field of node.querySelectorAll("[data-key]")) {
    const key = field.dataset.key;
    if (key === "correct") values[key] = field.checked;
    else if (key === "answers") values[key] = field.value.split("\n");
    else if (key === "points") values[key] = Number(field.value) || 0;
    else values[key] = MARKUP.includes(key) ? toMarkup(field.value) : field.value;
  }
  return values;
}

function drawLine(item, values = {}) {
  const name = LINES[item.dataset.type];
  const lines = item.querySelector("[data-lines]");
  lines.append(copy(name));
  const line = lines.lastElementChild;
  line.dataset.id = values.id ?? newId();
  if (name === "pairs") line.dataset.rightId = values.right_id ?? newId();
  const mark = line.querySelector('[data-key="correct"]');
  if (mark) {
    mark.type = item.dataset.type === "single" ? "radio" : "checkbox";
    mark.name = `mark-${item.dataset.id}`;
  }
  fill(line, values);
  return line;
}

function draw(question) {
  list.append(copy("question"));
  const item = list.lastElementChild;
  Object.assign(item.dataset, { id: question.id || newId(), type: question.type });
  const part = root.querySelector(`template[data-for="${question.type}"]`);
  item.querySelector("[data-title]").textContent = part?.dataset.title ?? "?";
  if (part) item.querySelector("[data-part]").append(part.content.cloneNode(true));
  fill(item, question);
  for (const line of question[LINES[question.type]] ?? []) drawLine(item, line);
  return item;
}

function questionOf(item) {
  const question = { id: item.dataset.id, type: item.dataset.type };
  for (const field of item.querySelectorAll("[data-key]")) {
    if (!field.closest("[data-lines]")) read({ querySelectorAll: () => [field] }, question);
  }
  const lines = item.querySelector("[data-lines]");
  if (lines) {
    question[lines.dataset.lines] = Array.from(lines.children, (line) => {
      const ids = line.dataset.rightId ? { id: line.dataset.id, right_id: line.dataset.rightId } : { id: line.dataset.id };
      return read(line, ids);
    });
  }
  return question;
}

function sync({ changed = true } = {}) {
  Array.from(list.children).forEach((item, place) => {
    item.querySelector("[data-number]").textContent = `${place + 1}.`;
  });
  sent.value = JSON.stringify(Array.from(list.children, questionOf));
  if (changed) sent.dispatchEvent(new Event("change", { bubbles: true }));
}

function move(item, direction) {
  const neighbour = direction < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (neighbour) direction < 0 ? neighbour.before(item) : neighbour.after(item);
  if (item.parentElement === list) status.textContent = `${status.dataset.moved} ${Array.from(list.children).indexOf(item) + 1}`;
}

function remove(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const heir = next ?? item.parentElement.parentElement;
  item.remove();
  heir.querySelector("input, textarea, button")?.focus();
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const question = button.closest("[data-list] > li");
  const line = button.closest("[data-lines] > li") ?? question;
  if (button.dataset.add) {
    const item = draw({ type: button.dataset.add, points: 1 });
    if (LINES[button.dataset.add]) for (let n = 0; n < 2; n++) drawLine(item);
    item.querySelector("textarea").focus();
  } else if (button.dataset.do === "add-line") drawLine(question).querySelector("[data-key]:not([type=radio], [type=checkbox])").focus();
  else if (button.dataset.do === "remove") remove(line);
  else if (button.dataset.do) {
    move(line, button.dataset.do === "up" ? -1 : 1);
    button.focus();
  } else return;
  sync();
});

root.addEventListener("input", (event) => event.target !== sent && sync({ changed: false }));

for (const question of JSON.parse(root.dataset.questions)) draw(question);
for (const hint of Array.from(root.querySelectorAll("[data-hints] > li"))) {
  const item = list.children[Number(hint.dataset.place)];
  hint.querySelector("[data-number]").remove();
  item?.querySelector("[data-problems]").append(hint);
}
root.querySelector("[data-text]").hidden = true;
Object.assign(root, { id: sent.id, tabIndex: -1 }); // where the error summary leads now that the text is hidden
sent.removeAttribute("id");
root.querySelector("[data-adders]").hidden = false;
sync({ changed: false });
