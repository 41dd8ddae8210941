"""The pages that compute: their JavaScript says what Python says.

It runs in node where there is one, Playwright's among them, else in Chromium.
"""

import base64
import json
import math
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

import kd_tutorial as kd

pytest.importorskip("nbformat")
pytest.importorskip("jupyter_cache")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import playground  # noqa: E402

T = 4.0


@cache
def engine():
    """What runs a script and returns what it printed last, or None."""
    node = shutil.which("node")
    if not node and (found := find_spec("playwright")):
        driver = Path(found.origin).parent / "driver" / "node"
        node = driver if driver.exists() else None
    if node:
        return lambda text: subprocess.run(
            [node, "-"], input=f"{text}\nconsole.log(JSON.stringify(found))",
            capture_output=True, text=True, check=True, encoding="utf-8",
        ).stdout  # fmt: skip
    return None


def javascript(expression: str, *files: str):
    """The value of an expression after net.js and other files.

    Skips where nothing can run it: then `make test-pages` does, in Chromium.
    """
    if engine() is None:
        pytest.skip("node is not here; make test-pages runs it in Chromium")
    names = ["net.js", *files]
    text = [(playground.FOLDER / name).read_text("utf-8") for name in names]
    return json.loads(
        engine()("\n".join([*text, f"var found = {expression};"]))
    )


def numbers(text, shape):
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def strokes():
    """Each digit as somebody could draw it, on paper of 280 by 280."""

    def arc(x, y, wide, high, first, last):
        turns = np.radians(np.linspace(first, last, 20))
        return [
            [x + wide * math.cos(t), y + high * math.sin(t)] for t in turns
        ]

    return [
        [arc(140, 140, 55, 85, -90, 270)],
        [[[135, 60], [140, 220]]],
        [[*arc(140, 100, 50, 45, 180, 390), [95, 215], [200, 215]]],
        [arc(135, 100, 45, 40, 200, 450) + arc(135, 180, 50, 42, -90, 160)],
        [[[110, 60], [90, 150], [195, 150]], [[165, 70], [160, 225]]],
        [
            [[190, 65], [105, 65], [100, 130]]
            + arc(135, 170, 55, 48, -120, 150)
        ],
        [[[165, 55], [125, 100], *arc(140, 175, 45, 42, 200, 560)]],
        [[[85, 70], [190, 70], [130, 220]], [[110, 145], [190, 145]]],
        [arc(140, 100, 36, 36, 90, -270) + arc(140, 180, 44, 44, -90, 270)],
        [[*arc(140, 100, 42, 42, 20, -340), [178, 115], [165, 220]]],
    ]


@pytest.mark.parametrize("name", ["models", "law"])
def test_the_file_is_made_from_what_is_here(name):
    # If this fails, what it is made from has changed: `make playground`.
    made = playground.load(name)["made"]
    assert made["code"] == playground.digests()[name]


def test_the_settings_are_those_of_the_scaling_page():
    code = "\n".join(playground.scaling_cells())
    assert f"WORK = {json.dumps(playground.BUDGET)}" in code
    assert f"temperature={playground.T}" in code
    assert f"STUDENTS, TEACHERS, ROWS = (8, {playground.UNITS}, 72)" in code


def test_both_pages_weigh_under_two_megabytes():
    files = [f for f in playground.FOLDER.iterdir() if f.is_file()]
    assert sum(f.stat().st_size for f in files) < 2e6


@cache
def replies():
    return javascript(
        """(() => { const tried = kdNet.images(kdModels.images).test;
        return Object.fromEntries(Object.entries(kdModels.networks).map(
          ([name, stored]) => { const layers = kdNet.open(stored);
            return [name, tried.map(one => kdNet.reply(layers, one.x))]; }));
        })()""",
        "models.js",
    )


@pytest.mark.parametrize("name", playground.NAMES)
def test_the_page_replies_as_keras_does(name):
    # Not the stored logits alone: a Keras model of the stored weights.
    stored = playground.load("models")
    images, network = stored["images"], stored["networks"][name]
    raw = np.frombuffer(base64.b64decode(images["pixels"]), "u1")
    x = raw.reshape(-1, 28, 28, 1)[images["train"] :] / np.float32(255)
    model = playground.reader() if name == "teacher" else playground.network()
    model.set_weights(
        [
            numbers(layer[part], shape)
            for layer in network["layers"]
            if "kernel" in layer
            for part, shape in (
                ("kernel", layer["shape"]), ("bias", layer["shape"][-1:]),
            )
        ]
    )  # fmt: skip
    if name != "teacher":
        x = playground.halved(x)
    python = model.predict(x, verbose=0)
    page = np.array(replies()[name])
    assert page.shape == (200, 10)
    np.testing.assert_allclose(page, python, atol=1e-4)
    np.testing.assert_array_equal(page.argmax(1), python.argmax(1))
    np.testing.assert_allclose(
        numbers(network["said"], (200, 10)), python, atol=1e-4
    )
    assert network["parameters"] == model.count_params()
    right = np.mean(page.argmax(1) == images["labels"][images["train"] :])
    # 200 of the test images, which `accuracy` counts on all of.
    assert abs(100 * right - network["accuracy"]) < 12


def test_the_teacher_is_worth_asking():
    stored = playground.load("models")
    assert stored["behind"][1] > 0  # it is ahead of its student
    assert stored["gain"][1] > 20  # which is ahead of the other


def test_losses_and_gradients_by_value():
    teacher, student = np.array([1.0, 2, 8, 5]), np.array([3.0, 0, 2, 40])

    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    p, q = softmax(teacher / T), softmax(student / T)
    args = f"kdNet.softmax({teacher.tolist()}, {T}), {student.tolist()}, {T}"
    found = javascript(
        f"""[kdNet.softmax({teacher.tolist()}, {T}),
        kdNet.softGradient({args}), kdNet.softLoss({args}),
        kdNet.entropy(kdNet.softmax({teacher.tolist()}, {T})),
        kdNet.entropy([0, 1]), kdNet.softmax([1000, -1000], 1)]"""
    )
    np.testing.assert_allclose(found[0], p, rtol=1e-12)
    np.testing.assert_allclose(found[1], T * (q - p), atol=1e-12)
    loss = T**2 * np.sum(p * np.log(p / q))
    np.testing.assert_allclose(found[2], loss, rtol=1e-12)
    np.testing.assert_allclose(found[3], -np.sum(p * np.log(p)), rtol=1e-12)
    assert found[4:] == [0, [1, 0]]


LEARNER = """(() => {
  const draw = kdNet.random(5), x = [], p = [];
  for (let n = 0; n < 6; n++) {
    x.push(Array.from({length: 5}, () => Math.max(0, draw() - 0.2)));
    p.push(kdNet.softmax(Array.from({length: 3}, () => 4 * draw()), 1));
  }
  const learner = kdNet.learner({x, p, units: 4, seed: 3, rate: 0.01,
    batch: 6, temperature: 4});
  const first = learner.weights.map(w => Array.from(w));
  BODY
})()"""


def test_the_learner_s_slopes_are_finite_differences():
    found = javascript(
        LEARNER.replace(
            "BODY",
            """learner.backward(x[0], p[0], 1);
            const slopes = learner.slopes.map(s => Array.from(s));
            const near = learner.weights.map(w => Array.from(w, (v, i) => {
              const ends = [1e-5, -1e-5].map(by => { w[i] = v + by;
                return learner.backward(x[0], p[0], 1); });
              w[i] = v;
              return (ends[0] - ends[1]) / 2e-5; }));
            return [slopes, near];""",
        )
    )
    for own, near in zip(*found):
        np.testing.assert_allclose(own, near, atol=1e-7)
    assert min(np.abs(own).max() for own in found[0]) > 1e-3


def test_the_learner_takes_the_steps_of_keras():
    found = javascript(
        LEARNER.replace(
            "BODY",
            """for (let n = 0; n < 5; n++) learner.step();
            return {x, p, first,
              last: learner.weights.map(w => Array.from(w))};""",
        )
    )
    x, p = np.array(found["x"]), np.array(found["p"])
    shapes = [(5, 4), (4,), (4, 3), (3,)]
    student = kd.mlp((5,), 3, hidden=(4,))
    student.set_weights(
        [np.reshape(w, shape) for w, shape in zip(found["first"], shapes)]
    )
    # Logits whose softmax at T is p: what the learner is given.
    said = kd.Answers.of(x.astype("float32"), T * np.log(p))
    kd.distill(
        said, student, x.astype("float32"),
        targets=[kd.SoftTargets(temperature=T)], epochs=5, batch_size=6,
        optimizer=keras.optimizers.Adam(0.01), verbose=0,
    )  # fmt: skip
    for own, last in zip(student.get_weights(), found["last"]):
        np.testing.assert_allclose(own.ravel(), last, atol=2e-5)


def test_more_answers_do_what_the_page_says():
    found = javascript(
        """(() => { const {train, test} = kdNet.images(kdModels.images);
        const teacher = kdNet.open(kdModels.networks.teacher);
        const right = (learner, rows) => rows.filter(one => kdNet.argmax(
          learner.say(kdNet.halved(one.x))) === one.y).length / rows.length;
        return [0, 1].map(seed => [[20, false], [400, true]].map(
          ([count, soft]) => { const rows = train.slice(0, count);
          const learner = kdNet.learner({
            x: rows.map(one => kdNet.halved(one.x)), seed, batch: 20,
            p: rows.map(one => soft
              ? kdNet.softmax(kdNet.reply(teacher, one.x), 4)
              : Array.from({length: 10}, (_, k) => Number(k === one.y))),
            units: kdModels.settings.units, temperature: soft ? 4 : 1,
            rate: kdModels.settings.learning_rate});
          for (let n = 0; n < 600; n++) learner.step();
          return [right(learner, rows), right(learner, test)]; }));
        })()""",
        "models.js",
    )
    for (own, few), (_, many) in found:
        assert own == 1  # all 20 named rightly, the page says
        assert few < 0.65 and many > few + 0.2


def test_a_drawing_is_centred_and_scaled_as_the_data_are():
    one = strokes()[2]
    moved = [[[7 + 0.3 * x, 90 + 0.3 * y] for x, y in s] for s in one]
    drawings = json.dumps([one, moved, [], [[[50, 50], [52, 50]]]])
    found = javascript(f"{drawings}.map(s => Array.from(kdNet.raster(s, 20)))")
    image, again, none, dot = (np.reshape(f, (28, 28)) for f in found)
    np.testing.assert_allclose(again, image, atol=1e-5)
    down, across = (np.flatnonzero(image.sum(axis=a) > 0.5) for a in (1, 0))
    assert 19 <= np.ptp(down) + 1 <= 21 and np.ptp(across) + 1 <= 21
    place = np.arange(28) + 0.5
    middle = [image.sum(a) @ place / image.sum() for a in (0, 1)]
    np.testing.assert_allclose(middle, 14, atol=0.1)
    assert none.max() == 0 and 4 < dot.sum() < 12  # a dot stays one


def test_what_is_drawn_is_read():
    found = np.array(
        javascript(
            f"""(() => {{ const said = {{}}; const drawn =
            {json.dumps(strokes())}.map(s => kdNet.raster(s, 20));
            for (const name in kdModels.networks) {{
              const layers = kdNet.open(kdModels.networks[name]);
              said[name] = drawn.map(x => kdNet.argmax(
                kdNet.reply(layers, x))); }}
            return [said.teacher, said.answers]; }})()""",
            "models.js",
        )
    )
    assert found[0].tolist() == [*range(10)]
    assert (found[1] == np.arange(10)).sum() >= 8


def python_law(p, n, d, teacher=None):
    """The two formulas of the page on scaling; n and d in their units."""
    a, alpha, b, beta = np.exp(p[:4])
    left = a * n**-alpha + b * d**-beta
    if teacher is None:
        return np.exp(p[4]) + left
    return teacher + (10 / teacher) ** p[4] * left


def test_the_calculator_has_the_laws_of_the_page_on_scaling():
    law = playground.load("law")
    found = javascript(
        """(() => { const [one, two] = kdLaw.fits;
        return kdLaw.students.map(s => kdLaw.rows.map(rows => [
          kdCost.byLabels(one, s.parameters, rows),
          ...kdLaw.teachers.map(t => kdCost.byAnswers(
            two, s.parameters, rows, t.error[0]))]));
        })()""",
        "law.js", "calculator.js",
    )  # fmt: skip
    page = np.moveaxis(np.array(found), 2, 0)  # (labels and teachers, ...)
    n = np.array([[s["parameters"] / 1000] for s in law["students"]])
    d = np.array(law["rows"]) / 100
    python = [python_law(np.array(law["fits"][0]), n, d)]
    python += [
        python_law(np.array(law["fits"][1]), n, d, t["error"][0])
        for t in law["teachers"]
    ]
    np.testing.assert_allclose(page, python, rtol=1e-9)
    off = javascript("kdCost.off(kdLaw)", "law.js", "calculator.js")
    np.testing.assert_allclose(off, np.abs(page - law["measured"]).max())


def test_intervals_and_the_labels_that_do_as_well():
    law = playground.load("law")
    found = javascript(
        """(() => { const size = 4978, teacher = 8;
        const f = p => kdCost.byLabels(p[0], size, 240) -
          kdCost.byAnswers(p[1], size, 2240, teacher);
        const error = kdCost.byAnswers(kdLaw.fits[1], size, 2240, teacher);
        return [kdCost.interval(kdLaw, f), error,
          kdCost.matching(kdLaw.fits[0], size, error),
          kdCost.matching(kdLaw.fits[0], size, 0.01)]; })()""",
        "law.js", "calculator.js",
    )  # fmt: skip
    gains = [
        python_law(np.array(one), 4.978, 2.4)
        - python_law(np.array(two), 4.978, 22.4, 8)
        for one, two in law["again"]
    ]
    assert len(gains) == 200
    ends = np.quantile(gains, (0.025, 0.975))
    near = np.ptp(gains) / 20
    np.testing.assert_allclose(
        [found[0]["low"], found[0]["high"]], ends, atol=near
    )
    rows = found[2]
    np.testing.assert_allclose(
        python_law(np.array(law["fits"][0]), 4.978, rows / 100),
        found[1], rtol=1e-3,
    )  # fmt: skip
    assert found[3] is None  # Infinity, as JSON writes it
