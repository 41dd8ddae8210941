// Elements, numbers in words, and a plot of lines: what the pages draw with.
"use strict";

var kdPlot = (function () {
  const SVG = "http://www.w3.org/2000/svg";

  function make(parent, tag, attributes, text) {
    const own = parent.namespaceURI === SVG || tag === "svg";
    const element = own
      ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const name in attributes) {
      element.setAttribute(name, attributes[name]);
    }
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  function percent(share) { return `${(100 * share).toFixed(0)} %`; }

  function whole(number) { return Math.round(number).toLocaleString("en"); }

  function digits(number, count) { // that many that matter
    return Number(number.toPrecision(count)).toLocaleString(
      "en", {maximumSignificantDigits: count}
    );
  }

  function signed(number, places) {
    const text = Math.abs(number).toFixed(places);
    return Number(text) === 0 ? text : (number < 0 ? "−" : "+") + text;
  }

  // Fills what the page's text leaves open: <span data-kd="rows">.
  function fill(values) {
    for (const place of document.querySelectorAll("[data-kd]")) {
      const found = values[place.dataset.kd];
      if (found !== undefined) place.textContent = found;
    }
  }

  // A cell with a bar behind its number; negative bars go to the left.
  function bar(cell, text, share, both) {
    cell.textContent = "";
    const box = make(cell, "span", {class: both ? "kd-both" : "kd-bar"});
    const most = both ? 50 : 100, size = most * Math.min(1, Math.abs(share));
    box.style.width = `${size}%`;
    if (both) box.style.left = share < 0 ? `${50 - size}%` : "50%";
    make(cell, "span", {class: "kd-number"}, text);
  }

  // given: {x, y: {label, from, to, ticks, log}, lines: [{kind, points,
  // low, high, dashed, name}], marks: [{x, name}], says: for a screen reader}.
  function draw(svg, given) {
    const wide = svg.clientWidth || 600, high = 320;
    const left = 48, right = 12, top = 12, bottom = 46;
    svg.textContent = "";
    svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", given.says);
    const scale = (axis, value) => {
      const f = axis.log ? Math.log : (v) => v;
      return (f(value) - f(axis.from)) / (f(axis.to) - f(axis.from));
    };
    const x = (v) => left + scale(given.x, v) * (wide - left - right);
    const y = (v) => high - bottom - scale(given.y, v) * (high - top - bottom);
    for (const tick of given.y.ticks) {
      make(svg, "line", {class: "kd-grid", x1: left, x2: wide - right,
        y1: y(tick), y2: y(tick)});
      make(svg, "text", {x: left - 6, y: y(tick) + 4, "text-anchor": "end"},
        tick);
    }
    for (const tick of given.x.ticks) {
      make(svg, "text", {x: x(tick), y: high - bottom + 18,
        "text-anchor": "middle"}, tick.toLocaleString("en"));
    }
    make(svg, "text", {x: (left + wide - right) / 2, y: high - 8,
      "text-anchor": "middle"}, given.x.label);
    make(svg, "text", {"text-anchor": "middle",
      transform: `translate(12 ${(high - bottom + top) / 2}) rotate(-90)`},
      given.y.label);
    const inside = make(svg, "svg", {x: left, y: top, width: wide - left - right,
      height: high - top - bottom,
      viewBox: `${left} ${top} ${wide - left - right} ${high - top - bottom}`});
    for (const mark of given.marks || []) {
      make(inside, "line", {class: "kd-mark", x1: x(mark.x), x2: x(mark.x),
        y1: top, y2: high - bottom});
    }
    const path = (points) => points.map(
      (p, n) => `${n ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`
    ).join(" ");
    for (const line of given.lines) {
      if (line.low) {
        make(inside, "path", {class: `kd-band kd-${line.kind}`,
          d: `${path(line.high.concat(line.low.slice().reverse()))} Z`});
      }
      make(inside, "path", {d: path(line.points),
        class: `kd-line kd-${line.kind}${line.dashed ? " kd-dashed" : ""}`});
    }
  }

  function redrawn(svg, plot) { // now, and when its width changes
    if (!svg.redraw) new ResizeObserver(() => svg.redraw()).observe(svg);
    svg.redraw = plot;
    plot();
  }

  return {bar, digits, draw, fill, make, percent, redrawn, signed, whole};
})();
