// Inputs inside [data-theme-choice] show their effect at once; the form around them keeps the choice.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.closest("[data-theme-choice]")) return;
  if (input.value === "light" || input.value === "dark") document.documentElement.dataset.theme = input.value;
  else delete document.documentElement.dataset.theme;
});
