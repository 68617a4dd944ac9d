"""Measures the vector mathematics: errors in units of the last place, against mpmath.

`PYAD_ISA=generic|v3|v4 python tools/ulp.py [NAME ...] [--samples N] [--all] [--check]
[--markdown]`

float64 is compared with mpmath on samples (half of them drawn by their bits, half between the
bounds of a function's own range); float32 with float64 on a hundred times as many, or with `--all`
on every number there is. `--check` fails where a bound of the table is exceeded. The table is also
what tests/test_accuracy.py goes through. `--markdown` prints the rows of docs/accuracy.md for one
instruction set: a row for each function and type, with the samples and what is monotone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NamedTuple

import mpmath as mp
import numpy as np

import pyad

F = pyad.nn.functional
DIGITS = {"float32": 24, "float64": 53}
SMALLEST = {"float32": -149, "float64": -1074}
LARGEST = {"float32": 128, "float64": 1024}
LN2 = float(np.log(2))
# Where formulas change, about.
SEAMS = [k * LN2 / 2 for k in range(-9, 10)]
SEAMS += [0.0, 0.9, -0.9, 0.55, -0.55, 0.5, -0.5, 2**-0.5, 2**0.5, 0.4375, -0.4375]
SEAMS += [2.4375, -2.4375, -16, -36, 20, 40, 2, 1, -0.25, 0.2763, -0.2763, 0.661, 1.195]


class Function(NamedTuple):
    """A function, what it should be, and how far from it the results may lie."""

    name: str
    call: Callable
    exact: Callable
    low: float  # the range from which half of the samples come, and the domain
    high: float
    domain: tuple[float, float] = (-np.inf, np.inf)
    bound32: float = 2
    bound64: float = 4
    monotone: int = 1  # -1: falling, 0: neither, 2: with |x|
    roots: bool = False  # between poles: about its roots the error counts as absolute, 2 ulp of 1


def _sigmoid(x):
    return 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x))


def _softplus(x):
    return max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def _erfc(x):
    return mp.erfc(x) if x < 100 else mp.mpf(0)


def _gelu(x):
    return x * mp.ncdf(x) if x > -50 else mp.mpf(0)


def _gelu_tanh(x):
    w = 2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)
    return x / (1 + mp.exp(-w)) if x > -50 else mp.mpf(0)


def _cbrt(x):
    return mp.sign(x) * mp.cbrt(abs(x))


def _hypot(x):
    return mp.sqrt(x * x + 9)


def _exponential(x):
    return mp.power(mp.mpf(1.5), x) if abs(x) < 1e5 else mp.mpf(0 if x < 0 else "inf")


def _all(x, value):
    return pyad.full_like(x, value)


def _erfinv(x):
    """Halley's steps on the complement, which mpmath's own start does not reach near 1."""
    if abs(x) < mp.mpf(10) ** -30:
        return x * mp.sqrt(mp.pi) / 2
    a = abs(x)
    y = mp.sqrt(-mp.log(1 - a * a)) * mp.mpf("0.886")
    step = y
    while abs(step) > mp.mpf(10) ** -25 * y:
        step = (mp.erfc(y) - (1 - a)) / (-2 / mp.sqrt(mp.pi) * mp.exp(-y * y))
        step /= 1 + y * step
        y -= step
    return mp.sign(x) * y


def _lgamma(x):
    return mp.inf if x <= 0 and x == mp.floor(x) else mp.re(mp.loggamma(x))


def _digamma(x):
    return mp.nan if x < 0 and x == mp.floor(x) else mp.digamma(x)


POSITIVE = (0.0, np.inf)


def _power(b: float) -> Function:
    return Function(
        f"pow({b})",
        lambda x: pyad.pow(x, _all(x, b)),
        lambda x: mp.power(x, b),
        0,
        10,
        POSITIVE,
        monotone=1 if b > 0 else -1,
    )


FUNCTIONS = [
    Function("exp", pyad.exp, mp.exp, -20, 20, bound64=1.5),
    Function("exp2", pyad.exp2, lambda x: mp.power(2, x), -20, 20),
    Function("expm1", pyad.expm1, mp.expm1, -5, 5),
    Function("log", pyad.log, mp.log, 0.3, 3, POSITIVE, bound64=1.5),
    Function("log2", pyad.log2, lambda x: mp.log(x) / mp.log(2), 0.3, 3, POSITIVE),
    Function("log10", pyad.log10, mp.log10, 0.3, 3, POSITIVE),
    Function("log1p", pyad.log1p, mp.log1p, -0.9, 3, (-1.0, np.inf)),
    # A quotient of rounded differences near 1/2.
    Function("logit", pyad.logit, lambda x: mp.log(x / (1 - x)), 0, 1, (0.0, 1.0), 4),
    Function("sigmoid", pyad.sigmoid, _sigmoid, -30, 10),
    Function("silu", F.silu, lambda x: x * _sigmoid(x), -30, 10, monotone=0),
    Function("softplus", F.softplus, _softplus, -30, 19, (-np.inf, 20.0)),
    Function("logsigmoid", F.logsigmoid, lambda x: -_softplus(-x), -10, 30),
    Function("tanh", pyad.tanh, mp.tanh, -4, 4),
    Function("sinh", pyad.sinh, mp.sinh, -5, 5),
    Function("cosh", pyad.cosh, mp.cosh, -5, 5, monotone=2),
    Function("asinh", pyad.asinh, mp.asinh, -5, 5),
    Function("acosh", pyad.acosh, mp.acosh, 1, 5, (1.0, np.inf)),
    Function("atanh", pyad.atanh, mp.atanh, -1, 1, (-1.0, 1.0)),
    Function("erf", pyad.erf, mp.erf, -3, 3),
    Function("erfc", pyad.erfc, _erfc, -2, 27, monotone=-1),
    Function("gelu", F.gelu, _gelu, -38, 5, monotone=0),
    Function("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), _gelu_tanh, -22, 5, monotone=0),
    Function("sin", pyad.sin, mp.sin, -10, 10, bound64=1.5, monotone=0),
    Function("cos", pyad.cos, mp.cos, -10, 10, bound64=1.5, monotone=0),
    Function("asin", pyad.asin, mp.asin, -1, 1, (-1.0, 1.0)),
    Function("acos", pyad.acos, mp.acos, -1, 1, (-1.0, 1.0), monotone=-1),
    Function("atan", pyad.atan, mp.atan, -5, 5),
    Function("erfinv", pyad.erfinv, _erfinv, -1, 1, (-1.0, 1.0)),
    Function("lgamma", pyad.lgamma, _lgamma, -20, 20, monotone=0, roots=True),
    Function("digamma", pyad.digamma, _digamma, -20, 20, monotone=0, roots=True),
    Function("tan", pyad.tan, mp.tan, -10, 10, monotone=0),
    Function("cbrt", pyad.cbrt, _cbrt, -10, 10),
    Function("hypot", lambda x: pyad.hypot(x, _all(x, 3.0)), _hypot, -10, 10, monotone=2),
    _power(2.5),
    _power(-1.75),
    Function("power", lambda x: pyad.pow(_all(x, 1.5), x), _exponential, -20, 20),
]


def samples(function: Function, dtype: str, n: int) -> np.ndarray:
    """Numbers of the domain: any finite ones, and ones from the function's range."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2 ** (32 if dtype == "float32" else 64), n, np.uint64)
    anywhere = bits.astype(f"uint{dtype[5:]}").view(dtype)
    x = np.concatenate([anywhere, rng.uniform(function.low, function.high, n).astype(dtype)])
    return inside(function, x)


def inside(function: Function, x: np.ndarray) -> np.ndarray:
    """Those of `x` that are finite and in the domain."""
    with np.errstate(invalid="ignore"):
        keep = np.isfinite(x) & (x > function.domain[0]) & (x < function.domain[1])
    return x[keep]


def values(function: Function, x: np.ndarray) -> np.ndarray:
    """The function's results."""
    return function.call(pyad.tensor(x)).numpy()


def errors_by_float64(function: Function, x: np.ndarray) -> np.ndarray:
    """Errors of float32 results in ulp; float64 results stand for the exact ones."""
    got = values(function, x).astype(np.float64)
    want = values(function, x.astype(np.float64))
    floor = 2 / function.bound32 * 2.0**-23 if function.roots else 0
    return _distance(got, want, np.frexp(want)[1], floor)


def _distance(got, want, exponent, floor=0.0):
    limit = 2.0 ** LARGEST["float32"]
    ulp = np.ldexp(1.0, np.maximum(exponent - DIGITS["float32"], SMALLEST["float32"]))
    ulp = np.maximum(ulp, floor)
    # Beyond the largest number infinity stands for the power of two that would follow.
    got = np.clip(got, -limit, limit)
    want = np.clip(want, -limit, limit)
    return np.where(np.isnan(got) & np.isnan(want), 0, np.abs(got - want) / ulp)


def errors_by_mpmath(function: Function, x: np.ndarray) -> np.ndarray:
    """Errors of float64 results in ulp."""
    out = []
    limit = mp.ldexp(1, LARGEST["float64"])
    for value, result in zip(x.tolist(), values(function, x).tolist(), strict=True):
        with mp.workdps(40 + (310 if not 1e-100 < abs(value) < 1e20 else 0)):
            want = function.exact(mp.mpf(value))
            if mp.isnan(want) or np.isnan(result):
                out.append(0.0 if mp.isnan(want) and np.isnan(result) else np.inf)
                continue
            want = max(-limit, min(limit, want))
            got = max(-limit, min(limit, mp.mpf(result)))
            exponent = mp.frexp(want)[1]
            unit = mp.ldexp(1, max(exponent - DIGITS["float64"], SMALLEST["float64"]))
            if function.roots:
                unit = max(unit, mp.ldexp(2 / mp.mpf(function.bound64), -52))
            out.append(float(abs(got - want) / unit))
    return np.array(out)


def every_float32():
    """All bit patterns, in pieces."""
    for start in range(0, 2**32, 2**22):
        yield np.arange(start, start + 2**22, dtype=np.uint32).view(np.float32)


def runs(function: Function, dtype: str, n: int):
    """Runs of neighbouring numbers: around the seams of the formulas, and n anywhere."""
    rng = np.random.default_rng(1)
    starts = np.concatenate([SEAMS, rng.uniform(function.low, function.high, n)])
    width = f"int{dtype[5:]}"
    for start in starts.astype(dtype):
        bits = np.abs(start).view(width) + np.arange(-2000, 2000).astype(width)
        x = inside(function, np.sort(np.copysign(bits[bits >= 0].view(dtype), start)))
        if x.size:
            yield x


def reversals(function: Function, dtype: str, n: int = 40) -> tuple[int, list[float]]:
    """How many steps between neighbours were looked at, and where one leads the wrong way."""
    steps, wrong = 0, []
    for x in runs(function, dtype, n):
        direction = function.monotone if function.monotone < 2 else np.sign(x[-1])
        y = values(function, x)
        y = y * direction if direction else y  # a pole is no number times 0
        steps += y.size - 1
        wrong += x[1:][~(y[1:] >= y[:-1])].tolist()
    return steps, wrong


def worst(function: Function, dtype: str, n: int, everything: bool = False) -> tuple[float, float]:
    """The largest error and where it is."""
    pieces = every_float32() if everything else [samples(function, dtype, n)]
    found = (0.0, 0.0)
    for piece in pieces:
        x = inside(function, piece)
        if x.size:
            errors = (errors_by_float64 if dtype == "float32" else errors_by_mpmath)(function, x)
            errors = np.where(np.isnan(errors), np.inf, errors)
            k = int(errors.argmax())
            found = max(found, (float(errors[k]), float(x[k])))
    return found


def measured(
    function: Function, dtype: str, bound: float, n: int, everything: bool
) -> tuple[str, float]:
    """A row of the table, and the largest error."""
    everything = everything and dtype == "float32"
    n *= 100 if dtype == "float32" else 1
    error, at = worst(function, dtype, n, everything)
    monotone = "" if not function.monotone else "no" if reversals(function, dtype)[1] else "yes"
    place = f"{at:.{9 if dtype == 'float32' else 17}g}"
    samples = "all" if everything else str(2 * n)
    cells = [function.name, dtype, f"{error:.2f}", place, f"{bound:g}", monotone, samples]
    return f"| {' | '.join(cells)} |", error


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--all", action="store_true", help="every float32")
    parser.add_argument("--check", action="store_true", help="fail where a bound is exceeded")
    parser.add_argument("--markdown", action="store_true", help="the heading of a section")
    arguments = parser.parse_args()
    failed = []
    print(f"### {pyad._core.isa()}\n" if arguments.markdown else f"{pyad._core.isa()}:")
    print("| function | type | largest error (ulp) | at | bound | monotone | samples |")
    print("|---|---|---|---|---|---|---|")
    for function in FUNCTIONS:
        if arguments.names and function.name not in arguments.names:
            continue
        for dtype, bound in (("float32", function.bound32), ("float64", function.bound64)):
            row, error = measured(function, dtype, bound, arguments.samples, arguments.all)
            print(row, flush=True)
            if error > bound:
                failed.append(f"{function.name} ({dtype})")
    if arguments.check and failed:
        print(f"beyond their bounds: {', '.join(failed)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
