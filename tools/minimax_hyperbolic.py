"""Derives the polynomials of hyperbolic functions, powers and roots, as tools/minimax.py does.

A file of its own for the tables alone: it writes csrc/kernels/math/hyperbolic_coefficients.hpp.
`python tools/minimax_hyperbolic.py [NAME ...]`; `tools/lint.py --fix` then wraps the lines.
"""

from __future__ import annotations

import sys

import mpmath as mp

from minimax import HALF_LN2, ROOT, Table, text
from minimax_trig import root

HEADER = ROOT / "csrc" / "kernels" / "math" / "hyperbolic_coefficients.hpp"
# What hyperbolic_parts leaves of an argument.
REDUCED = (HALF_LN2 * mp.mpf("1.002") + mp.mpf("0.1")) ** 2


TABLES = [
    Table(
        "kSinh",
        "(sinh(x) / x - 1) / z, z = x^2",
        root(lambda x: (mp.sinh(x) / x - 1) / x**2),
        lambda z: z,
        mp.mpf(0),
        REDUCED,
        {"float": 2, "double": 5},
    ),
    Table(
        "kCosh",
        "((cosh(x) - 1) / z - 1 / 2) / z, z = x^2",
        root(lambda x: ((mp.cosh(x) - 1) / x**2 - mp.mpf("0.5")) / x**2),
        lambda z: z**2,
        mp.mpf(0),
        REDUCED,
        {"float": 2, "double": 5},
    ),
    Table(
        "kAtanh",
        "(atanh(x) / x - 1) / z, z = x^2",
        root(lambda x: (mp.atanh(x) / x - 1) / x**2),
        lambda z: z,
        mp.mpf(0),
        mp.mpf("0.3") ** 2,
        {"float": 5, "double": 10},
    ),
]


LOG_HIGH = (3 - 2 * mp.sqrt(2)) ** 2 * mp.mpf("1.002")
TWO_OVER_LN2 = 2 / mp.log(2)
# float computes in double, with fewer coefficients of that.
POWER = [
    (
        "float",
        Table(
            "kPowerLog",
            "log2(1 + f) / f",
            lambda f: mp.log1p(f) / mp.log(2) / f,
            lambda f: f / mp.log1p(f),
            mp.sqrt(mp.mpf(0.5)) * mp.mpf("0.9999") - 1,
            mp.sqrt(mp.mpf(2)) * mp.mpf("1.0001") - 1,
            {"double": 13},
        ),
    ),
    (
        "float",
        Table(
            "kPowerExp",
            "2^r",
            lambda r: mp.power(2, r),
            lambda r: mp.mpf(1),
            mp.mpf(-0.5),
            mp.mpf(0.5),
            {"double": 7},
        ),
    ),
    (
        "double",
        Table(
            "kPowerLog",
            "(log2((1 + s) / (1 - s)) / s - 2 / ln 2 - z 2 / 3 ln 2) / z^2, z = s^2",
            root(
                lambda s: (2 * mp.atanh(s) / mp.log(2) / s - TWO_OVER_LN2 * (1 + s * s / 3)) / s**4
            ),
            lambda z: z**2,
            mp.mpf("1e-6"),
            LOG_HIGH,
            {"double": 7},
        ),
    ),
    (
        "float",
        Table(
            "kRoot",
            "x^(-1/3)",
            lambda x: mp.power(x, -mp.mpf(1) / 3),
            lambda x: mp.power(x, mp.mpf(1) / 3),
            mp.mpf(1),
            mp.mpf(2),
            {"float": 4},
        ),
    ),
    (
        "double",
        Table(
            "kRoot",
            "x^(-1/3)",
            lambda x: mp.power(x, -mp.mpf(1) / 3),
            lambda x: mp.power(x, mp.mpf(1) / 3),
            mp.mpf(1),
            mp.mpf(2),
            {"double": 6},
        ),
    ),
]


def main() -> int:
    """Writes the header, or prints chosen tables."""
    names = sys.argv[1:]
    body = {"float": "", "double": ""}
    for table in TABLES:
        if not names or table.name in names:
            for kind, declaration in text(table).items():
                body[kind] += declaration
    for element, table in POWER:
        if not names or table.name in names:
            body[element] += "".join(text(table).values())
    if names:
        print("".join(body.values()))
        return 0
    tables = "\n".join(
        f"template <>\nstruct HyperbolicCoefficients<{kind}> {{\n{body[kind]}}};\n" for kind in body
    )
    HEADER.write_text(
        "// Polynomials of hyperbolic functions, powers and roots, written by\n"
        "// tools/minimax_hyperbolic.py: a file of its own because it is generated.\n"
        "#pragma once\n\n"
        '#include "kernels/isa.hpp"\n\n'
        "namespace pyad::inline PYAD_ISA {\n\n"
        "/// By type; beside each polynomial the largest weighted error.\n"
        "template <class T>\nstruct HyperbolicCoefficients;\n\n"
        f"{tables}\n"
        "}  // namespace pyad::inline PYAD_ISA\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
