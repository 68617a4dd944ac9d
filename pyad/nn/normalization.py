"""Normalising layers: over batches, instances, groups of channels, and last dims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


class _ChannelNorm(Module):
    """What batch and instance normalisation share: running statistics, scale and shift."""

    _version = 2  # of the saved state: since 2 it counts batches
    _dims: tuple[int, ...]

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any,
        dtype: Any,
        bias: bool,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats

        def parameter() -> Parameter | None:
            return Parameter(_core.empty(num_features, dtype=dtype, device=device))

        def buffer(fill: Any) -> Tensor | None:
            return fill(num_features, dtype=dtype, device=device) if track_running_stats else None

        self.register_parameter("weight", parameter() if affine else None)
        self.register_parameter("bias", parameter() if affine and bias else None)
        self.register_buffer("running_mean", buffer(_core.zeros))
        self.register_buffer("running_var", buffer(_core.ones))
        count = _core.tensor(0, dtype=_core.int64) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forgets what has been seen: means 0, variances 1."""
        if self.track_running_stats:
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Sets scales to 1, shifts to 0, and forgets what has been seen."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_dims(self, input: Tensor) -> None:
        if input.ndim not in self._dims:
            wanted = " or ".join(f"{n}D" for n in self._dims)
            raise ValueError(f"expected {wanted} input (got {input.ndim}D input)")

    def extra_repr(self) -> str:
        """Number of features and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        *rest: Any,
    ) -> None:
        # States saved before batches were counted have no count, and leave it as it is.
        key = prefix + "num_batches_tracked"
        old = (local_metadata.get("version") or 1) < 2
        if old and self.track_running_stats and key not in state_dict:
            own = self.num_batches_tracked
            state_dict[key] = _core.tensor(0, dtype=_core.int64) if own is None else own
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_ChannelNorm):
    """(x - mean) / sqrt(variance + eps) for each channel, scaled and shifted.

    In training the statistics of the batch count, and running ones are kept; in evaluation the
    running ones count, if they are kept.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (batch, channels, ...)."""
        self._check_dims(input)
        mean, var = self.running_mean, self.running_var
        training = self.training or mean is None
        momentum, count = self.momentum, None
        if self.training:
            count = self.num_batches_tracked if self.track_running_stats else None
            if count is None:
                mean = var = None
            elif momentum is None:  # a plain mean over the batches
                momentum = 1.0 / (float(count) + 1.0)
        out = _core.nn.functional.batch_norm(
            input, mean, var, self.weight, self.bias, training, momentum or 0.0, self.eps
        )
        if count is not None:
            count.add_(1)
        return out


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (batch, channels) or (batch, channels, length).

    Args:
        num_features: Channels.
        eps: Added to the variance.
        momentum: How far running statistics move at each step; None: a plain mean over all.
        affine: Whether there are a scale and a shift for each channel.
        track_running_stats: Whether running statistics are kept, for evaluation.
        device: "cpu" or None.
        dtype: Of parameters and statistics. Default: the default dtype.
        bias: Whether there is a shift, with affine.

    Raises:
        ValueError: The input has another number of dims, or one value a channel in training.

    Example:
        >>> import pyad
        >>> pyad.nn.BatchNorm1d(1)(pyad.tensor([[1.0], [3.0]])).detach()
        tensor([[-1.0000],
                [ 1.0000]])
    """

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (batch, channels, height, width); see `BatchNorm1d`.

    Example:
        >>> import pyad
        >>> pyad.nn.BatchNorm2d(3)(pyad.randn(2, 3, 4, 4)).shape
        (2, 3, 4, 4)
    """

    _dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (batch, channels, depth, height, width); see `BatchNorm1d`.

    Example:
        >>> import pyad
        >>> pyad.nn.BatchNorm3d(3)(pyad.randn(2, 3, 2, 2, 2)).shape
        (2, 3, 2, 2, 2)
    """

    _dims = (5,)


class _InstanceNorm(_ChannelNorm):
    """(x - mean) / sqrt(variance + eps) for each channel of each instance."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (batch, channels, ...), or one instance without the batch."""
        self._check_dims(input)
        channel = input.ndim - self._dims[1] + 1
        if input.shape[channel] != self.num_features and self.affine:
            raise ValueError(
                f"expected input's size at dim={channel} to match num_features "
                f"({self.num_features}), but got: {input.shape[channel]}."
            )
        single = input.ndim == self._dims[0]
        out = _core.nn.functional.instance_norm(
            input.unsqueeze(0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum or 0.0,
            self.eps,
        )
        return out.squeeze(0) if single else out


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (batch, channels, length) or (channels, length).

    Args:
        num_features: Channels.
        eps: Added to the variance.
        momentum: How far running statistics move at each step.
        affine: Whether there are a scale and a shift for each channel.
        track_running_stats: Whether running statistics are kept, for evaluation.
        device: "cpu" or None.
        dtype: Of parameters and statistics. Default: the default dtype.
        bias: Whether there is a shift, with affine.

    Raises:
        ValueError: The input has another number of dims or channels, or one value an instance.

    Example:
        >>> import pyad
        >>> pyad.nn.InstanceNorm1d(1)(pyad.tensor([[[1.0, 3.0]]]))
        tensor([[[-1.0000,  1.0000]]])
    """

    _dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (batch, channels, height, width); see `InstanceNorm1d`.

    Example:
        >>> import pyad
        >>> pyad.nn.InstanceNorm2d(3)(pyad.randn(2, 3, 4, 4)).shape
        (2, 3, 4, 4)
    """

    _dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (batch, channels, depth, height, width); see `InstanceNorm1d`.

    Example:
        >>> import pyad
        >>> pyad.nn.InstanceNorm3d(3)(pyad.randn(2, 3, 2, 2, 2)).shape
        (2, 3, 2, 2, 2)
    """

    _dims = (4, 5)


class GroupNorm(Module):
    """(x - mean) / sqrt(variance + eps) for groups of channels of each instance.

    Args:
        num_groups: Groups; a divisor of the channels.
        num_channels: Channels.
        eps: Added to the variance.
        affine: Whether there are a scale and a shift for each channel.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.
        bias: Whether there is a shift, with affine.

    Raises:
        ValueError: The channels cannot be divided into such groups.

    Example:
        >>> import pyad
        >>> pyad.nn.GroupNorm(1, 2)(pyad.tensor([[1.0, 3.0]])).detach()
        tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine

        def parameter() -> Parameter | None:
            return Parameter(_core.empty(num_channels, dtype=dtype, device=device))

        self.register_parameter("weight", parameter() if affine else None)
        self.register_parameter("bias", parameter() if affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets scales to 1 and shifts to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (batch, channels, ...)."""
        return _core.nn.functional.group_norm(
            input, self.num_groups, self.weight, self.bias, self.eps
        )

    def extra_repr(self) -> str:
        """Numbers and settings."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """x / (k + alpha mean x^2)^beta, the mean over neighbouring channels.

    Args:
        size: Channels that count.
        alpha: Factor of the mean.
        beta: Exponent.
        k: Added to the mean.

    Raises:
        ValueError: The input has fewer than three dims.

    Example:
        >>> import pyad
        >>> pyad.nn.LocalResponseNorm(1, alpha=1.0, beta=1.0)(pyad.ones(1, 1, 1)).item()
        0.5
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (batch, channels, ...)."""
        return _core.nn.functional.local_response_norm(
            input, self.size, self.alpha, self.beta, self.k
        )

    def extra_repr(self) -> str:
        """Settings."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class RMSNorm(Module):
    """x / sqrt(mean x^2 + eps) over the last dims, scaled.

    Args:
        normalized_shape: The last sizes of the input.
        eps: Added to the mean square. Default: the distance from 1 to the dtype's next number.
        elementwise_affine: Whether there is a scale.
        device: "cpu" or None.
        dtype: Of the scale. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.RMSNorm(2)(pyad.tensor([[1.0, 1.0]])).detach()
        tensor([[1., 1.]])
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = _core.empty(self.normalized_shape, dtype=dtype, device=device)
        self.register_parameter("weight", Parameter(weight) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets scales to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (..., *normalized_shape)."""
        return _core.nn.functional.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Shape and settings."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) over the last dims, scaled and shifted.

    Args:
        normalized_shape: The last sizes of the input.
        eps: Added to the variance.
        elementwise_affine: Whether there is a scale.
        bias: Whether there is a shift too.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.LayerNorm(2)(pyad.tensor([[1.0, 3.0]])).detach()
        tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine

        def parameter(wanted: bool) -> Parameter | None:
            return Parameter(_core.empty(shape, dtype=dtype, device=device)) if wanted else None

        self.register_parameter("weight", parameter(elementwise_affine))
        self.register_parameter("bias", parameter(elementwise_affine and bias))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets scales to 1 and shifts to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalises (..., *normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shape and settings."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )
