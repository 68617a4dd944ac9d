"""Forward mode: derivatives that travel with the values (Jacobian-vector products).

Inside a `dual_level`, `make_dual(x, t)` is `x` with tangent `t`; ops on it compute values and
tangents together, and `unpack_dual` takes a result apart. Memory does not grow with the number of
ops. Levels may be nested for higher derivatives, and reverse mode goes over forward mode and the
other way round.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]

F = TypeVar("F", bound=Callable[..., Any])


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Opens a level of forward mode on this thread; `dual_level` is the safer way.

    Returns:
        Its depth, from 0.

    Example:
        >>> import pyad.autograd.forward_ad as fw
        >>> fw.enter_dual_level()
        0
        >>> fw.exit_dual_level()
    """
    return _core.enter_dual_level()


def exit_dual_level(*, level: int | None = None) -> None:
    """Closes the innermost level; every tensor loses its tangents of that level.

    Args:
        level: Depth of the level, which must be the innermost one. Default: that one.

    Raises:
        RuntimeError: No level is open, or `level` is not the innermost.

    Example:
        >>> import pyad.autograd.forward_ad as fw
        >>> level = fw.enter_dual_level()
        >>> fw.exit_dual_level(level=level)
    """
    _core.exit_dual_level(level)


class dual_level:  # noqa: N801
    """Context (and decorator) inside which dual tensors live.

    Example:
        >>> import pyad
        >>> import pyad.autograd.forward_ad as fw
        >>> with fw.dual_level():
        ...     x = fw.make_dual(pyad.tensor(3.0), pyad.tensor(1.0))
        ...     fw.unpack_dual(x * x).tangent.item()
        6.0
    """

    def __init__(self) -> None:
        self._levels: list[int] = []

    def __enter__(self) -> int:
        level = enter_dual_level()
        self._levels.append(level)
        return level

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        exit_dual_level(level=self._levels.pop())

    def __call__(self, fn: F) -> F:
        """Decorates a function: each call opens a level of its own."""

        @functools.wraps(fn)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with dual_level():
                return fn(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The tensor with a tangent.

    Args:
        tensor: Primal value, floating point.
        tangent: Of the same shape and dtype.
        level: Depth of an open level. Default: the innermost.

    Returns:
        A tensor that shares memory and history with `tensor` and carries the tangent.

    Raises:
        RuntimeError: No level is open, shapes or dtypes differ, or `tensor` has a tangent at that
            level already.
        ValueError: One of the two is not floating point, or shapes differ.

    Example:
        >>> import pyad
        >>> import pyad.autograd.forward_ad as fw
        >>> with fw.dual_level():
        ...     x = fw.make_dual(pyad.tensor(2.0), pyad.tensor(10.0))
        ...     fw.unpack_dual(x.exp().log()).tangent.item()
        10.0
    """
    return _core.make_dual(tensor, tangent, level)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """Primal and tangent of a tensor.

    Args:
        tensor: Any tensor.
        level: Depth of an open level. Default: the innermost.

    Returns:
        `(primal, tangent)`; the tangent is None when the tensor has none at that level, or when no
        level is open.

    Example:
        >>> import pyad
        >>> import pyad.autograd.forward_ad as fw
        >>> with fw.dual_level():
        ...     fw.unpack_dual(pyad.tensor(2.0)).tangent is None
        True
    """
    return UnpackedDualTensor(*_core.unpack_dual(tensor, level))
