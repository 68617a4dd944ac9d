"""From constraints to transforms whose values satisfy them: `biject_to` and `transform_to`.

`biject_to` gives a bijection, with a log-determinant; `transform_to` any map onto the set that
suits optimisation, as softmax for the simplex.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

from pyad.distributions import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """A table from classes of constraints to functions that make a transform of one.

    Example:
        >>> from pyad.distributions import biject_to, constraints
        >>> biject_to(constraints.unit_interval)
        SigmoidTransform()
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(
        self, constraint: Any, factory: Callable[[Any], Any] | None = None
    ) -> Callable[..., Any]:
        """Enters a function for a class of constraints, or for that of an instance.

        Args:
            constraint: The class, or an instance of it.
            factory: From a constraint to a transform. Without it `register` is a decorator.

        Raises:
            TypeError: `constraint` is neither.
        """
        if factory is None:
            return lambda given: self.register(constraint, given)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, constraints.Constraint)):
            raise TypeError(f"register: takes a Constraint or a class of them, got {constraint!r}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(
                f"no transform is registered for {type(constraint).__name__} constraints"
            )
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()
_BOTH = (biject_to, transform_to)


def _register(registries: Any, *kinds: Any) -> Callable[[Callable[[Any], Any]], None]:
    def enter(factory: Callable[[Any], Any]) -> None:
        for registry in registries:
            for kind in kinds:
                registry.register(kind, factory)

    return enter


def _shifted_exp(bound: Any, sign: int) -> Any:
    parts = [transforms.ExpTransform(), transforms.AffineTransform(bound, sign)]
    return transforms.ComposeTransform(parts)


@_register(_BOTH, constraints.interval, constraints.half_open_interval)
def _(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    plain = isinstance(low, Number) and isinstance(high, Number)
    if plain and low == 0 and high == 1:
        return transforms.SigmoidTransform()
    parts = [transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)]
    return transforms.ComposeTransform(parts)


_register(_BOTH, constraints.real)(lambda c: transforms.identity_transform)
_register(_BOTH, constraints.greater_than, constraints.greater_than_eq)(
    lambda c: _shifted_exp(c.lower_bound, 1)
)
_register(_BOTH, constraints.less_than)(lambda c: _shifted_exp(c.upper_bound, -1))
_register([biject_to], constraints.simplex)(lambda c: transforms.StickBreakingTransform())
_register([transform_to], constraints.simplex)(lambda c: transforms.SoftmaxTransform())
_register(_BOTH, constraints.corr_cholesky)(lambda c: transforms.CorrCholeskyTransform())
_register([transform_to], constraints.lower_cholesky)(lambda c: transforms.LowerCholeskyTransform())
_register([transform_to], constraints.positive_definite, constraints.positive_semidefinite)(
    lambda c: transforms.PositiveDefiniteTransform()
)


def _register_inner(registry: ConstraintRegistry) -> None:
    """Constraints made of others: each takes the transforms of its parts from the same registry."""
    registry.register(
        constraints.independent,
        lambda c: transforms.IndependentTransform(
            registry(c.base_constraint), c.reinterpreted_batch_ndims
        ),
    )
    registry.register(
        constraints.cat,
        lambda c: transforms.CatTransform([registry(k) for k in c.cseq], c.dim, c.lengths),
    )
    registry.register(
        constraints.stack, lambda c: transforms.StackTransform([registry(k) for k in c.cseq], c.dim)
    )


_register_inner(biject_to)
_register_inner(transform_to)
