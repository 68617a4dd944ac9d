"""Laws of trials with two outcomes: Bernoulli, binomial, geometric, negative binomial.

Their parameter comes as a probability or as log odds, and whichever was not given is derived:
`_Odds`, which relaxed laws share.
"""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad._device import finfo
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.gamma import Gamma
from pyad.distributions.utils import (
    _all_hold,
    batch_shape_of,
    broadcast_all,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from pyad.nn.functional import binary_cross_entropy_with_logits, logsigmoid

__all__ = ["Bernoulli", "Binomial", "Geometric", "NegativeBinomial"]


def one_of(name: str, probs: Any, logits: Any) -> str:
    """Which of the two was given; raises ValueError unless it is one."""
    if (probs is None) == (logits is None):
        raise ValueError(f"{name}: pass either probs or logits, not both")
    return "logits" if probs is None else "probs"


class _Odds(Distribution):
    """Distributions with probs or logits of two outcomes."""

    _given: str
    arg_constraints: Any = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def _take(self, probs: Any, logits: Any, *others: Any) -> tuple[Tensor, ...]:
        """Keeps the one that was given; returns `others` in its shape."""
        self._given = one_of(type(self).__name__, probs, logits)
        *rest, parameter = broadcast_all(*others, logits if probs is None else probs)
        setattr(self, self._given, parameter)
        return tuple(rest)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._given = self._given

    @property
    def _param(self) -> Tensor:
        return getattr(self, self._given)  # type: ignore[no-any-return]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.shape

    @lazy_property
    def logits(self) -> Tensor:
        """Log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities."""
        return logits_to_probs(self.logits, is_binary=True)


def _counts_up_to(self: Any, n: int, expand: bool) -> Tensor:
    """0 ... n along a first dim, before the dims of the batch."""
    batch = self._batch_shape
    values = _core.arange(n + 1, dtype=self._param.dtype).reshape((-1, *[1] * len(batch)))
    return values.expand((-1, *batch)) if expand else values


class Bernoulli(_Odds, ExponentialFamily):
    """1 with probability p, else 0.

    log P(x) = x log p + (1 - x) log(1 - p), computed from the log odds.

    Args:
        probs: p.
        logits: log(p / (1 - p)), instead.

    Raises:
        ValueError: Both or neither were given.

    Example:
        >>> pyad.distributions.Bernoulli(0.25).mean
        tensor(0.2500)
    """

    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._take(probs, logits)
        shape = batch_shape_of(self._param, logits if probs is None else probs)
        super().__init__(shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        likely = (self.probs >= 0.5).to(self.probs.dtype)
        return _core.where(self.probs == 0.5, math.nan, likely)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with no_grad():
            return _core.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return _counts_up_to(self, 1, expand)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (_core.logit(self.probs),)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        (x,) = natural_params
        return x.exp().log1p()


class Binomial(_Odds):
    """The number of successes in n trials.

    log P(k) = log C(n, k) + k log p + (n - k) log(1 - p).

    Args:
        total_count: n.
        probs: p, of one success.
        logits: log(p / (1 - p)), instead.

    Raises:
        ValueError: Both or neither of them were given.

    Example:
        >>> pyad.distributions.Binomial(4, 0.5).log_prob(pyad.tensor(2.0)).exp()
        tensor(0.3750)
    """

    arg_constraints: Any = {
        "total_count": constraints.nonnegative_integer,
        **_Odds.arg_constraints,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        (count,) = self._take(probs, logits, total_count)
        self.total_count = count.type_as(self._param)
        super().__init__(self._param.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return _core.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n, logits = self.total_count, self.logits
        ways = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        # -log(1 - p) is softplus of the log odds, whose slope at 0 is 1/2 in this form.
        positive = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        return value * logits + ways - n * (positive + (-logits.abs()).exp().log1p())

    def _same_count(self, name: str) -> int:
        count = int(self.total_count.max())
        if int(self.total_count.min()) != count:
            raise NotImplementedError(f"Binomial: {name} needs the same total_count for all")
        return count

    def entropy(self) -> Any:
        self._same_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return _counts_up_to(self, self._same_count("enumerate_support"), expand)


class Geometric(_Odds):
    """The number of failures before the first success.

    log P(k) = k log(1 - p) + log p.

    Args:
        probs: p, of one success.
        logits: log(p / (1 - p)), instead.

    Raises:
        ValueError: Both or neither were given, or p is 0.

    Example:
        >>> pyad.distributions.Geometric(0.25).mean
        tensor(3.)
    """

    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._take(probs, logits)
        shape = batch_shape_of(self._param, logits if probs is None else probs)
        super().__init__(shape, validate_args=validate_args)
        if self._validate_args and probs is not None and not _all_hold(self.probs > 0):
            raise ValueError(f"Geometric: probs must be positive, got\n{self.probs}")

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return _core.zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = Size()) -> Any:
        shape, dtype = self._extended_shape(sample_shape), self.probs.dtype
        with no_grad():
            u = _core.empty(shape, dtype=dtype).uniform_(finfo(dtype).tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()  # inversion

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        probs = _core.where((probs == 1) & (value == 0), 0.0, probs)  # 0 · log 0 is 0
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Any:
        crossed = binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return crossed / self.probs


class NegativeBinomial(_Odds):
    """The number of successes before r failures; r need not be whole.

    log P(k) = log Γ(r + k) - log k! - log Γ(r) + r log(1 - p) + k log p; a Poisson law whose rate
    is drawn from Gamma(r, (1 - p) / p).

    Args:
        total_count: r.
        probs: p, of one success.
        logits: log(p / (1 - p)), instead.

    Raises:
        ValueError: Both or neither of them were given.

    Example:
        >>> pyad.distributions.NegativeBinomial(2.0, 0.5).mean
        tensor(2.)
    """

    arg_constraints: Any = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        (count,) = self._take(probs, logits, total_count)
        self.total_count = count.type_as(self._param)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / _core.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(self.total_count, (-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with no_grad():
            return _core.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        r = self.total_count
        powers = r * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = (r + value).lgamma() - (1.0 + value).lgamma() - r.lgamma()
        return powers + ways.masked_fill(r + value == 0.0, 0.0)
