// The page's three parts: draw a digit, train a student, move logits.
"use strict";

document.body.dataset.ready = "no";
(function () {
  const {make, percent, whole, digits, signed, bar} = kdPlot;
  const byId = (id) => document.getElementById(id);
  const images = kdNet.images(kdModels.images);
  const set = kdModels.settings;
  const NAMES = {
    teacher: "teacher", answers: "student of answers",
    labels: "student of labels", yours: "your student"
  };
  const networks = {};
  for (const name of Object.keys(kdModels.networks)) {
    const stored = kdModels.networks[name];
    networks[name] = {
      layers: kdNet.open(stored), parameters: stored.parameters,
      bytes: stored.bytes, accuracy: `${stored.accuracy.toFixed(1)} %`,
      seeds: between(stored.interval)
    };
  }

  function between(found) { // a mean and the ends of its interval
    const [mean, low, high] = found.map((v) => v.toFixed(1));
    return `${mean} [${low}, ${high}]`;
  }

  // -------------------------------------------------------- draw a digit
  const pad = byId("kd-pad"), seen = byId("kd-seen"), side = 280;
  const paper = pad.getContext("2d"), step = 10;
  const state = {strokes: [], image: null, x: 140, y: 140, down: false};
  const heat = byId("kd-temperature");
  const cells = {}; // by network, then by row of the table

  function pixels() {
    return state.image || kdNet.raster(state.strokes, 20);
  }

  function paint() {
    paper.fillStyle = "white";
    paper.fillRect(0, 0, side, side);
    if (state.image) picture(paper, state.image, side / 28);
    paper.strokeStyle = paper.fillStyle = "black";
    paper.lineWidth = 16;
    paper.lineCap = paper.lineJoin = "round";
    for (const stroke of state.strokes) {
      paper.beginPath();
      paper.moveTo(...stroke[0]);
      for (const point of stroke) paper.lineTo(...point);
      paper.stroke();
    }
    if (document.activeElement === pad && state.keyboard) {
      paper.strokeStyle = state.down ? "#c00" : "#06c";
      paper.lineWidth = 3;
      paper.beginPath();
      paper.moveTo(state.x - 12, state.y);
      paper.lineTo(state.x + 12, state.y);
      paper.moveTo(state.x, state.y - 12);
      paper.lineTo(state.x, state.y + 12);
      paper.stroke();
    }
  }

  function picture(context, values, size) {
    values.forEach((value, n) => {
      const grey = Math.round(255 * (1 - value));
      context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
      context.fillRect(size * (n % 28), size * Math.floor(n / 28), size, size);
    });
  }

  function table() {
    const place = byId("kd-replies");
    place.textContent = "";
    const own = make(place, "table", {class: "kd-table"});
    make(own, "caption", {}, "What each network replies");
    const head = make(make(own, "thead"), "tr"), body = make(own, "tbody");
    make(head, "th", {scope: "col"}, "digit");
    const names = Object.keys(NAMES).filter((name) => networks[name]);
    for (const name of names) {
      make(head, "th", {scope: "col"}, NAMES[name]);
      cells[name] = {};
    }
    const rows = {
      reply: "reply", time: "µs a reply", parameters: "parameters",
      bytes: "bytes", accuracy: "right",
      seeds: `right, ${set.seeds} seeds`
    };
    for (const row of [..."0123456789", ...Object.keys(rows)]) {
      const line = make(body, "tr");
      make(line, "th", {scope: "row"}, rows[row] || row);
      for (const name of names) cells[name][row] = make(line, "td");
    }
    for (const name of names) {
      const found = networks[name], column = cells[name];
      column.parameters.textContent = whole(found.parameters);
      column.bytes.textContent = whole(found.bytes);
      column.accuracy.textContent = found.accuracy;
      column.seeds.textContent = found.seeds;
      if (found.time) column.time.textContent = digits(found.time, 2);
    }
  }

  function replies() {
    const given = pixels(), empty = !given.some((v) => v > 0);
    const T = temperature(heat);
    byId("kd-temperature-value").textContent = digits(T, 2);
    picture(seen.getContext("2d"), given, 1);
    for (const name of Object.keys(cells)) {
      const logits = kdNet.reply(networks[name].layers, given);
      const p = kdNet.softmax(logits, T), best = kdNet.argmax(p);
      p.forEach((share, digit) => {
        const cell = cells[name][digit];
        bar(cell, empty ? "–" : percent(share), empty ? 0 : share);
        cell.classList.toggle("kd-best", !empty && digit === best);
      });
      cells[name].reply.textContent = empty ? "–" : best;
      networks[name].says = empty
        ? "" : `${NAMES[name]} ${best}, ${percent(p[best])}`;
    }
  }

  let asked = false;
  function changed(done) { // draw at most once a frame; speak when done
    paint();
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => { asked = false; replies(); });
    }
    if (done) setTimeout(speak, 60);
  }

  function speak() {
    const says = Object.keys(cells).map((name) => networks[name].says);
    const pen = state.keyboard && document.activeElement === pad
      ? `Pen ${state.down ? "down" : "up"}. ` : "";
    byId("kd-said").textContent = pen + (says[0]
      ? `Replies: ${says.join("; ")}.` : "The paper is empty.");
  }

  function temperature(slider) { return Math.pow(2, Number(slider.value)); }

  function begin(point) {
    if (state.image) byId("kd-ready").value = "";
    state.image = null;
    state.strokes.push([point]);
  }

  function where(event) {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * side / box.width,
      (event.clientY - box.top) * side / box.height];
  }

  let drawing = false;
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    drawing = true;
    state.keyboard = state.down = false;
    pad.setPointerCapture(event.pointerId);
    begin(where(event));
    changed();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    state.strokes[state.strokes.length - 1].push(where(event));
    changed();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, () => {
      if (drawing) changed(true);
      drawing = false;
    });
  }

  function clear() {
    Object.assign(state, {strokes: [], image: null, down: false});
    byId("kd-ready").value = "";
    changed(true);
  }

  function undo() {
    state.strokes.pop();
    state.down = false;
    changed(true);
  }

  const MOVES = {
    ArrowLeft: [-step, 0], ArrowRight: [step, 0],
    ArrowUp: [0, -step], ArrowDown: [0, step]
  };
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = MOVES[event.key];
    if (move) {
      state.x = Math.min(side - step, Math.max(step, state.x + move[0]));
      state.y = Math.min(side - step, Math.max(step, state.y + move[1]));
      if (state.down) {
        state.strokes[state.strokes.length - 1].push([state.x, state.y]);
      }
    } else if (event.key === " ") {
      state.down = !state.down;
      if (state.down) begin([state.x, state.y]);
    } else if (event.key === "Backspace") {
      undo();
    } else if (event.key === "Escape") {
      clear();
    } else {
      return;
    }
    state.keyboard = true;
    event.preventDefault();
    changed(!move);
  });
  pad.addEventListener("focus", paint);
  pad.addEventListener("blur", () => { state.down = false; paint(); });
  byId("kd-clear").addEventListener("click", clear);
  byId("kd-undo").addEventListener("click", undo);
  heat.addEventListener("input", () => changed(true));

  const ready = byId("kd-ready");
  images.test.slice(0, 50).forEach((one, n) => {
    make(ready, "option", {value: n}, `${one.y}, number ${1 + (n - n % 10) / 10}`);
  });
  ready.addEventListener("change", () => {
    state.strokes = [];
    state.down = false;
    state.image = ready.value === "" ? null : images.test[ready.value].x;
    changed(true);
  });

  // ----------------------------------------------------- train a student
  const STEPS = 600, EVERY = 20, runs = [];
  const test = images.test.map((one) => kdNet.halved(one.x));
  const curve = byId("kd-curve"), start = byId("kd-train");
  let going = null;

  function right(say, inputs, rows) {
    return inputs.filter(
      (x, n) => kdNet.argmax(say(x)) === rows[n].y
    ).length / inputs.length;
  }

  let teachers = kdModels.networks.teacher.accuracy / 100; // until counted

  function train() {
    const source = document.querySelector("[name=kd-source]:checked").value;
    const rows = images.train.slice(0, Number(byId("kd-count").value));
    const soft = source === "answers";
    const T = soft ? Number(byId("kd-taught-at").value) : 1;
    const x = rows.map((one) => kdNet.halved(one.x));
    const p = rows.map((one) => soft
      ? kdNet.softmax(kdNet.reply(networks.teacher.layers, one.x), T)
      : Array.from({length: 10}, (_, k) => Number(k === one.y)));
    const seed = Math.max(0, Math.floor(Number(byId("kd-seed").value)) || 0);
    const learner = kdNet.learner({
      x, p, temperature: T, units: set.units, seed, batch: 20,
      rate: set.learning_rate
    });
    const run = {
      kind: source, number: runs.length + 1, test: [], own: [], seed,
      name: `${rows.length} ${source}${soft ? `, T = ${T}` : ""}`
    };
    runs.push(run);
    going = run;
    buttons();
    const note = () => {
      run.test.push([learner.steps(), 100 * right(learner.say, test, images.test)]);
      run.own.push([learner.steps(), 100 * right(learner.say, x, rows)]);
      curves();
    };
    note();
    const work = () => {
      const until = performance.now() + 12;
      while (going === run && learner.steps() < STEPS) {
        learner.step();
        if (learner.steps() % EVERY === 0) {
          note();
          if (performance.now() > until) break;
        }
      }
      if (going === run && learner.steps() < STEPS) {
        requestAnimationFrame(work);
        return;
      }
      if (going === run) going = null;
      if (runs.includes(run)) finished(run, learner);
      buttons();
    };
    requestAnimationFrame(work);
  }

  function finished(run, learner) {
    const score = run.test[run.test.length - 1][1] / 100;
    networks.yours = {
      layers: learner.layers(), parameters: networks.labels.parameters,
      bytes: networks.labels.bytes, accuracy: `${(100 * score).toFixed(1)} %`,
      seeds: "–"
    };
    networks.yours.time = kdNet.microseconds(
      () => kdNet.reply(networks.yours.layers, images.test[0].x)
    );
    table();
    replies();
    const [low, high] = kdNet.wilson(
      Math.round(score * test.length), test.length
    );
    const line = make(byId("kd-runs"), "tr");
    make(line, "th", {scope: "row"}, run.number);
    make(line, "td", {}, run.name);
    make(line, "td", {}, run.seed);
    make(line, "td", {}, run.own[run.own.length - 1][1].toFixed(1));
    make(line, "td", {}, between([100 * score, 100 * low, 100 * high]));
    byId("kd-runs-table").hidden = false;
    byId("kd-trained").textContent =
      `Student ${run.number}, from ${run.name}: right for ${percent(score)} ` +
      "of the test images. It replies to your drawing, too.";
  }

  function buttons() {
    start.disabled = Boolean(going);
    byId("kd-stop").disabled = !going;
  }

  function last(kind) {
    return runs.filter((run) => run.kind === kind).pop();
  }

  function curves() {
    const shown = ["labels", "answers"].map(last).filter(Boolean);
    const lines = [{kind: "teacher", dashed: false,
      points: [[0, 100 * teachers], [STEPS, 100 * teachers]]}];
    for (const run of shown) {
      lines.push({kind: run.kind, points: run.own, dashed: true});
      lines.push({kind: run.kind, points: run.test});
    }
    const says = shown.map((run) => `from ${run.name}: ` +
      `${run.test[run.test.length - 1][1].toFixed(0)} % of the test images, ` +
      `${run.own[run.own.length - 1][1].toFixed(0)} % of its own`);
    byId("kd-key-labels").textContent = shown[0] && shown[0].kind === "labels"
      ? shown[0].name : "labels";
    const soft = last("answers");
    byId("kd-key-answers").textContent = soft ? soft.name : "answers";
    kdPlot.redrawn(curve, () => kdPlot.draw(curve, {
      x: {label: "steps", from: 0, to: STEPS, ticks: [0, 200, 400, STEPS]},
      y: {label: "images named rightly (%)", from: 0, to: 100,
        ticks: [0, 20, 40, 60, 80, 100]},
      lines,
      says: `Images named rightly over steps of training. The teacher: ${
        (100 * teachers).toFixed(0)} % of the test images. ` +
        (says.length ? `Students ${says.join("; ")}.` : "No student yet.")
    }));
  }

  start.addEventListener("click", train);
  byId("kd-stop").addEventListener("click", () => { going = null; });
  byId("kd-forget").addEventListener("click", () => {
    going = null;
    runs.length = 0;
    byId("kd-runs").textContent = "";
    byId("kd-runs-table").hidden = true;
    byId("kd-trained").textContent = "";
    delete networks.yours;
    delete cells.yours;
    table();
    replies();
    curves();
    buttons();
  });

  // -------------------------------------------------------- move logits
  const CLASSES = ["1", "4", "7", "9"];
  const FIRST = {teacher: [1, 2, 8, 5], student: [3, 0, 2, 4]};
  const sliders = {teacher: [], student: []}, lines = [];
  for (const who of ["teacher", "student"]) {
    CLASSES.forEach((digit, n) => {
      const line = make(byId(`kd-${who}-logits`), "p", {class: "kd-slider"});
      const id = `kd-${who}-${n}`;
      make(line, "label", {for: id}, digit);
      const slider = make(line, "input", {id, type: "range", min: -10,
        max: 10, step: 0.5, value: FIRST[who][n]});
      slider.shown = make(line, "output", {for: id});
      slider.addEventListener("input", logits);
      sliders[who].push(slider);
    });
  }
  CLASSES.forEach((digit) => {
    const line = make(byId("kd-gradient"), "tr");
    make(line, "th", {scope: "row"}, digit);
    lines.push(["p", "q", "slope", "limit"].map(() => make(line, "td")));
  });
  const warm = byId("kd-logit-temperature"), squared = byId("kd-squared");

  function logits() {
    const T = temperature(warm), z = {}, zero = {};
    for (const who of ["teacher", "student"]) {
      z[who] = sliders[who].map((slider) => Number(slider.value));
      sliders[who].forEach((slider) => {
        slider.shown.textContent = signed(Number(slider.value), 1);
      });
      const mean = z[who].reduce((a, b) => a + b) / CLASSES.length;
      zero[who] = z[who].map((v) => v - mean);
    }
    const p = kdNet.softmax(z.teacher, T), q = kdNet.softmax(z.student, T);
    const factor = squared.checked ? 1 : 1 / (T * T);
    const slope = kdNet.softGradient(p, z.student, T).map((g) => factor * g);
    const limit = zero.student.map(
      (v, n) => squared.checked ? (v - zero.teacher[n]) / CLASSES.length : 0
    );
    const most = Math.max(1e-9, ...slope.map(Math.abs), ...limit.map(Math.abs));
    lines.forEach(([first, second, third, fourth], n) => {
      bar(first, percent(p[n]), p[n]);
      bar(second, percent(q[n]), q[n]);
      bar(third, signed(slope[n], 3), slope[n] / most, true);
      bar(fourth, signed(limit[n], 3), limit[n] / most, true);
    });
    byId("kd-logit-temperature-value").textContent = digits(T, 2);
    byId("kd-entropy-teacher").textContent = kdNet.entropy(p).toFixed(2);
    byId("kd-entropy-student").textContent = kdNet.entropy(q).toFixed(2);
    byId("kd-loss").textContent =
      (factor * kdNet.softLoss(p, z.student, T)).toFixed(3);
  }

  warm.addEventListener("input", logits);
  squared.addEventListener("change", logits);

  // ------------------------------------------------------------ at first
  kdPlot.fill({
    "teacher-rows": whole(set.teacher_rows), "label-rows": set.label_rows,
    "answer-rows": whole(set.answer_rows), "seeds": set.seeds,
    "test-rows": whole(set.test_rows), "shown": images.train.length,
    "tried": images.test.length, "made": kdModels.made.date,
    "gain": between(kdModels.gain), "behind": between(kdModels.behind),
    "tensorflow": kdModels.made.versions.tensorflow,
    "keras": kdModels.made.versions.keras
  });
  for (const part of document.querySelectorAll(".kd-play")) {
    part.hidden = false;
  }
  table();
  ready.value = "3";
  state.image = images.test[3].x;
  changed();
  curves();
  buttons();
  logits();
  addEventListener("load", () => setTimeout(() => { // what takes a moment
    let most = 0;
    for (const name of Object.keys(kdModels.networks)) {
      const own = networks[name];
      const keras = kdNet.numbers(kdModels.networks[name].said);
      const said = images.test.map((one) => kdNet.reply(own.layers, one.x));
      said.flat().forEach((value, n) => {
        most = Math.max(most, Math.abs(value - keras[n]));
      });
      if (name === "teacher") {
        teachers = said.filter(
          (logits, n) => kdNet.argmax(logits) === images.test[n].y
        ).length / said.length;
      }
      own.time = kdNet.microseconds(
        () => kdNet.reply(own.layers, images.test[0].x)
      );
    }
    kdPlot.fill({"difference": most.toExponential(0)});
    table();
    replies();
    curves();
    document.body.dataset.ready = "yes";
  }, 0));
})();
