// Small services that need no module of their own.
import { toast } from "./toast.js";
import { words } from "./words.js";

// <button data-print> prints the page; <button data-copies="ID"> copies the text of that element or field.
document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copier = event.target.closest("[data-copies]");
  if (copier && navigator.clipboard) {
    const source = document.getElementById(copier.dataset.copies);
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    toast(words.copied);
  }
});

// <form data-sends-itself> is sent when a choice in it changes (filters).
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.dataset.sendsItself !== undefined) form.requestSubmit();
});

// The error summary takes the focus when a form comes back with errors.
document.querySelector("[data-takes-focus]")?.focus();
