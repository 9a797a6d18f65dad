// <rich-text data-upload="URL"><textarea name="…" id="…">HTML</textarea></rich-text>
// The textarea stays the field that is sent; without JavaScript it is where the author writes HTML.
import { Editor } from "@tiptap/core";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
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
  // Without the widths that tiptap writes as inline styles: the content security policy forbids them.
  Table.extend({ renderHTML: ({ HTMLAttributes }) => ["table", HTMLAttributes, ["tbody", 0]] }),
  TableRow,
  TableHeader,
  TableCell,
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

/** The text as HTML, without what the editor adds for itself: the last empty line, spans of one cell. */
function htmlOf(editor) {
  const html = editor.getHTML().replaceAll(/ (?:col|row)span="1"/g, "");
  return html.replace(/(?:<p><\/p>)+$/, "");
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
