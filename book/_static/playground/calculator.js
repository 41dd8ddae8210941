// Does it pay? The laws of the page on scaling, with what one has put in.
"use strict";

// The laws themselves, without a page; errors are in points.
var kdCost = (function () {
  const MOST = 1e6; // rows; beyond, nothing is said

  function powers(p, parameters, rows) {
    const [a, alpha, b, beta] = p.slice(0, 4).map(
      (v) => Math.exp(Math.min(4, Math.max(-4, v)))
    );
    return a * Math.pow(parameters / 1000, -alpha) +
      b * Math.pow(rows / 100, -beta);
  }

  function byLabels(p, parameters, rows) {
    return Math.exp(p[4]) + powers(p, parameters, rows);
  }

  function byAnswers(p, parameters, rows, teacher) {
    return teacher + Math.pow(10 / teacher, p[4]) * powers(p, parameters, rows);
  }

  // Rows of labels that give an error as small; Infinity beyond MOST.
  function matching(p, parameters, error) {
    let low = 1, high = MOST;
    if (byLabels(p, parameters, high) > error) return Infinity;
    while (high / low > 1.0001) {
      const middle = Math.sqrt(low * high);
      if (byLabels(p, parameters, middle) > error) low = middle;
      else high = middle;
    }
    return high;
  }

  // The value by the law, and the middle 95 % of the laws fitted again.
  function interval(law, f) {
    const draws = law.again.map(f).sort((a, b) => a - b);
    const at = (share) => draws[Math.round(share * (draws.length - 1))];
    return {value: f(law.fits), low: at(0.025), high: at(0.975)};
  }

  // By how much the laws miss what was measured, at most.
  function off(law) {
    return Math.max(...law.measured.flatMap((cells, of) => cells.flatMap(
      (line, s) => line.map((error, r) => {
        const size = law.students[s].parameters, rows = law.rows[r];
        return Math.abs(error - (of
          ? byAnswers(law.fits[1], size, rows, law.teachers[of - 1].error[0])
          : byLabels(law.fits[0], size, rows)));
      })
    )));
  }

  return {byAnswers, byLabels, interval, matching, MOST, off};
})();

if (typeof document !== "undefined") (function () {
  document.body.dataset.ready = "no";
  const {make, fill, whole, digits} = kdPlot;
  const {byAnswers, byLabels, interval, matching} = kdCost;
  const byId = (id) => document.getElementById(id);
  const law = kdLaw, off = kdCost.off(law), plot = byId("kd-law");
  const field = {};
  for (const name of ["labelled", "unlabelled", "teacher", "error", "student",
    "price", "time"]) {
    field[name] = byId(`kd-${name}`);
    field[name].addEventListener("input", calculate);
  }

  function points(found) {
    return `${found.value.toFixed(1)} [${found.low.toFixed(1)}, ` +
      `${found.high.toFixed(1)}]`;
  }

  function number(name, least, most) {
    const value = Number(field[name].value);
    const good = field[name].value !== "" && value >= least && value <= most;
    field[name].setAttribute("aria-invalid", String(!good));
    return good ? value : null;
  }

  function rowsIn(found) { // a number of rows, which may be out of sight
    const text = (v) => v === Infinity
      ? `more than ${whole(kdCost.MOST)}` : digits(v, 3);
    return `${text(found.value)} [${text(found.low)}, ${text(found.high)}]`;
  }

  function seconds(value) {
    if (value < 1e-3) return `${digits(1e6 * value, 2)} µs`;
    if (value < 1) return `${digits(1000 * value, 2)} ms`;
    return value < 120 ? `${digits(value, 2)} s`
      : value < 7200 ? `${digits(value / 60, 2)} min`
        : `${digits(value / 3600, 3)} h`;
  }

  function bytes(value) {
    return value < 1e6 ? `${digits(value / 1000, 3)} kB`
      : `${digits(value / 1e6, 3)} MB`;
  }

  function calculate() {
    const known = law.teachers[field.teacher.value];
    byId("kd-own-error").hidden = Boolean(known);
    const own = known ? known.error[0] : number("error", 0.1, 89);
    const labelled = number("labelled", 10, 1e6);
    const more = number("unlabelled", 0, 1e6);
    const price = number("price", 0, 1e6), time = number("time", 0, 1e9);
    if ([own, labelled, more, price, time].includes(null)) {
      byId("kd-says").textContent =
        "A number is missing, or out of the range that its field allows.";
      return;
    }
    const student = law.students[field.student.value];
    const size = student.parameters, rows = labelled + more;
    const labels = interval(law, (p) => byLabels(p[0], size, labelled));
    const answers = interval(law, (p) => byAnswers(p[1], size, rows, own));
    const gain = interval(law, (p) => byLabels(p[0], size, labelled) -
      byAnswers(p[1], size, rows, own));
    const same = interval(law, (p) => matching(
      p[0], size, byAnswers(p[1], size, rows, own)
    ));
    const alone = interval(law, (p) => byLabels(p[0], size, labelled) -
      byAnswers(p[1], size, labelled, own));
    const room = labels.value - own;
    const rule = law.rule.slope[0] * room + law.rule.offset[0];
    const lines = [
      ["error, from your labels", `${points(labels)} points`],
      ["error, from the teacher's answers", `${points(answers)} points`],
      ["gain by distilling", `${points(gain)} points`],
      ["gain on the labelled rows alone", `${points(alone)} points`],
      ["the same, by the rule of thumb", `${rule.toFixed(1)} points`],
      ["labels that would do as well", rowsIn(same)],
      ["price of your labels", digits(price * labelled, 3)],
      ["price of labels that would do as well", same.value === Infinity
        ? "–" : digits(price * same.value, 3)],
      ["the teacher's time, for all rows", seconds(1e-6 * time * rows)],
      ["its answers, kept", bytes(4 * 10 * rows)],
      ["the student", `${whole(size)} parameters, ${bytes(4 * size)}`],
      ["the teacher", known
        ? `${whole(known.parameters)} parameters, ${bytes(4 * known.parameters)}`
        : "–"]
    ];
    const body = byId("kd-costs");
    body.textContent = "";
    for (const [what, value] of lines) {
      const line = make(body, "tr");
      make(line, "th", {scope: "row"}, what);
      make(line, "td", {}, value);
    }
    byId("kd-says").textContent = verdict(gain);
    outside(labelled, rows, own);
    kdPlot.redrawn(plot, () => draw(size, own, labelled, rows));
  }

  // Clear is what neither the seeds nor the law's own misses can turn round.
  function verdict(gain) {
    if (gain.low - off > 0) return "It pays: distil.";
    if (gain.high + off < 0) return "It does not pay: train on your labels.";
    if (gain.low > 0) return "Perhaps it pays. The law is not exact enough.";
    if (gain.high < 0) {
      return "Perhaps it does not pay. The law is not exact enough.";
    }
    return "Open: the interval of the gain holds 0.";
  }

  function outside(labelled, rows, own) {
    const [least, most] = [law.rows[0], law.rows[law.rows.length - 1]];
    const errors = law.teachers.map((teacher) => teacher.error[0]);
    const said = [];
    if (labelled < least || rows < least || labelled > most || rows > most) {
      said.push(`The laws were fitted to ${whole(least)} to ${whole(most)} rows.`);
    }
    if (own < Math.min(...errors) - 0.05 || own > Math.max(...errors) + 0.05) {
      said.push("They were fitted to teachers with errors of " +
        `${Math.min(...errors).toFixed(1)} to ${Math.max(...errors).toFixed(1)} ` +
        "points.");
    }
    if (said.length) said.push("Outside, they guess.");
    byId("kd-outside").textContent = said.join(" ");
  }

  function draw(size, own, labelled, rows) {
    const from = Math.min(50, labelled), to = Math.max(5000, rows);
    const grid = Array.from({length: 41}, (_, i) =>
      from * Math.pow(to / from, i / 40));
    const line = (kind, f) => {
      const found = grid.map((d) => interval(law, (p) => f(p, d)));
      const part = (key) => found.map((one, i) => [grid[i], one[key]]);
      return {kind, points: part("value"), low: part("low"), high: part("high")};
    };
    const lines = [
      {kind: "teacher", points: [[from, own], [to, own]]},
      line("labels", (p, d) => byLabels(p[0], size, d)),
      line("answers", (p, d) => byAnswers(p[1], size, d, own))
    ];
    const highest = Math.max(...lines.flatMap((l) => l.points.map((q) => q[1])));
    const step = highest > 40 ? 20 : highest > 20 ? 10 : 5;
    const top = step * Math.ceil(highest / step);
    kdPlot.draw(plot, {
      x: {label: "rows", from, to, log: true,
        ticks: [10, 100, 1000, 1e4, 1e5, 1e6].filter((v) => v >= from && v <= to)},
      y: {label: "test error (points)", from: 0, to: top,
        ticks: Array.from({length: top / step + 1}, (_, i) => i * step)},
      lines, marks: [{x: labelled}, {x: rows}],
      says: "Test error over rows: by labels it goes on falling; by the " +
        "teacher's answers it comes near the teacher's own error and stays. " +
        "The numbers for your rows are in the table."
    });
  }

  // ------------------------------------------------------------ at first
  law.teachers.forEach((teacher, n) => make(field.teacher, "option",
    {value: n}, `${teacher.units} units, error ${teacher.error[0].toFixed(1)}`));
  make(field.teacher, "option", {value: ""}, "another, with an error of …");
  law.students.forEach((student, n) => make(field.student, "option", {value: n},
    `${student.units} units, ${whole(student.parameters)} parameters`));
  field.teacher.value = law.teachers.length - 1;
  field.student.value = 1;
  fill({
    "seeds": law.seeds, "made": law.made.date, "again": law.again.length,
    "teacher-rows": whole(law.teacher_rows), "off": off.toFixed(1),
    "miss": Object.entries(law.miss).map(
      ([what, by]) => `${by.toFixed(1)} without the ${what}`
    ).join(", "),
    "machine": law.made.machine,
    "rule": `${law.rule.slope[0].toFixed(2)} × headroom ` +
      `${kdPlot.signed(law.rule.offset[0], 2)} points`
  });
  for (const part of document.querySelectorAll(".kd-play")) part.hidden = false;
  calculate();
  addEventListener("load", () => setTimeout(() => { // the largest teacher answers here, to see how long
    const units = law.teachers[law.teachers.length - 1].units;
    const draw = kdNet.random(1);
    const kernel = (rows, columns) => Float32Array.from(
      {length: rows * columns}, () => draw() - 0.5
    );
    const layers = [
      {kind: "means", side: 2},
      {kind: "hidden", kernel: kernel(law.pixels, units),
        bias: kernel(1, units), relu: true},
      {kind: "logits", kernel: kernel(units, 10), bias: kernel(1, 10)}
    ];
    const image = kernel(1, 784).map((v) => v + 0.5);
    field.time.value = Number(kdNet.microseconds(
      () => kdNet.reply(layers, image)
    ).toPrecision(2));
    calculate();
    document.body.dataset.ready = "yes";
  }, 0));
})();
