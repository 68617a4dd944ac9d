"""Derives the polynomials of the gamma function's family: gamma_coefficients.hpp.

The fits are those of tools/minimax.py, all in double: float results are rounded from it.
`python tools/minimax_gamma.py [NAME ...]`; `tools/lint.py --fix` then wraps the lines.
"""

from __future__ import annotations

import argparse
import sys

import mpmath as mp

import minimax
from minimax import Table

HEADER = minimax.ROOT / "csrc" / "kernels" / "math" / "gamma_coefficients.hpp"
BEGIN = """// Polynomials of the gamma function's family, by tools/minimax_gamma.py: a file of its
// own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// Beside each polynomial the largest weighted error.
struct GammaCoefficients {
"""
TINY = mp.mpf(10) ** -12
HALF = mp.mpf("0.5")
DIGAMMA_ROOT = mp.findroot(mp.digamma, 1.46) - 1


def one(_):
    """No weight."""
    return mp.mpf(1)


def inverse_root(t):
    """The argument that belongs to t = x^-2."""
    return 1 / mp.sqrt(t)


def stirling(t):
    """What Stirling's formula leaves, times x."""
    x = inverse_root(t)
    return x * (mp.loggamma(x) - (x - HALF) * mp.log(x) + x - mp.log(2 * mp.pi) / 2)


def digamma_far(t):
    """What the logarithm leaves, times x^2."""
    x = inverse_root(t)
    return x * x * (mp.digamma(x) - mp.log(x) + 1 / (2 * x))


def trigamma_far(t):
    """What is left beside 1 / x + 1 / (2 x^2), times x^3."""
    x = inverse_root(t)
    return x**3 * (mp.psi(1, x) - 1 / x - t / 2)


def digamma_near(c):
    """Without its root."""
    return mp.digamma(c + 1 + HALF) / (c + HALF - DIGAMMA_ROOT)


def sine(z):
    """Of pi r."""
    r = mp.sqrt(z)
    return (mp.sinpi(r) / (mp.pi * r) - 1) / z


def cotangent(z):
    """Of pi r."""
    r = mp.sqrt(z)
    return (mp.pi * r * mp.cospi(r) / mp.sinpi(r) - 1) / z


def table(name, what, function, weight, low, high, terms):
    """A row for double."""
    return Table(name, what, function, weight, mp.mpf(low), mp.mpf(high), {"double": terms})


TABLES = [
    table("kLgammaNear", "lgamma(2 + w) / w", lambda w: mp.loggamma(2 + w) / w, one,
          mp.mpf("-0.75"), HALF, 23),
    table("kStirling", "x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi) / 2), t = x^-2",
          stirling, mp.sqrt, TINY, 1 / mp.mpf("3.5") ** 2, 11),
    table("kDigammaNear", "digamma(1.5 + c) / (c - root)", digamma_near, one, -HALF, HALF, 24),
    table("kDigammaFar", "x^2 (digamma(x) - log(x) + 1 / (2 x)), t = x^-2",
          digamma_far, lambda t: t, TINY, mp.mpf(1) / 9, 13),
    table("kTrigammaNear", "trigamma(1.5 + c)",
          lambda c: mp.psi(1, c + 1 + HALF), one, -HALF, HALF, 26),
    table("kTrigammaFar", "x^3 (trigamma(x) - 1 / x - 1 / (2 x^2)), t = x^-2",
          trigamma_far, lambda t: t, TINY, mp.mpf(1) / 9, 15),
    table("kSinPi", "(sin(pi r) / (pi r) - 1) / z, z = r^2",
          sine, lambda z: z, TINY, mp.mpf("0.25"), 9),
    table("kCotPi", "(pi r cot(pi r) - 1) / z, z = r^2", cotangent, one, TINY, mp.mpf("0.25"), 17),
]  # fmt: skip


def header() -> str:
    """The whole file."""
    parts = []
    for row in TABLES:
        print(row.name, file=sys.stderr, flush=True)
        parts += minimax.text(row).values()
    return BEGIN + "".join(parts) + "};\n\n}  // namespace pyad::inline PYAD_ISA\n"


def main() -> int:
    """Writes the header, or prints chosen tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="print these tables only")
    arguments = parser.parse_args()
    if not arguments.names:
        HEADER.write_text(header())
        return 0
    for row in TABLES:
        if row.name in arguments.names:
            print("".join(minimax.text(row).values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
