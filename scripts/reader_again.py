"""The main comparison of `book/code/images.ipynb` by a second way.

Plain Keras: `compile` and `fit`, one student after another, with Keras' own
convolutions, loss functions and random moves; no `compare`, no compiled
replicas, no targets of the package. It prints the same differences with their
intervals. `--design` prints what the student's width, shift and steps were
chosen by: accuracy on validation images of seeds that the page does not use.

It takes some five minutes on two cores.
"""

import argparse

import keras
import numpy as np
from keras import layers
from scipy.special import softmax

import kd_tutorial as kd
from kd_tutorial.data.mnist5k import images

STEPS, BATCH, RATE, T = 1000, 25, 0.004, 4


def plain_student(filters=(8, 16, 24), shift=2):
    """The page's student in Keras' own layers."""
    most = shift / 28
    model = [
        keras.Input((28, 28, 1)),
        layers.RandomTranslation(most, most, fill_mode="constant"),
        layers.Cropping2D(shift),
    ]
    for number, channels in enumerate(filters):
        model.append(
            layers.Conv2D(
                channels,
                5 if number == 0 else 3,
                strides=2,
                padding="same",
                activation="relu",
            )  # fmt: skip
        )
    return keras.Sequential([*model, layers.Flatten(), layers.Dense(10)])


def softened(answers, logits):
    """T² times the cross-entropy at temperature T, by Keras' own."""
    return T**2 * keras.losses.categorical_crossentropy(
        answers, logits / T, from_logits=True
    )


HARD = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
SOFT = keras.losses.CategoricalCrossentropy(from_logits=True)


def trained(x, targets, seed, *, loss=HARD, steps=STEPS, **design):
    """A student after `fit`, from labels or from probabilities."""
    keras.utils.set_random_seed(seed)
    model = plain_student(**design)
    model.compile(keras.optimizers.Adam(RATE), loss, steps_per_execution=50)
    repeats = -(-steps * BATCH // len(x))
    model.fit(x, targets, batch_size=BATCH, epochs=repeats, verbose=0)
    return model


def right(model, split):
    """Accuracy in points."""
    said = model.predict(split.x, verbose=0, batch_size=500).argmax(axis=1)
    return 100 * (said == split.y).mean()


def teacher():
    """The kept answers of the text recogniser, by row."""
    x = images()[0]
    answers = kd.ask(
        kd.OcrReader(threads=2), x, layers=["output", "best"],
        cache=kd.AnswerCache(kd.data_directory() / "answers"),
    )  # fmt: skip
    return kd.Written(x, answers)


def again(seeds) -> None:
    """Print the differences that the page claims."""
    told = teacher()
    found = {"no labels": [], "all labels": [], "50": [], "10": []}
    for seed in seeds:
        data = kd.load_data("mnist-5k", seed=seed)
        answers = softmax(told(data.train.x)["output"] / T, axis=1)
        made = {
            "no labels": trained(data.train.x, answers, seed, loss=softened),
            "all labels": trained(data.train.x, data.train.y, seed),
        }
        for count in (50, 10):
            few = kd.few_per_class(data.train, count, seed=seed)
            made[str(count)] = trained(few.x, few.y, seed, steps=300)
        for name, model in made.items():
            found[name].append(right(model, data.test))
        last = {k: round(float(v[-1]), 1) for k, v in found.items()}
        print(seed, last, flush=True)
    for name, values in found.items():
        gap = np.subtract(found["no labels"], values)
        print(f"{name}: {kd.Interval(values, 'points')}")
        print(f"  no labels minus it: {kd.Difference(gap, 'points')}")


def design(seeds) -> None:
    """Print accuracy, and agreement with the teacher, on validation."""
    told = teacher()
    usual = {"filters": (8, 16, 24), "shift": 2, "steps": STEPS}
    rows = []
    for loss, own in [
        (softened, {}),
        (SOFT, {}),
        (HARD, {}),
        *((softened, {"shift": shift}) for shift in (0, 1, 3)),
        *((softened, {"filters": f}) for f in ((4, 8, 12), (12, 24, 36))),
        *((softened, {"steps": n}) for n in (STEPS // 2, 2 * STEPS)),
    ]:
        settings, scores = usual | own, []
        for seed in seeds:
            data = kd.load_data("mnist-5k", seed=seed)
            logits = told(data.train.x)["output"]
            targets = {
                HARD: logits.argmax(axis=1),
                SOFT: softmax(logits, axis=1),
                softened: softmax(logits / T, axis=1),
            }[loss]
            model = trained(data.train.x, targets, seed, loss=loss, **settings)
            named = told(data.validation.x)["output"].argmax(axis=1)
            agreed = right(model, kd.Split(data.validation.x, named))
            scores.append((right(model, data.validation), agreed))
        kind = {HARD: "first choice", SOFT: "T = 1", softened: f"T = {T}"}
        mean = [f"{score:.1f}" for score in np.mean(scores, axis=0)]
        rows.append([kind[loss], *settings.values(), *mean])
        print(rows[-1], flush=True)
    head = ["answers", *usual, "right on validation", "agree with teacher"]
    print(kd.Table(head, rows))


def main() -> None:
    """Read the options and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--design", action="store_true")
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    if options.design:
        design(range(500, 500 + min(options.seeds, 3)))
    else:
        again(kd.seeds(options.seeds))


if __name__ == "__main__":
    main()
