"""The article's example as a command: `python -m kd_tutorial --help`."""

import argparse
import math
import sys
import time


def _positive(kind, least, most=math.inf):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        good = math.isfinite(value) and least <= value <= most and value > 0
        if not good:
            what = "a number above 0"
            if kind is int:
                what = f"a whole number, {least} "
                what += "or more" if most == math.inf else f"to {most}"
            raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
        return value

    return parse


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        prog="python -m kd_tutorial",
        description=(
            "Train a teacher (128-64) and students (64) on digits, on all "
            "labels and on one labelled image a class, and compare hard "
            "labels with the teacher's answers over paired seeds."
        ),
    )
    made.add_argument(
        "--dataset",
        default="digits",
        help="digits, glyphs, glyphs-strong, mnist, fashion_mnist, cifar10 "
        "or a .npz file (default: digits, which needs no download)",
    )
    made.add_argument(
        "--temperature", type=_positive(float, 0), default=4.0,
        help="T of the soft targets (default: 4)",
    )  # fmt: skip
    made.add_argument(
        "--seeds", type=_positive(int, 2, 1000), default=10,
        help="how many paired seeds, 2 to 1000 (default: 10)",
    )  # fmt: skip
    made.add_argument(
        "--epochs", type=_positive(int, 1), default=20,
        help="passes over all labels, teacher and student (default: 20)",
    )  # fmt: skip
    made.add_argument(
        "--device", default=None,
        help="cpu, gpu or gpu:1 (default: the first GPU, else the CPU)",
    )  # fmt: skip
    return made


def main(arguments=None) -> int:
    """Run the command; returns its exit status."""
    options = parser().parse_args(arguments)
    start = time.perf_counter()
    import keras
    from tqdm import tqdm

    import kd_tutorial as kd

    available = kd.devices()
    device = (options.device or available[0]).lower()
    device = device if ":" in device else f"{device}:0"
    if device not in available:
        parser().error(
            f"argument --device: no device {options.device!r} here. "
            f"Choose from {', '.join(available)}."
        )
    try:
        data = kd.load_data(options.dataset)
    except (ValueError, OSError) as error:
        parser().error(f"argument --dataset: {error}")

    print(
        f"{data.name}: {len(data.train)} training, {len(data.validation)} "
        f"validation and {len(data.test)} test images, {data.classes} "
        f"classes; device {device}, {keras.backend.backend()} backend"
    )

    def student():
        return kd.mlp(data.input_shape, data.classes, hidden=(64,))

    methods = {
        "hard labels": [kd.HardTargets()],
        "teacher's answers": [kd.SoftTargets(temperature=options.temperature)],
    }
    # Steps for the few images: as many as all of them would get.
    steps = max(1, options.epochs * len(data.train) // 32)
    settings = {
        "all training images": {"epochs": options.epochs},
        "one labelled image a class": {
            "train": lambda split, seed: kd.few_per_class(split, 1, seed=seed),
            "steps": min(steps, 1000),
        },
    }
    with (
        keras.device(device),
        tqdm(total=1 + len(settings), unit="step", disable=None) as bar,
    ):
        bar.set_description("training the teacher")
        keras.utils.set_random_seed(kd.seeds()[0])
        teacher = kd.mlp(data.input_shape, data.classes, hidden=(128, 64))
        kd.train(teacher, data.train.x, data.train.y, epochs=options.epochs)
        bar.update()
        told = kd.ask(teacher, data.test.x).logits
        studies = {}
        for name, how in settings.items():
            bar.set_description(f"{2 * options.seeds} students, {name}")
            studies[name] = kd.compare(
                methods,
                student,
                data,
                teacher=teacher,
                seeds=kd.seeds(options.seeds),
                **how,
            )
            bar.update()
    accuracy = 100 * kd.accuracy(data.test.y, told)
    print(f"\nteacher: {accuracy:.2f} points of test accuracy")
    for name, study in studies.items():
        print(f"\n{name}, {options.seeds} paired seeds\n{study.table()}")
    print(f"\n{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
