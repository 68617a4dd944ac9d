"""`kl_divergence`, its table of pairs, and how an entry is found.

Note [Divergences by moments]
KL(p ‖ q) = -H(p) - E_p[log q]. Where log q is a sum of powers, logarithms or exponentials of x, its
mean under p consists of moments of p, so that one function serves every p that knows them: all
pairs of different families stand in `kl_cross.py` as such functions, with the list of families p.
Pairs of one family have closed forms, in `kl_same.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from pyad._core import Tensor
from pyad.distributions.distribution import Distribution

__all__ = ["kl_divergence", "register_kl"]

_KL_REGISTRY: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}
_KL_MEMOIZE: dict[tuple[type, type], Callable[[Any, Any], Any] | None] = {}


def register_kl(type_p: Any, type_q: Any) -> Callable[[Any], Any]:
    """A decorator that enters a function for a pair of classes, and their subclasses.

    Args:
        type_p: The class of the first distribution.
        type_q: The class of the second one.

    Raises:
        TypeError: One of them is no subclass of `Distribution`.

    Example:
        >>> from pyad.distributions import Normal, kl_divergence, register_kl
        >>> class Point(Normal):
        ...     pass
        >>> @register_kl(Point, Normal)
        ... def _(p, q):
        ...     return -q.log_prob(p.loc)
        >>> kl_divergence(Point(0.0, 1.0), Normal(0.0, 1.0))
        tensor(0.9189)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"register_kl: {name} must be a subclass of Distribution, got {kind!r}")

    def enter(function: Any) -> Any:
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()
        return function

    return enter


def _closest(pairs: list[tuple[type, ...]]) -> tuple[type, ...]:
    """The pair of the most special classes, the first class deciding before the second."""
    best = pairs[0]
    for pair in pairs[1:]:
        for mine, other in zip(pair, best, strict=True):
            if mine is not other:
                best = pair if issubclass(mine, other) else best
                break
    return best


def _dispatch_kl(type_p: type, type_q: type) -> Callable[[Any, Any], Any] | None:
    fitting: list[tuple[type, ...]] = [
        (p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)
    ]
    if not fitting:
        return None
    by_p = _closest(fitting)
    by_q = _closest([pair[::-1] for pair in fitting])[::-1]
    chosen = _KL_REGISTRY[by_p[0], by_p[1]]
    if chosen is not _KL_REGISTRY[by_q[0], by_q[1]]:
        warnings.warn(
            f"kl_divergence({type_p.__name__}, {type_q.__name__}) is ambiguous; register it with "
            f"register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return chosen


def kl_divergence(p: Any, q: Any) -> Tensor:
    """The Kullback-Leibler divergence KL(p ‖ q) = E_p[log p(x) - log q(x)].

    Args:
        p: A distribution.
        q: Another one.

    Returns:
        A tensor of the shape of their batches.

    Raises:
        NotImplementedError: No function is registered for the pair.

    Example:
        >>> from pyad.distributions import Normal, kl_divergence
        >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
        tensor(0.5000)
    """
    key = type(p), type(q)
    if key not in _KL_MEMOIZE:
        _KL_MEMOIZE[key] = _dispatch_kl(*key)
    function = _KL_MEMOIZE[key]
    if function is None:
        raise NotImplementedError(
            f"no kl_divergence is registered for {key[0].__name__} and {key[1].__name__}; "
            "use register_kl, or average p.log_prob(x) - q.log_prob(x) over draws of p"
        )
    return function(p, q)  # type: ignore[no-any-return]


# Their tables are entered here, whichever module is asked for first.
from pyad.distributions import kl_cross, kl_same  # noqa: E402, F401
