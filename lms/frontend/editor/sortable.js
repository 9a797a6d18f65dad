// <ol data-sortable data-url="URL" data-group="…"><li data-id="7"><button class="grip">…</button>…</li></ol>
// Drag by the grip, or press Enter or Space on it and use the arrow keys. The new order is sent as
// form fields: item=ID (repeated, in order) and, when the list has one, list=its data-list. Inside an element with
// data-outline-revision the revision goes along, and the {"revision": n} of the answer is put into every such element.
import Sortable from "sortablejs";
import { post } from "../js/sending.js";
import { words } from "./words.js";

let lifted = null; // {item, list, next}: what the keyboard carries and where it came from

const speaker = document.createElement("div");
speaker.className = "unseen";
speaker.setAttribute("role", "status");
document.body.append(speaker);

const items = (list) => Array.from(list.children).filter((item) => item.dataset.id);

function say(sentence, item) {
  const siblings = items(item.parentElement);
  const name = item.dataset.name ?? item.querySelector("a, b")?.textContent.trim() ?? "";
  speaker.textContent = sentence(name, siblings.indexOf(item) + 1, siblings.length);
}

let saving = Promise.resolve(); // one at a time: each needs the revision the one before it was answered with

function save(list, revert) {
  saving = saving.then(() => send(list, revert));
}

async function send(list, revert) {
  const body = new URLSearchParams(items(list).map((item) => ["item", item.dataset.id]));
  if (list.dataset.list) body.append("list", list.dataset.list);
  const outline = list.closest("[data-outline-revision]");
  if (outline) body.append("revision", outline.dataset.outlineRevision);
  const answer = await post(list.dataset.url, body).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    if (outline) await takeRevision(answer);
    list.dispatchEvent(new CustomEvent("sorted", { bubbles: true }));
    return;
  }
  revert();
  speaker.textContent = words.orderFailed;
  showProblem(list);
}

async function takeRevision(answer) {
  if (!answer.headers.get("Content-Type")?.includes("json")) return;
  const { revision } = await answer.json();
  document.querySelectorAll("[data-outline-revision]").forEach((holder) => {
    if (holder.matches("input")) holder.value = revision;
    else holder.dataset.outlineRevision = revision;
  });
}

function showProblem(list) {
  let note = list.previousElementSibling;
  if (!note?.matches("[data-order-problem]")) {
    note = document.createElement("p");
    note.className = "error";
    note.dataset.orderProblem = "";
    list.before(note);
  }
  note.textContent = words.orderFailed;
}

function reverter(item, list, next) {
  return () => list.insertBefore(item, next);
}

/** The lists that an item of this list may move to, in the order of the page. */
function kin(list) {
  const group = list.dataset.group;
  return group ? Array.from(document.querySelectorAll(`[data-sortable][data-group="${CSS.escape(group)}"]`)) : [list];
}

function step(item, direction) {
  const list = item.parentElement;
  const siblings = items(list);
  const place = siblings.indexOf(item) + direction;
  if (place >= 0 && place < siblings.length) {
    direction < 0 ? siblings[place].before(item) : siblings[place].after(item);
    return;
  }
  const lists = kin(list);
  const neighbour = lists[lists.indexOf(list) + direction];
  if (neighbour) direction < 0 ? neighbour.append(item) : neighbour.prepend(item);
}

function lift(item) {
  lifted = { item, list: item.parentElement, next: item.nextElementSibling };
  item.classList.add("lifted");
  say(words.lifted, item);
}

function putDown(back) {
  const { item, list, next } = lifted;
  lifted = null;
  item.classList.remove("lifted");
  const revert = reverter(item, list, next);
  if (back) revert();
  say(back ? words.putBack : words.dropped, item);
  item.querySelector(".grip").focus();
  if (!back && (item.parentElement !== list || item.nextElementSibling !== next)) save(item.parentElement, revert);
}

function onKey(event) {
  const grip = event.target.closest(".grip");
  const item = grip?.closest("[data-sortable] > li");
  if (!item) return;
  const carried = lifted?.item === item;
  const direction = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (direction) {
    event.preventDefault();
    if (!carried) lift(item);
    step(item, direction);
    grip.focus();
    say(words.moved, item);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    carried ? putDown(false) : lift(item);
  } else if (event.key === "Escape" && carried) {
    event.preventDefault();
    putDown(true);
  } else if (event.key === "Tab" && carried) {
    putDown(false);
  }
}

function makeSortable(list) {
  let next = null;
  Sortable.create(list, {
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    draggable: "li[data-id]",
    group: list.dataset.group || undefined,
    handle: ".grip",
    onStart: ({ item }) => (next = item.nextElementSibling),
    onEnd: ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
      if (from === to && oldDraggableIndex === newDraggableIndex) return;
      say(words.dropped, item);
      save(to, reverter(item, from, next));
    },
  });
}

document.querySelectorAll("[data-sortable]").forEach(makeSortable);
document.addEventListener("keydown", onKey);
document.addEventListener("focusout", (event) => {
  // Moving the item in the page takes the focus for a moment; only a real departure drops it.
  setTimeout(() => {
    if (lifted && event.target.closest("li") === lifted.item && !lifted.item.contains(document.activeElement)) putDown(false);
  });
});
