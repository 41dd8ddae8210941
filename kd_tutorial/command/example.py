"""The article's example: `python -m kd_tutorial`."""

import time
from dataclasses import replace

from .arguments import Given, Parser, between

# Whose split each seed draws for itself; of others all seeds share one.
_DRAWN = ("digits", "mnist-5k")
# With this rate the default epochs are enough: more change nothing.
_RATE = 0.003


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m kd_tutorial",
        description=(
            "Teachers (128-64) and students (64) on digits: what their "
            "answers are worth where few images are labelled, and where all "
            "are, over paired seeds."
        ),
        epilog="For your own files: python -m kd_tutorial distill --help",
    )
    made.add_argument(
        "--dataset",
        default="digits",
        help="digits, glyphs, glyphs-strong, mnist-5k, mnist, fashion_mnist, "
        "cifar10 or a .npz file (default: digits, which needs no download)",
    )
    made.add_argument(
        "--temperature", type=between(float, 0.01, 10_000), default=4.0,
        help="T of the soft targets, 0.01 to 10000 (default: 4)",
    )  # fmt: skip
    made.add_argument(
        "--seeds", type=between(int, 2, 1000), default=10,
        help="how many paired seeds, 2 to 1000 (default: 10)",
    )  # fmt: skip
    made.add_argument(
        "--epochs", type=between(int, 1, 10_000), default=40,
        help="passes over all images, teachers and students, 1 to 10000 "
        "(default: 40; fewer for a large set)",
    )  # fmt: skip
    made.add_argument(
        "--device", default=None,
        help="cpu, gpu or gpu:1 (default: the first GPU, else the CPU)",
    )  # fmt: skip
    return made


def main(arguments) -> int:
    """Run the example; returns its exit status."""
    made = parser()
    options = made.parse_args(arguments)
    start = time.perf_counter()
    import keras

    import kd_tutorial as kd

    try:
        seeds = kd.seeds(options.seeds)
    except ValueError as error:  # KD_SEED
        made.error(error)
    available = kd.devices()
    device = (options.device or available[0]).lower()
    device = device if ":" in device else f"{device}:0"
    if device not in available:
        made.error(
            f"argument --device: no device {options.device!r} here. "
            f"Choose from {', '.join(available)}."
        )
    with Given(made, "--dataset"):
        data = kd.load_data(options.dataset)
    print(
        f"{data.name}: {len(data.train)} training, {len(data.validation)} "
        f"validation and {len(data.test)} test images, {data.classes} "
        f"classes; device {device}, {keras.backend.backend()} backend"
    )
    sets = kd.shared(data)
    if data.name in _DRAWN:
        sets = [kd.load_data(data.name, seed=seed) for seed in seeds]
    try:
        with keras.device(device):
            study, names = _study(data, sets, options, seeds)
    except ValueError as error:  # for example logits that are not finite
        made.error(
            f"argument --dataset: {data.name} does not train so: {error}"
        )
    drawn = "split, teacher" if data.name in _DRAWN else "teacher"
    print(
        f"{len(seeds)} seeds, each with a {drawn} and students of its own. "
        f"The teachers learned from all labels: {study.interval('teacher')}."
    )
    for title, pair in names.items():
        own = {name: study.outcomes[name] for name in pair}
        print(f"\n{title}\n{replace(study, outcomes=own).table()}")
    print(f"\n{time.perf_counter() - start:.0f} s")
    return 0


def _study(data, sets, options, seeds):
    """The comparison, and which of its methods belong under which title."""
    import keras
    import numpy as np

    import kd_tutorial as kd

    def network(*hidden):
        """Builds logits about their mean, which no softmax tells apart.

        So they have both signs, and a few rows of them are not taken for
        probabilities.
        """

        def build():
            model = kd.mlp(data.input_shape, data.classes, hidden=hidden)
            mean = keras.ops.mean(model.output, axis=-1, keepdims=True)
            return keras.Model(model.input, model.output - mean)

        return build

    def few(split, seed):
        """An image a class, as often as there are images: equal steps."""
        own = kd.few_per_class(split, 1, seed=seed)
        return own.take(np.resize(np.arange(len(own)), len(split)))

    labels = [kd.HardTargets()]
    answers = [kd.SoftTargets(temperature=options.temperature)]
    study = kd.compare(
        {
            "one label a class": kd.Method(labels, train=few),
            "all labels": labels,
            "teacher's answers": answers,
        },
        network(64),
        sets,
        teacher=kd.Teacher(
            network(128, 64), epochs=options.epochs, learning_rate=_RATE
        ),
        seeds=seeds,
        epochs=options.epochs,
        learning_rate=_RATE,
    )
    return study, {
        "Few labels: the teacher answers for images that have none": (
            "one label a class",
            "teacher's answers",
        ),
        "All images have labels": (
            "all labels",
            "teacher's answers",
        ),
    }
