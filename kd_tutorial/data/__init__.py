"""Rows with labels: data sets by name, from files, in parts."""

from .. import _room

__getattr__ = _room(__name__)
