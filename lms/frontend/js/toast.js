// Toasts: "this worked". They stay at least six seconds, and as long as someone points at them.
import { icon } from "./icon.js";

const STAY = 8000;

function region() {
  let box = document.querySelector(".toasts");
  if (!box) {
    box = document.createElement("div");
    box.className = "toasts";
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  return box;
}

function leaveLater(toast) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAY) : toast.remove());
  setTimeout(leave, STAY);
}

/** Shows one sentence about something that worked. */
export function toast(text) {
  const note = document.createElement("div");
  note.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  note.append(icon("check"), words);
  region().append(note);
  leaveLater(note);
}

/** Lets the toasts that came with the page go after a while, too. */
export function adoptToasts() {
  region().querySelectorAll(":scope > .toast").forEach(leaveLater);
}
