// Only enhances: every page works without it.
"use strict";

for (const form of document.querySelectorAll("form[data-submit]")) form.submit();

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const items = Array.from(source.querySelectorAll("li"), (item) => item.textContent.trim());
    await navigator.clipboard.writeText(items.length ? items.join("\n") : source.textContent);
    button.textContent = button.dataset.done;
  });
}

const filter = document.getElementById("filter");
const rows = document.querySelectorAll("[data-filter]");
if (filter && rows.length > 3) {
  filter.hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.dataset.filter.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (row.tagName === "DETAILS" && words.length) row.open = !row.hidden;
    }
  });
}
