"""Measures the vector mathematics: errors in units of the last place, against mpmath.

`PYAD_ISA=generic|v3|v4 python tools/ulp.py [NAME ...] [--samples N] [--all] [--check]
[--markdown] [--dtype float32|float64] [--kept FOLDER] [--marks]`

float64 is compared with mpmath on N samples (half of them drawn by their bits, half between the
bounds of a function's own range); float32 with float64 on a hundred times as many, or with `--all`
on every number there is. `--check` fails where a bound of the table is exceeded. The table is also
what tests/test_accuracy.py goes through. `--markdown` prints the rows of docs/accuracy.md for one
instruction set: a row for each function and type, with the samples and what is monotone. mpmath
takes a minute or more for a million numbers: `--kept` names a folder for what it said, which the
other instruction sets then read. The last column is a checksum of the results: where two sets have
the same, they have the same bits, and one measurement tells of both; `--marks` prints it alone.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import mpmath as mp
import numpy as np

import pyad

F = pyad.nn.functional
DIGITS = {"float32": 24, "float64": 53}
SMALLEST = {"float32": -149, "float64": -1074}
LARGEST = {"float32": 128, "float64": 1024}
EXPONENT_BITS = 0x7FF0000000000000
HUGE = sys.float_info.max
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


def _tanhshrink(x):
    with mp.extradps(40 if abs(x) > 1e-15 else 0):
        return x - mp.tanh(x) if abs(x) > 1e-15 else x**3 / 3


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
    with mp.extradps(80):  # 1 - a keeps the digits of a
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
    Function("tanhshrink", F.tanhshrink, _tanhshrink, -3, 3, monotone=0),
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
    Function("atan2", lambda x: pyad.atan2(x, _all(x, 3.0)), lambda x: mp.atan2(x, 3), -10, 10),
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
    """Numbers of the domain: half of the n any finite ones, the others from the range."""
    rng = np.random.default_rng(0)
    width = int(dtype[5:])
    anywhere = np.empty(0, dtype)
    while anywhere.size < n // 2:
        bits = rng.integers(0, 2**width, n, np.uint64).astype(f"uint{width}")
        anywhere = np.concatenate([anywhere, inside(function, bits.view(dtype))])
    ranged = np.empty(0, dtype)
    while ranged.size < n - n // 2:
        x = rng.uniform(function.low, function.high, n).astype(dtype)
        ranged = np.concatenate([ranged, inside(function, x)])
    return np.concatenate([anywhere[: n // 2], ranged[: n - n // 2]])


def inside(function: Function, x: np.ndarray) -> np.ndarray:
    """Those of `x` that are finite and in the domain."""
    with np.errstate(invalid="ignore"):
        keep = np.isfinite(x) & (x > function.domain[0]) & (x < function.domain[1])
    return x[keep]


def values(function: Function, x: np.ndarray) -> np.ndarray:
    """The function's results."""
    return function.call(pyad.from_numpy(x)).numpy()


def errors_by_float64(function: Function, x: np.ndarray) -> np.ndarray:
    """Errors of float32 results in ulp; float64 results stand for the exact ones."""
    want = values(function, x.astype(np.float64))
    return distances(values(function, x), want, _floor(function))


def _floor(function: Function) -> float:
    return 2 / function.bound32 * 2.0**-23 if function.roots else 0


def distances(got: np.ndarray, want: np.ndarray, floor: float = 0) -> np.ndarray:
    """How far float32 numbers lie from float64 ones, in ulp of float32 (and no less than floor)."""
    # Beyond the largest number infinity stands for the power of two that would follow.
    limit = 2.0 ** LARGEST["float32"]
    got = np.clip(got.astype(np.float64), -limit, limit)
    want = np.clip(want, -limit, limit)
    # The power of two below |want|.
    unit = (want.view(np.int64) & EXPONENT_BITS).view(np.float64)
    unit = np.minimum(unit, limit / 2) * 2.0 ** (1 - DIGITS["float32"])
    errors = np.abs(got - want) / np.maximum(unit, max(floor, 2.0 ** SMALLEST["float32"]))
    return np.where(np.isnan(got) & np.isnan(want), 0, errors)


class Exact(NamedTuple):
    """What mpmath says: the nearest float64, what is left of it in units, the units' exponents."""

    nearest: np.ndarray
    rest: np.ndarray
    exponent: np.ndarray


def exact(function: Function, x: np.ndarray) -> Exact:
    """The function's true values."""
    out = Exact(np.empty(x.size), np.empty(x.size), np.zeros(x.size, np.int32))
    limit = mp.ldexp(1, LARGEST["float64"])
    with mp.workdps(40):
        for i, value in enumerate(x.tolist()):
            want = function.exact(mp.mpf(value))
            if mp.isnan(want):
                out.nearest[i] = out.rest[i] = np.nan
                continue
            want = max(-limit, min(limit, want))
            # Of 2^1024, which stands for infinity, the unit is that of the largest number.
            exponent = min(mp.frexp(want)[1], LARGEST["float64"]) - DIGITS["float64"]
            exponent = max(exponent, SMALLEST["float64"])
            if function.roots:
                exponent = max(exponent, mp.frexp(2 / mp.mpf(function.bound64))[1] - 53)
            nearest = max(-HUGE, min(HUGE, float(want)))
            out.nearest[i] = nearest
            out.rest[i] = float(mp.ldexp(want - mp.mpf(nearest), -exponent))
            out.exponent[i] = exponent
    return out


def kept_exact(function: Function, x: np.ndarray, folder: pathlib.Path) -> Exact:
    """The same, from a file of the folder, or left in one."""
    path = folder / f"{function.name}-{x.size}.npz"
    if path.exists():
        with np.load(path) as file:
            if np.array_equal(file["x"], x):
                return Exact(file["nearest"], file["rest"], file["exponent"])
    found = exact(function, x)
    folder.mkdir(parents=True, exist_ok=True)
    partly = path.with_suffix(".part.npz")
    np.savez(partly, x=x, **found._asdict())
    partly.rename(path)
    return found


def errors_by_mpmath(
    function: Function, x: np.ndarray, folder: pathlib.Path | None = None
) -> np.ndarray:
    """Errors of float64 results in ulp."""
    want = kept_exact(function, x, folder) if folder else exact(function, x)
    got = values(function, x)
    whole = np.ldexp(np.clip(got, -HUGE, HUGE) - want.nearest, -want.exponent)
    whole += np.where(np.isinf(got), np.sign(got), 0)
    errors = np.abs(whole - want.rest)
    errors[np.isnan(got) & np.isnan(want.nearest)] = 0
    return errors


def every_float32():
    """All bit patterns, in pieces that a cache holds."""
    for start in range(0, 2**32, 2**15):
        yield np.arange(start, start + 2**15, dtype=np.uint32).view(np.float32)


def runs(function: Function, dtype: str, n: int):
    """Runs of neighbouring numbers: around the seams of the formulas, and n anywhere."""
    rng = np.random.default_rng(1)
    # A formula may be at its limit for a while before the next begins.
    beside = np.outer(SEAMS, 1 + rng.uniform(-0.01, 0.01, 20)).ravel()
    starts = np.concatenate([SEAMS, beside, rng.uniform(function.low, function.high, n)])
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


def worst(
    function: Function, dtype: str, n: int, folder: pathlib.Path | None = None
) -> tuple[float, float]:
    """The largest error of n samples and where it is."""
    x = samples(function, dtype, n)
    if dtype == "float32":
        errors = errors_by_float64(function, x)
    else:
        errors = errors_by_mpmath(function, x, folder)
    return _largest(errors, x)


def _largest(errors: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    k = int(errors.argmax())  # NaN, if there is one
    return float(np.nan_to_num(errors[k], nan=np.inf)), float(x[k])


class Whole(NamedTuple):
    """What was found of all float32 numbers."""

    error: float
    at: float
    numbers: int
    reversals: int  # pairs of neighbours whose results step the wrong way
    mark: int  # of the results


def pieces_inside(function: Function, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """What of the pieces is in the domain; one and the other end tell of a piece of one sign."""
    for piece in pieces:
        x = piece if inside(function, piece[[0, -1]]).size == 2 else inside(function, piece)
        if x.size:
            yield x


def whole(function: Function, pieces: Iterable[np.ndarray] | None = None) -> Whole:
    """Every float32 of the domain; what is the rounded float64 result is within half a unit."""
    found, numbers, wrong, mark = (0.5, np.nan), 0, 0, 0
    before = np.empty((2, 0), np.float32)
    for x in pieces_inside(function, every_float32() if pieces is None else pieces):
        numbers += x.size
        got, want = values(function, x), values(function, x.astype(np.float64))
        mark = zlib.crc32(got, mark)
        with np.errstate(over="ignore", invalid="ignore"):
            differ = np.flatnonzero(got != want.astype(np.float32))
        if differ.size:
            errors = distances(got[differ], want[differ], _floor(function))
            found = max(found, _largest(errors, x[differ]))
        if function.monotone:
            # Bits go up with the size: negative numbers fall.
            falls = np.signbit(x[0]) != (function.monotone < 0) and function.monotone < 2
            if before.size and np.signbit(before[0, 0]) == np.signbit(x[0]):
                got = np.concatenate([before[1], got])
            right = got[1:] <= got[:-1] if falls else got[1:] >= got[:-1]
            wrong += 0 if right.all() else int(np.count_nonzero(~right))
            before = np.array([x[-1:], got[-1:]])
    return Whole(*found, numbers, wrong, mark)


def mark_of(function: Function, dtype: str, n: int, everything: bool) -> int:
    """A checksum of the results that a row of the table is about."""
    pieces = every_float32() if everything else [samples(function, dtype, n)]
    mark = 0
    for x in pieces_inside(function, pieces) if everything else pieces:
        mark = zlib.crc32(values(function, x), mark)
    return mark


def measured(
    function: Function,
    dtype: str,
    n: int,
    everything: bool = False,
    folder: pathlib.Path | None = None,
) -> tuple[list[str], float]:
    """A row's cells between the names and the bound and after it, and the largest error."""
    if everything:
        error, at, numbers, wrong, mark = whole(function)
        monotone = "yes" if not wrong else f"no: {wrong} pairs"
        counted = f"all {numbers}"
    else:
        error, at = worst(function, dtype, n, folder)
        mark = mark_of(function, dtype, n, everything)
        monotone = "no" if function.monotone and reversals(function, dtype)[1] else "yes"
        counted = str(n)
    place = f"{at:.{9 if dtype == 'float32' else 17}g}" if not np.isnan(at) else ""
    monotone = monotone if function.monotone else ""
    bound = function.bound32 if dtype == "float32" else function.bound64
    return [f"{error:.2f}", place, f"{bound:g}", monotone, counted, f"{mark:08x}"], error


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--all", action="store_true", help="every float32")
    parser.add_argument("--check", action="store_true", help="fail where a bound is exceeded")
    parser.add_argument("--dtype", choices=list(DIGITS), help="only this one")
    parser.add_argument("--kept", type=pathlib.Path, help="a folder for mpmath's values")
    parser.add_argument("--marks", action="store_true", help="only the results' checksums")
    parser.add_argument("--markdown", action="store_true", help="the heading of a section")
    arguments = parser.parse_args()
    failed = []
    print(f"### {pyad._core.isa()}\n" if arguments.markdown else f"{pyad._core.isa()}:")
    heads = [
        "function",
        "type",
        "largest error (ulp)",
        "at",
        "bound",
        "monotone",
        "samples",
        "mark",
    ]
    heads = heads[:2] + heads[-1:] if arguments.marks else heads
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for function in FUNCTIONS:
        if arguments.names and function.name not in arguments.names:
            continue
        for dtype, bound in (("float32", function.bound32), ("float64", function.bound64)):
            if arguments.dtype not in (None, dtype):
                continue
            everything = arguments.all and dtype == "float32"
            n = arguments.samples * (100 if dtype == "float32" else 1)
            if arguments.marks:
                cells, error = [f"{mark_of(function, dtype, n, everything):08x}"], 0.0
            else:
                cells, error = measured(function, dtype, n, everything, arguments.kept)
            print(f"| {' | '.join([function.name, dtype, *cells])} |", flush=True)
            if error > bound:
                failed.append(f"{function.name} ({dtype})")
    if arguments.check and failed:
        print(f"beyond their bounds: {', '.join(failed)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
