"""Knowledge distillation in Keras 3: small, tested, and quick to repeat.

``import kd_tutorial as kd`` costs almost nothing: Keras, scikit-learn and
Matplotlib are imported when a function that needs them is first asked for.

A room for each layer. Each imports only from those below it::

    command     `python -m kd_tutorial`: the example, and one's own files
    exercises   answer checks
    evidence    studies over paired seeds, intervals, claims, figures
    device      a model as a file, how long an answer takes, what there is
    training    Keras' fit on the teacher's answers; many seeds at once
    objectives  losses, and the targets that use them
    answers     what the teacher says, asked once and kept
    models      classifiers in any size, what they cost
    data        data sets by name, from files, in parts
"""

import importlib

from .quiet import quiet_tensorflow

quiet_tensorflow()

__version__ = "0.1.0"

# Where each public name lives. `__getattr__` imports the module on first use.
_PUBLIC = {
    "data.base_seed": "seeds",
    "data.dataset": "Dataset Split",
    "data.draws": "few_per_class halves mixtures noisy_labels without_classes",
    "data.loading": "load_data",
    "data.packages": "available fetch",
    "data.pages": "page_needs",
    "data.registry": "PackagedFile data_directory",
    "models.classifiers": "cnn mlp rnn transformer",
    "models.costs": "Cost cost",
    "models.languages": "LanguageIdentifier",
    "models.minilm": "SentenceEncoder",
    "models.pretrained": "OcrReader",
    "models.strided": "strided_cnn",
    "answers.answers": "Answers",
    "answers.asking": "ask",
    "answers.cache": "AnswerCache",
    "answers.store": "AnswerStore",
    "answers.written": "Written",
    "answers.probabilities": "to_logits",
    "answers.mapped": "map_classes",
    "objectives.features": "AttentionTransfer Hint Relations",
    "objectives.target": "Target",
    "objectives.targets": "HardTargets SoftTargets",
    "training.fit": "distill train",
    "training.once": "train_once",
    "training.replicas": "train_replicas",
    "training.trained": "Replicas",
    "device.export": "Exported export",
    "device.hardware": "devices",
    "device.on_device": "OnDevice",
    "device.timing": "Latency latency",
    "evidence.claims": "ClaimFailed claim hypothesis identity published",
    "evidence.verdicts": "verdict",
    "evidence.comparison": "compare",
    "evidence.intervals": "Difference Interval",
    "evidence.metrics": (
        "accuracy agreement calibration_error kl_to_teacher log_loss"
    ),
    "evidence.methods": "Method Teacher",
    "evidence.power": "seeds_needed",
    "evidence.predictions": "predict reveal",
    "evidence.recipes": "shared",
    "evidence.study": "Study",
    "evidence.tables": "Table",
}
# Modules that are public by their own name: `kd.losses`, `kd.plots`, ...
_MODULES = {
    "claims": "evidence.claims",
    "controls": "evidence.controls",
    "diagrams": "evidence.diagrams",
    "exercises": "exercises",
    "features": "objectives.features",
    "losses": "objectives.losses",
    "metrics": "evidence.metrics",
    "plots": "evidence.plots",
    "replicas": "training.replicas",
    "study": "evidence.study",
    "targets": "objectives.targets",
    "verdicts": "evidence.verdicts",
    **{
        room: room
        for room in (
            "answers", "data", "device", "evidence", "models", "objectives",
            "training",
        )
    },
}  # fmt: skip
_HOME = {
    name: module for module, names in _PUBLIC.items() for name in names.split()
}
__all__ = [*sorted({*_HOME, *_MODULES})]


def __getattr__(name):
    if name in _HOME:
        module = importlib.import_module(f"{__name__}.{_HOME[name]}")
        value = getattr(module, name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next lookup does not come here
    return value


def __dir__():
    return sorted({*globals(), *__all__})


def _room(package):
    """A room's `__getattr__`: its public names, each from its module."""
    room = package.rpartition(".")[2]

    def find(name):
        if _HOME.get(name, "").startswith(f"{room}."):
            return __getattr__(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
