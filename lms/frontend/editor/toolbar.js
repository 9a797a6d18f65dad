// The toolbar above a rich text: icon buttons with names, one tab stop, arrow keys inside.
import { icon } from "../js/icon.js";
import { ask } from "./dialog.js";
import { addPicture, describePicture } from "./pictures.js";
import { words } from "./words.js";

async function changeLink(editor) {
  const present = editor.getAttributes("link").href ?? "";
  const answer = await ask({
    title: words.linkTitle,
    fields: [{ name: "href", label: words.linkAddress, hint: words.linkHint, type: "text", inputMode: "url", required: true, autocomplete: "off", value: present }],
    confirm: words.apply,
    extra: present ? { label: words.linkRemove, value: "remove" } : null,
  });
  if (!answer) return;
  const chain = editor.chain().focus().extendMarkRange("link");
  if (answer === "remove") {
    chain.unsetLink().run();
    return;
  }
  const href = answer.get("href").trim();
  if (editor.state.selection.empty && !present) {
    chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
  } else {
    chain.setLink({ href }).run();
  }
}

/** [name, icon, what it does, what makes it look pressed]; null draws no button. */
function tools(editor, uploadUrl) {
  const run = (step) => () => step(editor.chain().focus()).run();
  const active = (...what) => () => editor.isActive(...what);
  const inTable = () => editor.isActive("table");
  const picture = () => (editor.isActive("picture") ? describePicture(editor) : addPicture(editor, uploadUrl));
  return [
    { name: "bold", image: "bold", act: run((chain) => chain.toggleBold()), pressed: active("bold") },
    { name: "italic", image: "italic", act: run((chain) => chain.toggleItalic()), pressed: active("italic") },
    { name: "heading2", image: "heading-2", act: run((chain) => chain.toggleHeading({ level: 2 })), pressed: active("heading", { level: 2 }) },
    { name: "heading3", image: "heading-3", act: run((chain) => chain.toggleHeading({ level: 3 })), pressed: active("heading", { level: 3 }) },
    { name: "bulletList", image: "list", act: run((chain) => chain.toggleBulletList()), pressed: active("bulletList") },
    { name: "orderedList", image: "list-ordered", act: run((chain) => chain.toggleOrderedList()), pressed: active("orderedList") },
    { name: "link", image: "link", act: () => changeLink(editor), pressed: active("link") },
    ...(uploadUrl ? [{ name: "picture", image: "image-up", act: picture, pressed: active("picture") }] : []),
    { name: "notice", image: "lightbulb", act: run((chain) => chain.stepNotice()), pressed: active("notice") },
    { name: "table", image: "table", act: run((chain) => chain.insertTable({ rows: 3, cols: 2, withHeaderRow: true })), shown: () => !inTable() },
    { name: "addRow", image: "between-horizontal-end", act: run((chain) => chain.addRowAfter()), shown: inTable },
    { name: "addColumn", image: "between-vertical-end", act: run((chain) => chain.addColumnAfter()), shown: inTable },
    { name: "deleteRow", image: "fold-vertical", act: run((chain) => chain.deleteRow()), shown: inTable },
    { name: "deleteColumn", image: "fold-horizontal", act: run((chain) => chain.deleteColumn()), shown: inTable },
    { name: "undo", image: "undo-2", act: run((chain) => chain.undo()), enabled: () => editor.can().undo() },
    { name: "redo", image: "redo-2", act: run((chain) => chain.redo()), enabled: () => editor.can().redo() },
  ];
}

function drawButton({ name, image, act, pressed }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.title = words[name];
  button.tabIndex = -1;
  button.setAttribute("aria-label", words[name]);
  if (pressed) button.setAttribute("aria-pressed", "false");
  button.append(icon(image));
  button.addEventListener("click", act);
  return button;
}

function moveFocus(bar, event) {
  const buttons = Array.from(bar.children).filter((button) => !button.hidden);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const place = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
  buttons[place].focus();
}

/** A role="toolbar" element that acts on the editor and follows its selection. */
export function drawToolbar(editor, uploadUrl, controls) {
  const bar = document.createElement("div");
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", words.toolbar);
  bar.setAttribute("aria-controls", controls);
  const drawn = tools(editor, uploadUrl).map((tool) => ({ tool, button: drawButton(tool) }));
  bar.append(...drawn.map(({ button }) => button));
  drawn[0].button.tabIndex = 0;

  const follow = () =>
    drawn.forEach(({ tool, button }) => {
      if (tool.pressed) button.setAttribute("aria-pressed", String(tool.pressed()));
      if (tool.shown) button.hidden = !tool.shown();
      // Not `disabled`: a button that loses the focus by being pressed would throw the keyboard out of the bar.
      if (tool.enabled) button.setAttribute("aria-disabled", String(!tool.enabled()));
    });
  editor.on("transaction", follow);
  follow();
  bar.addEventListener("keydown", (event) => moveFocus(bar, event));
  bar.addEventListener("focusin", (event) => {
    Array.from(bar.children).forEach((button) => (button.tabIndex = button === event.target.closest("button") ? 0 : -1));
  });
  return bar;
}
