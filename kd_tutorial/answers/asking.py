"""Asking the teacher: once for every row, in batches."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from ..checks import check_finite, check_logits
from ..models.architecture import architecture
from .answers import Answers
from .cache import OUTPUT, AnswerCache, fingerprint


def teacher_fingerprint(teacher) -> str:
    """A digest of a model's architecture and weights.

    The same in every process: layers that Keras named by counting, such as
    `input_layer_3`, are known by their place.
    """
    settings, kinds = architecture(teacher)
    told = json.dumps([settings, [kind.__qualname__ for kind, *_ in kinds]])
    digest = hashlib.blake2b(told.encode(), digest_size=16)
    return f"{digest.hexdigest()}{fingerprint(*teacher.get_weights())}"


def _layer_outputs(teacher, layers: Sequence[str]):
    """A model from the teacher's input to the outputs of `layers`."""
    import keras

    names = [layer.name for layer in teacher.layers]
    for layer in layers:
        if layer != OUTPUT and layer not in names:
            raise ValueError(
                f"the teacher has no layer {layer!r}. Its layers are {names}."
            )
    if list(layers) == [OUTPUT]:
        return teacher
    return keras.Model(
        teacher.inputs,
        [
            teacher.outputs[0] if n == OUTPUT else teacher.get_layer(n).output
            for n in layers
        ],
    )


def _predict(model, x, batch_size, verbose):
    import keras
    from tqdm import tqdm

    class Bar(keras.callbacks.Callback):
        """Moves a plain progress bar on after each batch."""

        def on_predict_batch_end(self, batch, logs=None):
            bar.update()

    # Without `verbose` a bar shows in a terminal, once the work has taken
    # two seconds; pages and logs stay clean.
    with tqdm(
        total=-(-len(x) // batch_size),
        desc="asking the teacher",
        unit="batch",
        leave=False,
        delay=0 if verbose else 2,
        disable=None if verbose is None else not verbose,
    ) as bar:
        return model.predict(
            x, batch_size=batch_size, verbose=0, callbacks=[Bar()]
        )


def ask(
    teacher,
    x,
    *,
    layers: Sequence[str] = (OUTPUT,),
    batch_size: int = 256,
    cache: AnswerCache | None = None,
    verbose: bool | None = None,
) -> Answers:
    """Ask the teacher about every row of `x`, once, in batches.

    The teacher runs as it would in use: dropout off, batch normalisation on
    its moving averages.

    Args:
        teacher: a Keras model that ends in logits.
        x: examples, shape `(examples, ...)`.
        layers: names of the layers whose outputs are wanted. Defaults to
            `("output",)`, the logits.
        batch_size: rows at a time. Defaults to 256.
        cache: an `AnswerCache` to look in first. Defaults to `None`.
        verbose: show a progress bar. Defaults to `None`: in a terminal, when
            it takes more than two seconds.

    Returns:
        `Answers`, in the order of `x`.

    Raises:
        ValueError: when `x` is empty, a layer does not exist, an answer is
            NaN or infinite, or the outputs are probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> teacher = kd.mlp(data.input_shape, data.classes)
    >>> kd.ask(teacher, data.validation.x).logits.shape
    (357, 10)
    """
    if len(x) == 0:
        raise ValueError(
            "x has no examples. Pass at least one row to ask the teacher."
        )
    if isinstance(layers, str):
        raise TypeError(
            f"layers must be a list of names, got {layers!r}. Put it in "
            f"brackets: layers=[{layers!r}]."
        )
    layers = list(dict.fromkeys(layers))
    rows = fingerprint(x)
    found = {}
    if cache is not None:
        if not teacher.built:  # its weights are part of the key
            teacher(np.asarray(x[:1]))
        about = f"{teacher_fingerprint(teacher)}/{rows}"
        found = {n: cache.get(f"{about}/{n}") for n in layers}
    missing = [n for n in layers if found.get(n) is None]
    if missing:
        model = _layer_outputs(teacher, missing)
        outputs = _predict(model, x, batch_size, verbose)
        if len(missing) == 1:
            outputs = [outputs]
        for name, output in zip(missing, outputs, strict=True):
            check = check_logits if name == OUTPUT else check_finite
            output = np.asarray(output)
            if output.dtype.kind == "V":  # bfloat16, which files do not know
                output = output.astype("float32")
            found[name] = check(f"the teacher's {name}", output)
            if cache is not None:
                cache.put(f"{about}/{name}", found[name])
    return Answers({n: found[n] for n in layers}, rows)
