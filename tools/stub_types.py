"""Types the compiled module cannot tell: members of its own types.

Read by `stubs.py`, which fails when a name here is not in the module, or one there is not here.
"""

from __future__ import annotations

HEADER = """
# Written by tools/stubs.py from the built module; change the module, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray
from typing_extensions import Self

from pyad._device import device as _Device

_Dims: TypeAlias = _int | Sequence[_int]
_Shape: TypeAlias = tuple[_int, ...]
_TensorLike: TypeAlias = Tensor | _float | NDArray[Any]
_DTypeLike: TypeAlias = dtype | DTypeLike
_Key: TypeAlias = Any  # ints, slices, None, ..., arrays, tuples of them
"""

NAMESPACE_HEADER = """
# Written by tools/stubs.py from the built module; change the rows of the table, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import Any, overload

from pyad._core import Generator, Tensor, Value, _Dims, _DTypeLike, _TensorLike
"""

# Number and mapping slots as methods; {C} is the class, the rest stands in OPERANDS.
_ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"]
_ARITHMETIC += ["and", "or", "xor", "lshift", "rshift"]
SLOTS: dict[str, str] = {
    **{f"__{n}__": "(self, other: {O}, /) -> {C}" for n in _ARITHMETIC},
    **{f"__r{n}__": "(self, other: {O}, /) -> {C}" for n in _ARITHMETIC},
    **{f"__i{n}__": "(self, other: {O}, /) -> Self" for n in _ARITHMETIC},
    **{f"__{n}__": "(self) -> {C}" for n in ("neg", "pos", "abs", "invert")},
    **{f"__{n}__": "(self, other: {S}, /) -> {T}" for n in ("lt", "le", "gt", "ge")},
    **{f"__{n}__": "(self, other: {O}, /) -> {T}:  # type: ignore[override]" for n in ("eq", "ne")},
    "__bool__": "(self) -> _bool",
    "__float__": "(self) -> _float",
    "__int__": "(self) -> _int",
    "__index__": "(self) -> _int",
    "__len__": "(self) -> _int",
    "__contains__": "(self, item: object, /) -> _bool",
    "__hash__": "(self) -> _int",
    "__iter__": "(self) -> Iterator[Any]",
    "__getitem__": "(self, key: _Key, /) -> Tensor",
    "__setitem__": "(self, key: _Key, value: _TensorLike, /) -> None",
}
# What may stand beside an instance in an operator, in an ordering, and what comparisons give. To
# the checker an ordering with an array would be the array's, whose types claim everything.
OPERANDS = {
    "Tensor": ("_TensorLike", "Tensor | _float", "Tensor"),
    "Value": ("Value | _float", "Value | _float", "_bool"),
}


def _read_only(**kinds: str) -> dict[str, str]:
    """Returns properties that cannot be set, by name and type."""
    return {n: f"@property\ndef {n}(self) -> {kind}: ..." for n, kind in kinds.items()}


def _methods(**signatures: str) -> dict[str, str]:
    """Returns methods by name and the part of their signature behind self."""
    shown = {n: ("(self, " if s[1] != ")" else "(self") + s[1:] for n, s in signatures.items()}
    return {n: f"def {n}{s}: ..." for n, s in shown.items()}


_CONTEXT = {
    "__enter__": "def __enter__(self) -> Self: ...",
    "__exit__": "def __exit__(self, *exc: object) -> None: ...",
}
_GRAD_MODE = {
    **_CONTEXT,
    **_methods(_undo="() -> None"),
    **_read_only(mode="_bool"),
}
CLASSES: dict[str, dict[str, str]] = {
    "Size": {"numel": "def numel(self) -> _int: ..."},
    "dtype": _read_only(
        name="_str",
        itemsize="_int",
        is_floating_point="_bool",
        is_signed="_bool",
        is_complex="_bool",
    ),
    "Tensor": {
        "__new__": "def __new__(cls, *data: Any) -> Self: ...",
        **_read_only(
            shape="Size",
            dtype="dtype",
            ndim="_int",
            itemsize="_int",
            nbytes="_int",
            device="_Device",
            is_cpu="_bool",
            is_cuda="_bool",
            is_meta="_bool",
            is_mps="_bool",
            is_quantized="_bool",
            is_sparse="_bool",
            is_xpu="_bool",
            T="Tensor",
            mT="Tensor",
            grad_fn="Node | None",
            is_leaf="_bool",
            retains_grad="_bool",
            output_nr="_int",
            _version="_int",
            _base="Tensor | None",
        ),
        "data": "data: Tensor",
        "grad": "grad: Tensor | None",
        "requires_grad": "requires_grad: _bool",
        "size": """
            @overload
            def size(self, dim: None = None) -> Size: ...
            @overload
            def size(self, dim: _int) -> _int: ...""",
        "stride": """
            @overload
            def stride(self, dim: None = None) -> _Shape: ...
            @overload
            def stride(self, dim: _int) -> _int: ...""",
        **_methods(
            cuda="(*args: Any, **kwargs: Any) -> NoReturn",
            backward="(gradient: Tensor | None = None, retain_graph: _bool | None = None, "
            "create_graph: _bool = False, inputs: Tensor | Sequence[Tensor] | None = None) -> None",
            register_hook="(fn: Callable[[Tensor], Tensor | None], /) -> RemovableHandle",
            register_post_accumulate_grad_hook="(fn: Callable[[Tensor], None], /) "
            "-> RemovableHandle",
            numpy="(*, force: _bool = False) -> NDArray[Any]",
            __array__="(dtype: DTypeLike | None = None, copy: _bool | None = None) -> NDArray[Any]",
            item="(*index: _int) -> Any",
            __deepcopy__="(memo: dict[_int, Any], /) -> Self",
            tolist="() -> Any",
        ),
        # Of pyad/_tensor_methods.py.
        **_methods(
            new="(*args: Any, device: Any = None) -> Tensor",
            new_tensor="(data: Any, *, dtype: _DTypeLike | None = None, device: Any = None, "
            "requires_grad: _bool = False, layout: Any = None, pin_memory: _bool = False) "
            "-> Tensor",
            fill_diagonal_="(fill_value: _float, wrap: _bool = False) -> Tensor",
            squeeze_="(*args: Any, **kwargs: Any) -> Tensor",
            swapaxes_="(axis0: _int, axis1: _int) -> Tensor",
            swapdims_="(dim0: _int, dim1: _int) -> Tensor",
            t_="() -> Tensor",
            transpose_="(dim0: _int, dim1: _int) -> Tensor",
            unsqueeze_="(dim: _int) -> Tensor",
        ),
    },
    "Value": {
        "__init__": "def __init__(self, data: _float | Value, _children: Iterable[Value] = (), "
        '_op: _str = "", label: _str = "") -> None: ...',
        "data": "data: _float",
        "grad": "grad: _float",
        "label": "label: _str",
        **_read_only(
            op="_str", parents="tuple[tuple[Value, _float], ...]", _op="_str", _prev="set[Value]"
        ),
        **_methods(backward="(gradient: _float | None = 1.0) -> None", item="() -> _float"),
        "record": "@staticmethod\ndef record(data: _float, "
        'parents: Iterable[tuple[Value, _float]], op: _str = "") -> Value: ...',
    },
    "Node": {
        **_methods(
            name="() -> _str",
            register_hook="(fn: Callable[..., Any], /) -> RemovableHandle",
            register_prehook="(fn: Callable[..., Any], /) -> RemovableHandle",
            _sequence_nr="() -> _int",
        ),
        **_read_only(
            next_functions="tuple[tuple[Node | None, _int], ...]",
            variable="Tensor",
            metadata="dict[Any, Any]",
        ),
    },
    "RemovableHandle": {**_methods(remove="() -> None"), **_CONTEXT},
    "FunctionCtx": {
        **_methods(
            save_for_backward="(*tensors: Tensor | None) -> None",
            save_for_forward="(*tensors: Tensor | None) -> None",
            mark_dirty="(*tensors: Tensor) -> None",
            mark_non_differentiable="(*tensors: Tensor) -> None",
            set_materialize_grads="(value: _bool, /) -> None",
            __getattr__="(name: _str) -> Any",
            __setattr__="(name: _str, value: Any) -> None",
        ),
        **_read_only(saved_tensors="tuple[Tensor, ...]", needs_input_grad="tuple[_bool, ...]"),
    },
    "NoGrad": _GRAD_MODE,
    "EnableGrad": _GRAD_MODE,
    "SetGradEnabled": {"__init__": "def __init__(self, mode: _bool) -> None: ...", **_GRAD_MODE},
    "InferenceMode": {"__init__": "def __init__(self, mode: Any = ...) -> None: ...", **_GRAD_MODE},
}

# Functions of the module whose compiled form says too little about their types.
MODULE: dict[str, str] = {
    "op_table": "def op_table() -> list[dict[_str, Any]]: ...",
    "op_records": "def op_records() -> list[dict[_str, Any]]: ...",
    "live_counts": "def live_counts() -> dict[_str, _int]: ...",
    "is_grad_enabled": "def is_grad_enabled() -> _bool: ...",
    "set_grad_enabled": "def set_grad_enabled(mode: _bool, /) -> None: ...",
    "backward": "def backward(tensors: Tensor | Sequence[Tensor], grad_tensors: Any = None, "
    "retain_graph: _bool | None = None, create_graph: _bool = False, "
    "inputs: Tensor | Sequence[Tensor] | None = None) -> None: ...",
    "grad": "def grad(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor], "
    "grad_outputs: Any = None, retain_graph: _bool | None = None, create_graph: _bool = False, "
    "allow_unused: _bool = False) -> tuple[Any, ...]: ...",
    "function_apply": "def function_apply(cls: type[Any], args: tuple[Any, ...], /) -> Any: ...",
    "optim_step": "def optim_step(rule: _str, groups: list[dict[_str, Any]], state: Any, "
    "/) -> None: ...",
    "optim_init": "def optim_init(rule: _str, groups: list[dict[_str, Any]], state: Any, "
    "/) -> None: ...",
    "zero_grads": "def zero_grads(params: list[Any], set_to_none: _bool = True, /) -> None: ...",
    "total_norm": "def total_norm(tensors: list[Any], norm_type: _float, of_gradients: _bool, "
    "/) -> Tensor: ...",
    "clip_grads_with_norm": "def clip_grads_with_norm(params: list[Any], max_norm: _float, "
    "total_norm: Tensor, /) -> None: ...",
    "clip_grad_values": "def clip_grad_values(params: list[Any], clip_value: _float, "
    "/) -> None: ...",
    "set_repr": "def set_repr(show: Callable[[Tensor], _str], /) -> None: ...",
    "manual_seed": "def manual_seed(seed: _int) -> Generator: ...",
}

# Those that pyad replaces by functions of its own: `import *` does not bring them.
REPLACED = {"einsum", "tensordot"}
