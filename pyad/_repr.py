"""The text of a tensor, laid out as PyTorch lays it out.

All numbers of a tensor share one format: as many columns as the widest needs, scientific when they
span more than three decades. Large tensors show their edges only.
"""

from __future__ import annotations

import copy
import math
import operator
import sys
from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["set_printoptions", "show"]


class _Options:
    def __init__(self, precision: int = 4, threshold: float = 1000, edgeitems: int = 3) -> None:
        self.precision = precision
        self.threshold = threshold
        self.edgeitems = edgeitems
        self.linewidth = 80
        self.sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {},
    "short": {"precision": 2, "edgeitems": 2},
    "full": {"threshold": math.inf},
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Changes how tensors are printed.

    Args:
        precision: Digits after the point. Default: 4.
        threshold: Number of elements above which only the edges are shown. Default: 1000.
        edgeitems: Elements shown at each edge. Default: 3.
        linewidth: Characters in a line. Default: 80.
        profile: "default", "short" or "full": sets all of the above first.
        sci_mode: Whether numbers are written with exponents. Default: when they need it.

    Raises:
        TypeError: An option is no number of its kind.
        ValueError: There is no such profile, or an option is out of range.

    Example:
        >>> import pyad
        >>> pyad.set_printoptions(precision=2)
        >>> pyad.tensor(3.14159)
        tensor(3.14)
        >>> pyad.set_printoptions(profile="default")
    """
    global _options
    if profile is None:
        chosen = copy.copy(_options)
    elif isinstance(profile, str) and profile in _PROFILES:
        chosen = _Options(**_PROFILES[profile])
    else:
        raise ValueError(
            f"set_printoptions: there is no profile {profile!r}; choose default, short or full"
        )
    if precision is not None:
        chosen.precision = _whole("precision", precision, 0, 1000)
    if threshold is not None:
        full = isinstance(threshold, float) and threshold == math.inf
        chosen.threshold = math.inf if full else _whole("threshold", threshold, 0)
    if edgeitems is not None:
        chosen.edgeitems = _whole("edgeitems", edgeitems, 1)
    if linewidth is not None:
        chosen.linewidth = _whole("linewidth", linewidth, 1)
    if sci_mode is not None and not isinstance(sci_mode, bool):
        raise TypeError(
            f"set_printoptions: sci_mode must be True, False or None, not {type(sci_mode).__name__}"
        )
    chosen.sci_mode = sci_mode
    _options = chosen


def _whole(name: str, value: Any, least: int, most: int = sys.maxsize) -> int:
    """Returns an option that counts something, as an int."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        number = int(operator.index(value))
    except TypeError:
        raise TypeError(
            f"set_printoptions: {name} must be an int, not {type(value).__name__}"
        ) from None
    if not least <= number <= most:
        raise ValueError(f"set_printoptions: {name} must lie in [{least}, {most}], got {number}")
    return number


def _flat(values: Any) -> list[Any]:
    return [x for v in values for x in _flat(v)] if isinstance(values, list) else [values]


def _floating_format(values: list[float]) -> tuple[Callable[[float], str], int]:
    """Returns how to write one number, and the width all of them get."""
    shown = [v for v in values if v != 0 and math.isfinite(v)]
    whole = all(v == math.floor(v) for v in shown)
    scientific, width = False, 1
    if shown:
        low, high = min(map(abs, shown)), max(map(abs, shown))
        scientific = high / low > 1000 or high > 1e8 or (not whole and low < 1e-4)
    if _options.sci_mode is not None:
        scientific = _options.sci_mode
    digits = _options.precision

    def write(v: float) -> str:
        if scientific:
            return f"{v:.{digits}e}"
        if whole:
            return f"{v:.0f}." if math.isfinite(v) else f"{v}"
        return f"{v:.{digits}f}"

    for v in shown:
        width = max(width, len(write(v)))
    return write, width


def _edges(x: Tensor) -> Tensor:
    """Keeps the ends of every dim that is too long to show."""
    n = _options.edgeitems
    for dim in range(x.ndim):
        size = x.shape[dim]
        if size > 2 * n:
            x = _core.cat([x.narrow(dim, 0, n), x.narrow(dim, size - n, n)], dim)
    return x


def _vector(texts: list[str], width: int, indent: int, full_size: int, summarize: bool) -> str:
    n = _options.edgeitems
    per_line = max(1, (_options.linewidth - indent) // (width + 2))
    if summarize and not n:
        texts = ["..."]
    elif summarize and full_size > 2 * n:
        texts = [*texts[:n], " ...", *texts[-n:]]
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(
    values: list[Any],
    shape: tuple[int, ...],
    write: Callable[[Any], str],
    width: int,
    indent: int,
    summarize: bool,
) -> str:
    """Writes nested lists; `shape` is the full one, of which `values` may hold the edges."""
    if len(shape) == 1:
        texts = [write(v).rjust(width) for v in values]
        return _vector(texts, width, indent, shape[0], summarize)
    n = _options.edgeitems
    parts = [_nested(v, shape[1:], write, width, indent + 1, summarize) for v in values]
    if summarize and shape[0] > 2 * n:
        parts = [*parts[:n], "...", *parts[len(parts) - n :]]
    return "[" + ("," + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(parts) + "]"


def _body(x: Tensor, indent: int) -> str:
    summarize = x.numel() > _options.threshold
    values = (_edges(x) if summarize else x).tolist()
    write: Callable[[Any], str]
    if x.is_floating_point():
        write, width = _floating_format(_flat(values))
    else:
        write = str
        width = max(len(str(v)) for v in _flat(values))
    if x.ndim == 0:
        return write(values).rjust(width)
    return _nested(values, x.shape, write, width, indent, summarize)


def show(x: Tensor) -> str:
    """The text that `repr` gives of a tensor.

    Args:
        x: Any tensor.

    Returns:
        PyTorch's text: values, then the dtype if it is not the default, and where it comes from. Of
        an example inside `vmap` all examples, and how many leading dims are theirs: `batch=(3,)`.

    Example:
        >>> import pyad
        >>> from pyad._repr import show
        >>> show(pyad.tensor([1.5, -2.0]))
        'tensor([ 1.5000, -2.0000])'
    """
    prefix = "tensor("
    notes = []
    default = _core.get_default_dtype()
    with _core.NoGrad():
        whole = _core.all_examples(x)
        plain = whole.detach()
        if plain.numel() == 0:
            body = "[]"
            if plain.ndim != 1:
                notes.append(f"size={tuple(plain.shape)}")
            usual = x.dtype == default
        else:
            body = _body(plain, len(prefix))
            usual = x.dtype in (default, _core.int64, _core.bool)
    if whole is not x:
        notes.append(f"batch={tuple(whole.shape[: whole.ndim - x.ndim])}")
    if not usual:
        notes.append(f"dtype={x.dtype}")
    if whole.grad_fn is not None:
        notes.append(f"grad_fn=<{whole.grad_fn.name()}>")
    elif whole.requires_grad:
        notes.append("requires_grad=True")
    text = prefix + body
    last_line = len(text) - text.rfind("\n") + 1
    for note in notes:
        if last_line + len(note) + 2 > _options.linewidth:
            text += ",\n" + " " * len(prefix) + note
            last_line = len(prefix) + len(note)
        else:
            text += ", " + note
            last_line += len(note) + 2
    return text + ")"
