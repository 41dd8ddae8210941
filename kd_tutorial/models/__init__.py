"""Classifiers in any size, and what a model is and costs."""

from .. import _room

__getattr__ = _room(__name__)
