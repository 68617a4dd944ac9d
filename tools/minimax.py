"""Derives the polynomials of the vector mathematics: writes csrc/kernels/math/coefficients.hpp.

Each row of `TABLES` says which function is fitted, on which interval, in what weight, and with how
many coefficients for float and for double. A fit is Remez's exchange on a fine Chebyshev grid in 50
digits; the coefficients are then rounded one after the other, from the first on, and those that
follow are fitted again, so that they make up for what rounding took. The error that is left stands
beside each polynomial, in bits. `python tools/minimax.py [NAME ...]`;
`tools/lint.py --fix` then wraps the lines.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import mpmath as mp

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "csrc" / "kernels" / "math" / "coefficients.hpp"
GRID = 400

mp.mp.dps = 50


class Table(NamedTuple):
    """A polynomial c[0] + c[1] z + ... that stands for `function` on [low, high]."""

    name: str
    what: str
    function: Callable
    weight: Callable
    low: object
    high: object
    terms: dict[str, int]  # by type: how many coefficients


HALF_LN2 = mp.log(2) / 2


TABLES = [
    Table(
        "kExp",
        "(exp(r) - 1 - r) / r^2",
        lambda r: (mp.expm1(r) - r) / r**2,
        lambda r: r,
        -HALF_LN2 * 1.002,
        HALF_LN2 * 1.002,
        {"float": 5, "double": 10},
    ),
    Table(
        "kExp2",
        "(2^r - 1) / r - 1 / 2",
        lambda r: mp.expm1(r * mp.log(2)) / r - mp.mpf(0.5),
        lambda r: r,
        mp.mpf(-0.5),
        mp.mpf(0.5),
        {"float": 6, "double": 11},
    ),
    Table(
        "kLog",
        "(log((1 + s) / (1 - s)) / s - 2) / z, z = s^2",
        lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z,
        lambda z: z,
        mp.mpf(0),
        (3 - 2 * mp.sqrt(2)) ** 2 * mp.mpf(1.002),
        {"float": 3, "double": 7},
    ),
    Table(
        "kTanh",
        "(tanh(x) / x - 1) / z, z = x^2",
        lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda z: z,
        mp.mpf(0),
        mp.mpf("0.55") ** 2,
        {"float": 4, "double": 10},
    ),
    Table(
        "kTanhshrink",
        "((1 - tanh(x) / x) / z - 1 / 3) / z, z = x^2",
        lambda z: ((1 - mp.tanh(mp.sqrt(z)) / mp.sqrt(z)) / z - mp.mpf(1) / 3) / z,
        lambda z: z**2 / (1 - mp.tanh(mp.sqrt(z)) / mp.sqrt(z)),
        mp.mpf(0),
        mp.mpf("1.0"),
        {"float": 7, "double": 15},
    ),
]


def rounded(x, kind: str):
    """`x` as the nearest number of that type."""
    if kind == "double":
        return mp.mpf(float(x))
    return mp.mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def exchange(points, values, weights, n):
    """Remez on a grid: n coefficients of the least weighted error."""
    last, scale = len(points) - 1, max(abs(x) for x in points)
    chosen = [round(last * (k + 0.5) / (n + 1)) for k in range(n + 1)]
    for _ in range(40):
        a, b = mp.matrix(n + 1, n + 1), mp.matrix(n + 1, 1)
        for i, k in enumerate(chosen):
            for p in range(n):
                a[i, p] = weights[k] * (points[k] / scale) ** p
            a[i, n] = (-1) ** i
            b[i] = weights[k] * values[k]
        solution = mp.lu_solve(a, b)
        c, level = [solution[p] / scale**p for p in range(n)], abs(solution[n])
        errors = []
        for x, v, w in zip(points, values, weights, strict=True):
            errors.append((v - mp.polyval(c[::-1], x)) * w)
        worst = max(abs(e) for e in errors)
        if worst <= level * mp.mpf("1.001"):
            break
        # The largest of every run of equal sign; of too many, those around the largest of all.
        peaks: list[int] = []
        for k, e in enumerate(errors):
            if peaks and (errors[peaks[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[peaks[-1]]):
                    peaks[-1] = k
            else:
                peaks.append(k)
        while len(peaks) > n + 1:
            del peaks[0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1]
        if len(peaks) < n + 1 or peaks == chosen:
            break
        chosen = peaks
    return c


def least_squares(points, values, weights, powers):
    """Coefficients of the powers alone: without the lowest powers no exchange need exist."""
    scale = max(abs(x) for x in points)
    n = len(powers)
    rows = [[w * (x / scale) ** p for p in powers] for x, w in zip(points, weights, strict=True)]
    a, b = mp.matrix(n, n), mp.matrix(n, 1)
    for i in range(n):
        for j in range(i, n):
            a[i, j] = a[j, i] = mp.fdot((row[i], row[j]) for row in rows)
        b[i] = mp.fdot((row[i], v * w) for row, v, w in zip(rows, values, weights, strict=True))
    solution = mp.lu_solve(a, b)
    return [solution[j] / scale**p for j, p in enumerate(powers)]


def fit(table: Table, kind: str):
    """Coefficients of that type, and the weighted error in bits."""
    low, high = mp.mpf(table.low), mp.mpf(table.high)
    points = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (k + 0.5) / GRID) for k in range(GRID)
    ]
    points = [x for x in points if table.weight(x) != 0]
    weights = [abs(table.weight(x)) for x in points]
    rest = [mp.mpf(table.function(x)) for x in points]
    found = []
    n = table.terms[kind]
    start = exchange(points, rest, weights, n)
    for k, x in enumerate(points):  # what the exchange leaves: its ripple is kept
        rest[k] -= mp.polyval(start[::-1], x)
    ripple = list(rest)
    for power in range(n):
        missing = [v - e for v, e in zip(rest, ripple, strict=True)]
        more = least_squares(points, missing, weights, list(range(power, n))) if power else [0] * n
        start = [c + (more[k - power] if k >= power else 0) for k, c in enumerate(start)]
        for k, x in enumerate(points):
            rest[k] -= sum((more[j] * x ** (power + j) for j in range(len(more))), mp.mpf(0))
        found.append(rounded(start[power], kind))
        lost = start[power] - found[-1]
        start[power] = found[-1]
        rest = [v + lost * x**power for x, v in zip(points, rest, strict=True)]
    worst = max(abs(v * w) for v, w in zip(rest, weights, strict=True))
    return found, float(mp.log(worst, 2))


def text(table: Table) -> dict[str, str]:
    """The declarations of one table, by type."""
    out = {}
    for kind in table.terms:
        c, bits = fit(table, kind)
        digits = ", ".join(float(x).hex() + ("f" if kind == "float" else "") for x in c)
        out[kind] = (
            f"  // {table.what}: 2^{bits:.1f}\n"
            f"  static constexpr {kind} {table.name}[] = {{{digits}}};\n"
        )
    return out


def header() -> str:
    """The whole file."""
    parts: dict[str, str] = {"float": "", "double": ""}
    for table in TABLES:
        print(table.name, file=sys.stderr, flush=True)
        for kind, declaration in text(table).items():
            parts[kind] += declaration
    body = "\n".join(
        f"template <>\nstruct Coefficients<{kind}> {{\n{parts[kind]}}};\n" for kind in parts
    )
    return (
        "// Polynomials of the vector mathematics, written by tools/minimax.py (which says how\n"
        "// they are fitted): a file of its own because it is generated.\n"
        "#pragma once\n\n"
        '#include "kernels/isa.hpp"\n\n'
        "namespace pyad::inline PYAD_ISA {\n\n"
        "/// By type; beside each polynomial the largest weighted error.\n"
        "template <class T>\nstruct Coefficients;\n\n"
        f"{body}\n"
        "}  // namespace pyad::inline PYAD_ISA\n"
    )


def main() -> int:
    """Writes the header, or prints chosen tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="print these tables only")
    arguments = parser.parse_args()
    if arguments.names:
        for table in TABLES:
            if table.name in arguments.names:
                print("".join(text(table).values()))
        return 0
    HEADER.write_text(header())
    return 0


if __name__ == "__main__":
    sys.exit(main())
