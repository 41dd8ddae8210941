"""Knowledge distillation in Keras 3: small, tested, and quick to repeat.

``import kd_tutorial as kd`` costs almost nothing: Keras, scikit-learn and
Matplotlib are imported when a function that needs them is first asked for.

Layers, each of which imports only from those below it::

    __main__   exercises                                     use
    methods    study      claims      plots       intervals  evidence
    training   once       replicas    stacks      programs   training
    targets    features   answers     cache                  method
    losses     data       models      metrics     repeats    ground
"""

import importlib

from .quiet import quiet_tensorflow

quiet_tensorflow()

__version__ = "0.1.0"

# Where each public name lives. `__getattr__` imports the module on first use.
_PUBLIC = {
    "data": (
        "Dataset Split few_per_class load_data noisy_labels without_classes"
    ),
    "models": "cnn mlp rnn transformer",
    "metrics": (
        "Cost Latency accuracy agreement calibration_error cost"
        " kl_to_teacher latency log_loss"
    ),
    "targets": "HardTargets SoftTargets Target",
    "features": "AttentionTransfer Hint Relations",
    "training": "distill train",
    "once": "train_once",
    "cache": "AnswerCache",
    "answers": "Answers ask",
    "replicas": "Replicas train_replicas",
    "machine": "devices",
    "intervals": "Difference Interval",
    "tables": "Table",
    "study": "Study",
    "methods": "Method compare",
    "claims": "ClaimFailed claim published verdict",
    "repeats": "seeds seeds_needed",
}
_MODULES = (
    "answers", "claims", "data", "exercises", "features", "losses", "metrics",
    "models", "plots", "replicas", "study", "targets", "training",
)  # fmt: skip
_HOME = {
    name: module for module, names in _PUBLIC.items() for name in names.split()
}
__all__ = [*sorted({*_HOME, *_MODULES})]


def __getattr__(name):
    if name in _HOME:
        value = getattr(
            importlib.import_module(f"{__name__}.{_HOME[name]}"), name
        )
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next lookup does not come here
    return value


def __dir__():
    return sorted({*globals(), *__all__})
