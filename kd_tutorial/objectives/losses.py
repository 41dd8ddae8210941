"""Losses that compare a student with its teacher, one number an example.

Every function takes rows, shape `(batch, classes)` or `(batch, outputs)`, the
teacher's or the labels first (as Keras puts `y_true` first), and returns
`(batch,)`. They work in log space and never clip. Half-precision logits are
widened to float32, in which values and gradients are right to 1e-5 of
themselves over 2 to 50,000 classes, logits of 1e-4 to 1e4, temperatures from
1e-2 to 1e4, and students that nearly equal their teacher; `dist` loses
digits with logits over T, `standardized_kd` some below T = 0.1. A class at
minus infinity on both sides has no part; where only the student excludes it, a
divergence from the teacher is infinite.

Those with a temperature carry the factor T², so that their gradients keep
their size as T grows (Hinton et al. 2015, section 2).

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
