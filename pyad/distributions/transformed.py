"""Distributions made of others: more dims in an event, and draws that a transform maps on."""

from __future__ import annotations

from typing import Any

from pyad._core import Size, Tensor
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.transforms import ComposeTransform, Transform
from pyad.distributions.utils import _sum_rightmost

__all__ = ["Independent", "TransformedDistribution"]


class Independent(Distribution):
    """Some of the last dims of a batch as dims of the event.

    Args:
        base_distribution: The distribution.
        reinterpreted_batch_ndims: How many dims of its batch become dims of the event.

    Raises:
        ValueError: The batch has fewer dims.

    Example:
        >>> from pyad.distributions import Independent, Normal
        >>> d = Independent(Normal(pyad.zeros(2, 3), 1.0), 1)
        >>> d.batch_shape, d.event_shape
        ((2,), (3,))
    """

    arg_constraints: Any = {}

    def __init__(
        self,
        base_distribution: Any,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        batch_dims = len(base_distribution.batch_shape)
        if reinterpreted_batch_ndims > batch_dims:
            raise ValueError(
                f"Independent: the batch has {batch_dims} dims, fewer than "
                f"reinterpreted_batch_ndims = {reinterpreted_batch_ndims}"
            )
        shape = base_distribution.batch_shape + base_distribution.event_shape
        cut = batch_dims - reinterpreted_batch_ndims
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        new.base_dist = self.base_dist.expand(batch_shape + inner)
        new.reinterpreted_batch_ndims = self.reinterpreted_batch_ndims

    @property
    def has_rsample(self) -> Any:
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self) -> Any:
        return self.reinterpreted_batch_ndims == 0 and self.base_dist.has_enumerate_support

    @constraints.dependent_property
    def support(self) -> Any:
        inner = self.base_dist.support
        more = self.reinterpreted_batch_ndims
        return constraints.independent(inner, more) if more else inner

    @property
    def mean(self) -> Any:
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def sample(self, sample_shape: Any = Size()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Tensor:
        return _sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        return _sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Any:
        if self.reinterpreted_batch_ndims > 0:
            raise NotImplementedError("Independent: does not enumerate products of supports")
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"


class TransformedDistribution(Distribution):
    """Draws from a distribution, mapped on by transforms.

    The density of y = f(x) is that of x divided by |det f'(x)|.

    Args:
        base_distribution: The distribution of x.
        transforms: A transform, or a list of them, the first to be applied first.

    Raises:
        ValueError: These are no transforms, or the base has too few dims for them.

    Example:
        >>> from pyad.distributions import ExpTransform, Normal, TransformedDistribution
        >>> d = TransformedDistribution(Normal(0.0, 1.0), [ExpTransform()])
        >>> d.log_prob(pyad.tensor(1.0))
        tensor(-0.9189)
    """

    arg_constraints: Any = {}

    def __init__(
        self, base_distribution: Any, transforms: Any, validate_args: bool | None = None
    ) -> None:
        if isinstance(transforms, Transform):
            transforms = [transforms]
        if not isinstance(transforms, list) or not all(
            isinstance(t, Transform) for t in transforms
        ):
            raise ValueError(
                f"transforms must be a Transform or a list of Transforms, got {transforms!r}"
            )
        self.transforms = transforms
        whole = ComposeTransform(transforms)
        inner, outer = whole.domain.event_dim, whole.codomain.event_dim
        shape = base_distribution.batch_shape + base_distribution.event_shape
        base_dims = len(base_distribution.event_shape)
        if len(shape) < inner:
            raise ValueError(
                f"the transforms take values of {inner} dims, but the base distribution's shape is "
                f"{tuple(shape)}"
            )
        # Parameters of transforms may broadcast a smaller base; its draws must then be as many.
        result = whole.forward_shape(shape)
        needed = whole.inverse_shape(result)
        if tuple(shape) != tuple(needed):
            base_distribution = base_distribution.expand(needed[: len(needed) - base_dims])
        if inner > base_dims:
            base_distribution = Independent(base_distribution, inner - base_dims)
        self.base_dist = base_distribution
        event_dim = max(outer, base_dims + outer - inner)
        cut = len(result) - event_dim
        super().__init__(result[:cut], result[cut:], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        shape: Any = batch_shape + self.event_shape
        for transform in reversed(self.transforms):
            shape = transform.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        new.transforms = self.transforms

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        inner = self.transforms[-1].codomain
        more = len(self.event_shape) - inner.event_dim
        return constraints.independent(inner, more) if more > 0 else inner

    @property
    def has_rsample(self) -> Any:
        return self.base_dist.has_rsample

    def _mapped(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape: Any = Size()) -> Any:
        with no_grad():
            return self._mapped(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return self._mapped(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        dims = len(self.event_shape)
        total: Any = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            log_det = transform.log_abs_det_jacobian(x, y)
            total = total - _sum_rightmost(log_det, dims - transform.domain.event_dim)
            y = x
        inner = self.base_dist.log_prob(y)
        return total + _sum_rightmost(inner, dims - len(self.base_dist.event_shape))

    def _turned(self, probability: Any) -> Any:
        """P where the transforms increase, 1 - p where they decrease."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._mapped(self.base_dist.icdf(self._turned(value)))
