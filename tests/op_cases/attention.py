"""Cases of attention."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from op_cases.tools import nn, on

NAME = "scaled_dot_product_attention"
QKV = [(2, 3, 4), (2, 5, 4), (2, 5, 3)]
HEADS = [(2, 4, 3, 2), (2, 2, 5, 2), (2, 2, 5, 2)]


def attend(**options):
    """PyTorch's other kernels have no second derivatives."""

    def call(p, q, k, v, *mask):
        if p is not torch:
            return getattr(nn(p), NAME)(q, k, v, *mask, **options)
        with sdpa_kernel(SDPBackend.MATH):
            return getattr(nn(p), NAME)(q, k, v, *mask, **options)

    return call


def sees_nothing():
    """Query 1 of three sees no key."""
    visible = np.ones((3, 5), bool)
    visible[1] = False
    visible[0, 3:] = False
    return visible


ROWS = {
    NAME: on(QKV, attend(), attend(is_causal=True), attend(scale=0.3))
    + on([*QKV, (3, 5)], attend())
    + on([*QKV, (2, 1, 5)], attend())
    + on([*QKV, sees_nothing()], attend())
    + on([(3, 4), (3, 4), (3, 2)], attend(is_causal=True))
    + on(HEADS, attend(enable_gqa=True)),
}
