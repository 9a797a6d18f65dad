// Pictures come by button, by paste or by drop, and never without a description.
import { post } from "../js/sending.js";
import { ask } from "./dialog.js";
import { words } from "./words.js";

async function upload(url, file) {
  const body = new FormData();
  body.append("file", file);
  let answer;
  try {
    answer = await post(url, body);
  } catch {
    return { problem: words.pictureOffline };
  }
  const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (!answer.ok || !told.url) return { problem: told.error ?? told.message ?? words.pictureFailed };
  return { url: told.url };
}

const altField = (value = "") => ({ name: "alt", label: words.pictureAlt, hint: words.pictureAltHint, type: "text", required: true, maxLength: 500, autocomplete: "off", value });

/** Asks for file (unless given) and description, sends the file, puts the picture into the text. */
export async function addPicture(editor, url, file = null) {
  const fileField = { name: "file", label: words.pictureFile, type: "file", accept: "image/png,image/jpeg,image/webp,image/gif", required: true };
  let address = "";
  const data = await ask({
    title: words.pictureTitle,
    fields: file ? [altField()] : [fileField, altField()],
    confirm: words.insert,
    async submit(given) {
      const sent = await upload(url, file ?? given.get("file"));
      address = sent.url ?? "";
      return sent.problem ?? "";
    },
  });
  if (data) editor.chain().focus().insertPicture({ src: address, alt: data.get("alt").trim() }).run();
}

/** Lets the author change the description of the picture that is selected. */
export async function describePicture(editor) {
  const data = await ask({ title: words.pictureChange, fields: [altField(editor.getAttributes("picture").alt)], confirm: words.apply });
  if (data) editor.chain().focus().updateAttributes("picture", { alt: data.get("alt").trim() }).run();
}

function firstPicture(transfer) {
  return Array.from(transfer?.files ?? []).find((file) => file.type.startsWith("image/"));
}

/** Handlers for ProseMirror: a pasted or dropped picture file goes the same way as a chosen one. */
export function pictureHandlers(take) {
  const handle = (transfer) => {
    const file = firstPicture(transfer);
    if (file) take(file);
    return Boolean(file);
  };
  return {
    handlePaste: (_view, event) => handle(event.clipboardData),
    handleDrop: (_view, event, _slice, moved) => !moved && handle(event.dataTransfer),
  };
}
