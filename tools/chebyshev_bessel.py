"""Derives the Chebyshev series of the modified Bessel functions: bessel_coefficients.hpp.

Two intervals, [0, 8] and [8, inf); the factors that keep the functions slow are named beside each
series. `python tools/chebyshev_bessel.py` writes the header; `tools/lint.py --fix` wraps its lines.
"""

from __future__ import annotations

import mpmath as mp

import minimax

HEADER = minimax.ROOT / "csrc" / "kernels" / "math" / "bessel_coefficients.hpp"
BEGIN = """// Chebyshev series of the modified Bessel functions, by tools/chebyshev_bessel.py: a
// file of its own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

struct BesselCoefficients {
"""
NODES = 64


def near(t):
    """The point of [0, 8] at a place of [-1, 1]."""
    return 4 * (t + 1)


def far(t):
    """The point of [8, inf) at a place of (-1, 1]."""
    return 16 / (t + 1)


SERIES = (
    ("kNear0", "exp(-x) I0(x), t = x / 4 - 1", near, lambda x: mp.exp(-x) * mp.besseli(0, x)),
    (
        "kNear1",
        "exp(-x) I1(x) (1 + x) / x, t = x / 4 - 1",
        near,
        lambda x: mp.exp(-x) * mp.besseli(1, x) * (1 + x) / x,
    ),
    (
        "kFar0",
        "exp(-x) I0(x) sqrt(x), t = 16 / x - 1",
        far,
        lambda x: mp.exp(-x) * mp.besseli(0, x) * mp.sqrt(x),
    ),
    (
        "kFar1",
        "exp(-x) I1(x) sqrt(x), t = 16 / x - 1",
        far,
        lambda x: mp.exp(-x) * mp.besseli(1, x) * mp.sqrt(x),
    ),
)


def coefficients(function, point):
    """Those of the interpolant at the zeros of a Chebyshev polynomial, cut below 2^-57."""
    angles = [(mp.mpf(k) + 0.5) * mp.pi / NODES for k in range(NODES)]
    values = [function(point(mp.cos(a))) for a in angles]
    out = []
    for j in range(NODES):
        total = sum(v * mp.cos(j * a) for v, a in zip(values, angles, strict=True))
        out.append(total * 2 / NODES)
    out[0] /= 2
    while abs(out[-1]) < mp.mpf(2) ** -57:
        out.pop()
    return out


def main() -> None:
    """Writes the header."""
    mp.mp.dps = 40
    text = BEGIN
    for name, what, point, function in SERIES:
        numbers = ", ".join(float(c).hex() for c in coefficients(function, point))
        text += f"  // {what}\n  static constexpr double {name}[] = {{{numbers}}};\n"
    HEADER.write_text(text + "};\n\n}  // namespace pyad::inline PYAD_ISA\n")


if __name__ == "__main__":
    main()
