"""Asking the teacher: once for every row, in batches."""

import warnings
from collections.abc import Sequence

import numpy as np

from ..checks import check_finite, check_logits, check_whole
from .answers import Answers
from .cache import OUTPUT, AnswerCache
from .keys import key_of
from .rows import as_rows, count, inputs_of, rows_fingerprint, take
from .teachers import answering, is_keras, questioned


def ask(
    teacher,
    x,
    *,
    layers: Sequence[str] = (OUTPUT,),
    batch_size: int = 256,
    cache: AnswerCache | None = None,
    values: bool = False,
    verbose: bool | None = None,
) -> Answers:
    """Ask the teacher about every row of `x`, once, in batches.

    The teacher runs as it would in use: dropout off, batch normalisation on
    its moving averages.

    Args:
        teacher: a Keras model that ends in logits; or any function from a
            batch of rows to logits, or to a dictionary of arrays with
            `"output"` among them; an ONNX Runtime session, a scikit-learn
            estimator with `predict_proba`, a PyTorch module; or a list of
            teachers, of which the logarithm of the mean probability counts
            (with `values` the mean; of one column, a sigmoid's logit, the
            logit of the mean probability).
        x: examples, shape `(examples, ...)`; a dictionary or a list of such
            arrays for a teacher with several inputs.
        layers: names of the layers whose outputs are wanted: `"conv_1"`, a
            path into a nested model, `"backbone/gap"`, or the name of one of
            several outputs. Defaults to `("output",)`, the logits.
        batch_size: rows at a time. Defaults to 256.
        cache: an `AnswerCache` to look in first. A teacher that cannot be
            keyed (see `AnswerCache`) is asked all the same, with a warning.
            Defaults to `None`.
        values: the output is real numbers, as a regression gives, and is not
            suspected to be probabilities. Defaults to `False`.
        verbose: show a progress bar. Defaults to `None`: in a terminal, when
            it takes more than two seconds.

    Returns:
        `Answers`, in the order of `x`.

    Raises:
        ValueError: when `x` is empty, a layer does not exist, an answer is
            NaN or infinite, or the outputs are probabilities.
        TypeError: for what cannot answer.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> teacher = kd.mlp(data.input_shape, data.classes)
    >>> kd.ask(teacher, data.validation.x).logits.shape
    (357, 10)
    """
    if isinstance(layers, str):
        raise TypeError(
            f"layers must be a list of names, got {layers!r}. Put it in "
            f"brackets: layers=[{layers!r}]."
        )
    check_whole("batch_size", batch_size)
    if not isinstance(cache, AnswerCache | None):
        raise TypeError(
            f"cache must be an AnswerCache, got {cache!r}. Pass "
            "AnswerCache(path)."
        )
    layers = list(dict.fromkeys(layers))
    x = as_rows(x, inputs_of(teacher))
    if isinstance(teacher, Answers):
        teacher.check_rows(x)
        given = {n: teacher[n] for n in layers}
        whole = len(given) == len(teacher.outputs)
        return teacher if whole else Answers(given, teacher.rows)
    rows = rows_fingerprint(x)
    about, found, places = None, {}, {}
    if cache is not None:
        if is_keras(teacher) and not teacher.built:
            teacher(take(x, slice(1)))  # its weights are part of the key
        about = key_of(teacher, *(["values"] if values else []))
        if about is None:
            warnings.warn(
                f"the answers of this teacher, a {type(teacher).__name__}, "
                "are not remembered: what decides them cannot be written "
                "down. Give it a string `cache_key` that changes whenever "
                "they would.",
                stacklevel=2,
            )
        else:
            for name in layers:
                where = _where(teacher, name)
                places[name] = f"{about}/{rows}/{name}{where}"
                found[name] = cache.get(places[name])
    missing = [n for n in layers if found.get(n) is None]
    if missing:
        outputs = _in_batches(teacher, missing, x, batch_size, values, verbose)
        for name, output in outputs.items():
            what = f"the teacher's {name}"
            if len(output) != count(x):
                raise ValueError(
                    f"{what} has {len(output)} rows for the {count(x)} of x. "
                    "A teacher answers every row it is given, in order."
                )
            if name == OUTPUT and not values:
                check_logits(what, output, classes=1)
            found[name] = check_finite(what, output)
            if name in places:
                cache.put(places[name], found[name])
    return Answers({n: found[n] for n in layers}, rows)


def _where(teacher, path) -> list[int]:
    """Which layers have that name, which is no part of a model's key."""
    layers = teacher._flatten_layers() if is_keras(teacher) else []
    names = {path, *path.split("/")}
    return [i for i, layer in enumerate(layers) if layer.name in names]


def _in_batches(teacher, layers, x, batch_size, values, verbose):
    """The answers for all rows, by layer; a bar shows how far it is."""
    from tqdm import tqdm

    rows = count(x)
    # Without `verbose` a bar shows in a terminal, once the work has taken
    # two seconds; pages and logs stay clean.
    with tqdm(
        total=-(-rows // batch_size),
        desc="asking the teacher",
        unit="batch",
        leave=False,
        delay=0 if verbose else 2,
        disable=None if verbose is None else not verbose,
    ) as bar:
        if is_keras(teacher):
            outputs = questioned(teacher, layers).predict(
                x, batch_size=batch_size, verbose=0, callbacks=[_moves(bar)]
            )
            return {n: _plain(outputs[n]) for n in layers}
        answer = answering(teacher, layers, values)
        parts = []
        for start in range(0, rows, batch_size):
            try:
                parts.append(answer(take(x, slice(start, start + batch_size))))
            except Exception as error:
                error.add_note(
                    f"while the teacher was asked about rows {start} to "
                    f"{min(start + batch_size, rows) - 1} of x"
                )
                raise
            bar.update()
    return {n: np.concatenate([part[n] for part in parts]) for n in layers}


def _plain(output):
    output = np.asarray(output)
    if output.dtype.kind == "V":  # bfloat16, which files do not know
        output = output.astype("float32")
    return output


def _moves(bar):
    """A callback that moves a plain progress bar on after each batch."""
    import keras

    class Bar(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            bar.update()

    return Bar()
