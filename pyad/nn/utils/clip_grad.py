"""Clipping of gradients by their norm or by their values."""

from __future__ import annotations

import math
import types
import warnings
from collections.abc import Iterable

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]

Tensors = Tensor | Iterable[Tensor]


def _listed(tensors: Tensors) -> list[Tensor]:
    if isinstance(tensors, list):
        return tensors
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _norm(
    tensors: list[Tensor], norm_type: float, error_if_nonfinite: bool, of_gradients: bool
) -> Tensor:
    norm_type = float(norm_type)
    norm = _core.total_norm(tensors, norm_type, of_gradients)
    if error_if_nonfinite and not math.isfinite(norm.item()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped. To disable this error and scale the gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return norm


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors together: the norm of their norms.

    Args:
        tensors: A tensor or several; often gradients.
        norm_type: 2 for Euclid's; `inf` for the largest magnitude.
        error_if_nonfinite: Whether a norm that is infinite or NaN is an error.
        foreach: Accepted and ignored: it is one call for all tensors anyway.

    Returns:
        A 0-d tensor.

    Raises:
        RuntimeError: The norm is not finite, and that is an error.

    Example:
        >>> import pyad
        >>> pyad.nn.utils.get_total_norm([pyad.tensor([3.0]), pyad.tensor([[4.0]])]).item()
        5.0
    """
    return _norm(_listed(tensors), norm_type, error_if_nonfinite, of_gradients=False)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scales gradients down from a norm that is known already.

    Args:
        parameters: A tensor or several, with gradients or without.
        max_norm: The largest norm that stays.
        total_norm: The norm that the gradients have.
        foreach: Accepted and ignored: it is one call for all tensors anyway.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.zeros(2))
        >>> w.grad = pyad.tensor([3.0, 4.0])
        >>> pyad.nn.utils.clip_grads_with_norm_([w], 1.0, pyad.tensor(5.0))
        >>> [round(g, 4) for g in w.grad.tolist()]
        [0.6, 0.8]
    """
    _core.clip_grads_with_norm(_listed(parameters), float(max_norm), total_norm)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales gradients down, all by one factor, so that their norm together is at most `max_norm`.

    Args:
        parameters: A tensor or several, with gradients or without.
        max_norm: The largest norm that stays.
        norm_type: 2 for Euclid's; `inf` for the largest magnitude.
        error_if_nonfinite: Whether a norm that is infinite or NaN is an error.
        foreach: Accepted and ignored: it is one call for all tensors anyway.

    Returns:
        The norm before, a 0-d tensor.

    Raises:
        RuntimeError: The norm is not finite, and that is an error; nothing has changed.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.zeros(2))
        >>> w.grad = pyad.tensor([3.0, 4.0])
        >>> pyad.nn.utils.clip_grad_norm_([w], 1.0).item()
        5.0
        >>> [round(g, 4) for g in w.grad.tolist()]
        [0.6, 0.8]
    """
    generated = isinstance(parameters, types.GeneratorType)
    tensors = _listed(parameters)
    if generated and not tensors:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2
        )
    norm = _norm(tensors, norm_type, error_if_nonfinite, of_gradients=True)
    _core.clip_grads_with_norm(tensors, float(max_norm), norm)
    return norm


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """`clip_grad_norm_` under its old name (deprecated).

    Args:
        parameters: A tensor or several, with gradients or without.
        max_norm: The largest norm that stays.
        norm_type: 2 for Euclid's; `inf` for the largest magnitude.
        error_if_nonfinite: Whether a norm that is infinite or NaN is an error.
        foreach: Accepted and ignored.

    Returns:
        The norm before, a 0-d tensor.
    """
    warnings.warn(
        "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Limits each element of the gradients to [-clip_value, clip_value].

    Args:
        parameters: A tensor or several, with gradients or without.
        clip_value: The bound.
        foreach: Accepted and ignored: it is one call for all tensors anyway.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.zeros(2))
        >>> w.grad = pyad.tensor([3.0, -0.5])
        >>> pyad.nn.utils.clip_grad_value_([w], 1.0)
        >>> w.grad.tolist()
        [1.0, -0.5]
    """
    _core.clip_grad_values(_listed(parameters), float(clip_value))
