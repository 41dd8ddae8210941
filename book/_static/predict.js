/* Makes a form of each question that kd.predict asked, and sets the guess
   beside what kd.reveal shows further down. All it knows of results stands in
   the attributes of those boxes. Guesses stay in this tab: sessionStorage. */
(function () {
  "use strict";
  const KEY = "kd-predict " + location.pathname;
  const asked = []; /* in the order of the page */
  let guesses = {};
  try { guesses = JSON.parse(sessionStorage.getItem(KEY)) || {}; }
  catch (error) { /* forbidden; then a reload forgets */ }

  function keep() {
    try { sessionStorage.setItem(KEY, JSON.stringify(guesses)); }
    catch (error) { /* the same */ }
  }

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const name in attributes) {
      element.setAttribute(name, attributes[name]);
    }
    element.append(...children);
    return element;
  }

  const letter = (place) => "abcdefghi"[place];

  /* The same rules as in kd_tutorial/evidence/questions.py. */
  function judge(guess, found) {
    if ("mean" in found) {
      return (+found.low <= guess && guess <= +found.high) ||
        Math.abs(guess - found.mean) <= +found.reach;
    }
    if ("right" in found) {
      return found.right ? guess === found.right : null;
    }
    return found.pairs ? found.pairs.split(" ").every(
      (pair) => guess.indexOf(pair[0]) < guess.indexOf(pair[1])) : null;
  }

  /* The parts of a form; `read` gives undefined where no guess is made. */
  function number(id, between) {
    const [min, max] = between.split(" ").map(Number);
    const step = 10 ** Math.floor(Math.log10((max - min) / 20));
    const field = make("input",
      { type: "range", id, min, max, step, value: (min + max) / 2 });
    const value = make("output", { for: id }, field.value);
    field.oninput = () => { value.textContent = field.value; };
    return {
      parts: [make("label", { for: id },
        `Your guess, from ${min} to ${max}: `), value, field],
      read: () => +field.value,
      show(guess) { field.value = guess; field.oninput(); },
      say: String,
    };
  }

  function letters(id, kind, options) {
    const choice = kind === "choice";
    const fields = options.map((_, i) => choice ?
      make("input", { type: "radio", name: id, id: id + i }) :
      make("select", { id: id + i }, make("option", { value: "" }, "choose"),
        ...options.map((o, k) => make("option", { value: letter(k) }, o))));
    return {
      parts: fields.map((field, i) => {
        const text = choice ? options[i] : `Place ${i + 1}: `;
        const label = make("label", { for: id + i }, text);
        return make("div", {}, ...(choice ? [field, label] : [label, field]));
      }),
      read() {
        if (choice) { return letter(fields.findIndex((f) => f.checked)); }
        const guess = fields.map((f) => f.value).join("");
        return new Set(guess).size === options.length ? guess : undefined;
      },
      show(guess) {
        fields.forEach((field, i) => {
          if (choice) { field.checked = letter(i) === guess; }
          else { field.value = guess[i]; }
        });
      },
      say: (guess) => [...guess].map(
        (l) => options["abcdefghi".indexOf(l)]).join("; "),
    };
  }

  function compare() {
    let right = 0, counted = 0;
    for (const { key, found, out, say } of asked) {
      out.textContent = "";
      if (!(key in guesses)) { continue; }
      const result = judge(guesses[key], found);
      if (result !== null) { counted += 1; right += result; }
      const word = result === null ? "Open" : result ? "Right" : "Not so";
      out.textContent = `Your guess: ${say(guesses[key])}. ${word}. ` +
        `Score of this page so far: ${right} of ${counted}.`;
    }
  }

  function ask(box) {
    const { name, kind, between } = box.dataset;
    const result = document.getElementById("kd-reveal-" + name);
    if (!result) { return; } /* then the question stands as it is */
    const key = box.textContent; /* another edition, another question */
    const rest = [...box.children].slice(1); /* but for the title */
    const options = [...box.querySelectorAll("li")].map((o) => o.textContent);
    const own = kind === "number" ? number("kd-guess-" + name, between) :
      letters("kd-guess-" + name, kind, options);
    const fields = make("fieldset", {},
      make("legend", {}, rest[0].textContent), ...own.parts,
      make("button", { type: "submit" }, "Commit"));
    const status = make("output", {}), out = make("output", {});
    const link = make("a", { href: "#" + result.id }, "See what was measured");
    const back = make("button", { type: "button" }, "Take it back");
    const after = make("div", {}, link, back);
    const form = make("form", {}, fields, status, after);
    box.append(make("div", { class: "kd-plain" }, ...rest), form);
    result.append(out);
    result.tabIndex = -1; /* the link moves the focus here */
    asked.push({ key, found: result.dataset, out, say: own.say });

    function settle(words) {
      fields.disabled = key in guesses;
      after.hidden = !fields.disabled;
      status.textContent = words;
      compare();
    }
    form.onsubmit = (event) => {
      event.preventDefault();
      const guess = own.read();
      if (guess === undefined) {
        status.textContent = kind === "choice" ? "Choose one, or read on." :
          "Give each its own place, or read on.";
        return;
      }
      guesses[key] = guess;
      keep();
      settle(`Kept, in this tab only: ${own.say(guess)}.`);
      link.focus();
    };
    back.onclick = () => {
      delete guesses[key];
      keep();
      settle("Taken back.");
      fields.querySelector("input, select").focus();
    };
    if (key in guesses) { own.show(guesses[key]); }
    settle(key in guesses ? `Your guess: ${own.say(guesses[key])}.` : "");
  }

  const start = () => document.querySelectorAll(".kd-predict").forEach(ask);
  if (document.readyState !== "loading") { start(); }
  else { document.addEventListener("DOMContentLoaded", start); }
})();
