"""Losses that compare a student with its teacher, one number an example.

Every function takes rows, shape `(batch, classes)` or `(batch, outputs)`, the
teacher's or the labels first (as Keras puts `y_true` first), and returns
`(batch,)`. They work in log space and never clip. Those with a temperature
carry the factor T², so that their gradients keep their size as T grows
(Hinton et al. 2015, section 2).

In the formulas v are the teacher's logits and z the student's,
p = softmax(v / T) and q = softmax(z / T), C is the number of classes.
"""

from .decoupled import decoupled_kd
from .divergences import (
    binary_kl_divergence,
    generalized_jsd,
    kl_divergence,
    reverse_kl,
    soft_cross_entropy,
)
from .invariant import dist, standardized_kd
from .labels import binary_cross_entropy, hard_cross_entropy
from .squares import squared_error, squared_logits

__all__ = [
    "hard_cross_entropy",
    "soft_cross_entropy",
    "kl_divergence",
    "reverse_kl",
    "generalized_jsd",
    "squared_logits",
    "decoupled_kd",
    "dist",
    "standardized_kd",
    "binary_cross_entropy",
    "binary_kl_divergence",
    "squared_error",
]
