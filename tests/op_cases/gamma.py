"""Cases of the gamma function's family that are made of other ops."""

from __future__ import annotations

from op_cases.tools import f, on, positive

ROWS: dict = {
    "polygamma": on(
        [positive(3, 4)],
        lambda p, x: p.polygamma(0, x),
        lambda p, x: p.polygamma(1, x),
        lambda p, x: x.polygamma(2),
    ),
    "mvlgamma": on([positive(3, 4) + 2], f("mvlgamma", 1), f("mvlgamma", p=4)),
}
# PyTorch's trigamma has 9 digits in float64, its digamma 6 in float32.
RTOL = {name: {"float64": 2e-9, "float32": 4e-6} for name in ROWS}
