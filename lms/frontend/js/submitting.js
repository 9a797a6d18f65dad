// A second tap on "send" must not send twice. The server knows a repeat by its key anyway;
// this keeps the person from wondering.
const sent = new WeakSet();

function buttons(form) {
  return Array.from(form.elements).filter((element) => element.type === "submit");
}

function release(form) {
  sent.delete(form);
  buttons(form).forEach((button) => {
    if (button.dataset.waiting !== undefined) {
      delete button.dataset.waiting;
      button.disabled = false;
    }
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.repeatable !== undefined) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  // Later, because a disabled button would not send its own value.
  setTimeout(() => {
    buttons(form).filter((button) => !button.disabled).forEach((button) => {
      button.dataset.waiting = "";
      button.disabled = true;
    });
  });
});

// Back from the browser's cache: the page is shown as it was left, with its buttons off.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) Array.from(document.forms).forEach(release);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form");
  if (form) release(form);
});
