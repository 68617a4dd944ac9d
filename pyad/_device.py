"""The device, and PyTorch's other ways to say which type a tensor has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad._promotion import as_dtype

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "channels_last",
    "contiguous_format",
    "device",
    "e",
    "finfo",
    "get_default_device",
    "iinfo",
    "inf",
    "nan",
    "newaxis",
    "pi",
    "preserve_format",
    "set_default_device",
    "strided",
    "typename",
]

inf = math.inf
nan = math.nan
pi = math.pi
e = math.e
newaxis = None
strided = "strided"
# Accepted where PyTorch takes them. What is made of a tensor is laid out as it is unless another
# format than preserve_format is asked for, and then row by row.
contiguous_format = "contiguous_format"
preserve_format = "preserve_format"
channels_last = "channels_last"

_KNOWN = ("cpu", "cuda", "ipu", "xpu", "hpu", "mps", "meta", "xla", "mtia")


class device(str):  # noqa: N801  (PyTorch's name)
    """Where a tensor lives. Tensors live on the CPU; others can be named and compared.

    Args:
        type: "cpu", "cuda", ..., also with a number as in "cuda:0".
        index: The number.

    Raises:
        RuntimeError: The text names no device.

    Example:
        >>> import pyad
        >>> pyad.device("cuda" if pyad.cuda.is_available() else "cpu")
        device(type='cpu')
        >>> pyad.ones(2).device == pyad.device("cpu")
        True
    """

    __slots__ = ("index", "type")

    type: str
    index: Any

    def __new__(cls, type: Any = "cpu", index: int | None = None) -> device:
        """Reads the text."""
        name, _, number = str(type).partition(":")
        if name not in _KNOWN or (number and not number.isdigit()):
            raise RuntimeError(
                f"Expected one of {', '.join(_KNOWN)} device type at start of device string: {type}"
            )
        if number:
            if index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed: {type}"
                )
            index = int(number)
        made = super().__new__(cls, name if index is None else f"{name}:{index}")
        made.type = name
        made.index = index
        return made

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        if self.type != "cpu":
            raise RuntimeError(f"device: pyad computes on the CPU; there is no device '{self}'")
        return self

    def __exit__(self, *error: object) -> None:
        pass


_cpu = device("cpu")
_core.set_device(_cpu)


def get_default_device() -> device:
    """The device of new tensors: the CPU.

    Example:
        >>> import pyad
        >>> pyad.get_default_device()
        device(type='cpu')
    """
    return _cpu


def set_default_device(device: Any) -> None:
    """Accepts the CPU, where tensors are made anyway.

    Args:
        device: "cpu", or None.

    Raises:
        RuntimeError: Another device is asked for.

    Example:
        >>> import pyad
        >>> pyad.set_default_device("cpu")
    """
    if device is not None and not str(device).startswith("cpu"):
        raise RuntimeError(
            f"set_default_device: pyad computes on the CPU; there is no device '{device}'"
        )


class _Typed(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype == cls.dtype  # type: ignore[attr-defined]


class _TensorType(metaclass=_Typed):
    """PyTorch's older constructors: sizes, or data, and one dtype."""

    dtype: Any = None

    def __new__(cls, *args: Any) -> Any:
        """A tensor of the data, or an uninitialised one of the sizes."""
        if len(args) == 1 and not isinstance(args[0], (int, _core.Size)):
            return _core.tensor(args[0], dtype=cls.dtype)
        return _core.empty(*args, dtype=cls.dtype) if args else _core.empty(0, dtype=cls.dtype)


class FloatTensor(_TensorType):
    """Makes float32 tensors of data or sizes; `isinstance` asks for the dtype.

    Example:
        >>> import pyad
        >>> x = pyad.FloatTensor([1, 2])
        >>> x, isinstance(x, pyad.FloatTensor), x.type()
        (tensor([1., 2.]), True, 'pyad.FloatTensor')
    """

    dtype = _core.float32


class DoubleTensor(_TensorType):
    """Makes float64 tensors; see `FloatTensor`."""

    dtype = _core.float64


class HalfTensor(_TensorType):
    """Makes float16 tensors; see `FloatTensor`."""

    dtype = _core.float16


class BFloat16Tensor(_TensorType):
    """Makes bfloat16 tensors; see `FloatTensor`."""

    dtype = _core.bfloat16


class CharTensor(_TensorType):
    """Makes int8 tensors; see `FloatTensor`."""

    dtype = _core.int8


class ShortTensor(_TensorType):
    """Makes int16 tensors; see `FloatTensor`."""

    dtype = _core.int16


class IntTensor(_TensorType):
    """Makes int32 tensors; see `FloatTensor`."""

    dtype = _core.int32


class LongTensor(_TensorType):
    """Makes int64 tensors; see `FloatTensor`."""

    dtype = _core.int64


class ByteTensor(_TensorType):
    """Makes uint8 tensors; see `FloatTensor`."""

    dtype = _core.uint8


class BoolTensor(_TensorType):
    """Makes bool tensors; see `FloatTensor`."""

    dtype = _core.bool


def typename(obj: Any) -> str:
    """The name of a type, that of a tensor with its dtype.

    Args:
        obj: Anything.

    Example:
        >>> import pyad
        >>> pyad.typename(pyad.ones(1))
        'pyad.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return obj.type()
    kind = obj if isinstance(obj, type) else type(obj)
    module = kind.__module__
    return kind.__qualname__ if module in ("", "builtins") else f"{module}.{kind.__qualname__}"


class finfo:  # noqa: N801  (PyTorch's name)
    """Limits of a floating dtype.

    Args:
        type: A dtype; by default the default one.

    Raises:
        TypeError: The dtype is not floating.

    Example:
        >>> import pyad
        >>> pyad.finfo(pyad.float64).eps
        2.220446049250313e-16
    """

    def __init__(self, type: Any = None) -> None:
        dtype = _core.get_default_dtype() if type is None else as_dtype(type)
        if not dtype.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                "'torch.finfo'"
            )
        self.dtype = dtype.name
        self.bits = 8 * dtype.itemsize
        if dtype == _core.bfloat16:  # which NumPy has not: the range of float32 with 8 digits
            self.eps, self.max, self.tiny, self.resolution = (
                2**-7,
                float.fromhex("0x1.fep127"),
                2**-126,
                0.01,
            )
        else:
            limits: Any = np.finfo(dtype.name)
            self.eps, self.max, self.tiny = map(float, (limits.eps, limits.max, limits.tiny))
            self.resolution = float(f"1e-{limits.precision}")
        self.min = -self.max
        self.smallest_normal = self.tiny

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.tiny:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo:  # noqa: N801  (PyTorch's name)
    """Limits of an integer dtype.

    Args:
        type: A dtype.

    Raises:
        TypeError: The dtype is no integer one.

    Example:
        >>> import pyad
        >>> pyad.iinfo(pyad.uint8).max
        255
    """

    def __init__(self, type: Any) -> None:
        type = as_dtype(type)
        if type.is_floating_point or type == _core.bool:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'"
            )
        limits: Any = np.iinfo(str(type).rpartition(".")[2])
        self.dtype = str(type).rpartition(".")[2]
        self.bits = int(limits.bits)
        self.max = int(limits.max)
        self.min = int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
