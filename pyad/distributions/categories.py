"""Choices among several: categorical, one-hot, and how often each was chosen."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad._device import finfo
from pyad.distributions import constraints
from pyad.distributions.binary import Binomial, one_of
from pyad.distributions.distribution import Distribution
from pyad.distributions.utils import (
    broadcast_all,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from pyad.nn.functional import one_hot

__all__ = [
    "Categorical",
    "Multinomial",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
]

_SHARES: Any = {"probs": constraints.simplex, "logits": constraints.real_vector}


class Categorical(Distribution):
    """An index i with probability p_i.

    Args:
        probs: Weights along the last dim, in proportion to the probabilities.
        logits: Their logarithms, up to a constant, instead.

    Raises:
        ValueError: Both or neither were given, or a scalar.

    Example:
        >>> pyad.distributions.Categorical(pyad.tensor([1.0, 3.0])).probs
        tensor([0.2500, 0.7500])
    """

    arg_constraints: Any = _SHARES
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._given = one_of("Categorical", probs, logits)
        given = logits if probs is None else probs
        if given.dim() < 1:
            raise ValueError(f"Categorical: {self._given} must have at least one dim")
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        super().__init__(self._param.shape[:-1], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._given = self._given

    @property
    def _param(self) -> Tensor:
        return getattr(self, self._given)  # type: ignore[no-any-return]

    @property
    def _num_events(self) -> int:
        return self._param.shape[-1]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.shape

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities."""
        return logits_to_probs(self.logits)

    @property
    def mean(self) -> Tensor:
        return _core.full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Any:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return _core.full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        weights = self.probs.reshape(-1, self._num_events)
        # One row of draws a distribution, which is then the last dim.
        drawn = _core.multinomial(weights, Size(sample_shape).numel(), True)
        return drawn.mT.reshape(shape)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value, logits = _core.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        # 0 · log 0 is 0
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        batch = self._batch_shape
        values = _core.arange(self._num_events).reshape((-1, *[1] * len(batch)))
        return values.expand((-1, *batch)) if expand else values


class _OnCategorical(Distribution):
    """Laws of vectors that keep a `Categorical`."""

    arg_constraints: Any = _SHARES
    _categorical: Categorical

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._categorical = self._categorical.expand(batch_shape)

    @property
    def _param(self) -> Tensor:
        return self._categorical._param

    @property
    def probs(self) -> Any:
        """Probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """Logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._categorical.param_shape


class OneHotCategorical(_OnCategorical):
    """The unit vector of an index i with probability p_i.

    Args:
        probs: As in `Categorical`.
        logits: As in `Categorical`.

    Example:
        >>> pyad.distributions.OneHotCategorical(pyad.tensor([0.0, 1.0])).sample()
        tensor([0., 1.])
    """

    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        shape = self.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return one_hot(self._categorical.mode, self.event_shape[0]).to(self.probs.dtype)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        places = self._categorical.sample(sample_shape)
        return one_hot(places, self.event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self) -> Any:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        n, batch = self.event_shape[0], self.batch_shape
        values = _core.eye(n, dtype=self._param.dtype).reshape((n, *[1] * len(batch), n))
        return values.expand((n, *batch, n)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """`OneHotCategorical` whose draws pass gradients on to the probabilities.

    The estimator is biased (Bengio, Léonard, Courville, "Estimating or propagating gradients
    through stochastic neurons", 2013).

    Example:
        >>> pyad.distributions.OneHotCategoricalStraightThrough(pyad.tensor([0.0, 1.0])).rsample()
        tensor([0., 1.])
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = Size()) -> Any:
        drawn = self.sample(sample_shape)
        return drawn + (self.probs - self.probs.detach())


class Multinomial(_OnCategorical):
    """How often each of several was chosen in n choices.

    log P(k) = log n! + Σ (k_i log p_i - log k_i!).

    Args:
        total_count: n, an integer.
        probs: As in `Categorical`.
        logits: As in `Categorical`.

    Raises:
        NotImplementedError: `total_count` is no int.

    Example:
        >>> pyad.distributions.Multinomial(4, pyad.tensor([0.5, 0.5])).mean
        tensor([2., 2.])
    """

    def __init__(
        self,
        total_count: int = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("Multinomial: total_count must be an int, the same for all")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        shape = self.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        super()._expand_parts(new, batch_shape)
        new.total_count = self.total_count

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Any:
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Any:
        drawn = self._categorical.sample(Size((self.total_count,)) + Size(sample_shape))
        places = drawn.movedim(0, -1)
        counts = _core.zeros(self._extended_shape(sample_shape), dtype=_core.int64)
        counts = counts.scatter_add(-1, places, _core.ones_like(places))
        return counts.type_as(self.probs)

    def entropy(self) -> Any:
        # n H(p) - log n! + Σ E[log k_i!], each count being binomial.
        n = _core.tensor(float(self.total_count), dtype=self.probs.dtype)
        counts = Binomial(total_count=self.total_count, probs=self.probs)
        values = counts.enumerate_support(expand=False)[1:]
        expected = (counts.log_prob(values).exp() * (values + 1).lgamma()).sum([0, -1])
        return n * self._categorical.entropy() - (n + 1).lgamma() + expected

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        never = (value == 0) & (logits == -math.inf)
        powers = (logits.masked_fill(never, 0.0) * value).sum(-1)
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + powers
