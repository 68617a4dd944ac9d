"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import pyad
from pyad._core import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters in one vector; gradients flow through it.

    Args:
        parameters: Tensors.

    Returns:
        A 1-d tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.utils.parameters_to_vector([pyad.ones(2), pyad.zeros(1, 2)]).tolist()
        [1.0, 1.0, 0.0, 0.0]
    """
    return pyad.cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Lets the parameters show slices of a vector.

    Args:
        vec: A 1-d tensor of at least as many elements as the parameters have.
        parameters: Tensors.

    Raises:
        TypeError: `vec` is no tensor.

    Example:
        >>> import pyad
        >>> linear = pyad.nn.Linear(2, 1)
        >>> pyad.nn.utils.vector_to_parameters(pyad.ones(3), linear.parameters())
        >>> linear.weight.tolist()
        [[1.0, 1.0]]
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected Tensor, but got: {type(vec).__name__}")
    begin = 0
    for p in parameters:
        end = begin + p.numel()
        p.data = vec[begin:end].view(p.shape).data
        begin = end
