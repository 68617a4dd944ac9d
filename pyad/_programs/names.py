"""Whether pyad has a name of torch: there, only partly there, or missing.

Partly there is what a module lists in `_PARTLY` (a name, or "*" for all of the module, with what it
does instead): names that are there so that programs run, such as an identity, or an import without
what it is for.
"""

from __future__ import annotations

import functools
import types
from typing import Any, NamedTuple

import pyad
from pyad._programs.finder import own_module, own_name

__all__ = ["MISSING", "PARTLY", "THERE", "Answer", "gives_tensor", "resolve"]

THERE, PARTLY, MISSING = "there", "partly", "missing"


class Answer(NamedTuple):
    """What is known of a name: THERE, PARTLY or MISSING, and a remark on the last two."""

    state: str
    remark: str = ""


@functools.cache
def resolve(name: str) -> Answer:
    """Looks a dotted name up, `torch.nn.Linear` or `torch.Tensor.exp`.

    Only modules and classes are looked into: what a function's result has is not known.

    Example:
        >>> from pyad._programs.names import resolve
        >>> resolve("torch.nn.Linear").state, resolve("torch.fft.rfft").state
        ('there', 'missing')
    """
    if name == "torch.__version__":
        return Answer(THERE)
    value: Any = pyad
    place = "torch"
    for part in name.split(".")[1:]:
        if not isinstance(value, types.ModuleType | type) and not _is_own_object(value):
            return Answer(THERE)
        partly = _partly(value, part)
        if partly is not None:
            return Answer(PARTLY, partly)
        found, value = _member(value, place, part)
        if not found:
            return Answer(MISSING, _remark(place, part))
        place = f"{place}.{part}"
    whole = getattr(value, "_PARTLY", {}).get("*") if isinstance(value, types.ModuleType) else None
    return Answer(THERE) if whole is None else Answer(PARTLY, whole)


def _is_own_object(value: Any) -> bool:
    """Objects that stand for modules, such as backends: their attributes are theirs."""
    return str(type(value).__module__).startswith("pyad.backends")  # of builtins a descriptor


def _partly(owner: Any, name: str) -> str | None:
    """What a module says of a name of its own that does less than PyTorch's."""
    if not isinstance(owner, types.ModuleType):
        return None
    said = getattr(owner, "_PARTLY", {})
    text: str | None = said.get(name)
    if text is None and "*" in said and hasattr(owner, name):
        text = said["*"]
    return text


def _member(owner: Any, place: str, name: str) -> tuple[bool, Any]:
    try:
        return True, getattr(owner, name)
    except (AttributeError, RuntimeError):
        pass
    if isinstance(owner, types.ModuleType):
        try:
            return True, own_module(f"{place}.{name}")
        except ImportError:
            pass
    return False, None


def _remark(place: str, name: str) -> str:
    from pyad._torch_names import advice

    text = advice(own_name(place) if place != "torch.Tensor" else "pyad.Tensor", name)
    return (text or "").replace("not in pyad; ", "", 1)


# What gives a tensor and is no row of the op table, or has results of several kinds there.
_MAKERS = (
    "tensor as_tensor asarray from_numpy zeros ones empty full rand randn randint randperm arange "
    "linspace logspace eye zeros_like ones_like rand_like randn_like empty_like full_like "
    "scalar_tensor einsum normal"
)
_CHANGERS = "clone detach to cpu cuda float double long int contiguous view reshape t"


@functools.cache
def _tensor_results() -> tuple[frozenset[str], frozenset[str]]:
    functions, methods = set(_MAKERS.split()), set(_CHANGERS.split())
    for row in pyad._core.op_table():
        if row["returns"] == "Tensor" and "" in row["namespaces"]:
            functions.add(row["name"])
            if row["method"]:
                methods.add(row["name"])
    return frozenset(f"torch.{f}" for f in functions), frozenset(methods)


def gives_tensor(function: str) -> bool:
    """Whether a function of torch, or a method `torch.Tensor.NAME`, always returns one tensor.

    Example:
        >>> from pyad._programs.names import gives_tensor
        >>> gives_tensor("torch.zeros"), gives_tensor("torch.Tensor.exp"), gives_tensor("torch.max")
        (True, True, False)
    """
    functions, methods = _tensor_results()
    if function.startswith("torch.Tensor."):
        return function.rpartition(".")[2] in methods
    return function in functions or function in ("torch.Tensor", "torch.FloatTensor")
