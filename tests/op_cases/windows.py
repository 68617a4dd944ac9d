"""Cases of windows of signals."""

from __future__ import annotations

from op_cases.tools import f, on

_MORE = {"hamming": {"alpha": 0.6, "beta": 0.3}, "kaiser": {"beta": 5.0}}

ROWS: dict = {
    f"{name}_window": on(
        [],
        *(f(f"{name}_window", n, periodic) for n in (0, 1, 2, 9) for periodic in (True, False)),
        f(f"{name}_window", 6, True, **_MORE.get(name, {})),
        lambda p, name=name: getattr(p, f"{name}_window")(8, dtype=p.float64),
    )
    for name in ("hann", "hamming", "bartlett", "blackman", "kaiser")
}
NOT_DIFFERENTIABLE = set(ROWS)
# PyTorch's windows are computed in their dtype from one operation to the next.
RTOL = {name: {"float32": 1e-6, "float64": 1e-6} for name in ROWS}
