"""Recurrent layers: `RNN`, `LSTM`, `GRU`. Each layer and direction is one op over all steps."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter
from pyad.nn.recurrent import GRUCell, LSTMCell, RNNCell, RNNCellBase
from pyad.nn.utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_ROWS: dict[str, Any] = {
    "LSTM": _core.lstm,
    "GRU": _core.gru,
    "RNN_TANH": _core.rnn_tanh,
    "RNN_RELU": _core.rnn_relu,
}


def _check_int(name: str, value: Any) -> None:
    if not isinstance(value, int):
        raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
    if value <= 0:
        raise ValueError(f"{name} must be greater than zero")


def _check_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")


class RNNBase(Module):
    """What recurrent layers share: options, parameters and their start, packed sequences.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers on top of each other.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, steps, features).
        dropout: Probability of dropout after every layer but the last.
        bidirectional: Whether each layer also runs backward.
        proj_size: Size to which an LSTM's state is projected; 0 for none.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: An option has a value that makes no sense.

    Example:
        >>> import pyad
        >>> [name for name, _ in pyad.nn.RNNBase("GRU", 2, 3).named_parameters()]
        ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']
    """

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int
    _all_weights: list[list[str]]
    _flat_weights_names: list[str]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if (
            not isinstance(dropout, numbers.Real)
            or isinstance(dropout, bool)
            or not 0 <= dropout <= 1
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={num_layers}",
                stacklevel=3,
            )
        _check_bool("bias", bias)
        _check_bool("batch_first", batch_first)
        _check_int("input_size", input_size)
        _check_int("hidden_size", hidden_size)
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections"
            )
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = []
        directions = 2 if bidirectional else 1
        gates, out = _GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            size = input_size if layer == 0 else out * directions
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (gates, size),
                "weight_hh": (gates, out),
            }
            if bias:
                shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
            if proj_size > 0:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[:directions]:
                names = []
                for kind, shape in shapes.items():
                    names.append(f"{kind}_l{layer}{suffix}")
                    value = _core.empty(*shape, dtype=dtype, device=device)
                    self.register_parameter(names[-1], Parameter(value))
                self._all_weights.append(names)
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all parameters from [-b, b), b = 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Does nothing: there is no other layout to bring the parameters into."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [getattr(self, name) for name in self._flat_weights_names]

    def _check(self, input: Tensor, states: Any, batch: int, weight: Tensor) -> None:
        """Raises where shapes and dtypes do not fit, in PyTorch's words."""
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: "
                f"model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. Expected "
                f"{self.input_size}, got {input.shape[-1]}"
            )
        count = self.num_layers * (2 if self.bidirectional else 1)
        for k, state in enumerate(states):
            size = self.hidden_size if k == 1 else self.proj_size or self.hidden_size
            if tuple(state.shape) != (count, batch, size):
                name = f"hidden[{k}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(
                    f"Expected {name} size {(count, batch, size)}, got {list(state.shape)}"
                )

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Runs all steps.

        Args:
            input: (steps, batch, features), (batch, steps, features) if `batch_first`,
                (steps, features), or a PackedSequence.
            hx: First state (layers * directions, batch, size) without batch for an input without;
                of an LSTM the pair (h, c). Default: zeros.

        Returns:
            The last layer's output at all steps, as the input is, and the last state, as `hx`.

        Raises:
            ValueError: The input has the wrong number of dims, or another dtype.
            RuntimeError: Sizes do not fit.
        """
        lstm = self.mode == "LSTM"
        states: Any = () if hx is None else hx if lstm else (hx,)
        weights = [getattr(self, name) for name in self._flat_weights_names]
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, states, weights)
        dims = input.ndim
        if dims != 3:
            if dims != 2:
                raise ValueError(
                    f"{self.mode[:4].rstrip('_')}: Expected input to be 2D or 3D, got {dims}D "
                    + ("instead" if self.mode in ("LSTM", "GRU") else "tensor instead")
                )
            input = input.unsqueeze(0 if self.batch_first else 1)
        if states:
            for state in states:
                if state.ndim != dims:
                    raise RuntimeError(self._dims_text(states, dims))
            if dims == 2:
                states = [state.unsqueeze(1) for state in states]
        batch = input.shape[0 if self.batch_first else 1]
        self._check(input, states, batch, weights[0])
        result = _ROWS[self.mode](
            input,
            states if lstm else states[0] if states else None,
            weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            self.batch_first,
        )
        if dims == 2:
            output = result[0].squeeze(0 if self.batch_first else 1)
            result = (output, *(state.squeeze(1) for state in result[1:]))
        return result[0], (result[1], result[2]) if lstm else result[1]

    def _dims_text(self, states: Any, dims: int) -> str:
        kind = "batched" if dims == 3 else "unbatched"
        if self.mode == "LSTM":
            got = ", ".join(f"{state.ndim}-D" for state in states)
            return (
                f"For {kind} {dims}-D input, hx and cx should also be {dims}-D but got "
                f"({got}) tensors"
            )
        return (
            f"For {kind} {dims}-D input, hx should also be {dims}-D but got "
            f"{states[0].ndim}-D tensor"
        )

    def _forward_packed(
        self, input: PackedSequence, states: Any, weights: list[Any]
    ) -> tuple[PackedSequence, Any]:
        data, batch_sizes, order, back = input
        if data.ndim != 2:
            raise RuntimeError(f"input must have 2 dimensions, got {data.ndim}")
        self._check(data, states, int(batch_sizes[0]), weights[0])
        if order is not None:
            states = [state.index_select(1, order) for state in states]
        lstm = self.mode == "LSTM"
        result = _ROWS[self.mode](
            data,
            states if lstm else states[0] if states else None,
            weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
            False,
            batch_sizes,
        )
        last = result[1:]
        if back is not None:
            last = [state.index_select(1, back) for state in last]
        output = PackedSequence(result[0], batch_sizes, order, back)
        return output, tuple(last) if lstm else last[0]

    def extra_repr(self) -> str:
        """Sizes, and the options that differ from their defaults."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size != 0:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text


def _no_projection(options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """Layers h' = tanh(W x + b + U h + c), or with relu.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers on top of each other.
        nonlinearity: "tanh" or "relu".
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, steps, features).
        dropout: Probability of dropout after every layer but the last.
        bidirectional: Whether each layer also runs backward.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: An option has a value that makes no sense.

    Example:
        >>> import pyad
        >>> output, h = pyad.nn.RNN(4, 3)(pyad.ones(5, 2, 4))
        >>> output.shape, h.shape
        ((5, 2, 3), (1, 2, 3))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        if len(args) > 3:
            nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__("RNN_" + nonlinearity.upper(), *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers on top of each other.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, steps, features).
        dropout: Probability of dropout after every layer but the last.
        bidirectional: Whether each layer also runs backward.
        proj_size: Size to which h is projected; 0 for none.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: An option has a value that makes no sense.

    Example:
        >>> import pyad
        >>> output, (h, c) = pyad.nn.LSTM(4, 3, batch_first=True)(pyad.ones(2, 5, 4))
        >>> output.shape, h.shape, c.shape
        ((2, 5, 3), (1, 2, 3), (1, 2, 3))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Layers of gated recurrent units.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers on top of each other.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, steps, features).
        dropout: Probability of dropout after every layer but the last.
        bidirectional: Whether each layer also runs backward.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: An option has a value that makes no sense.

    Example:
        >>> import pyad
        >>> output, h = pyad.nn.GRU(4, 3, bidirectional=True)(pyad.ones(5, 2, 4))
        >>> output.shape, h.shape
        ((5, 2, 6), (2, 2, 3))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)
