"""Layers and losses as functions. All but `dropout` are rows of the op table."""

from __future__ import annotations

from pyad import _core
from pyad._core import (
    Tensor,
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)

bilinear = _core.nn.bilinear
binary_cross_entropy = _core.nn.binary_cross_entropy
binary_cross_entropy_with_logits = _core.nn.binary_cross_entropy_with_logits
cross_entropy = _core.nn.cross_entropy
embedding = _core.nn.embedding
huber_loss = _core.nn.huber_loss
kl_div = _core.nn.kl_div
l1_loss = _core.nn.l1_loss
layer_norm = _core.nn.layer_norm
rms_norm = _core.nn.rms_norm
local_response_norm = _core.nn.local_response_norm
instance_norm = _core.nn.instance_norm
group_norm = _core.nn.group_norm
batch_norm = _core.nn.batch_norm
linear = _core.nn.linear
mse_loss = _core.nn.mse_loss
nll_loss = _core.nn.nll_loss
one_hot = _core.nn.one_hot
pad = _core.nn.pad
smooth_l1_loss = _core.nn.smooth_l1_loss
softmin = _core.nn.softmin

__all__ = [
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "group_norm",
    "hardtanh",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "relu",
    "rms_norm",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softmin",
    "softplus",
    "tanh",
]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to zero with probability p and scales the others by 1 / (1 - p).

    Args:
        input: A floating tensor.
        p: Probability, from 0 to 1.
        training: Whether anything happens at all.
        inplace: Whether the result is written into the input.

    Returns:
        A tensor of the input's shape; the input itself when nothing happens.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.dropout(pyad.ones(3), p=1.0)
        tensor([0., 0., 0.])
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0 or input.numel() == 0:
        return input
    keep = _core.empty_like(input.detach()).bernoulli_(1.0 - p)
    if p < 1.0:
        keep.div_(1.0 - p)
    return input.mul_(keep) if inplace else input * keep
