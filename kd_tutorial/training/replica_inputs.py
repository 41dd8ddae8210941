"""What replicas train on: first weights, arrays and numbers, stacked."""

import types
import weakref

import keras
import numpy as np

from ..answers.rows import as_rows
from ..checks import check_positive
from ..objectives.target import VALUES
from .checked import (
    check_labels,
    check_student,
    check_student_on,
    check_weights,
)
from .lesson import encode

# A function that builds students -> seed -> the weights it started with.
_FIRST = weakref.WeakKeyDictionary()


def first_weights(build_student, seeds, outputs="classes"):
    """A student, and the weights that each seed starts with.

    A comparison builds the same student with the same seeds again and again,
    so the weights are remembered, by the function that builds it. One seed's
    student is always built; if it is not what it was, all are built anew.

    Raises:
        ValueError: where two seeds get the same variables to train.
    """
    seeds = list(dict.fromkeys(seeds))
    known = {}
    if isinstance(build_student, types.FunctionType):
        known = _FIRST.setdefault(build_student, known)
    again = [seed for seed in seeds if seed in known] or [*known]
    student, owners = None, {}
    for seed in dict.fromkeys([*again[:1], *seeds]):
        if student is not None and seed in known:
            continue
        keras.utils.set_random_seed(seed)
        built = build_student()
        check_student(built, outputs)
        check_trainable(built)
        _check_fresh(built, seed, owners)
        weights = [np.asarray(v) for v in variables(built)]
        if seed in known and not _same(weights, known[seed]):
            known.clear()
        known[seed], student = weights, built
    return student, {seed: known[seed] for seed in seeds}


def _check_fresh(student, seed, owners):
    """Raise if all that trains is an earlier seed's, and say whose it is.

    Args:
        student: what was built.
        seed: for which seed.
        owners: variables of earlier seeds, by `id`; these are added.
    """
    own = student.trainable_variables
    known = [owners.get(id(v)) for v in own]
    if own and all(k and k[0]() is v for k, v in zip(known, own)):
        raise ValueError(
            f"the model {student.name!r} that was built for seed {seed} is "
            f"the one of seed {known[0][1]}, so both would start from the "
            "same weights. Build a new one in the function: lambda: "
            "mlp(shape, 10). To start from given weights, give them to the "
            "new one by set_weights."
        )
    owners |= {id(v): (weakref.ref(v), seed) for v in own}


def _same(weights, others):
    return len(weights) == len(others) and all(
        map(np.array_equal, weights, others)
    )


def variables(model):
    return [*model.trainable_variables, *model.non_trainable_variables]


def one_each(name, value, count, one=None):
    """A list with an entry for each replica, from one or from a sequence."""
    if one is None:
        one = not isinstance(value, list | tuple)
    if one:
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} has {len(value)} entries for {count} seeds. Give one for "
            "all replicas, or one a replica."
        )
    return list(value)


def checked_order(order, replicas, rows):
    """`order` as an array; compiled code does not check indices."""
    order = np.asarray(order)
    if order.ndim != 3 or len(order) != replicas:
        raise ValueError(
            f"order has shape {order.shape} for {replicas} seeds. Give row "
            "numbers of shape (replicas, steps, batch)."
        )
    if order.size and not (0 <= order.min() and order.max() < rows):
        raise ValueError(
            f"order holds rows {order.min()} to {order.max()}, but those of "
            f"x are 0 to {rows - 1}. Number rows from 0."
        )
    return order.astype("int32")


def marked_steps(steps, snapshots, order):
    """The step of each snapshot, and of the end of training, at 1."""
    for multiple in snapshots:
        check_positive(
            "a snapshot", multiple, "0.5 is half the steps, 2 twice as many."
        )
    marks = {k: max(1, round(k * steps)) for k in (1, *snapshots)}
    if order is not None and max(marks.values()) > steps:
        raise ValueError(
            f"snapshots {list(snapshots)} go on after the steps, but order "
            f"has rows for {steps} steps only. Give order more steps, or "
            "leave it out."
        )
    return marks


def resident(xs, ys, written, objectives, shape, outputs):
    """Resident arrays by name, and where in them each replica's rows begin.

    What differs from replica to replica stands in one array, end to end, and
    each different array once: a row is then found by its number alone.

    Returns:
        Two dictionaries: arrays `(rows, ...)`, and offsets `(replicas,)`.
        Keys: `"x"`, `"target/NAME"`, `"sample_weight/NAME"`.
    """
    rows = {id(x): _rows(x) for x in xs}
    xs = [rows[id(x)] for x in xs]
    for x in rows.values():
        if np.shape(x) != np.shape(xs[0]):
            raise ValueError(
                f"x has shapes {np.shape(xs[0])} and {np.shape(x)}. Replicas "
                "train side by side on as many rows: cut them to one length."
            )
    seen, encoded = {}, []
    for x, y, answers, named in zip(xs, ys, written, objectives, strict=True):
        # Alike but for numbers, objectives encode the same arrays.
        key = id(x), id(y), id(answers)
        if key not in seen:
            if y is not None:
                y = check_labels(y, len(x), shape, outputs)
            if answers is not None:
                answers.check_rows(x)
            seen[key] = {
                "x": np.asarray(x, dtype="float32"),
                **encode(named, answers, y),
            }
        arrays = {"x": seen[key]["x"]}
        for name, target in named.items():
            arrays[f"target/{name}"] = seen[key][name]
            weights = target.sample_weight
            if weights is not None:
                what = f"sample_weight of target {name!r}"
                weights = check_weights(what, weights, len(x))
                arrays[f"sample_weight/{name}"] = weights
        encoded.append(arrays)
    pooled, offsets = {}, {}
    for key in encoded[0]:
        each = [arrays[key] for arrays in encoded]
        distinct = list({id(array): array for array in each}.values())
        start = {id(a): i * len(a) for i, a in enumerate(distinct)}
        pooled[key] = (
            np.concatenate(distinct) if len(distinct) > 1 else distinct[0]
        )
        offsets[key] = np.array([start[id(a)] for a in each], "int32")
    return pooled, offsets


def _rows(x):
    """`x` as one array whose values float32 can hold, or raise."""
    x = as_rows(x)
    if isinstance(x, dict):
        raise TypeError(
            "x is a dictionary of inputs. The compiled loop takes one array; "
            "several inputs train by distill."
        )
    if x.dtype.kind not in "fiub":
        raise TypeError(f"x must hold numbers, got dtype {x.dtype}.")
    if x.dtype.kind in "iu" and x.size and abs(x).max() >= 2**24:
        raise ValueError(
            f"x holds whole numbers up to {x.max()}, and float32 counts to "
            "2**24. Renumber them, or use distill."
        )
    return x


def check_trainable(student):
    """Raise for a student that the compiled loop would not train as Keras.

    One in float16, whose losses would need scaling; one whose weights have
    constraints, which the loop's one vector of weights does not keep; and
    one with nothing to train.
    """
    if not student.trainable_variables:
        raise ValueError(
            f"the student {student.name!r} has no weights to train. Set "
            "trainable=True on the model or some of its layers."
        )
    if len(student.inputs) > 1:
        raise ValueError(
            f"the student {student.name!r} has {len(student.inputs)} inputs, "
            "and the compiled loop gives one array. Several inputs train by "
            "distill, a seed at a time."
        )
    layers = student._flatten_layers()
    if any(layer.compute_dtype == "float16" for layer in layers):
        raise ValueError(
            f"the student {student.name!r} computes in float16, and the "
            "compiled loop does not scale losses. Use mixed_bfloat16, or "
            "distill, which scales them."
        )
    for variable in student.trainable_variables:
        if variable.constraint is not None:
            raise ValueError(
                f"the student's {variable.path!r} has the constraint "
                f"{type(variable.constraint).__name__}, which the compiled "
                "loop does not apply. Use distill, a seed at a time."
            )


def check_called(student, rows, outputs):
    """Raise for what only shows when the student is called, on some rows.

    A softmax hides in it; or a layer assigns weights that are trained, which
    the compiled loop, where the optimizer alone changes them, would drop.
    """
    if outputs != VALUES:
        check_student_on(student, rows)
    with keras.StatelessScope() as scope:
        student(rows, training=True)
    for variable in student.trainable_variables:
        if scope.get_current_value(variable) is not None:
            raise ValueError(
                f"the student's {variable.path!r} is trained, and a layer "
                "assigns it when called, as SpectralNormalization does. The "
                "compiled loop does not keep that. Use distill, a seed at a "
                "time."
            )


def stacked_numbers(objectives):
    """Weights, temperatures and so on: `{target: {field: (replicas,)}}`."""
    first = objectives[0]
    for named in objectives:
        if [t.structure() for t in named.values()] != [
            t.structure() for t in first.values()
        ]:
            raise ValueError(
                "targets of one call must be alike but for their numbers "
                "(weights, temperatures). Call train_replicas once for each "
                "kind."
            )
    return {
        name: {
            field: np.array(
                [named[name].numbers()[field] for named in objectives],
                "float32",
            )
            for field in target.numbers()
        }
        for name, target in first.items()
    }
