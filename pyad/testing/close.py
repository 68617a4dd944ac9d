"""`assert_close`: tensors, numbers and what holds them, equal within tolerances of their dtype."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad._promotion import promote_types

__all__ = ["assert_close"]

# By dtype: relative and absolute, PyTorch's.
_TOLERANCES = {
    _core.float16: (1e-3, 1e-5),
    _core.bfloat16: (1.6e-2, 1e-5),
    _core.float32: (1.3e-6, 1e-5),
    _core.float64: (1e-7, 1e-7),
}
Message = str | Callable[[str], str] | None


class _DifferError(Exception):
    """What differs, and where in the containers."""

    def __init__(self, text: str, place: tuple[Any, ...] = (), kind: type = AssertionError) -> None:
        super().__init__(text)
        self.text, self.place, self.kind = text, place, kind


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """Raises unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Args:
        actual: Tensors, arrays, numbers, or sequences and mappings of them.
        expected: The same, with the values that are right.
        allow_subclasses: Whether the two may be of related types.
        rtol: Relative tolerance; with `atol`, or neither. Default: by dtype, 0 for integers.
        atol: Absolute tolerance.
        equal_nan: Whether NaN equals NaN.
        check_device: Ignored: tensors are on the CPU.
        check_dtype: Whether dtypes must be the same.
        check_layout: Ignored: tensors are dense.
        check_stride: Whether strides must be the same.
        msg: The text of the error, or what makes it of the text that it would have.

    Raises:
        AssertionError: They differ; says how many elements, and where the difference is largest.
        ValueError: One of `rtol` and `atol` is given without the other.
        TypeError: They are nothing that can be compared.

    Example:
        >>> import pyad
        >>> pyad.testing.assert_close(pyad.tensor([1.0, 2.0]), pyad.tensor([1.0, 2.0 + 1e-6]))
    """
    if (rtol is None) != (atol is None):
        lacking = "atol" if atol is None else "rtol"
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {lacking}."
        )
    rules = (rtol, atol, equal_nan, check_dtype, check_stride, allow_subclasses)
    try:
        _compare(actual, expected, (), rules)
    except _DifferError as error:
        text = error.text
        if error.place:
            text += f"\n\nThe failure occurred for item {''.join(f'[{k!r}]' for k in error.place)}"
        if error.kind is AssertionError and msg is not None:
            text = msg(text) if callable(msg) else msg
        raise error.kind(text) from None


def _compare(a: Any, b: Any, place: tuple[Any, ...], rules: Any) -> None:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if not rules[5] and type(a) is not type(b):
            raise _unlike(a, b, place)
        _compare_tensors(a, b, place, rules)
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        _compare_tensors(_core.as_tensor(a), _core.as_tensor(b), place, rules)
    elif isinstance(a, bool | np.bool_) and isinstance(b, bool | np.bool_):
        if bool(a) != bool(b):
            raise _DifferError(f"Booleans mismatch: {a} is not {b}", place)
    elif isinstance(a, int | float | complex) and isinstance(b, int | float | complex):
        _compare_numbers(a, b, place, rules)
    elif a is None and b is None:
        return
    elif _both(a, b, Sequence) and not _either(a, b, str):
        if len(a) != len(b):
            raise _DifferError(f"The length of the sequences mismatch: {len(a)} != {len(b)}", place)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            _compare(x, y, (*place, i), rules)
    elif _both(a, b, Mapping):
        _compare_mappings(a, b, place, rules)
    else:
        raise _unlike(a, b, place)


def _both(a: Any, b: Any, kind: type) -> bool:
    return isinstance(a, kind) and isinstance(b, kind)


def _either(a: Any, b: Any, kind: type) -> bool:
    return isinstance(a, kind) or isinstance(b, kind)


def _unlike(a: Any, b: Any, place: tuple[Any, ...]) -> _DifferError:
    text = f"No comparison pair was able to handle inputs of type {type(a)} and {type(b)}."
    return _DifferError(text, place, TypeError)


def _compare_mappings(a: Any, b: Any, place: tuple[Any, ...], rules: Any) -> None:
    if a.keys() != b.keys():
        text = "The keys of the mappings do not match:"
        lacking = [k for k in b if k not in a]
        more = [k for k in a if k not in b]
        if lacking:
            text += f"\nMissing keys in the actual mapping: {sorted(lacking, key=str)}"
        if more:
            text += f"\nAdditional keys in the actual mapping: {sorted(more, key=str)}"
        raise _DifferError(text, place)
    for key in a:
        _compare(a[key], b[key], (*place, key), rules)


def _allowed(rules: Any, *dtypes: Any) -> tuple[float, float]:
    if rules[0] is not None:
        return rules[0], rules[1]
    each = [_TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max(r for r, _ in each), max(t for _, t in each)


def _up_to(tolerance: float) -> str:
    return f" (up to {tolerance} allowed)" if tolerance else ""


def _compare_numbers(a: Any, b: Any, place: tuple[Any, ...], rules: Any) -> None:
    if rules[3] and type(a) is not type(b):
        raise _DifferError(f"The (d)types do not match: {type(a)} != {type(b)}.", place)
    kinds = [_core.int64 if isinstance(x, int) else _core.float64 for x in (a, b)]
    _close(a, b, _allowed(rules, *kinds), rules[2], place)


def _close(a: Any, b: Any, allowed: Any, equal_nan: bool, place: tuple[Any, ...]) -> None:
    rtol, atol = allowed
    if a == b or (equal_nan and cmath.isnan(a) and cmath.isnan(b)):
        return
    difference = abs(a - b)
    if cmath.isfinite(b) and difference <= atol + rtol * abs(b):
        return
    relative = float("inf") if b == 0 else difference / abs(b)
    text = f"Scalars are not {'close' if rtol or atol else 'equal'}!\n\nExpected {b} but got {a}.\n"
    text += f"Absolute difference: {difference}{_up_to(atol)}\n"
    raise _DifferError(text + f"Relative difference: {relative}{_up_to(rtol)}", place)


def _attribute(name: str, a: Any, b: Any, place: tuple[Any, ...]) -> None:
    if a != b:
        raise _DifferError(f"The values for attribute {name!r} do not match: {a} != {b}.", place)


def _compare_tensors(a: Tensor, b: Tensor, place: tuple[Any, ...], rules: Any) -> None:
    _attribute("shape", a.shape, b.shape, place)
    if rules[3]:
        _attribute("dtype", a.dtype, b.dtype, place)
    if rules[4]:
        _attribute("stride()", a.stride(), b.stride(), place)
    rtol, atol = allowed = _allowed(rules, a.dtype, b.dtype)
    if a.numel() == 1 and a.dim() == 0:
        _close(a.item(), b.item(), allowed, rules[2], place)
        return
    with _core.NoGrad():
        common = promote_types(a.dtype, b.dtype) if a.dtype != b.dtype else a.dtype
        x, y = a.detach().to(common), b.detach().to(common)
        good = _core.isclose(x, y, rtol=rtol, atol=atol, equal_nan=rules[2])
        if bool(good.all()):
            return
        if common == _core.bool or not common.is_floating_point:
            x, y = x.to(_core.int64), y.to(_core.int64)
        apart = (x - y).abs()
        relative = apart / y.abs()
        apart, relative = apart.masked_fill(good, 0), relative.masked_fill(good, 0)
        lines = [f"Tensor-likes are not {'close' if rtol or atol else 'equal'}!", ""]
        wrong = int((~good).sum().item())
        lines.append(f"Mismatched elements: {wrong} / {good.numel()} ({wrong / good.numel():.1%})")
        for name, values, tolerance in (
            ("absolute", apart, atol),
            ("relative", relative, rtol),
        ):
            at = int(values.argmax().item())
            index = tuple(int(i) for i in np.unravel_index(at, tuple(values.shape)))
            lines.append(
                f"Greatest {name} difference: {values.flatten()[at].item()} at index {index}"
                f"{_up_to(tolerance)}"
            )
    raise _DifferError("\n".join(lines), place)
