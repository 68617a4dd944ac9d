"""Exponential families: entropies and divergences from the log-normaliser's gradient."""

from __future__ import annotations

from typing import Any

from pyad._core import Tensor
from pyad.autograd import grad
from pyad.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities h(x) exp(<η, t(x)> - A(η)) with natural parameters η.

    A subclass gives `_natural_params`, `_log_normalizer` (A) and `_mean_carrier_measure`
    (E[log h(x)]). Then E[t(x)] is the gradient of A, and the entropy is A(η) - <η, ∇A(η)> less
    E[log h(x)]; the divergence of two members is A's Bregman divergence (Nielsen, Nock, "Entropies
    and cross-entropies of exponential families", 2010).

    Example:
        >>> isinstance(pyad.distributions.Gamma(1.0, 1.0), pyad.distributions.ExponentialFamily)
        True
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError(f"{type(self).__name__} has no natural parameters")

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} has no log-normaliser")

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no mean carrier measure")

    def entropy(self) -> Any:
        carrier = self._mean_carrier_measure
        natural = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*natural)
        gradients = grad(normalizer.sum(), natural, create_graph=True)
        result = normalizer - carrier
        for parameter, gradient in zip(natural, gradients, strict=True):
            product = parameter * gradient
            result = result - product.reshape((*self._batch_shape, -1)).sum(-1)
        return result
