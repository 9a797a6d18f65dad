// Turns numbered rows into rows that move by two buttons. The selects stay what is sent.
const template = (name) => document.querySelector(`template[data-ordering-${name}]`);

function renumber(list) {
  Array.from(list.children).forEach((row, place) => {
    row.querySelector("select").value = String(place + 1);
  });
  list.querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
}

function move(row, direction, button) {
  const list = row.parentElement;
  const neighbour = direction < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (neighbour) direction < 0 ? neighbour.before(row) : neighbour.after(row);
  renumber(list);
  button.focus();
}

function addButton(row, name, direction) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.append(template(name).content.cloneNode(true));
  button.querySelector(".unseen").prepend(`${row.querySelector("span").textContent} `);
  button.addEventListener("click", () => move(row, direction, button));
  row.append(button);
}

/** A row with buttons cannot stay a label: a click beside the select would press the first button. */
function rowOf(label) {
  const row = document.createElement("div");
  row.className = label.className;
  row.append(...label.childNodes);
  row.querySelector("span").classList.add("grow");
  row.querySelector("select").setAttribute("aria-label", row.querySelector("span").textContent);
  label.replaceWith(row);
  return row;
}

for (const list of document.querySelectorAll("[data-ordering]")) {
  const rows = Array.from(list.children, rowOf);
  const place = (row) => Number(row.querySelector("select").value) || rows.length + 1;
  list.append(...rows.toSorted((a, b) => place(a) - place(b)));
  for (const row of rows) {
    addButton(row, "up", -1);
    addButton(row, "down", 1);
    row.querySelector("select").addEventListener("change", (event) => event.isTrusted && settle(list, row));
  }
}

/** Picking a number moves the row there. */
function settle(list, row) {
  const target = Number(row.querySelector("select").value);
  if (!target) return;
  row.remove();
  const next = list.children[target - 1];
  next ? next.before(row) : list.append(row);
  renumber(list);
  row.querySelector("select").focus();
}
