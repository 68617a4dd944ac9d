"""Transforms of pieces of a tensor, of its shape, and by a distribution function.

A part of `transforms.py`, which has their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.distributions import constraints
from pyad.distributions.transforms import Transform
from pyad.distributions.utils import _sum_rightmost, lazy_property

__all__ = [
    "CatTransform",
    "CumulativeDistributionTransform",
    "ReshapeTransform",
    "StackTransform",
]


def _check(holds: bool, text: str) -> None:
    if not holds:
        raise AssertionError(text)


def _parts(name: str, given: Iterable[Any], cache_size: int) -> list[Any]:
    parts = list(given)
    _check(all(isinstance(t, Transform) for t in parts), f"{name}: takes Transforms only")
    return [t.with_cache(cache_size) for t in parts] if cache_size else parts


class _Pieces(Transform):
    """What transforms of the pieces of a dim share; a subclass cuts a tensor and joins pieces."""

    transforms: list[Any]
    dim: int
    _expected: int  # the size that the dim must have

    def _cut(self, z: Tensor) -> Sequence[Tensor]:
        raise NotImplementedError

    def _join(self, pieces: list[Tensor]) -> Tensor:
        raise NotImplementedError

    def _pieces(self, z: Tensor) -> Sequence[Tensor]:
        name = type(self).__name__
        _check(
            -z.dim() <= self.dim < z.dim(), f"{name}: dim {self.dim} is out of range for {z.dim()}"
        )
        size = z.shape[self.dim]
        _check(size == self._expected, f"{name}: size {size} of its dim must be {self._expected}")
        return self._cut(z)

    def _call(self, x: Tensor) -> Tensor:
        return self._join([t(p) for t, p in zip(self.transforms, self._pieces(x), strict=True)])

    def _inverse(self, y: Tensor) -> Tensor:
        return self._join([t.inv(p) for t, p in zip(self.transforms, self._pieces(y), strict=True)])

    def _log_dets(self, x: Tensor, y: Tensor) -> list[Tensor]:
        pieces = zip(self.transforms, self._pieces(x), self._pieces(y), strict=True)
        return [t.log_abs_det_jacobian(a, b) for t, a, b in pieces]

    @property
    def bijective(self) -> bool:
        return all(t.bijective for t in self.transforms)


class CatTransform(_Pieces):
    """Transforms of consecutive pieces of a dim.

    Args:
        tseq: The transforms.
        dim: Which dim.
        lengths: Of the pieces, by default 1 each.
        cache_size: As in `Transform`.

    Example:
        >>> from pyad.distributions import CatTransform, ExpTransform, identity_transform
        >>> CatTransform([ExpTransform(), identity_transform], 0, [1, 2])(pyad.zeros(3))
        tensor([1., 0., 0.])
    """

    def __init__(
        self,
        tseq: Iterable[Any],
        dim: int = 0,
        lengths: Iterable[int] | None = None,
        cache_size: int = 0,
    ) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = _parts("CatTransform", tseq, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        _check(
            len(self.lengths) == len(self.transforms), "CatTransform: one length for each transform"
        )
        self.dim = dim

    @lazy_property
    def event_dim(self) -> Any:
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        return sum(self.lengths)

    @property
    def _expected(self) -> int:  # type: ignore[override]
        return int(self.length)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _cut(self, z: Tensor) -> Sequence[Tensor]:
        return z.split(self.lengths, self.dim)

    def _join(self, pieces: list[Tensor]) -> Tensor:
        return _core.cat(pieces, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        terms = [
            _sum_rightmost(term, self.event_dim - t.event_dim)
            for t, term in zip(self.transforms, self._log_dets(x, y), strict=True)
        ]
        # Counted from the end of the terms, which lack the dims of a value.
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        if dim < 0:
            return _core.cat(terms, dim)
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Pieces):
    """Transforms of the slices of a dim, one each.

    Args:
        tseq: The transforms.
        dim: Which dim.
        cache_size: As in `Transform`.

    Example:
        >>> from pyad.distributions import ExpTransform, StackTransform, identity_transform
        >>> StackTransform([ExpTransform(), identity_transform])(pyad.zeros(2))
        tensor([1., 0.])
    """

    def __init__(self, tseq: Iterable[Any], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = _parts("StackTransform", tseq, cache_size)
        self.dim = dim

    @property
    def _expected(self) -> int:  # type: ignore[override]
        return len(self.transforms)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return StackTransform(self.transforms, self.dim, cache_size)

    def _cut(self, z: Tensor) -> Sequence[Tensor]:
        return z.unbind(self.dim)

    def _join(self, pieces: list[Tensor]) -> Tensor:
        return _core.stack(pieces, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return _core.stack(self._log_dets(x, y), self.dim)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([t.codomain for t in self.transforms], self.dim)


class ReshapeTransform(Transform):
    """Values of one shape as values of another.

    Args:
        in_shape: Of an argument.
        out_shape: Of its value, with as many elements.
        cache_size: As in `Transform`.

    Raises:
        ValueError: The numbers of elements differ.

    Example:
        >>> pyad.distributions.ReshapeTransform((4,), (2, 2))(pyad.zeros(3, 4)).shape
        (3, 2, 2)
    """

    bijective = True

    def __init__(
        self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0
    ) -> None:
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError(
                f"ReshapeTransform: {tuple(in_shape)} and {tuple(out_shape)} differ in elements"
            )
        super().__init__(cache_size=cache_size)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.independent(constraints.real, len(self.out_shape))

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def _replaced(self, shape: Any, old: Size, new: Size) -> Any:
        cut = len(shape) - len(old)
        if cut < 0 or tuple(shape[cut:]) != tuple(old):
            raise ValueError(f"ReshapeTransform: expects {tuple(old)} last, got {tuple(shape)}")
        return shape[:cut] + new

    def forward_shape(self, shape: Any) -> Any:
        return self._replaced(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._replaced(shape, self.out_shape, self.in_shape)


class CumulativeDistributionTransform(Transform):
    """Numbers to the probabilities of a distribution that do not exceed them.

    Args:
        distribution: One with `cdf` and `icdf`.
        cache_size: As in `Transform`.

    Example:
        >>> from pyad.distributions import CumulativeDistributionTransform, Normal
        >>> CumulativeDistributionTransform(Normal(0.0, 1.0))(pyad.zeros(1))
        tensor([0.5000])
    """

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        return self.distribution.support

    def _call(self, x: Tensor) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)
