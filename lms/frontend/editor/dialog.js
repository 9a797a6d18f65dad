// A native dialog that asks for a few fields and resolves with their values.
import { words } from "./words.js";

let asked = 0;

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function fieldRow(id, { name, label, hint, ...input }) {
  const control = element("input", { id: `${id}-${name}`, name, ...input });
  const row = element("div", { className: "field" }, element("label", { htmlFor: control.id, textContent: label }));
  if (hint) {
    const note = element("p", { className: "hint", id: `${control.id}-hint`, textContent: hint });
    control.setAttribute("aria-describedby", note.id);
    row.append(note);
  }
  row.append(control);
  return row;
}

/**
 * Opens a dialog with the given fields and resolves with a FormData, or null when it was left.
 * `submit(data)` may return a sentence that keeps the dialog open; `extra` adds a second way out,
 * {label, value}, which resolves with that value.
 */
export function ask({ title, fields, confirm, extra = null, submit = async () => "" }) {
  const id = `ask-${++asked}`;
  const heading = element("h2", { id, textContent: title });
  const problem = element("p", { className: "error", hidden: true });
  problem.setAttribute("role", "alert");
  const send = element("button", { type: "submit", className: "button", textContent: confirm });
  const leave = element("button", { type: "button", className: "button quiet", textContent: words.cancel });
  const line = element("div", { className: "line" }, leave, send);
  const form = element("form", { className: "stack" }, heading, ...fields.map((field) => fieldRow(id, field)), problem, line);
  const dialog = element("dialog", { className: "dialog" }, form);
  dialog.setAttribute("aria-labelledby", id);
  form.dataset.repeatable = "";
  document.body.append(dialog);

  return new Promise((resolve) => {
    let result = null;
    const finish = (value) => {
      result = value;
      dialog.close();
    };
    if (extra) {
      const other = element("button", { type: "button", className: "button second", textContent: extra.label });
      other.addEventListener("click", () => finish(extra.value));
      leave.after(other);
    }
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      const data = new FormData(form);
      send.disabled = true;
      problem.textContent = await submit(data);
      problem.hidden = !problem.textContent;
      send.disabled = false;
      if (problem.hidden) finish(data);
    });
    dialog.showModal();
  });
}
