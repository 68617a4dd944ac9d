"""Relaxations of choices that have gradients: the concrete distributions.

Maddison, Mnih, Teh, "The concrete distribution: a continuous relaxation of discrete random
variables", 2017; Jang, Gu, Poole, "Categorical reparameterization with Gumbel-softmax", 2017. Each
is drawn before the last, steep map, where its density is finite.
"""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.distributions import constraints
from pyad.distributions.binary import _Odds
from pyad.distributions.categories import _SHARES, Categorical, _OnCategorical
from pyad.distributions.transformed import TransformedDistribution
from pyad.distributions.transforms import ExpTransform, SigmoidTransform
from pyad.distributions.utils import batch_shape_of, broadcast_all, clamp_probs

__all__ = [
    "ExpRelaxedCategorical",
    "LogitRelaxedBernoulli",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
]


class LogitRelaxedBernoulli(_Odds):
    """The log odds of a `RelaxedBernoulli`.

    Of log odds a and temperature t: log p(y) = log t + (a - t y) - 2 log(1 + exp(a - t y)).

    Args:
        temperature: t, a tensor.
        probs: p.
        logits: log(p / (1 - p)), instead.

    Raises:
        ValueError: Both or neither of them were given.

    Example:
        >>> from pyad.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
        >>> LogitRelaxedBernoulli(pyad.tensor(1.0), 0.5).log_prob(pyad.tensor(0.0))
        tensor(-1.3863)
    """

    support = constraints.real

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        self._take(probs, logits)
        shape = batch_shape_of(self._param, logits if probs is None else probs)
        super().__init__(shape, validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        super()._expand_parts(new, batch_shape)
        new.temperature = self.temperature

    def rsample(self, sample_shape: Any = Size()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(_core.rand(shape, dtype=probs.dtype))
        odds = u.log() - (-u).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value * self.temperature
        return self.temperature.log() + difference - 2 * difference.exp().log1p()


class _Relaxed(TransformedDistribution):
    """What the two laws below share: parameters are those of the base."""

    has_rsample = True

    @property
    def temperature(self) -> Any:
        """The temperature."""
        return self.base_dist.temperature

    @property
    def probs(self) -> Any:
        """Probabilities."""
        return self.base_dist.probs

    @property
    def logits(self) -> Any:
        """Log odds, or logarithms of the probabilities."""
        return self.base_dist.logits


class RelaxedBernoulli(_Relaxed):
    """A number in (0, 1), close to 0 or 1 at low temperature.

    Args:
        temperature: A tensor.
        probs: p.
        logits: log(p / (1 - p)), instead.

    Example:
        >>> pyad.distributions.RelaxedBernoulli(pyad.tensor(1.0), pyad.tensor([0.5])).batch_shape
        (1,)
    """

    arg_constraints: Any = _Odds.arg_constraints
    support = constraints.unit_interval

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)


class ExpRelaxedCategorical(_OnCategorical):
    """The logarithm of a `RelaxedOneHotCategorical`.

    With s_i = log p_i - t y_i of K classes: log p(y) = log Γ(K) + (K - 1) log t + Σ (s_i -
    logsumexp s).

    Args:
        temperature: t, a tensor.
        probs: As in `Categorical`.
        logits: As in `Categorical`.

    Example:
        >>> from pyad.distributions.relaxed_categorical import ExpRelaxedCategorical
        >>> ExpRelaxedCategorical(pyad.tensor(1.0), pyad.ones(3)).event_shape
        (3,)
    """

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        super()._expand_parts(new, batch_shape)
        new.temperature = self.temperature

    def rsample(self, sample_shape: Any = Size()) -> Any:
        shape = self._extended_shape(sample_shape)
        u = clamp_probs(_core.rand(shape, dtype=self.logits.dtype))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        k = self._categorical._num_events
        logits, value = broadcast_all(self.logits, value)
        t: Tensor = self.temperature
        log_scale = _core.full_like(t, float(k)).lgamma() + t.log() * (k - 1)
        scores = logits - value * t
        return (scores - scores.logsumexp(dim=-1, keepdim=True)).sum(-1) + log_scale


class RelaxedOneHotCategorical(_Relaxed):
    """A point of the simplex, close to a corner at low temperature.

    Args:
        temperature: A tensor.
        probs: As in `Categorical`.
        logits: As in `Categorical`.

    Example:
        >>> pyad.distributions.RelaxedOneHotCategorical(pyad.tensor(1.0), pyad.ones(3)).event_shape
        (3,)
    """

    arg_constraints: Any = _SHARES
    support = constraints.simplex

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)
