// <rich-text data-upload="URL"><textarea name="…" id="…">HTML</textarea></rich-text>
// The textarea stays the field that is sent; without JavaScript it is where the author writes HTML.
import { Editor } from "@tiptap/core";
import { TableKit } from "@tiptap/extension-table";
import StarterKit from "@tiptap/starter-kit";
import { Notice, Picture } from "./nodes.js";
import { addPicture, pictureHandlers } from "./pictures.js";
import { drawToolbar } from "./toolbar.js";

const EXTENSIONS = [
  StarterKit.configure({
    heading: { levels: [2, 3, 4] },
    codeBlock: false,
    underline: false,
    // The server decides about schemes and rel; the editor only refuses what could run.
    link: { openOnClick: false, HTMLAttributes: { target: null, rel: null, class: null } },
  }),
  TableKit.configure({ table: { resizable: false, renderWrapper: false } }),
  Notice,
  Picture,
];

/** The attributes that give the writing area the label, hint and error of its textarea. */
function labelling(textarea) {
  const label = textarea.labels[0];
  if (label && !label.id) label.id = `${textarea.id}-label`;
  const attributes = { id: `${textarea.id}-writing`, role: "textbox", "aria-multiline": "true" };
  if (label) attributes["aria-labelledby"] = label.id;
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (textarea.hasAttribute(name)) attributes[name] = textarea.getAttribute(name);
  }
  return attributes;
}

/** Tables without the widths that tiptap would write as inline styles. */
function htmlOf(editor) {
  if (editor.isEmpty) return "";
  const holder = document.createElement("template");
  holder.innerHTML = editor.getHTML();
  holder.content.querySelectorAll("colgroup").forEach((group) => group.remove());
  holder.content.querySelectorAll("[style]").forEach((element) => element.removeAttribute("style"));
  holder.content.querySelectorAll(":is(td, th)").forEach((cell) => {
    for (const name of ["colspan", "rowspan"]) if (cell.getAttribute(name) === "1") cell.removeAttribute(name);
  });
  return holder.innerHTML;
}

class RichText extends HTMLElement {
  connectedCallback() {
    if (this.editor) return;
    const textarea = this.querySelector("textarea");
    const writing = document.createElement("div");
    writing.className = "writing";
    const attributes = labelling(textarea);
    const uploadUrl = this.dataset.upload ?? "";
    this.editor = new Editor({
      element: writing,
      extensions: EXTENSIONS,
      content: textarea.value,
      injectCSS: false, // the content security policy forbids injected styles; editor.css has them
      editorProps: {
        attributes,
        ...(uploadUrl ? pictureHandlers((file) => addPicture(this.editor, uploadUrl, file)) : {}),
      },
      onUpdate: ({ editor }) => {
        textarea.value = htmlOf(editor);
        textarea.dispatchEvent(new Event("input", { bubbles: true }));
      },
    });
    const frame = document.createElement("div");
    frame.className = "block richtext";
    frame.append(drawToolbar(this.editor, uploadUrl, attributes.id), writing);
    this.append(frame);
    textarea.labels.forEach((label) => label.addEventListener("click", () => this.editor.commands.focus()));
    // A hidden field cannot show the browser's "please fill in"; the server checks it.
    textarea.required = false;
    this.dataset.ready = "";
  }

  disconnectedCallback() {
    // Moved, not removed, when it is connected again in the same task.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.editor?.destroy();
      this.editor = null;
      this.querySelector(".richtext")?.remove();
      delete this.dataset.ready;
    });
  }
}

customElements.define("rich-text", RichText);
