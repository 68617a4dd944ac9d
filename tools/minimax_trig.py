"""Derives the polynomials of the trigonometric and hyperbolic functions, as tools/minimax.py does.

A file of its own for the tables alone: it writes csrc/kernels/math/trig_coefficients.hpp, with what
else these functions need to many digits (pi in parts, the bits of 2 / pi).
`python tools/minimax_trig.py [NAME ...]`; `tools/lint.py --fix` then wraps the lines.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import mpmath as mp

from minimax import ROOT, Table, rounded, text

HEADER = ROOT / "csrc" / "kernels" / "math" / "trig_coefficients.hpp"
BOTH = ("float", "double")


def root(f: Callable) -> Callable:
    """f(x) as a function of z = x^2."""
    return lambda z: f(mp.sqrt(z))


def denominator(f: Callable, high, above: int, below: int, kind: str) -> list:
    """Q of (1 + z p(z)) / (1 + z q(z)), which meets f at Chebyshev's points of [0, high]."""
    n = above + below
    a, b = mp.matrix(n, n), mp.matrix(n, 1)
    for k in range(n):
        z = high * (1 - mp.cos(mp.pi * (k + 0.5) / n)) / 2
        for j in range(n):
            a[k, j] = z ** (j + 1) if j < above else -f(z) * z ** (j - above + 1)
        b[k] = f(z) - 1
    found = mp.lu_solve(a, b)
    return [rounded(found[above + j], kind) for j in range(below)]


def rational(table: Table, q: list) -> str:
    """The declarations of p, which is fitted, and of q."""
    (kind,) = table.terms
    suffix = "f" if kind == "float" else ""
    digits = ", ".join(float(x).hex() + suffix for x in q)
    return text(table)[kind] + (
        f"  // q\n  static constexpr {kind} {table.name}Under[] = {{{digits}}};\n"
    )


def quotient(name: str, what: str, f: Callable, high, above: int, below: int, kind: str) -> str:
    """Both polynomials of f = (1 + z p(z)) / (1 + z q(z))."""
    q = denominator(f, high, above, below, kind)

    def under(z):
        return 1 + z * mp.polyval(q[::-1], z)

    upper = Table(
        name,
        f"{what} = (1 + z p) / (1 + z q), z = x^2; p",
        lambda z: (f(z) * under(z) - 1) / z,
        lambda z: z / (f(z) * under(z)),
        mp.mpf(0),
        high,
        {kind: above},
    )
    return rational(upper, q)


def remainder(name: str, what: str, f: Callable, high, above: int, below: int, kind: str) -> str:
    """Both polynomials of f = 1 + z p(z) / (1 + z q(z))."""
    q = denominator(f, high, above, below, kind)

    def under(z):
        return 1 + z * mp.polyval(q[::-1], z)

    upper = Table(
        name,
        f"{what} = 1 + z p / (1 + z q), z = x^2; p",
        lambda z: (f(z) - 1) * under(z) / z,
        lambda z: z / (f(z) * under(z)),
        mp.mpf(0),
        high,
        {kind: above},
    )
    return rational(upper, q)


QUARTER = (mp.pi / 4 * mp.mpf("1.01")) ** 2
TABLES = [
    Table(
        "kSin",
        "8 (sin(x) / x - 1) / z + 1, z = x^2",
        root(lambda x: 8 * (mp.sin(x) / x - 1) / x**2 + 1),
        lambda z: z,
        mp.mpf(0),
        (mp.pi / 2 * mp.mpf("1.003")) ** 2,
        {"float": 4, "double": 8},
    ),
    Table(
        "kAtan",
        "(atan(x) / x - 1) / z, z = x^2",
        root(lambda x: (mp.atan(x) / x - 1) / x**2),
        lambda z: z,
        mp.mpf(0),
        mp.mpf("0.4376") ** 2,
        {"float": 5, "double": 11},
    ),
    Table(
        "kAsin",
        "(asin(x) / x - 1) / z, z = x^2",
        root(lambda x: (mp.asin(x) / x - 1) / x**2),
        lambda z: z,
        mp.mpf(0),
        mp.mpf("0.2501"),
        {"float": 5, "double": 12},
    ),
    Table(
        "kCot",
        "(1 - x cot(x)) / z, z = x^2",
        root(lambda x: (1 - x / mp.tan(x)) / x**2),
        lambda z: z * mp.tan(mp.sqrt(z)) / mp.sqrt(z),
        mp.mpf(0),
        QUARTER,
        {"float": 4},
    ),
]
QUOTIENTS = {
    "float": (remainder, "kTan", "tan(x) / x", root(lambda x: mp.tan(x) / x), QUARTER, 2, 2),
    "double": (quotient, "kTan", "tan(x) / x", root(lambda x: mp.tan(x) / x), QUARTER, 4, 3),
}


def parts(x, bits: list[int], near: bool) -> list:
    """X as a sum of numbers of so many bits, the nearest, or such that all are positive."""
    out = []
    for k, n in enumerate(bits):
        mantissa, exponent = mp.frexp(x)
        whole = mp.ldexp(mantissa, n)
        cut = mp.nint if near or k == len(bits) - 1 else mp.floor
        out.append(mp.ldexp(cut(whole), exponent - n))
        x -= out[-1]
    return out


def constants(kind: str) -> str:
    """Pi and half of it in parts, with fused products and without."""
    fused = [24] * 3 if kind == "float" else [53] * 3
    exact = [15] * 3 + [24] if kind == "float" else [33] * 3 + [53]
    suffix = "f" if kind == "float" else ""
    out = []
    for bits, guard in ((fused, "#if defined(__FMA__)"), (exact, "#else")):
        out.append(guard + "\n")
        for name, value in (("kPi", mp.pi), ("kHalfPi", mp.pi / 2)):
            # tan takes its sign from the remainder: no part of 0 may be -0.
            near = bits is fused and name == "kPi"
            digits = ", ".join(float(x).hex() + suffix for x in parts(value, bits, near))
            out.append(f"  static constexpr {kind} {name}Parts[] = {{{digits}}};\n")
    return "".join(out) + "#endif\n"


def main() -> int:
    """Writes the header, or prints chosen tables."""
    body: dict[str, str] = {}
    names = sys.argv[1:]
    for kind in BOTH:
        rows = []
        for table in TABLES:
            if kind in table.terms and (not names or table.name in names):
                rows.append(text(table._replace(terms={kind: table.terms[kind]}))[kind])
        form, name, *rest = QUOTIENTS[kind]
        if not names or name in names:
            rows.append(form(name, *rest, kind))
        body[kind] = "".join(rows)
    if names:
        print("".join(body.values()))
        return 0
    with mp.workprec(2000):
        bits = int(mp.floor(mp.ldexp(2 / mp.pi, 64 * 20)))
        words = [hex(bits >> 64 * (19 - k) & 2**64 - 1) for k in range(20)]
        tables = "\n".join(
            f"template <>\nstruct TrigCoefficients<{kind}> {{\n{body[kind]}"
            f"  // pi: products of a whole number and a part are exact, or fused\n"
            f"{constants(kind)}}};\n"
            for kind in BOTH
        )
    HEADER.write_text(
        "// Polynomials and constants of the trigonometric functions, written by\n"
        "// tools/minimax_trig.py: a file of its own because it is generated.\n"
        "#pragma once\n\n#include <stdint.h>\n\n"
        '#include "kernels/isa.hpp"\n\n'
        "namespace pyad::inline PYAD_ISA {\n\n"
        "/// By type; beside each polynomial the largest weighted error.\n"
        "template <class T>\nstruct TrigCoefficients;\n\n"
        f"{tables}\n"
        "/// 2 / pi, after 64 bits before the point.\n"
        f"inline constexpr uint64_t kTwoOverPiBits[] = {{0, {', '.join(words)}}};\n\n"
        "}  // namespace pyad::inline PYAD_ISA\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
