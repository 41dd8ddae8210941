"""Training on the teacher's answers: by Keras' fit, or many seeds at once."""

from .. import _room

__getattr__ = _room(__name__)
