// Parts of a text that tiptap does not bring: notices and pictures with description and caption.
// The HTML they write is what lms/html.py lets through.
import { Node, mergeAttributes } from "@tiptap/core";
import { words } from "./words.js";

/** The tones of a notice, in the order in which the button steps through them. */
export const TONES = ["notice", "notice wait", "notice bad"];

/** <aside class="notice | notice wait | notice bad">, with paragraphs and lists inside. */
export const Notice = Node.create({
  name: "notice",
  group: "block",
  content: "(paragraph | bulletList | orderedList)+",
  defining: true,

  addAttributes() {
    return {
      class: {
        default: TONES[0],
        parseHTML: (element) => TONES.find((tone) => tone === element.className.trim()) ?? TONES[0],
      },
    };
  },
  parseHTML: () => [{ tag: "aside" }],
  renderHTML: ({ HTMLAttributes }) => ["aside", HTMLAttributes, 0],

  addCommands() {
    return {
      /** Wraps the selection in a notice, gives it the next tone, and unwraps it after the last. */
      stepNotice: () => ({ editor, commands }) => {
        if (!editor.isActive("notice")) return commands.wrapIn("notice");
        const next = TONES[TONES.indexOf(editor.getAttributes("notice").class) + 1];
        return next ? commands.updateAttributes("notice", { class: next }) : commands.lift("notice");
      },
    };
  },
});

function pictureOf(element) {
  const image = element.matches("img") ? element : element.querySelector("img");
  if (!image?.getAttribute("src")) return false;
  return { src: image.getAttribute("src"), alt: image.getAttribute("alt") ?? "" };
}

/** <figure><img src alt><figcaption>…</figcaption></figure>; the caption may be empty. */
export const Picture = Node.create({
  name: "picture",
  group: "block",
  content: "inline*",
  draggable: true,
  isolating: true,

  addAttributes: () => ({ src: { default: null }, alt: { default: "" } }),
  parseHTML: () => [
    {
      tag: "figure",
      getAttrs: pictureOf,
      contentElement: (element) => element.querySelector("figcaption") ?? document.createElement("figcaption"),
    },
    { tag: "img[src]", getAttrs: pictureOf },
  ],
  renderHTML: ({ node, HTMLAttributes }) => {
    const image = ["img", mergeAttributes(HTMLAttributes)];
    return node.content.size ? ["figure", image, ["figcaption", 0]] : ["figure", image];
  },

  addNodeView() {
    return ({ node }) => {
      const dom = document.createElement("figure");
      const image = dom.appendChild(document.createElement("img"));
      image.contentEditable = "false";
      const contentDOM = dom.appendChild(document.createElement("figcaption"));
      contentDOM.dataset.placeholder = words.caption;
      const show = (shown) => {
        image.src = shown.attrs.src;
        image.alt = shown.attrs.alt;
        contentDOM.toggleAttribute("data-empty", !shown.content.size);
        return true;
      };
      show(node);
      const own = (mutation) => mutation.target === image || (mutation.type === "attributes" && mutation.target === contentDOM);
      return { dom, contentDOM, update: (newer) => newer.type.name === "picture" && show(newer), ignoreMutation: own };
    };
  },

  addCommands() {
    return {
      insertPicture: (attrs) => ({ commands }) => commands.insertContent({ type: "picture", attrs }),
    };
  },
});
