"""The checks of the broken notebooks say what was mended, and what not."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.special import entr, log_softmax, softmax

import kd_tutorial as kd

BOOK = Path(__file__).resolve().parents[2] / "book"


def code(path):
    """The sources of a notebook's cells of code, but for the first."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return sources[1:]


def functions(cells):
    """The functions that cells define, by name."""
    found = {}
    for cell in cells:
        for one in re.findall(r"^def (?:.+\n)(?:(?:    .*)?\n)*", cell + "\n",
                              re.MULTILINE):  # fmt: skip
            found[one[4 : one.index("(")]] = one
    return found


def made(source, name):
    space = {"keras": keras, "np": np, "log_softmax": log_softmax}
    exec(source, space)
    return space[name]


NAMES = {
    "silent": "soft_loss", "stuck": "build", "unsteady": "ask",
    "chance": "batches", "lucky": "split",
}  # fmt: skip
MENDED = functions(code(BOOK / "solutions" / "broken.ipynb"))
BROKEN = {
    name: functions(code(BOOK / "exercises" / f"broken_{n}.ipynb"))[function]
    for n, (name, function) in enumerate(NAMES.items(), 1)
}
RIGHT = {k: made(MENDED[f], f) for k, f in NAMES.items()}
AS_IT_WAS = {k: made(BROKEN[k], f) for k, f in NAMES.items()}


@pytest.mark.parametrize("name, right", [*RIGHT.items()])
def test_right_answers(name, right):
    assert kd.exercises.check(f"broken.{name}", right)


BOUNDS = {
    "silent": (-10, 5, 10, 50), "stuck": (0, 0.6, 0.8, 1),
    "unsteady": (0, 0, 1, 50), "chance": (90, 100, 0, 50),
    "lucky": (69.2, 70.8, 72, 80),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("n, name", [*enumerate(NAMES, 1)])
def test_a_notebook_shows_its_symptom_until_it_is_mended(n, name, capsys):
    cells = code(BOOK / "exercises" / f"broken_{n}.ipynb")
    assert any(BROKEN[name].strip() in cell for cell in cells)
    least, most, broken_least, broken_most = BOUNDS[name]
    space = {"kd": kd}
    exec("\n".join(cells), space)
    assert broken_least <= space["symptom"] <= broken_most
    assert f"broken.{name}: not yet. " in capsys.readouterr().out
    mended = MENDED[NAMES[name]]
    exec(
        "\n".join(c.replace(BROKEN[name].strip(), mended) for c in cells),
        space := {"kd": kd},
    )
    assert least <= space["symptom"] <= most
    assert f"broken.{name}: right. " in capsys.readouterr().out


def kl(v, z, T, to=None):
    log_p, log_q = log_softmax(v / T, 1), log_softmax(z / (to or T), 1)
    return np.exp(log_p) * (log_p - log_q)


def student(activation=None, scale=1, units=4):
    inputs = keras.Input((8,))
    outputs = keras.layers.Dense(units, activation=activation)(inputs)
    return lambda: keras.Model(inputs, scale * outputs)


def bounded_inside():
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(32, activation="tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dense(4)(hidden))


@pytest.mark.parametrize(
    "name, right",
    [
        ("stuck", student("log_softmax")),
        ("stuck", bounded_inside),
        ("unsteady", lambda teacher, x: (teacher(row[None])[0] for row in x)),
        ("unsteady", lambda teacher, x: keras.ops.log_softmax(teacher(x))),
    ],
)
def test_right_answers_of_another_form(name, right):
    assert kd.exercises.check(f"broken.{name}", right)


def asking(how):
    """A way of asking, from one of asking for all rows by the model."""
    return lambda teacher, x, size=64: how(teacher, x)


def training(teacher, x):
    return keras.ops.convert_to_numpy(teacher(x, training=True))


def frozen(teacher, x):
    teacher.trainable = False
    return training(teacher, x)


def seeded(teacher, x):
    keras.utils.set_random_seed(1)  # on PyTorch there is no other state
    for layer in teacher.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign(np.array([1, 1], "uint32"))
    return training(teacher, x)


def averaged(teacher, x):
    return np.mean([training(teacher, x) for _ in range(30)], axis=0)


def without_dropout(teacher, x):
    for layer in teacher.layers:
        if not isinstance(layer, keras.layers.Dropout):
            x = layer(x, training=True)
    return keras.ops.convert_to_numpy(x)


def ordered(orders):
    """Batches by the orders of rows, labels and answers."""

    def batches(x, y, answers, size, seed):
        generator = np.random.default_rng(seed)
        o = orders(len(x), generator)
        for start in range(0, len(x), size):
            at = slice(start, start + size)
            yield x[o[0][at]], y[o[1][at]], answers[o[2][at]]

    return batches


def mixed(orders):
    return ordered(lambda n, g: orders(np.arange(n), g.permutation(n)))


def within(n, generator):
    order = np.concatenate(
        [generator.permutation(10) + start for start in range(0, n, 10)]
    )
    return order, order, order


def blocks(n, generator):
    """Batches in another order, of the same rows."""
    order = np.arange(n).reshape(-1, 10)[generator.permutation(n // 10)]
    return [order.ravel()] * 3


def lost(x, y, answers, size, seed):
    return [*RIGHT["chance"](x, y, answers, size, seed)][:-1]


def halves(cut):
    """Two sides, out of all rows in an order that the seed draws."""
    return lambda n, seed: cut(np.random.default_rng(seed).permutation(n))


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("silent", 4, "the function itself"),
        ("silent", lambda v, z, T: T**2 * kl(v, z, T), "One number a row"),
        ("silent", AS_IT_WAS["silent"], "as broken as it was"),
        ("silent", lambda v, z, T: T * kl(v, z, T).sum(1), "had lost two"),
        ("silent", lambda v, z, T: T**4 * kl(v, z, T).sum(1), "T² twice"),
        ("silent", lambda v, z, T: kl(v, z, 1.0).sum(1), "mended away"),
        (
            "silent",
            lambda v, z, T: (
                T**2 * (kl(v, z, T) + entr(softmax(v / T, axis=1))).sum(1)
            ),
            "keep `log_p`",
        ),
        ("silent", lambda v, z, T: T**2 * kl(v, z, T).mean(1), "a mean now"),
        ("silent", lambda v, z, T: T**2 * kl(z, v, T).sum(1), "places"),
        ("silent", lambda v, z, T: T**2 * kl(v, z, T, 1.0).sum(1), "only the"),
        ("silent", lambda v, z, T: 16 * kl(v, z, T).sum(1), "weight of 16"),
        ("silent", lambda v, z, T: z[:, 0], "of like size"),
        ("stuck", student()(), "stopped with"),
        ("stuck", lambda: 3, "return the model"),
        ("stuck", student(units=3), "Four numbers a row"),
        ("stuck", AS_IT_WAS["stuck"], "as broken as it was"),
        ("stuck", student("softmax", scale=10.0), "adds up to 10"),
        ("stuck", student("sigmoid"), "squeezes"),
        ("stuck", student("relu"), "room 12"),
        ("stuck", student("softplus"), "room 12"),
        ("stuck", student("tanh"), "no such bounds"),
        ("stuck", student("tanh", scale=10.0), "no such bounds"),
        ("stuck", student("softsign", scale=5.0), "no such bounds"),
        ("stuck", student("elu"), "no such bounds"),
        ("unsteady", 4, "the function itself"),
        ("unsteady", asking(lambda t, x: t.predict(x[:8])), "A row of logits"),
        (
            "unsteady",
            asking(lambda t, x: softmax(t.predict(x), axis=1)),
            "these are probabilities",
        ),
        ("unsteady", AS_IT_WAS["unsteady"], "as broken as it was"),
        ("unsteady", asking(without_dropout), "answers by its batch"),
        ("unsteady", asking(frozen), "Frozen weights"),
        ("unsteady", asking(seeded), "same noise twice"),
        ("unsteady", asking(averaged), "Averaging hides"),
        ("chance", 4, "the function itself"),
        ("chance", lambda *rows: rows, "batch by batch"),
        ("chance", AS_IT_WAS["chance"], "as broken as it was"),
        ("chance", mixed(lambda n, o: (n, n, n)), "Nothing is mixed"),
        ("chance", mixed(lambda n, o: (o, n, n)), "the rows do not"),
        ("chance", mixed(lambda n, o: (o, o[::-1], n)), "still stay"),
        ("chance", mixed(lambda n, o: (o, o, o[::-1])), "another order"),
        ("chance", mixed(lambda n, o: (o, o, np.argsort(o))), "inverted"),
        ("chance", mixed(lambda n, o: (o, n, o)), "left behind"),
        ("chance", ordered(within), "not among each other"),
        ("chance", ordered(blocks), "the same rows as before"),
        (
            "chance",
            lambda x, y, v, size, seed: RIGHT["chance"](x, y, v, size, 3),
            "Whatever the seed",
        ),
        (
            "chance",
            lambda x, y, v, size, seed: RIGHT["chance"](x, y, v, 25, seed),
            "`size` rows each",
        ),
        ("chance", lost, "10 of 50 rows never come"),
        ("chance", mixed(lambda n, o: [o[o // 2]] * 3), "once in an epoch"),
        ("lucky", 4, "the function itself"),
        ("lucky", lambda n, seed: 7, "two arrays"),
        ("lucky", AS_IT_WAS["lucky"], "as broken as it was"),
        ("lucky", halves(lambda o: (o, o)), "the same rows"),
        ("lucky", halves(lambda o: (o[:50], o[40:])), "the same luck"),
        ("lucky", halves(lambda o: (o[:50], o[:0])), "One side is empty"),
        ("lucky", halves(lambda o: (o[:50], o[50:] + 1)), "from 0 to 99"),
        ("lucky", halves(lambda o: (o[:50], o[60:] // 2 * 2)), "twice"),
        ("lucky", lambda n, s: np.split(np.arange(n), 2), "for every seed"),
        (
            "lucky",
            lambda n, s: np.split(np.random.permutation(n), 2),
            "does not settle it",
        ),
        ("lucky", halves(lambda o: (o[:95], o[95:])), "say nothing"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"broken.{name}", wrong)
    assert mistake in capsys.readouterr().out
