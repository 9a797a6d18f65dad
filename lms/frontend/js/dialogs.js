// <button data-opens="ID"> opens the native dialog with that id; <button data-closes> inside it closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault(); // the opener may be a link to the page that asks the same question
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});
