// <div data-filters="ID" hidden><input type="search"></div> shows itself and narrows the list below #ID
// to the entries that hold every word typed. A group ([data-filtered-group]) without an entry left is hidden.
function narrow(list, text) {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const item of list.querySelectorAll("li")) {
    const words = item.textContent.toLocaleLowerCase();
    item.hidden = !wanted.every((word) => words.includes(word));
  }
  for (const group of list.querySelectorAll("[data-filtered-group]")) group.hidden = !group.querySelector("li:not([hidden])");
}

document.querySelectorAll("[data-filters]").forEach((box) => {
  const list = document.getElementById(box.dataset.filters);
  const input = box.querySelector("input");
  if (!list || !input) return;
  box.hidden = false;
  input.addEventListener("input", () => narrow(list, input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // narrowing is all it does; it must not add the first entry
  });
});
