"""PyTorch's places of the modules, for programs that import from them.

Example:
    >>> from pyad.nn.modules.container import Sequential
    >>> from pyad.nn.modules.module import Module
    >>> issubclass(Sequential, Module)
    True
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

# PyTorch's name of a file, and the files here that hold its content.
_PLACES = {
    "activation": ("activation", "softmax", "attention"),
    "batchnorm": ("normalization",),
    "container": ("container", "parameter_container"),
    "conv": ("conv",),
    "distance": ("distance",),
    "dropout": ("dropout",),
    "flatten": ("linear",),
    "fold": ("fold",),
    "instancenorm": ("normalization",),
    "linear": ("linear",),
    "loss": ("loss", "loss_margins"),
    "module": ("module", "hooks", "state"),
    "normalization": ("normalization",),
    "padding": ("padding",),
    "pixelshuffle": ("upsampling",),
    "pooling": ("pooling",),
    "rnn": ("rnn", "recurrent"),
    "sparse": ("sparse",),
    "transformer": ("transformer",),
    "upsampling": ("upsampling",),
}


def _ntuple(n: int) -> Any:
    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, (tuple, list)) else (x,) * n

    return parse


def _place(name: str, content: dict[str, Any]) -> None:
    made = types.ModuleType(f"{__name__}.{name}", f"PyTorch's place of what `nn` holds: {name}.")
    made.__dict__.update({k: v for k, v in content.items() if not k.startswith("__")})
    sys.modules[made.__name__] = globals()[name] = made


for _name, _files in _PLACES.items():
    _content: dict[str, Any] = {}
    for _file in _files:
        if importlib.util.find_spec(f"pyad.nn.{_file}") is not None:
            _content |= vars(importlib.import_module(f"pyad.nn.{_file}"))
    if _name == "module":
        _content["_IncompatibleKeys"] = _content["IncompatibleKeys"]
    _place(_name, _content)
    for _key, _value in _content.items():
        if isinstance(_value, type) and _value.__module__.startswith("pyad.nn."):
            globals().setdefault(_key, _value)

_place(
    "utils",
    {"_ntuple": _ntuple, "_single": _ntuple(1), "_pair": _ntuple(2), "_triple": _ntuple(3)},
)
