"""Probes: random vectors of mean 0 and covariance I, drawn from a law that has a name, or given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pyad import _core
from pyad._core import Generator, ShapeError, Tensor, dtype
from pyad.estimators.products import Matrix

__all__ = ["drawer"]

LAWS = ("rademacher", "gaussian", "sphere")


def drawer(matrix: Matrix, probes: object, generator: object, k: int) -> Callable[[], Tensor]:
    """Checks how probes are asked for; nothing is drawn before the call of what is returned.

    Args:
        matrix: What they are for.
        probes: The name of a law, or a tensor or array (n, k) or (*lead, n, k).
        generator: Where they are drawn from; None for the default generator.
        k: How many.

    Returns:
        A function that gives the probes, (*lead, n, k), constants of the matrix's dtype.
    """
    op, shape = matrix.op, (*matrix.lead, matrix.n, k)
    if matrix.n == 0:
        raise ShapeError(f"{op}: a point without elements has no trace to estimate")
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(
            f"{op}: generator must be a pyad.Generator or None, got {type(generator).__name__!r}; "
            "pyad.Generator().manual_seed(0) makes one"
        )
    if isinstance(probes, str):
        if probes not in LAWS:
            names = ", ".join(f'"{name}"' for name in LAWS)
            raise ValueError(f"{op}: probes must be {names} or a tensor {shape}, got {probes!r}")
        law = probes
        return lambda: _draw(law, shape, matrix.dtype, generator)
    if isinstance(probes, np.ndarray):
        probes = _core.as_tensor(probes)
    if not isinstance(probes, Tensor):
        raise TypeError(
            f"{op}: probes must be the name of a law or a tensor {shape}, got "
            f"{type(probes).__name__!r}"
        )
    if probes.shape not in (shape, shape[-2:]):
        either = f"{shape[-2:]}, or {shape} for probes of each point" if matrix.lead else f"{shape}"
        raise ShapeError(f"{op}: expects probes of shape {either}, got {probes.shape}")
    if probes.dtype != matrix.dtype:
        raise TypeError(
            f"{op}: probes are {probes.dtype}, but vectors are {matrix.dtype}; give "
            f"probes.to({matrix.dtype})"
        )
    given = probes.detach()
    return lambda: given.expand(shape)


def _draw(law: str, shape: tuple[int, ...], dtype: dtype, generator: Generator | None) -> Tensor:
    if law == "rademacher":
        return _core.randint(0, 2, shape, dtype=dtype, generator=generator).mul_(2).sub_(1)
    drawn = _core.randn(shape, dtype=dtype, generator=generator)
    if law == "sphere":
        drawn.mul_(math.sqrt(shape[-2]) / drawn.norm(dim=-2, keepdim=True))
    return drawn
