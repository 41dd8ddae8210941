"""The machine that it runs on: what there is, how long it takes."""

from .. import _room

__getattr__ = _room(__name__)
