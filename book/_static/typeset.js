// Mathematics by KaTeX, which a page loads before this. A formula that is
// wider than its place scrolls in it, by keyboard too.
"use strict";
for (const place of document.querySelectorAll(".math")) {
  const text = place.lastChild; // before it, the number of the equation
  const formula = document.createElement("span");
  text.replaceWith(formula);
  katex.render(text.data.trim().slice(2, -2), formula, {
    displayMode: place.tagName === "DIV",
    throwOnError: false,
  });
}
const reachable = () => {
  for (const box of document.querySelectorAll(".katex-display")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("load", () => document.fonts.ready.then(reachable));
addEventListener("resize", reachable);
