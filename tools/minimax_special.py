"""Derives the polynomials of the error function's family: special_coefficients.hpp.

The fits are those of tools/minimax.py; the tables stand apart because their functions and weights
need words of their own. `python tools/minimax_special.py [NAME ...]`; `tools/lint.py --fix` then
wraps the lines.
"""

from __future__ import annotations

import argparse
import math
import re
import sys

import mpmath as mp

import minimax
from minimax import Table

HEADER = minimax.ROOT / "csrc" / "kernels" / "math" / "special_coefficients.hpp"
BEGIN = """// Polynomials of the error function's family, by tools/minimax_special.py: a file
// of its own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// By type; beside each polynomial the largest weighted error.
template <class T>
struct SpecialCoefficients;

"""


def one(_x):
    """No weight."""
    return mp.mpf(1)


def tail(k):
    """erfc(a) exp(a^2) (a + k) as a function of t = (a - k) / (a + k), which has no steep end."""

    def function(t):
        a = k * (1 + t) / (1 - t)
        return mp.exp(a * a) * mp.erfc(a) * (a + k)

    return function


def place(k, a):
    """Where an argument stands on the axis of `tail`."""
    a = mp.mpf(a)
    return (a - k) / (a + k)


# Numbers stand half as close from 1 on: before it the logarithm's rounding shows in a float64.
ERF_SEAM, LONG_ERF_SEAM = mp.mpf("0.9"), mp.mpf(1)
BELOW, ABOVE = mp.mpf("0.995"), mp.mpf("1.005")  # a seam is overlapped


def erf_near(seam=ERF_SEAM):
    """The error function before the seam."""
    low, high = mp.mpf(10) ** -12, (seam * ABOVE) ** 2
    return "erf(x) / x - 1, z = x^2", lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, one, low, high


def erfc_log(end):
    """log2(erfc(a)), from the seam on to where erf is 1."""
    return (
        "log2(erfc(a))",
        lambda a: mp.log(mp.erfc(a)) / mp.log(2),
        mp.erfc,
        ERF_SEAM * BELOW,
        mp.mpf(end),
    )


def erfc_tail(low, high):
    """The complement with its steep part taken out."""
    what = "erfc(a) exp(a^2) (a + 2), t = (a - 2) / (a + 2)"
    return what, tail(2), one, place(2, low), place(2, high)


def normal_tail(high):
    """The normal distribution function with its steep part taken out."""

    def function(t):
        a = 4 * (1 + t) / (1 - t)
        return mp.exp(a * a / 2) * mp.ncdf(-a) * (a + 4)

    what = "Phi(-a) exp(a^2 / 2) (a + 4), t = (a - 4) / (a + 4)"
    return what, function, one, place(4, 0), place(4, high)


HALF_ROOT_PI = mp.sqrt(mp.pi) / 2


def erfinv_over(w):
    """The quotient erfinv(x) / x where 1 - x^2 = exp(-w), by Halley's steps on the complement."""
    with mp.workdps(70):
        x = mp.sqrt(-mp.expm1(-w))
        complement = mp.exp(-w) / (1 + x)
        y = mp.sqrt(w) * mp.mpf("0.886") if w < 1 else mp.sqrt(w - mp.log(w + 1) / 2)
        step = y
        while abs(step) > mp.mpf(10) ** -45 * y:
            step = (mp.erfc(y) - complement) / (-2 / mp.sqrt(mp.pi) * mp.exp(-y * y))
            step /= 1 + y * step
            y -= step
        return y / x


def erfinv_near(high):
    """The inverse error function where it is nearly linear."""
    return (
        "(erfinv(x) / x - sqrt(pi) / 2) / w, w = -log(1 - x^2)",
        lambda w: (erfinv_over(w) - HALF_ROOT_PI) / w,
        lambda w: w / erfinv_over(w),
        mp.mpf("1e-9"),
        mp.mpf(high),
    )


def erfinv_far(low, high):
    """The inverse error function near the ends."""
    return (
        "erfinv(x) / x, v = sqrt(-log(1 - x^2)) - 4",
        lambda v: erfinv_over((v + 4) ** 2),
        lambda v: 1 / erfinv_over((v + 4) ** 2),
        mp.sqrt(mp.mpf(low)) - 4,
        mp.sqrt(mp.mpf(high)) - 4,
    )


def erfinv_far_short(low, high):
    """The same without a root."""
    return (
        "erfinv(x) / x, w = -log(1 - x^2) - 10",
        lambda w: erfinv_over(w + 10),
        lambda w: 1 / erfinv_over(w + 10),
        mp.mpf(low) - 10,
        mp.mpf(high) - 10,
    )


def erf_near_short():
    """The error function before 1."""
    what, function, weight, low, _ = erf_near()
    return what, function, weight, low, mp.mpf(1)


def erfc_log_short():
    """The logarithm of the complement from 1 on."""
    what, function, weight, _, high = erfc_log(4)
    return what, function, weight, mp.mpf("0.999"), high


def mills(a):
    """The tail of the normal distribution without its exponential."""
    return mp.exp(a * a / 2) * mp.ncdf(-a)


GELU_SEAM, ERFC_SHIFT, GELU_SHIFT, SLOPE_SHIFT = mp.mpf("2.25"), mp.mpf("0.75"), 1, 3


def gelu_log():
    """What the exponent of gelu's tail has beside its square, before the seam."""
    middle = mp.mpf("1.25")
    return (
        "(log(2 Phi(-a)) + a^2 / 2) / a + 1 / 2, s = a - 5/4",
        lambda s: mp.log(2 * mills(s + middle)) / (s + middle) + mp.mpf(0.5),
        lambda s: s + middle,
        mp.mpf("1e-6") - middle,
        GELU_SEAM * mp.mpf("1.001") - middle,
    )


def over(shift, function, low, high):
    """A function of a as one of u = 1 / (a + shift), its relative error, and where u is."""

    def by_u(u):
        return function(1 / u - shift)

    return by_u, lambda u: 1 / by_u(u), 1 / (mp.mpf(high) + shift), 1 / (mp.mpf(low) + shift)


def gelu_far():
    """Its tail without the exponential, from the seam on."""
    what = "a Phi(-a) exp(a^2 / 2), u = 1 / (a + 1)"
    return what, *over(GELU_SHIFT, lambda a: a * mills(a), GELU_SEAM * mp.mpf("0.999"), "14.5")


def gelu_slope_over():
    """The tail of gelu's slope, its exponential and its zero taken out."""

    def tail_of_slope(a):
        return mills(a) - a / mp.sqrt(2 * mp.pi)

    root = mp.findroot(tail_of_slope, 0.75)
    what = "(Phi(-a) exp(a^2 / 2) - a / sqrt(2 pi)) / (a - root), u = 1 / (a + 3)"
    return what, *over(SLOPE_SHIFT, lambda a: tail_of_slope(a) / (a - root), 0, 15)


def erfc_near_short():
    """The error function before 1, from 1 downward: its complement is small there."""

    def function(z):
        x = mp.sqrt(z + 1)
        return mp.erf(x) / x - 1

    def weight(z):
        return mp.sqrt(z + 1) / mp.erfc(mp.sqrt(z + 1))

    return "erf(x) / x - 1, z = x^2 - 1", function, weight, mp.mpf("1e-9") - 1, 0


def erfc_log_over():
    """What the exponent of the complement has beside its square and a quotient, from 1 on."""

    def function(a):
        return mp.log(mp.exp(a * a) * mp.erfc(a) * (a + ERFC_SHIFT))

    by_u, _, low, high = over(ERFC_SHIFT, function, "0.998", "10.2")
    return "log(erfc(a) (a + 3/4)) + a^2, u = 1 / (a + 3/4)", by_u, one, low, high


# Coefficients that are moved by units of their last place, so that rounding errors make no result
# fall: found by trying, with every float.
MOVED = {"kErfShort": {4: 1}, "kErfcLog2Short": {1: -1, 2: 2, 3: -1, 4: 2}}


def text(table):
    """A table's declarations, its coefficients moved."""
    out = "".join(minimax.text(table).values())
    for k, units in MOVED.get(table.name, {}).items():
        digits = re.findall(r"-?0x1[.]\w+p[-+]\d+", out)[k]
        x = float.fromhex(digits)
        moved = x + units * math.copysign(2.0 ** (math.frexp(x)[1] - 24), x)
        out = out.replace(digits, moved.hex())
    return out


EXP_SHORT = Table(
    "kExp",
    "(exp(r) - 1) / r",
    lambda r: mp.expm1(r) / r,
    lambda r: r,
    -minimax.HALF_LN2 * mp.mpf("1.002"),
    minimax.HALF_LN2 * mp.mpf("1.002"),
    {"double": 7},
)

EXP_WIDE = Table(
    "kExpWide",
    "(exp(r) - 1 - r) / r^2",
    lambda r: (mp.expm1(r) - r) / r**2,
    lambda r: r**2 / mp.exp(r),
    mp.mpf("-0.48"),
    mp.mpf("0.48"),
    {"float": 6},
)

# By element type. What float computes in double has coefficients of double, but fewer.
TABLES = [
    ("float", EXP_SHORT),
    ("float", Table("kErfcLog2", *erfc_log(4), {"double": 8})),
    ("float", Table("kErf", *erf_near(), {"double": 8})),
    ("float", Table("kErfcFar", *erfc_tail(ERF_SEAM * BELOW, "10.5"), {"double": 11})),
    ("float", Table("kNormalTail", *normal_tail(15), {"double": 12})),
    ("float", Table("kErfinvNear", *erfinv_near("3.55"), {"float": 9})),
    ("float", Table("kErfinvFar", *erfinv_far_short("3.45", "16.7"), {"float": 14})),
    ("double", Table("kErfinvNear", *erfinv_near("6.3"), {"double": 25})),
    ("double", Table("kErfinvFar", *erfinv_far("6.2", "37.5"), {"double": 32})),
    ("float", Table("kErfShort", *erf_near_short(), {"float": 7})),
    ("float", Table("kErfcLog2Short", *erfc_log_short(), {"float": 7})),
    ("float", EXP_WIDE),
    ("float", Table("kErfcShort", *erfc_near_short(), {"float": 7})),
    ("float", Table("kErfcLogOver", *erfc_log_over(), {"float": 9})),
    ("float", Table("kGeluLog", *gelu_log(), {"float": 8})),
    ("float", Table("kGeluFar", *gelu_far(), {"float": 8})),
    ("float", Table("kGeluSlope", *gelu_slope_over(), {"float": 10})),
    ("double", Table("kErf", *erf_near(LONG_ERF_SEAM), {"double": 14})),
    ("double", Table("kErfcLog2", *erfc_log(6), {"double": 19})),
    ("double", Table("kErfcFar", *erfc_tail(ERF_SEAM * BELOW, 28), {"double": 21})),
    ("double", Table("kNormalTail", *normal_tail(39), {"double": 23})),
]


def header() -> str:
    """The whole file."""
    parts: dict[str, str] = {"float": "", "double": ""}
    for element, table in TABLES:
        print(element, table.name, file=sys.stderr, flush=True)
        parts[element] += text(table)
    structs = [
        f"template <>\nstruct SpecialCoefficients<{kind}> {{\n{parts[kind]}}};\n" for kind in parts
    ]
    return BEGIN + "\n".join(structs) + "\n}  // namespace pyad::inline PYAD_ISA\n"


def main() -> int:
    """Writes the header, or prints chosen tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="print these tables only")
    arguments = parser.parse_args()
    if not arguments.names:
        HEADER.write_text(header())
        return 0
    for _, table in TABLES:
        if table.name in arguments.names:
            print(text(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
