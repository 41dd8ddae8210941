"""What the student is asked to match, and the losses that compare."""

from .. import _room

__getattr__ = _room(__name__)
