"""Many seeds of one student, trained in one compiled program.

On small models Keras' own work around each step takes nearly all the time.
Here the data stay on the device, the whole training is one compiled loop, and
replicas that differ in seed, data, temperature or weights run through it
together; on a CPU a share of them in a thread for each core.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import keras
import numpy as np

from ..answers.answers import Answers
from ..checks import check_builder, check_seeds, check_whole
from ..objectives.heads import heads, name_targets, outputs_of
from ..objectives.target import Target
from .checked import OF_IMAGES, OF_SEQUENCES, warn_of_random_layers
from .compiled import program
from .optimizer import checked_optimizer
from .replica_inputs import (
    check_called,
    checked_order,
    first_weights,
    marked_steps,
    one_each,
    resident,
    stacked_numbers,
    variables,
)
from .trained import Replicas

# Layers that gain nothing from stacking, and those that change images at
# random, which XLA does not know: their replicas run one by one.
_ONE_BY_ONE = (*OF_IMAGES, *OF_SEQUENCES)


def order_of_examples(rows: int, steps: int, batch_size: int, seed: int):
    """Which rows each step sees: shuffled passes, joined and cut in batches.

    Every batch is full. A batch may hold the end of one pass and the start of
    the next, so no row is left out and none is padded.

    Returns:
        Indices, shape `(steps, batch_size)`.
    """
    generator = np.random.default_rng(seed)
    passes = -(-steps * batch_size // rows)
    stream = np.concatenate(
        [generator.permutation(rows) for _ in range(passes)]
    )
    return stream[: steps * batch_size].reshape(steps, batch_size)


def train_replicas(
    build_student: Callable[[], keras.Model],
    x,
    y=None,
    *,
    targets: Sequence[Target] | Sequence[Sequence[Target]],
    seeds: Sequence[int],
    answers: Answers | Sequence[Answers] | None = None,
    epochs: int = 20,
    steps: int | None = None,
    batch_size: int = 32,
    learning_rate: float | None = None,
    optimizer="adam",
    order=None,
    snapshots: Sequence[float] = (),
    stacked: bool | None = None,
) -> Replicas:
    """Train one student a seed, all in one compiled loop.

    Gives what `distill` gives, seed by seed, to float tolerance, when both
    see the same batches. Only what Dropout or GaussianNoise draws is another
    draw where replicas train side by side: still a new one each step, and
    each seed its own. Use `distill` for callbacks, strategies, or data that
    do not fit in memory.

    Args:
        build_student: makes a fresh student; called once a seed, after
            `keras.utils.set_random_seed(seed)`.
        x: examples, `(examples, ...)` for all replicas, or a sequence of such
            arrays of one length, one a replica.
        y: labels `(examples,)`, or a sequence of them. Defaults to `None`.
        targets: the objective; or one objective a replica, alike but for
            their numbers (weights, temperatures).
        seeds: one a replica; decides weights and the order of examples.
        answers: the teacher's `Answers` for `x`, or a sequence of them.
            Defaults to `None`, for targets that ask nothing.
        epochs: passes over the data. Defaults to 20.
        steps: steps instead of epochs. Defaults to `None`.
        batch_size: examples a step; at most as many as there are.
            Defaults to 32.
        learning_rate: of the optimizer. Defaults to 0.001, or what an
            optimizer that is given as an object has.
        optimizer: a Keras optimizer, by name or as an object, also with a
            schedule of Keras' own, that treats each weight on its own, see
            `compiled.OPTIMIZERS`. Defaults to `"adam"`.
        order: the rows of each step, `(replicas, steps, batch)`. Defaults to
            `order_of_examples` with each seed.
        snapshots: multiples of the steps after which to keep the students
            too, see `Replicas.snapshots`; `(0.5, 2)` trains twice the steps,
            and the first of them are those of a training without snapshots.
            Defaults to none.
        stacked: train the replicas side by side rather than one after
            another in the same compiled loop. Defaults to `None`: side by
            side where all layers are dense, which is where it pays, and none
            changes its input at random.

    Returns:
        `Replicas`.

    Raises:
        ValueError: for no seeds or examples, arrays that do not fit, labels
            or answers that do not belong to `x`, a builder that gives one
            model twice, a student that gives probabilities, and for what the
            loop does not do: constraints of weights, several inputs, layers
            that assign weights they train, `use_ema`, norms of gradients;
            side by side, for layers that XLA does not know.
        TypeError: for answers, targets, seeds or a builder of another kind.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> replicas = kd.train_replicas(
    ...     lambda: kd.mlp(data.input_shape, data.classes, hidden=(16,)),
    ...     data.train.x,
    ...     data.train.y,
    ...     targets=[kd.HardTargets()],
    ...     seeds=range(10),
    ... )
    >>> accuracy = kd.accuracy(data.test.y, replicas.logits(data.test.x))
    >>> accuracy.shape
    (10,)
    """
    if keras.backend.backend() not in ("tensorflow", "jax"):
        raise NotImplementedError(
            "train_replicas compiles for TensorFlow and JAX, got Keras on "
            f"{keras.backend.backend()}. Set KERAS_BACKEND, or use distill."
        )
    settings, rate = checked_optimizer(optimizer, learning_rate)
    for name, value in (
        ("epochs", epochs),
        ("steps", 1 if steps is None else steps),
        ("batch_size", batch_size),
    ):
        check_whole(name, value)
    check_builder(build_student)
    seeds = check_seeds(seeds)
    if not seeds:
        raise ValueError("seeds is empty. Pass at least one, or better ten.")
    xs = one_each("x", x, len(seeds))
    ys = one_each("y", y, len(seeds))
    written = one_each("answers", answers, len(seeds))
    one = (
        isinstance(targets, Target)
        or not targets
        or (isinstance(targets[0], Target))
    )  # a Target alone is refused by name_targets
    objectives = [
        name_targets(objective)
        for objective in one_each("targets", targets, len(seeds), one=one)
    ]
    for answered, named in zip(written, objectives, strict=True):
        if not isinstance(answered, Answers | None):
            raise TypeError(
                "answers must be Answers, one or a list of one a seed, got "
                f"{type(answered).__name__}. Pass `ask(teacher, x)`, or "
                "`Answers.of(x, logits)`."
            )
        for target in named.values():
            if target.asks is not None and answered is None:
                raise ValueError(
                    f"{type(target).__name__} needs the teacher's answers, "
                    "got answers=None. Pass `ask(teacher, x)`."
                )
    shapes = {}
    if written[0] is not None:
        shapes = {k: a.shape[1:] for k, a in written[0].outputs.items()}

    outputs = outputs_of(objectives[0])
    student, first = first_weights(build_student, seeds, outputs)
    model = heads(student, objectives[0], shapes)
    place = {id(v): i for i, v in enumerate(variables(student))}
    projector = any(id(v) not in place for v in variables(model))
    starts = {}
    for seed, weights in first.items():
        drawn = model
        if projector:
            keras.utils.set_random_seed(seed)
            drawn = heads(student, objectives[0], shapes)
        starts[seed] = [
            weights[place[id(v)]] if id(v) in place else np.asarray(v)
            for v in variables(drawn)
        ]
    start = [
        np.stack(weights)
        for weights in zip(*(starts[seed] for seed in seeds), strict=True)
    ]
    shape = student.outputs[0].shape
    shared, offsets = resident(xs, ys, written, objectives, shape, outputs)
    check_called(student, shared["x"][:8], outputs)
    if any(target.asks is not None for target in objectives[0].values()):
        warn_of_random_layers(student)

    rows = len(xs[0])
    batch_size = min(batch_size, rows)
    if steps is None:
        steps = max(1, epochs * rows // batch_size)
    if order is not None:
        steps = np.shape(order)[1] if np.ndim(order) == 3 else steps
    marks = marked_steps(steps, snapshots, order)
    last = max(marks.values())
    if order is None:
        order = np.stack(
            [order_of_examples(rows, last, batch_size, s) for s in seeds]
        )
    if stacked is None:
        stacked = not any(
            kind in type(layer).__name__
            for layer in student._flatten_layers()
            for kind in _ONE_BY_ONE
        )
    run = program(model, objectives[0], settings, len(seeds) if stacked else 0)
    replicas = {
        "order": checked_order(order, len(seeds), rows),
        "numbers": stacked_numbers(objectives),
        "offsets": offsets,
    }
    rising = sorted({*marks.values()})
    try:
        kept, losses = run(start, rate, replicas, shared, rising)
    except Exception as error:  # TensorFlow has its own for each
        if not (stacked and "unsupported operations" in str(error)):
            raise
        raise ValueError(
            f"replicas of {student.name!r} cannot be trained side by side: "
            "XLA, which compiles them, has no operation for one of its "
            "layers. Train them one after another, by stacked=False."
        ) from error

    def after(steps):
        # What training alone needs, such as a projector, stays behind; what
        # the objective does not reach stays as it was.
        weights = kept[rising.index(steps)]
        own = dict(zip(map(id, variables(model)), weights, strict=True))
        for variable in variables(student):
            if id(variable) not in own:
                still = [first[seed][place[id(variable)]] for seed in seeds]
                own[id(variable)] = np.stack(still)
        return Replicas(
            student,
            [own[id(v)] for v in student.trainable_variables],
            [own[id(v)] for v in student.non_trainable_variables],
            losses[:, :steps],
        )

    return replace(
        after(steps), snapshots={k: after(marks[k]) for k in snapshots}
    )
