"""Ten seeds of the digits student against one fit of Keras' Distiller.

Both train the same student on the same images for as many epochs, from the
labels and the teacher's answers, on this machine, now. Rounds alternate, and
the medians are compared, so that a busy machine slows both.
"""

import argparse
import statistics
import time

import keras
from tqdm import tqdm

import kd_tutorial as kd

SEEDS = range(10)


def student(data):
    """The student of the bench: 64 hidden units."""
    return kd.mlp(data.input_shape, data.classes, hidden=(64,))


def distiller_fit(data, teacher, epochs):
    """One fit of `keras.distillation.Distiller`, with its correct loss."""
    model = keras.distillation.Distiller(
        teacher=teacher,
        student=student(data),
        distillation_losses=keras.distillation.LogitsDistillation(
            temperature=4.0, loss=keras.losses.KLDivergence()
        ),
        student_loss_weight=0.1,
    )
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        data.train.x, data.train.y, epochs=epochs, batch_size=32, verbose=0
    )


def cached_fit(data, teacher, epochs):
    """One fit of `kd.distill`: the teacher is asked once."""
    kd.distill(
        teacher, student(data), data.train.x, data.train.y, epochs=epochs
    )


def ten_seeds(data, teacher, epochs):
    """Ten students in one compiled loop, the teacher's answers included."""
    kd.train_replicas(
        lambda: student(data),
        data.train.x,
        data.train.y,
        targets=[kd.HardTargets(weight=0.1), kd.SoftTargets(weight=0.9)],
        answers=kd.ask(teacher, data.train.x),
        seeds=SEEDS,
        epochs=epochs,
    )


def main():
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if min(options.epochs, options.rounds) < 1:
        parser.error("--epochs and --rounds must be 1 or more")

    data = kd.load_data("digits")
    keras.utils.set_random_seed(0)
    teacher = kd.mlp(data.input_shape, data.classes, hidden=(128, 64))
    kd.train(teacher, data.train.x, data.train.y, epochs=20)

    runs = {
        "one Distiller fit": distiller_fit,
        "one kd.distill fit": cached_fit,
        "ten seeds compiled": ten_seeds,
    }
    seconds = {name: [] for name in runs}
    for _ in tqdm(range(options.rounds), desc="rounds", leave=False):
        for name, run in runs.items():
            start = time.perf_counter()
            run(data, teacher, options.epochs)
            seconds[name].append(time.perf_counter() - start)

    first = {name: times[0] for name, times in seconds.items()}
    median = {
        name: statistics.median(times[1:] or times)
        for name, times in seconds.items()
    }
    reference = "one Distiller fit"
    print(
        f"digits, {len(data.train)} images, {options.epochs} epochs, batch "
        f"32; Keras {keras.__version__} on {keras.backend.backend()}"
    )
    print(
        kd.Table(
            [
                "",
                "first (s)",
                "again, median (s)",
                "first / Distiller",
                "again / Distiller",
            ],
            [
                [
                    name,
                    f"{first[name]:.2f}",
                    f"{median[name]:.2f}",
                    f"{first[name] / first[reference]:.2f}",
                    f"{median[name] / median[reference]:.2f}",
                ]
                for name in runs
            ],
        )
    )


if __name__ == "__main__":
    main()
