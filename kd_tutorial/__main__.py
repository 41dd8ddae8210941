"""The article's example as a command: `python -m kd_tutorial --help`."""

import argparse
import sys
import time


def _between(kind, least, most):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:  # nor nan
            what = "whole number" if kind is int else "number"
            raise argparse.ArgumentTypeError(
                f"must be a {what} from {least} to {most}, got {text!r}"
            )
        return value

    return parse


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: error: {line} (--help shows all)\n")


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = _Parser(
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
        help="digits, glyphs, glyphs-strong, mnist-5k, mnist, fashion_mnist, "
        "cifar10 or a .npz file (default: digits, which needs no download)",
    )
    made.add_argument(
        "--temperature", type=_between(float, 0.01, 10_000), default=4.0,
        help="T of the soft targets, 0.01 to 10000 (default: 4)",
    )  # fmt: skip
    made.add_argument(
        "--seeds", type=_between(int, 2, 1000), default=10,
        help="how many paired seeds, 2 to 1000 (default: 10)",
    )  # fmt: skip
    made.add_argument(
        "--epochs", type=_between(int, 1, 10_000), default=20,
        help="passes over all labels, teacher and student, 1 to 10000 "
        "(default: 20)",
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

    import kd_tutorial as kd

    try:
        seeds = kd.seeds(options.seeds)
    except ValueError as error:  # KD_SEED
        parser().error(str(error))
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
    except (ValueError, OSError, ImportError) as error:
        parser().error(f"argument --dataset: {error}")

    print(
        f"{data.name}: {len(data.train)} training, {len(data.validation)} "
        f"validation and {len(data.test)} test images, {data.classes} "
        f"classes; device {device}, {keras.backend.backend()} backend"
    )
    try:
        with keras.device(device):
            accuracy, studies = _compare(data, options, seeds)
    except ValueError as error:  # for example logits that are not finite
        parser().error(
            f"argument --dataset: {data.name} does not train so: {error}"
        )
    print(f"\nteacher: {accuracy:.2f} points of test accuracy")
    for name, study in studies.items():
        print(f"\n{name}, {options.seeds} paired seeds\n{study.table()}")
    print(f"\n{time.perf_counter() - start:.0f} s")
    return 0


def _compare(data, options, seeds):
    """The teacher's accuracy, and a study for each number of labels."""
    import keras
    from tqdm import tqdm

    import kd_tutorial as kd

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
    with tqdm(total=1 + len(settings), unit="step", disable=None) as bar:
        bar.set_description("training the teacher")
        keras.utils.set_random_seed(seeds[0])
        teacher = kd.mlp(data.input_shape, data.classes, hidden=(128, 64))
        kd.train(teacher, data.train.x, data.train.y, epochs=options.epochs)
        bar.update()
        told = kd.ask(teacher, data.test.x).logits
        studies = {}
        for name, how in settings.items():
            bar.set_description(f"{2 * len(seeds)} students, {name}")
            studies[name] = kd.compare(
                methods,
                student,
                kd.shared(data),
                teacher=kd.shared(teacher),
                seeds=seeds,
                **how,
            )
            bar.update()
    return 100 * kd.accuracy(data.test.y, told), studies


if __name__ == "__main__":
    sys.exit(main())
