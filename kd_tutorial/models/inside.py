"""Layers inside a model, found by path, also within nested models."""

import keras


def output_names(model) -> dict:
    """A model's outputs by name; a single one is called `"output"`."""
    if isinstance(model, keras.Sequential):  # its `output` is of a call
        return {"output": model.outputs[0]}
    if isinstance(model.output, dict):
        return dict(model.output)
    if len(model.outputs) == 1:
        return {"output": model.outputs[0]}
    return dict(zip(model.output_names, model.outputs, strict=True))


def layer_output(model, path: str, whose: str = "model"):
    """The symbolic output of the layer at `path`, as a model knows it.

    Args:
        model: functional or sequential, or what `watched` made of one.
        path: a layer's name; or, inside nested models, the names on the way
            to it, `"backbone/gap"`.
        whose: what to call the model in an error. Defaults to `"model"`.

    Raises:
        ValueError: when there is no such layer, or it is called several
            times.
    """
    outputs = getattr(model, "_watched", {}).get(path)
    if outputs is None:
        outputs = _calls(model, _layer(model, path, whose))
    if len(outputs) != 1:
        raise ValueError(
            f"layer {path!r} has {len(outputs)} outputs in the {whose}, one "
            "for each time it is called there. Choose a layer that is called "
            "once, or give the one you mean a name: "
            "keras.layers.Identity(name=...)."
        )
    return outputs[0]


def _calls(model, layer) -> list:
    """What a layer gives in a model, a call each.

    Its own `output` is that of its first call, in whichever model.
    """
    graph = getattr(model, "_functional", None) or model  # of a sequential
    return [
        node.outputs[0] if len(node.outputs) == 1 else list(node.outputs)
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
        if node.operation is layer
    ]


def _layer(model, path, whose):
    """The layer at `path`; raise with the names that there are."""
    first, _, rest = path.partition("/")
    if not hasattr(model, "layers"):
        raise ValueError(
            f"the {whose} has no layer {path!r}: {model.name!r}, a "
            f"{type(model).__name__}, has none inside."
        )
    names = [layer.name for layer in model.layers]
    if path in names:
        return model.get_layer(path)
    if first not in names:
        inside = [n.name for n in model.layers if hasattr(n, "layers")]
        hint = (
            f" Of what lies in {inside[0]!r} say '{inside[0]}/LAYER'."
            if inside
            else ""
        )
        raise ValueError(
            f"the {whose} has no layer {path!r}. Its layers are {names}."
            + hint
        )
    return _layer(model.get_layer(first), rest, f"{whose}'s {first!r}")


def watched(model, paths, whose: str = "model"):
    """The model, such that `layer_output` finds every layer in `paths`.

    A layer inside a nested model has an output only within it. So the outer
    model is built again on the same layers, each called once, with the nested
    ones giving that output too.

    Args:
        model: a Keras model.
        paths: names or paths of layers.
        whose: what to call the model in an error. Defaults to `"model"`.

    Returns:
        The model itself where all layers are its own; else a new functional
        one with the same layers, weights and outputs.

    Raises:
        ValueError: when there is no such layer, or the model is neither
            sequential nor functional.
    """
    own = [layer.name for layer in getattr(model, "layers", ())]
    for path in paths:
        _layer(model, path, whose)
    if all(path in own for path in paths):
        return model
    found = {}

    def call(layer, *arguments, **options):
        prefix = f"{layer.name}/"
        inner = [
            path.removeprefix(prefix)
            for path in paths
            if path.startswith(prefix) and path not in own
        ]
        if not inner:
            output = layer(*arguments, **options)
        else:
            its = f"{whose}'s {layer.name!r}"
            part = watched(layer, inner, its)
            outputs = {
                f"inside {p}": layer_output(part, p, its) for p in inner
            }
            # A sequential model's own `output` is that of its first call.
            sequential = isinstance(part, keras.Sequential)
            outputs["output"] = part.outputs[0] if sequential else part.output
            given = keras.Model(part.inputs, outputs)(*arguments, **options)
            output = given["output"]
            for p in inner:
                found.setdefault(prefix + p, []).append(given[f"inside {p}"])
        found.setdefault(layer.name, []).append(output)
        return output

    if isinstance(model, keras.Sequential):
        inputs = [
            keras.Input(batch_shape=i.shape, dtype=i.dtype)
            for i in model.inputs
        ]
        outputs = inputs[0]
        for layer in model.layers:
            outputs = call(layer, outputs)
        again = keras.Model(inputs, outputs, name=model.name)
    else:
        again = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call
        )
    # Not tracked by Keras: these are outputs, not parts.
    object.__setattr__(again, "_watched", found)
    return again
