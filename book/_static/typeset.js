// Mathematics by KaTeX, which a page loads before this. A formula that is
// wider than its place scrolls in it, by keyboard too.
"use strict";
for (const place of document.querySelectorAll(".math")) {
  const text = place.lastChild; // before it, the number of the equation
  const source = text.data.trim();
  const head = place.closest("th");
  const alone = head && head.textContent.trim() === source;
  const formula = document.createElement("span");
  text.replaceWith(formula);
  katex.render(source.slice(2, -2), formula, {
    displayMode: place.tagName === "DIV",
    throwOnError: false,
  });
  // What follows a formula directly would otherwise begin the next line.
  const after = place.nextSibling;
  const [mark] = (after?.nodeType === Node.TEXT_NODE &&
    place.tagName === "SPAN" && /^[^\s\w(]+/.exec(after.data)) || [];
  if (mark) {
    const last = [...formula.querySelectorAll(".katex-html > .base")].pop();
    const kept = document.createElement("span");
    kept.className = "after-formula";
    kept.textContent = mark;
    last?.append(kept);
    if (last) after.data = after.data.slice(mark.length);
  }
  // A header needs words: a formula alone counts as none.
  if (alone) formula.querySelector("math").ariaLabel = source.slice(2, -2);
}
const reachable = () => {
  for (const box of document.querySelectorAll(".katex-display")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("load", () => document.fonts.ready.then(reachable));
addEventListener("resize", reachable);
