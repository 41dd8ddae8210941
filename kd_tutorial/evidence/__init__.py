"""What a comparison found: studies, intervals, claims, tables, figures."""

from .. import _room

__getattr__ = _room(__name__)
