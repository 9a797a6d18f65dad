// <form data-autosave="URL"> saves itself a moment after each change (URL '' = the form's own address).
// What could not be sent stays in memory and is tried again; a line says so. The server may answer
// {"revision": n}, which then goes along with the next save. Words appear in [data-autosave-status].
import { icon } from "./icon.js";
import { newKey, post } from "./sending.js";
import { words } from "./words.js";

const PAUSE = 800;
const RETRIES = [2000, 4000, 8000, 15000, 30000];
const drafts = new Map();

class Draft {
  constructor(form) {
    this.form = form;
    this.waiting = null; // {data, key}: the newest state that the server does not have
    this.sending = false;
    this.failures = 0;
    this.timer = 0;
  }

  note() {
    this.waiting = { key: newKey() };
    this.schedule(PAUSE);
  }

  schedule(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), pause);
  }

  get url() {
    return this.form.dataset.autosave || this.form.action;
  }

  async send(keepalive = false) {
    if (!this.waiting || (this.sending && !keepalive)) return;
    const current = this.waiting;
    current.data ??= new FormData(this.form);
    this.sending = true;
    this.say(words.saving);
    let answer = null;
    try {
      answer = await post(this.url, current.data, { key: current.key, keepalive });
    } catch {
      // No answer: the network is away. The same key makes the retry harmless.
    }
    this.sending = false;
    await this.judge(answer, current);
  }

  async judge(answer, current) {
    if (!answer || answer.status >= 500 || answer.status === 429) return this.retry();
    this.failures = 0;
    showOffline(false);
    if (answer.ok && !answer.redirected) {
      if (this.waiting === current) this.waiting = null;
      await this.takeRevision(answer);
      this.say(words.saved);
    } else {
      this.waiting = this.waiting === current ? null : this.waiting;
      this.say(answer.status === 409 ? words.conflict : [401, 403].includes(answer.status) || answer.redirected ? words.signedOut : words.unfinished);
    }
    if (this.waiting) this.schedule(PAUSE);
  }

  retry() {
    showOffline(true);
    this.say("");
    this.schedule(RETRIES[Math.min(this.failures++, RETRIES.length - 1)]);
  }

  async takeRevision(answer) {
    const field = this.form.elements.namedItem("revision");
    if (!field || !answer.headers.get("Content-Type")?.includes("json")) return;
    const { revision } = await answer.json();
    if (revision !== undefined) field.value = revision;
  }

  say(text) {
    const status = this.form.querySelector("[data-autosave-status]");
    if (status) status.textContent = text;
  }
}

function showOffline(on) {
  let line = document.querySelector("[data-offline-line]");
  if (!line && on) {
    line = document.createElement("p");
    line.className = "offline";
    line.dataset.offlineLine = "";
    line.setAttribute("role", "status");
    const bar = document.querySelector(".topbar");
    bar ? bar.after(line) : document.body.prepend(line);
  }
  if (!line) return;
  line.hidden = !on;
  if (on) line.replaceChildren(icon("cloud-off"), words.unsent);
}

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, new Draft(form));
  return drafts.get(form);
}

function unsent() {
  return Array.from(drafts.values()).filter((draft) => draft.waiting && draft.form.isConnected);
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.form ?? event.target.closest?.("form");
    if (form?.dataset.autosave !== undefined && event.target.type !== "file") draftOf(form).note();
  });
}

document.addEventListener("submit", (event) => {
  // Sending the form carries everything along; a save racing it would only meet an old revision.
  const draft = drafts.get(event.target);
  if (!draft || event.defaultPrevented) return;
  clearTimeout(draft.timer);
  draft.waiting = null;
});
window.addEventListener("online", () => unsent().forEach((draft) => draft.send()));
window.addEventListener("pagehide", () => unsent().forEach((draft) => draft.send(true)));
window.addEventListener("beforeunload", (event) => {
  if (unsent().some((draft) => draft.failures > 0)) event.preventDefault();
});
