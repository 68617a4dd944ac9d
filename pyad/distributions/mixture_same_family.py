"""Mixtures of several distributions of one family."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.categories import Categorical
from pyad.distributions.distribution import Distribution
from pyad.nn.functional import log_softmax

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """Draws from one of several components, chosen with given probabilities.

    Args:
        mixture_distribution: A `Categorical` over the components.
        component_distribution: The components, along the last dim of the batch.

    Raises:
        ValueError: These are no such distributions, or their shapes do not fit.

    Example:
        >>> from pyad.distributions import Categorical, MixtureSameFamily, Normal
        >>> d = MixtureSameFamily(Categorical(pyad.ones(2)), Normal(pyad.tensor([-1.0, 1.0]), 1.0))
        >>> d.mean, d.variance
        (tensor(0.), tensor(2.))
    """

    arg_constraints: Any = {}
    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Any,
        component_distribution: Any,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError("MixtureSameFamily: mixture_distribution must be a Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("MixtureSameFamily: component_distribution must be a Distribution")
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        batch = component_distribution.batch_shape
        for a, b in zip(reversed(mixture_distribution.batch_shape), batch[-2::-1], strict=False):
            if a != 1 and b != 1 and a != b:
                raise ValueError(
                    f"MixtureSameFamily: batch_shape {tuple(mixture_distribution.batch_shape)} of "
                    f"the mixture does not fit that of the components, {tuple(batch)}"
                )
        self._num_component = mixture_distribution._num_events
        if self._num_component != batch[-1]:
            raise ValueError(
                f"MixtureSameFamily: the mixture has {self._num_component} components, the last "
                f"dim of the components' batch {batch[-1]}"
            )
        event = component_distribution.event_shape
        super().__init__(batch[:-1], event, validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        components = batch_shape + Size((self._num_component,))
        new._component_distribution = self._component_distribution.expand(components)
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component = self._num_component

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The distribution of the choice."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components."""
        return self._component_distribution

    @property
    def _event_ndims(self) -> int:
        return len(self._component_distribution.event_shape)

    def _weights(self) -> Any:
        """The probabilities with the dims of an event behind them."""
        probs = self.mixture_distribution.probs
        return probs.reshape((*probs.shape, *[1] * self._event_ndims))

    def _averaged(self, values: Any) -> Any:
        return (self._weights() * values).sum(-1 - self._event_ndims)

    @property
    def mean(self) -> Any:
        return self._averaged(self.component_distribution.mean)

    @property
    def variance(self) -> Any:
        # The mean of the variances, and the variance of the means.
        spread = (self.component_distribution.mean - self._pad(self.mean)).pow(2.0)
        return self._averaged(self.component_distribution.variance) + self._averaged(spread)

    def cdf(self, x: Any) -> Any:
        below = self.component_distribution.cdf(self._pad(x))
        return (below * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, x: Any) -> Any:
        if self._validate_args:
            self._validate_sample(x)
        inner = self.component_distribution.log_prob(self._pad(x))
        weights = log_softmax(self.mixture_distribution.logits, dim=-1)
        return (inner + weights).logsumexp(dim=-1)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with no_grad():
            event = self.event_shape
            choice = self.mixture_distribution.sample(sample_shape)
            drawn = self.component_distribution.sample(sample_shape)
            dim = len(sample_shape) + len(self.batch_shape)
            places = choice.reshape((*choice.shape, *[1] * (len(event) + 1)))
            places = places.expand((*drawn.shape[:dim], 1, *event))
            return _core.gather(drawn, dim, places).squeeze(dim)

    def _pad(self, x: Any) -> Any:
        return x.unsqueeze(-1 - self._event_ndims)

    def __repr__(self) -> str:
        return (
            f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
        )
