"""The optimizer of the compiled loop: which one, and its settings."""

import json

import keras

from ..checks import check_positive

_ALONE = "Use distill, a seed at a time."


def checked_optimizer(optimizer, learning_rate):
    """An optimizer's name or configuration, and its learning rate.

    The rate is `None` where a schedule decides it.
    """
    if isinstance(optimizer, str):
        rate = 1e-3 if learning_rate is None else learning_rate
        return optimizer, check_positive(
            "learning_rate", rate, "0.001 is usual."
        )
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(
            f"optimizer must be a Keras optimizer or its name, got "
            f"{optimizer!r}."
        )
    if learning_rate is not None:
        raise ValueError(
            "learning_rate was given beside an optimizer that has its own. "
            "Give it to the optimizer."
        )
    _check_plain(optimizer)
    config = keras.optimizers.serialize(optimizer)
    own = config["config"]
    rate = own["learning_rate"]
    own["name"] = "optimizer"  # not the one that Keras counts up
    scheduled = isinstance(rate, dict)
    if not scheduled:
        own["learning_rate"] = 1e-3  # it reaches the loop as a number
    # NumPy's numbers are no JSON.
    settings = json.dumps(config, sort_keys=True, default=float)
    return settings, None if scheduled else rate


def _check_plain(optimizer):
    """Raise for what the loop, which has an optimizer's settings, drops."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            "optimizer is a LossScaleOptimizer, and the compiled loop does "
            "not scale losses. Pass the optimizer inside it, or use distill, "
            "a seed at a time."
        )
    for what in (optimizer, optimizer._learning_rate):
        kind = what if hasattr(what, "__qualname__") else type(what)
        if not kind.__module__.startswith("keras."):
            raise ValueError(
                f"optimizer has {kind.__qualname__}, which is not Keras' own: "
                "the compiled loop makes optimizer and schedule anew from "
                f"their settings. {_ALONE}"
            )
    own = optimizer.get_config()
    for option in (
        "clipnorm", "global_clipnorm", "gradient_accumulation_steps",
    ):  # fmt: skip
        if own.get(option):
            raise ValueError(
                f"optimizer has {option}, which looks at more than one "
                f"weight or step. Use clipvalue; or distill, a seed at a time."
            )
    for option in ("use_ema", "loss_scale_factor"):
        if own.get(option):
            raise ValueError(
                f"optimizer has {option}={own[option]!r}, which the compiled "
                f"loop does not follow. {_ALONE}"
            )
    if getattr(optimizer, "_exclude_from_weight_decay", None) or getattr(
        optimizer, "_exclude_from_weight_decay_pattern", None
    ):
        raise ValueError(
            "optimizer leaves variables out by exclude_from_weight_decay, and "
            f"the compiled loop has all weights in one vector. {_ALONE}"
        )
