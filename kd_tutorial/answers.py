"""What the teacher says of each example, asked once and written down."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .architecture import architecture
from .cache import OUTPUT, AnswerCache, fingerprint, read, write
from .checks import check_finite, check_logits


def teacher_fingerprint(teacher) -> str:
    """A digest of a model's architecture and weights.

    The same in every process: layers that Keras named by counting, such as
    `input_layer_3`, are known by their place.
    """
    settings, kinds = architecture(teacher)
    told = json.dumps([settings, [kind.__qualname__ for kind, *_ in kinds]])
    digest = hashlib.blake2b(told.encode(), digest_size=16)
    return f"{digest.hexdigest()}{fingerprint(*teacher.get_weights())}"


@dataclass(frozen=True, eq=False)
class Answers:
    """A teacher's answers for some rows, and the rows they belong to.

    It stands in for the teacher wherever one is asked for: `distill` takes
    it, and checks that the rows are the same ones, in the same order.

    Args:
        outputs: an array for each layer asked, first axis the examples;
            `"output"` is the last layer, the logits.
        rows: `fingerprint(x)` of the examples.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> x = np.zeros((2, 8))
    >>> answers = kd.Answers.of(x, [[4.0, -1.0], [0.5, 2.0]])
    >>> answers.logits.shape
    (2, 2)
    """

    outputs: Mapping[str, np.ndarray]
    rows: str

    @classmethod
    def of(cls, x, logits, **layers) -> "Answers":
        """Answers from anywhere: an ensemble, a service, a control.

        Args:
            x: the examples.
            logits: shape `(examples, classes)`.
            **layers: arrays of other layers, by name.

        Raises:
            ValueError: for logits that are probabilities or not finite, or
                arrays whose length is not that of `x`.
        """
        logits = check_logits("logits", np.asarray(logits, dtype="float32"))
        outputs = {OUTPUT: logits, **layers}
        for name, array in outputs.items():
            if len(array) != len(x):
                name = "logits" if name == OUTPUT else name
                raise ValueError(
                    f"{name} has {len(array)} rows for the {len(x)} of x. "
                    "Give one answer an example, in the same order."
                )
        return cls(outputs, fingerprint(x))

    @property
    def logits(self) -> np.ndarray:
        """The teacher's logits, shape `(examples, classes)`."""
        return self[OUTPUT]

    def __len__(self):
        return len(next(iter(self.outputs.values())))

    def __getitem__(self, layer) -> np.ndarray:
        if layer not in self.outputs:
            raise ValueError(
                f"teacher layer {layer!r} was not asked: these answers hold "
                f"{sorted(self.outputs)}. Ask again with "
                f"`ask(teacher, x, layers=[{layer!r}])`."
            )
        return self.outputs[layer]

    def check_rows(self, x) -> None:
        """Raise unless these answers belong to the rows of `x`."""
        if len(x) != len(self) or fingerprint(x) != self.rows:
            raise ValueError(
                f"the answers were written for other rows: {len(self)} rows "
                f"with fingerprint {self.rows[:8]}, x has {len(x)} with "
                f"{fingerprint(x)[:8]}. Ask the teacher about this x (same "
                "values, same order), or pass the x it was asked about."
            )

    def save(self, path) -> Path:
        """Write the answers to a `.npz` file, whole or not at all."""
        return write(Path(path), self.outputs, {"rows": self.rows})

    @classmethod
    def load(cls, path) -> "Answers":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: when the file is damaged or another kind of file.
        """
        outputs, header = read(Path(path))
        return cls(outputs, header.get("rows", ""))


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
