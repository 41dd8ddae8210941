"""What makes `fit` quicker on TensorFlow, and changes nothing else."""

import keras

STEPS = 16  # more than this gains nothing that can be measured
FEW = 200  # steps in all, which take less time than to trace the loop

_BATCH_HOOKS = (
    "on_batch_begin", "on_batch_end", "on_train_batch_begin",
    "on_train_batch_end",
)  # fmt: skip


def steps_at_once(callbacks, fit_options, steps) -> int:
    """How many steps run between two looks of Python at the training.

    One where a callback looks at every batch, where the number of steps is
    given (Keras would round it up), or where they are few.

    Args:
        callbacks: of the training.
        fit_options: those of `fit`.
        steps: how many there are in all.
    """
    counted = {"steps_per_epoch", "validation_steps"} & set(fit_options)
    watched = any(_looks_at_batches(c) for c in callbacks)
    return 1 if counted or watched or steps < FEW else STEPS


def _looks_at_batches(callback):
    plain = keras.callbacks.Callback
    if getattr(callback, "save_freq", None) == "epoch":
        plain = keras.callbacks.ModelCheckpoint  # its own hooks then rest
    return any(
        name in vars(callback)
        or getattr(type(callback), name) is not getattr(plain, name, None)
        for name in _BATCH_HOOKS
    )


def compiled_by_xla():
    """What `jit_compile` is to be: not on a CPU, where it gains nothing.

    Of small dense students it takes as long as without, and much longer of
    convolutions.
    """
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow as tf

    return "auto" if tf.config.list_physical_devices("GPU") else False


def created(model, batch):
    """The model, with what `fit` would create within its first step.

    On TensorFlow a step that creates variables is traced twice.

    Args:
        model: compiled.
        batch: `(x, y)` or `(x, y, sample_weight)`; its first rows are used.
    """
    if keras.backend.backend() != "tensorflow":
        return model
    import tensorflow as tf

    if tf.distribute.has_strategy():
        return model
    some = keras.tree.map_structure(
        lambda a: tf.convert_to_tensor(a[:8]), batch
    )
    x, y, weights = keras.utils.unpack_x_y_sample_weight(some)
    outputs = model(x, training=False)
    model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weights)
    model.compute_metrics(x, y, outputs, weights)
    model.reset_metrics()
    model.optimizer.build(model.trainable_variables)
    return model
