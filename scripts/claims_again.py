"""Three claims of the book by a second way, and what is stored of them.

Data from scikit-learn, networks, losses and `fit` from Keras: no `compare`,
no compiled replicas, no targets, draws or splits of the package. A seed draws
split, teacher, rows and student here, too, by other random numbers. For each
claim it prints its own interval beside those of book/evidence.json, and fails
where signs differ or intervals do not overlap.

It takes about five minutes on two cores.
"""

import argparse
import sys

import keras
import numpy as np
from evidence_tables import intervals, load
from keras import layers
from scipy.special import softmax
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from kd_tutorial import Interval

CLAIMS = {  # the statement's page, and the statement
    "answers": (
        "background.ipynb",
        "with few examples, soft targets teach a student more than labels do",
    ),
    "bias": (
        "trends/transfer.ipynb",
        "raising the bias of the unseen digit helps",
    ),
    "smoothing": (
        "trends/inherited.ipynb",
        "label smoothing mitigates label noise",
    ),
}


def digits(seed):
    """Images and labels to train (990), choose (357) and report (450)."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32").reshape(-1, 8, 8, 1)
    rest, test, y_rest, y_test = train_test_split(
        x, y, test_size=450, stratify=y, random_state=seed
    )
    train, validation, y_train, y_validation = train_test_split(
        rest, y_rest, test_size=357, stratify=y_rest, random_state=seed
    )
    return (train, y_train), (validation, y_validation), (test, y_test)


def dense(units):
    """One hidden layer."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(10),
        ]
    )


def convolutional(filters, hidden=()):
    """Convolutions of 3 by 3, each halved by a pool."""
    model = [keras.Input((8, 8, 1))]
    for channels in filters:
        model += [
            layers.Conv2D(channels, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        ]
    model.append(layers.Flatten())
    model += [layers.Dense(units, activation="relu") for units in hidden]
    return keras.Sequential([*model, layers.Dense(10)])


def fitted(model, x, target, *, steps, rate, seed, batch=32, T=1.0):
    """The model after `steps`; `target` holds a probability for each class.

    The rows are shuffled before, pass after pass: with a seed set, Keras'
    own shuffling repeats one order.
    """
    draw = np.random.default_rng(seed)
    batch = min(batch, len(x))
    passes = -(-steps * batch // len(x))
    order = np.concatenate([draw.permutation(len(x)) for _ in range(passes)])
    order = order[: steps * batch]
    own = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(rate),
        lambda y, z: T**2 * own(y, z / T),
        steps_per_execution=50,
    )
    model.fit(
        x[order], target[order], batch_size=batch, shuffle=False, verbose=0
    )
    return model


def said(model, x):
    """Its logits."""
    return model.predict(x, batch_size=500, verbose=0)


def right(logits, y):
    """Accuracy in points."""
    return 100 * float(np.mean(logits.argmax(axis=1) == y))


def a_few(x, y, count, draw):
    """So many rows of each class."""
    rows = [
        draw.permutation(np.flatnonzero(y == c))[:count] for c in range(10)
    ]
    rows = np.concatenate(rows)
    return x[rows], y[rows]


ONE = np.eye(10, dtype="float32")


def answers(seed):
    """Students of one image a class, from answers and from labels."""
    (x, y), _, (test, truth) = digits(seed)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(x))
    theirs, yours = order[:495], order[495:]
    teacher = fitted(
        convolutional((16, 32)), x[theirs], ONE[y[theirs]], steps=500,
        rate=0.01, seed=seed,
    )  # fmt: skip
    x, y = a_few(x[yours], y[yours], 1, draw)
    told = softmax(said(teacher, x) / 20, axis=1)
    work = {"steps": 1000, "rate": 0.003, "batch": 10, "seed": seed}
    keras.utils.set_random_seed(seed + 1)
    taught = fitted(dense(64), x, told, T=20.0, **work)
    keras.utils.set_random_seed(seed + 1)
    alone = fitted(dense(64), x, ONE[y], **work)
    return right(said(taught, test), truth) - right(said(alone, test), truth)


def bias(seed):
    """The 3s that a student without 3s names, with its bias and without."""
    (x, y), (few, their), (test, truth) = digits(seed)
    draw = np.random.default_rng(seed)
    teacher = fitted(
        convolutional((16,), (64,)), x, ONE[y], steps=620, rate=0.003,
        seed=seed,
    )  # fmt: skip
    x = x[y != 3]
    told = softmax(said(teacher, x) / 16, axis=1)
    student = fitted(
        dense(128), x, told, T=16.0, steps=800, rate=0.005, seed=seed
    )
    few, their = a_few(few, their, 3, draw)
    shifts = np.linspace(0, 20, 41)
    three = np.eye(10)[3]
    scores = np.array([right(said(student, few) + s * three, their)
                       for s in shifts])  # fmt: skip
    best = shifts[scores == scores.max()].mean()
    logits = said(student, test)[truth == 3]
    threes = truth[truth == 3]
    return right(logits + best * three, threes) - right(logits, threes)


def smoothing(seed):
    """Students of 300 labels, four in ten of them wrong."""
    (x, y), _, (test, truth) = digits(seed)
    draw = np.random.default_rng(seed)
    x, y = a_few(x, y, 30, draw)
    wrong = draw.permutation(len(y))[: 4 * len(y) // 10]
    y[wrong] = (y[wrong] + draw.integers(1, 10, len(wrong))) % 10
    found = []
    for amount in (0.4, 0.0):
        keras.utils.set_random_seed(seed + 1)
        target = ((1 - amount) * ONE[y] + amount / 10).astype("float32")
        model = fitted(dense(64), x, target, steps=1200, rate=0.01, seed=seed)
        found.append(right(said(model, test), truth))
    return found[0] - found[1]


def main(arguments=None) -> int:
    """Print each claim by both ways; returns 1 if they disagree."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args(arguments)
    stored = {(c["page"], c["statement"]): c for c in load()["claims"]}
    disagree = 0
    for way in (answers, bias, smoothing):
        values = []
        for seed in range(options.seeds):
            keras.utils.set_random_seed(seed)
            values.append(way(seed))
            keras.backend.clear_session()
        own = Interval(values, "points")
        print(f"{CLAIMS[way.__name__][1]}\n  here {own}")
        if CLAIMS[way.__name__] not in stored:
            print("  not in book/evidence.json")
            disagree += 1
            continue
        for base, theirs in intervals(stored[CLAIMS[way.__name__]]).items():
            overlap = own.low <= theirs.high and theirs.low <= own.high
            same = (own.mean > 0) == (theirs.mean > 0)
            print(f"  stored, base seed {base}: {theirs}"
                  f"{'' if overlap and same else '  DISAGREES'}")  # fmt: skip
            disagree += not (overlap and same)
    return int(disagree > 0)


if __name__ == "__main__":
    sys.exit(main())
