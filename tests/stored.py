"""The dtypes that are stored only: arrays of PyTorch's as pyad's, bit by bit, and what is near."""

from __future__ import annotations

import numpy as np
import torch

import pyad

STORED = ("int8", "int16", "float16", "bfloat16")
HALVES = ("float16", "bfloat16")
DTYPES = tuple(d.name for d in vars(pyad._core).values() if isinstance(d, pyad.dtype))
# Half the distance between 1 and the next number, which a rounding is off by at most.
ROUNDING = {"float16": 2.0**-11, "bfloat16": 2.0**-8}


def ours(t: torch.Tensor) -> pyad.Tensor:
    """The same elements; NumPy, by which they come, has no bfloat16."""
    if t.dtype == torch.bfloat16:
        return pyad._core.same_bits(ours(t.view(torch.int16)), pyad.bfloat16)
    return pyad.from_numpy(t.detach().numpy().copy(order="K"))


def bits(x) -> np.ndarray:
    """The elements of a tensor of either library as unsigned integers."""
    size = x.dtype.itemsize
    if isinstance(x, pyad.Tensor):
        x = pyad._core.same_bits(x.detach(), {1: pyad.uint8, 2: pyad.int16}[size])
    else:
        x = x.detach().view({1: torch.uint8, 2: torch.int16}[size])
    return x.numpy().view({1: np.uint8, 2: np.uint16}[size])


def values(x) -> np.ndarray:
    """The values of a result of either library, in float64 where they have fractions."""
    if not isinstance(x, (pyad.Tensor, torch.Tensor)):
        return np.asarray(x)
    wide = pyad.float64 if isinstance(x, pyad.Tensor) else torch.float64
    return np.array((x.detach().to(wide) if x.is_floating_point() else x.detach()).numpy())


def name_of(x) -> str:
    """The dtype of a result of either library."""
    return str(x.dtype).partition(".")[2] if hasattr(x, "dtype") else type(x).__name__


def stored(x: np.ndarray, dtype: str) -> torch.Tensor:
    """Floating numbers in a stored dtype: thrice as large and whole in integers."""
    t = torch.tensor(np.array(x))
    if t.is_floating_point():
        t = (t if dtype in HALVES else (t * 3).round()).to(getattr(torch, dtype))
    return t
