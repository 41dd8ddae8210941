"""Anything that answers as a teacher: a model, a function, several, a part.

Inside the package every teacher becomes one thing: a function from a batch of
rows to arrays by name, of which `"output"` are the logits.
"""

import copy
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .cache import OUTPUT
from .probabilities import to_logits


def answering(
    teacher, layers: Sequence[str], values: bool = False
) -> Callable:
    """A function from a batch to the answers of `layers`, by name.

    Args:
        teacher: whatever `ask` takes but `Answers`.
        layers: names of the layers asked.
        values: the output is real numbers, no logits. Defaults to `False`.

    Raises:
        TypeError: for what cannot answer.
        ValueError: for a layer that does not exist.
    """
    if is_keras(teacher):
        return questioned(teacher, layers).predict_on_batch
    own = as_function(teacher, values)

    def answer(batch):
        # A teacher may write into what it gets, as preprocessing does, and
        # the batch is the user's, the student's and the other teachers' too.
        return _named(own(copy.deepcopy(batch)), layers)

    return answer


def _named(given, layers) -> dict[str, np.ndarray]:
    """What a teacher gave, by the names of the layers that were asked."""
    if isinstance(given, list | tuple) and all(
        getattr(part, "ndim", 0) > 1 for part in given
    ):
        given = {f"output_{i}": part for i, part in enumerate(given)}
    if not isinstance(given, Mapping):
        given = {OUTPUT: given}
    elif len(given) == 1 and OUTPUT not in given:
        given = {OUTPUT: next(iter(given.values()))}
    missing = [name for name in layers if name not in given]
    if OUTPUT in missing:
        raise ValueError(
            f"the teacher has several outputs, {sorted(given)}. Say which "
            "are logits, SoftTargets(teacher_output=...), or pass a "
            "function that makes logits of them."
        )
    if missing:
        raise ValueError(
            f"the teacher does not answer {missing[0]!r}: it gives "
            f"{sorted(given)}. A function answers for more than its "
            'logits when it returns a dictionary, {"output": ..., '
            f"{missing[0]!r}: ...}}."
        )
    return {name: _array(given[name]) for name in layers}


def is_keras(teacher) -> bool:
    """Whether a teacher is a Keras model (which may have layers asked)."""
    if "keras" not in sys.modules:  # then there is no model yet
        return False
    import keras

    return isinstance(teacher, keras.Model)


def questioned(teacher, layers: Sequence[str]):
    """A Keras model that gives the wanted outputs by name, each once."""
    import keras

    from ..models.inside import layer_output, watched

    if not getattr(teacher, "inputs", None):  # subclassed: no symbolic parts
        others = [name for name in layers if name != OUTPUT]
        if others:
            raise ValueError(
                f"the teacher has no layer {others[0]!r} that can be asked: "
                "it is a subclassed model, whose layers have no outputs of "
                "their own. Let its `call` return a dictionary, and pass "
                "`lambda x: model(x, training=False)`."
            )
        return _Named(teacher)
    outputs = _outputs(teacher)
    if OUTPUT in layers and OUTPUT not in outputs:
        raise ValueError(
            f"the teacher has several outputs, {sorted(outputs)}. Say which "
            f"is meant: SoftTargets(teacher_output={min(outputs)!r})."
        )
    inside = [name for name in layers if name not in outputs]
    model = watched(teacher, inside, "teacher")
    outputs = _outputs(model)
    found = {name: layer_output(model, name, "teacher") for name in inside}
    for name, output in found.items():
        if isinstance(output, list):
            raise ValueError(
                f"teacher layer {name!r} has {len(output)} outputs. Choose a "
                "layer with one: give the one you mean a name, "
                "keras.layers.Identity(name=...)."
            )
    if inside or len(outputs) > 1 or list(layers) != [OUTPUT]:
        return keras.Model(
            model.inputs if len(model.inputs) > 1 else model.inputs[0],
            {name: {**outputs, **found}[name] for name in layers},
        )
    return _Named(teacher)


def _outputs(teacher) -> dict:
    """A teacher's outputs by name; a single one is the logits too."""
    from ..models.inside import output_names

    outputs = output_names(teacher)
    if len(outputs) == 1:
        outputs.setdefault(OUTPUT, *outputs.values())
    return outputs


class _Named:
    """A model with one output, which is given by name."""

    def __init__(self, model):
        self.model = model

    def predict_on_batch(self, x):
        return _named(self.model.predict_on_batch(x), [OUTPUT])

    def predict(self, x, **options):
        return _named(self.model.predict(x, **options), [OUTPUT])


def as_function(teacher, values: bool = False) -> Callable:
    """A function of a batch, of what can be one and is no Keras model."""
    if isinstance(teacher, list | tuple):
        if not teacher:
            raise ValueError("teacher is an empty list. Pass one or more.")
        return _Together(
            [answering(each, [OUTPUT], values) for each in teacher], values
        )
    if hasattr(teacher, "get_inputs") and hasattr(teacher, "run"):  # ONNX
        return _onnx(teacher)
    if hasattr(teacher, "predict_proba"):  # scikit-learn
        return lambda batch: to_logits(teacher.predict_proba(batch))
    if hasattr(teacher, "state_dict") and hasattr(teacher, "eval"):
        return _torch(teacher)
    if callable(teacher):
        return teacher
    kind = type(teacher).__name__
    remedy = {
        "ndarray": "An array of answers becomes a teacher by "
        "Answers.of(x, logits).",
        "str": "Load it first: keras.models.load_model(path), or "
        "Answers.load(path).",
        "PosixPath": "Load it first: keras.models.load_model(path), or "
        "Answers.load(path).",
    }.get(kind, "Answers from anywhere become one by Answers.of(x, logits).")
    raise TypeError(
        f"teacher must be a Keras model or a function from a batch to "
        f"logits, got {kind}. {remedy}"
    )


@dataclass(frozen=True)
class _Together:
    """Several teachers: the logarithm of their mean probability.

    Of values it is their mean. A single column is the logit of a sigmoid,
    whose other class has the logit 0.
    """

    teachers: Sequence[Callable]
    values: bool

    def __call__(self, batch):
        from scipy.special import log_softmax, logsumexp

        each = [one(batch)[OUTPUT].astype("float64") for one in self.teachers]
        if len({a.shape for a in each}) > 1:
            raise ValueError(
                f"the teachers answer with shapes {[a.shape for a in each]}. "
                "All must score the same classes: see map_classes."
            )
        if self.values:
            return np.mean(each, axis=0).astype("float32")
        alone = each[0].ndim > 1 and each[0].shape[-1] == 1
        if alone:
            each = [np.concatenate([0 * a, a], axis=-1) for a in each]
        mean = logsumexp(log_softmax(each, axis=-1), axis=0)
        if alone:
            mean = mean[..., 1:] - mean[..., :1]
        else:
            mean -= np.log(len(each))
        return mean.astype("float32")


def _onnx(session):
    """A session of ONNX Runtime, which knows inputs and outputs by name."""
    wanted = session.get_inputs()
    names = [output.name for output in session.get_outputs()]

    def answer(batch):
        given = batch
        if not isinstance(batch, Mapping):
            parts = batch if isinstance(batch, list | tuple) else [batch]
            given = {
                i.name: part for i, part in zip(wanted, parts, strict=True)
            }
        feed = {
            i.name: np.asarray(
                given[i.name], "float32" if i.type == "tensor(float)" else None
            )
            for i in wanted
        }
        given = session.run(None, feed)
        # The first of several need not be logits: classifiers made by
        # scikit-learn give the label first.
        return given[0] if len(given) == 1 else dict(zip(names, given))

    return answer


def _torch(module):
    """A PyTorch module, in evaluation, without gradients."""

    def answer(batch):
        import torch

        was = module.training
        module.eval()
        try:
            with torch.no_grad():
                parts = batch if isinstance(batch, list | tuple) else [batch]
                return module(*(torch.as_tensor(np.array(p)) for p in parts))
        finally:
            module.train(was)

    return answer


def _array(answer) -> np.ndarray:
    """An answer as an array, from whichever library it comes."""
    if hasattr(answer, "detach"):  # PyTorch
        answer = answer.detach().cpu()
    array = np.asarray(answer)
    if array.dtype.kind == "V":  # bfloat16, which files do not know
        array = np.asarray(answer).astype("float32")
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"the teacher answered with {type(answer).__name__} of dtype "
            f"{array.dtype}. It must give numbers, one row an example."
        )
    return array
