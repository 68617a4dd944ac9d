"""`Distribution`, the interface of all families, and what they derive from their constraints.

Note [Parameters and constraints]
A family says in `arg_constraints` which parameters it has and where they may lie. The rest follows
from it: validation, the text, and `expand`, since the `event_dim` of a constraint says which dims
of its parameter are of the batch. A family that keeps other distributions adds them in
`_expand_parts`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from pyad._core import Size, Tensor
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.utils import _all_hold, lazy_property

__all__ = ["Distribution"]

_PACKAGE = __name__.rpartition(".")[0]


def _shown(value: Any) -> str:
    return f"{type(value).__name__} of shape {tuple(value.shape)}"


class Distribution:
    """A distribution of a tensor of shape `event_shape`, or a batch of independent ones.

    Args:
        batch_shape: Of the batch.
        event_shape: Of one draw from one distribution.
        validate_args: Whether parameters and values are checked; by default as
            `set_default_validate_args` says.

    Raises:
        ValueError: A parameter violates its constraint.

    Attributes:
        has_rsample: Whether `rsample` gives draws with gradients.
        has_enumerate_support: Whether `enumerate_support` gives all values.

    Example:
        >>> d = pyad.distributions.Normal(pyad.zeros(3), 1.0)
        >>> d.batch_shape, d.sample((2,)).shape, d.log_prob(pyad.zeros(3)).shape
        ((3,), (2, 3), (3,))
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their arguments unless told otherwise; at first they do.

        Raises:
            ValueError: `value` is no bool.
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: takes True or False, got {value!r}")
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Any = Size(),
        event_shape: Any = Size(),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = batch_shape
        self._event_shape = event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        try:
            table = self.arg_constraints
        except NotImplementedError:
            table = {}
            warnings.warn(
                f"{type(self).__name__} has no arg_constraints, so its parameters are not checked; "
                "define them, or pass validate_args=False",
                stacklevel=4,
            )
        for name, constraint in table.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(
                getattr(type(self), name, None), lazy_property
            ):
                continue  # would be computed from the parameter that was given
            value = getattr(self, name)
            if not _all_hold(constraint.check(value)):
                raise ValueError(
                    f"Expected parameter {name} ({_shown(value)}) of distribution {self!r} to "
                    f"satisfy the constraint {constraint!r}, but found invalid values:\n{value!s}"
                )

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same distributions for a larger batch, without copies.

        Args:
            batch_shape: The new shape of the batch, to which the present one broadcasts.

        Raises:
            NotImplementedError: A subclass with a constructor of its own must define `expand`.
        """
        family = next(c for c in type(self).__mro__ if c.__module__.startswith(_PACKAGE))
        if family.__init__ is Distribution.__init__:  # type: ignore[misc]  # an interface
            raise NotImplementedError(f"{type(self).__name__} does not define expand")
        new = self._get_checked_instance(family, _instance)
        batch_shape = Size(batch_shape)
        self._expand_parameters(new, batch_shape)
        self._expand_parts(new, batch_shape)
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expand_parameters(self, new: Any, batch_shape: Size) -> None:
        for name, constraint in self.arg_constraints.items():
            value = self.__dict__.get(name)
            if isinstance(value, Tensor):
                own = value.shape[value.dim() - constraint.event_dim :]
                new.__dict__[name] = value.expand(batch_shape + own)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        """Gives `new` what the family keeps besides its parameters."""

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        if _instance is not None:
            return _instance
        if type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"{type(self).__name__} has a constructor of its own, so that the expand of "
                f"{cls.__name__} cannot make one: define expand"
            )
        return cls.__new__(type(self))

    @property
    def batch_shape(self) -> Size:
        """The shape of the batch."""
        return self._batch_shape  # type: ignore[no-any-return]

    @property
    def event_shape(self) -> Size:
        """The shape of one draw from one distribution."""
        return self._event_shape  # type: ignore[no-any-return]

    @property
    def arg_constraints(self) -> dict[str, Any]:
        """For each parameter where it may lie."""
        raise NotImplementedError(f"{type(self).__name__} has no arg_constraints")

    @property
    def support(self) -> Any:
        """Where draws lie, a constraint."""
        raise NotImplementedError(f"{type(self).__name__} has no support")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} has no mean")

    @property
    def mode(self) -> Tensor:
        """A value of the largest density or probability."""
        raise NotImplementedError(f"{type(self).__name__} has no mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """Draws, `sample_shape` of each distribution, without gradients.

        Returns:
            A tensor of shape `sample_shape + batch_shape + event_shape`.
        """
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        """Draws as functions of the parameters, with gradients, where `has_rsample`."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample")

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`; deprecated."""
        warnings.warn("sample_n(n) is deprecated; use sample((n,))", FutureWarning, stacklevel=2)
        return self.sample(Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of draws up to `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`."""
        raise NotImplementedError(f"{type(self).__name__} has no icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a first dim.

        Args:
            expand: Whether they are repeated over the batch; otherwise its dims have size 1.
        """
        raise NotImplementedError(f"{type(self).__name__} has no enumerate_support")

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy")

    def perplexity(self) -> Tensor:
        """Exp of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Any = Size()) -> Size:
        return Size(Size(sample_shape) + self._batch_shape + self._event_shape)

    def _validate_sample(self, value: Any) -> None:
        """Raises ValueError for a value that is no tensor, does not fit, or is outside."""
        if not isinstance(value, Tensor):
            raise ValueError(f"values of distributions are tensors, got {type(value).__name__}")
        shape, expected = value.shape, self._batch_shape + self._event_shape
        start = len(shape) - len(self._event_shape)
        if start < 0 or tuple(shape[start:]) != tuple(self._event_shape):
            raise ValueError(
                f"the last sizes of a value of {type(self).__name__} must be its event_shape "
                f"{tuple(self._event_shape)}, got the shape {tuple(shape)}"
            )
        for have, want in zip(reversed(shape), reversed(expected), strict=False):
            if have != 1 and want != 1 and have != want:
                raise ValueError(
                    f"a value of shape {tuple(shape)} does not broadcast with batch_shape + "
                    f"event_shape {tuple(expected)} of {type(self).__name__}"
                )
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self).__name__} has no support, so values are not checked; define it, or "
                "pass validate_args=False",
                stacklevel=3,
            )
            return
        if not _all_hold(support.check(value)):
            raise ValueError(
                f"Expected value argument ({_shown(value)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value!s}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if value is not None:
                shown.append(f"{name}: {value if value.numel() == 1 else repr(value.shape)}")
        return f"{type(self).__name__}({', '.join(shown)})"
