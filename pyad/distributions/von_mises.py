"""The von Mises distribution of angles."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.utils import broadcast_all, lazy_property

__all__ = ["VonMises"]


class VonMises(Distribution):
    """The normal distribution's counterpart on the circle.

    log p(x) = κ cos(x - μ) - log 2π I₀(κ) (Mardia, Jupp, "Directional Statistics", 3.5.4). PyTorch
    computes I₀ and I₁ from approximations with seven digits; here they are exact to the last ones.

    Args:
        loc: μ, in radians.
        concentration: κ.

    Example:
        >>> pyad.distributions.VonMises(0.0, 1.0).variance
        tensor(0.5536)
    """

    arg_constraints: Any = {
        "loc": constraints.real,
        "concentration": constraints.positive,
    }
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, Size(), validate_args)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        # I₀(κ) = exp(κ) i0e(κ), and cos(x) - 1 = -2 sin²(x/2): nothing overflows or cancels.
        lowered = -2 * k * ((value - self.loc) / 2).sin().square()
        return lowered - math.log(2 * math.pi) - _core.i0e(k).log()

    @lazy_property
    def _proposal(self) -> Tensor:
        """R of the wrapped Cauchy law whose envelope fits best; 1/κ + κ for small κ."""
        k = self.concentration.double()
        tau = 1 + (1 + 4 * k**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * k)
        return _core.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """Draws by rejection from a wrapped Cauchy law.

        Best, Fisher, "Efficient simulation of the von Mises distribution", Applied Statistics 28,
        1979; in float64, whatever the dtype, and all anew until each has been accepted.
        """
        shape = self._extended_shape(sample_shape)
        with no_grad():
            loc, k, r = self.loc.double(), self.concentration.double(), self._proposal
            x = _core.zeros(shape, dtype=_core.float64)
            done = _core.zeros(shape, dtype=_core.bool)
            while not done.all():
                u1, u2, u3 = _core.rand((3, *shape), dtype=_core.float64).unbind()
                z = (math.pi * u1).cos()
                f = (1 + r * z) / (r + z)
                c = k * (r - f)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                x = _core.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accept
            return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        try:
            return super().expand(batch_shape, _instance)
        except NotImplementedError:  # a subclass with the same arguments
            validate = self.__dict__.get("_validate_args")
            loc, k = self.loc.expand(batch_shape), self.concentration.expand(batch_shape)
            return type(self)(loc, k, validate_args=validate)

    @property
    def mean(self) -> Tensor:
        """The mean direction."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """The circular variance, 1 - I₁(κ) / I₀(κ)."""
        return 1 - _core.i1e(self.concentration) / _core.i0e(self.concentration)
