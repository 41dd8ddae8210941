"""What there is to compute on."""


def devices() -> list[str]:
    """The devices that Keras can use here, the preferred one first.

    Returns:
        Names for `keras.device`: every GPU, then the CPU.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.devices()[-1]
    'cpu:0'
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        found = [
            device.name.removeprefix("/physical_device:").lower()
            for device in tf.config.list_physical_devices()
        ]
    elif keras.backend.backend() == "torch":  # Keras lists none there
        import torch

        found = [f"gpu:{i}" for i in range(torch.cuda.device_count())]
    else:
        found = [name.lower() for name in keras.distribution.list_devices()]
    names = {name for name in found if not name.startswith("xla")}
    return sorted({*names, "cpu:0"}, key=lambda n: (n.startswith("cpu"), n))
