"""The vector mathematics: bounds in ulp, monotone results, the same bits at every place, edges.

The table of functions and their bounds is that of tools/ulp.py. The instruction set is chosen when
the package is imported, so the last test runs this file once more for each other set.
"""

from __future__ import annotations

import math
import os
import pathlib
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest

import pyad

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent / "tools"))

import ulp  # noqa: E402

INF, NAN = math.inf, math.nan
DTYPES = ("float32", "float64")
LN2 = ulp.LN2


def every(test):
    test = pytest.mark.parametrize("dtype", DTYPES)(test)
    return pytest.mark.parametrize("function", ulp.FUNCTIONS, ids=lambda f: f.name)(test)


@every
def test_bounds(function, dtype):
    n = 400_000 if dtype == "float32" else 2000
    error, at = ulp.worst(function, dtype, n)
    bound = function.bound32 if dtype == "float32" else function.bound64
    assert error <= bound, f"{error} ulp at {at!r}"


@every
def test_monotone(function, dtype):
    steps, wrong = ulp.reversals(function, dtype)
    assert steps > 50_000
    if function.monotone:
        assert not wrong, f"at {wrong[0]!r}"


@every
def test_same_bits_at_every_place(function, dtype):
    """Vectors, what is left of them, and a call for one element: the same function."""
    x = np.concatenate([ulp.samples(function, dtype, 70), ulp.samples(function, dtype, 140)[70:]])
    x = np.resize(x, 140).astype(dtype)
    x[[3, 17, 60]] = function.low, function.high, 0.5
    tensor, whole = pyad.tensor(x), ulp.values(function, x)
    for offset in range(70):
        for n in range(1, 71):
            part = function.call(tensor[offset : offset + n]).numpy()
            want = whole[offset : offset + n]
            assert part.tobytes() == want.tobytes(), (offset, n)
    strided = function.call(tensor[::2]).numpy()
    assert strided.tobytes() == whole[::2].tobytes()


# Results at -inf, -0, +0, +inf; NaN always gives NaN.
EDGES = {
    "exp": (0.0, 1.0, 1.0, INF),
    "tanhshrink": (-INF, -0.0, 0.0, INF),
    "exp2": (0.0, 1.0, 1.0, INF),
    "expm1": (-1.0, -0.0, 0.0, INF),
    "log": (NAN, -INF, -INF, INF),
    "logit": (NAN, -INF, -INF, NAN),
    "log2": (NAN, -INF, -INF, INF),
    "log10": (NAN, -INF, -INF, INF),
    "log1p": (NAN, -0.0, 0.0, INF),
    "sigmoid": (0.0, 0.5, 0.5, 1.0),
    "silu": (-0.0, -0.0, 0.0, INF),
    "softplus": (0.0, LN2, LN2, INF),
    "logsigmoid": (-INF, -LN2, -LN2, -0.0),
    "tanh": (-1.0, -0.0, 0.0, 1.0),
    "sinh": (-INF, -0.0, 0.0, INF),
    "cosh": (INF, 1.0, 1.0, INF),
    "asinh": (-INF, -0.0, 0.0, INF),
    "acosh": (NAN, NAN, NAN, INF),
    "atanh": (NAN, -0.0, 0.0, NAN),
    "cbrt": (-INF, -0.0, 0.0, INF),
    "hypot": (INF, 3.0, 3.0, INF),
    "pow(2.5)": (INF, 0.0, 0.0, INF),
    "pow(-1.75)": (0.0, INF, INF, 0.0),
    "power": (0.0, 1.0, 1.0, INF),
    "erf": (-1.0, -0.0, 0.0, 1.0),
    "erfc": (2.0, 1.0, 1.0, 0.0),
    "gelu": (-0.0, -0.0, 0.0, INF),
    "gelu_tanh": (-0.0, -0.0, 0.0, INF),
    "sin": (NAN, -0.0, 0.0, NAN),
    "cos": (NAN, 1.0, 1.0, NAN),
    "tan": (NAN, -0.0, 0.0, NAN),
    "asin": (NAN, -0.0, 0.0, NAN),
    "acos": (NAN, math.pi / 2, math.pi / 2, NAN),
    "atan": (-math.pi / 2, -0.0, 0.0, math.pi / 2),
    "atan2": (-math.pi / 2, -0.0, 0.0, math.pi / 2),
    "erfinv": (NAN, -0.0, 0.0, NAN),
    "lgamma": (INF, INF, INF, INF),
    "digamma": (NAN, INF, -INF, INF),
}


@every
def test_edges(function, dtype):
    x = np.array([-INF, -0.0, 0.0, INF, NAN] * 15, dtype)
    want = np.array([*EDGES[function.name], NAN] * 15, dtype)
    got = ulp.values(function, x)
    np.testing.assert_array_equal(got, want)
    finite = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got)[finite], np.signbit(want)[finite])


@every
def test_outside_the_domain(function, dtype):
    """NaN where the function is not defined, however far."""
    low, high = function.domain
    x = []
    if low > -INF:
        x += [np.nextafter(np.dtype(dtype).type(low), np.dtype(dtype).type(-INF)), low - 1, -1e30]
    if high < INF and function.name != "softplus":
        x += [np.nextafter(np.dtype(dtype).type(high), np.dtype(dtype).type(INF)), high + 1, 1e30]
    got = ulp.values(function, np.array(x or [NAN], dtype))
    assert np.isnan(got).all(), (x, got)


# (function, argument, result): whole powers are exact, results below the normal numbers are right.
POINTS = [
    ("erfinv", 1.0, "float64", INF),
    ("erfinv", -1.0, "float32", -INF),
    ("erfinv", 1.0, "float32", INF),
    ("lgamma", 1.0, "float64", 0.0),
    ("lgamma", 2.0, "float64", 0.0),
    ("lgamma", -3.0, "float64", INF),
    ("lgamma", 2.0**-1074, "float64", 744.4400719213812),
    ("lgamma", 2.5563e305, "float64", 1.7951029165623062e308),
    ("lgamma", 2.6e305, "float64", INF),
    ("lgamma", 0.5, "float64", math.log(math.pi) / 2),
    ("digamma", 1.0, "float64", -0.5772156649015329),
    ("digamma", -2.0, "float64", NAN),
    ("exp2", -149.0, "float32", 2.0**-149),
    ("exp2", -1074.0, "float64", 2.0**-1074),
    ("exp2", 127.0, "float32", 2.0**127),
    ("exp2", 10.0, "float64", 1024.0),
    ("log2", 2.0**-1074, "float64", -1074.0),
    ("log2", 2.0**-149, "float32", -149.0),
    ("log2", 2.0**100, "float32", 100.0),
    ("log10", 1000.0, "float64", 3.0),
    ("log10", 1e-5, "float64", -5.0),
    ("log10", 1e10, "float32", 10.0),
    ("log", 1.0, "float64", 0.0),
    ("sigmoid", -89.0, "float32", 2.2273639e-39),
    ("sigmoid", -745.0, "float64", 5e-324),
    ("exp", -104.0, "float32", 0.0),
    ("exp", 88.72284, "float32", INF),
    ("exp", 709.782712893384, "float64", math.exp(709.782712893384)),
    ("exp", 709.7827128933841, "float64", INF),
    ("expm1", 709.782712893384, "float64", math.expm1(709.782712893384)),
    ("expm1", 1e-320, "float64", 1e-320),
    ("log1p", -1.0, "float32", -INF),
    ("tanh", 1e-320, "float64", 1e-320),
    ("sinh", 5e-324, "float64", 5e-324),
    ("sinh", 710.4758600739439, "float64", math.sinh(710.4758600739439)),
    ("sinh", -710.475860073944, "float64", -INF),
    ("cosh", 89.4159, "float32", math.cosh(float(np.float32(89.4159)))),
    ("cosh", 89.416, "float32", INF),
    ("asinh", 1e-320, "float64", 1e-320),
    ("asinh", -3e38, "float32", -math.asinh(3e38)),
    ("acosh", 1.0, "float64", 0.0),
    ("acosh", 3e38, "float32", math.acosh(3e38)),
    ("atanh", 5e-324, "float64", 5e-324),
    ("atanh", 1.0, "float32", INF),
    ("atanh", -1.0, "float64", -INF),
    ("atanh", 1 - 2**-53, "float64", math.atanh(1 - 2**-53)),
    ("cbrt", -27.0, "float64", -3.0),
    ("cbrt", 2.0**-1074, "float64", 2.0**-358),
    ("cbrt", 2.0**-149, "float32", 2.0 ** (-149 / 3)),
    ("cbrt", 1e300, "float64", 1e100),
    ("hypot", 4.0, "float64", 5.0),
    ("hypot", 1.7e308, "float64", 1.7e308),
    ("pow(2.5)", 4.0, "float64", 32.0),
    ("power", -1800.0, "float64", 1.5**-1800),
    ("sin", 1e-320, "float64", 1e-320),
    ("asin", 1.0, "float64", math.pi / 2),
    ("asin", -1.0, "float32", -math.pi / 2),
    ("acos", 1.0, "float64", 0.0),
    ("acos", -1.0, "float64", math.pi),
    ("atan", 1.0, "float64", math.pi / 4),
    ("sin", math.pi, "float64", math.sin(math.pi)),
    ("cos", 1e-3, "float64", math.cos(1e-3)),
    ("sin", 271.74777, "float32", 1.0),
    ("sin", 1e22, "float64", -0.8522008497671888),
    ("cos", 2.0**127, "float32", math.cos(2.0**127)),
    ("tan", 1e22, "float32", math.tan(float(np.float32(1e22)))),
]


@pytest.mark.parametrize(("name", "x", "dtype", "want"), POINTS)
def test_points(name, x, dtype, want):
    function = next(f for f in ulp.FUNCTIONS if f.name == name)
    got = ulp.values(function, np.full(33, x, dtype))
    np.testing.assert_allclose(
        got, np.full(33, want, dtype), rtol=4e-7 if dtype == "float32" else 0
    )


def _gelu_slope(x):
    return mp.ncdf(x) + x * mp.npdf(x)


def _gelu_tanh_slope(x):
    slope, cubic = 2 * mp.sqrt(2 / mp.pi), mp.mpf("0.044715")
    s = 1 / (1 + mp.exp(-slope * (x + cubic * x**3)))
    return s * (1 + x * (1 - s) * slope * (1 + 3 * cubic * x**2))


def _erf_slope(x):
    return 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2))


# (name, derivative, from, to): where the derivative is small but has all its digits.
TAILS = [
    ("erf", _erf_slope, -26, 26),
    ("erfc", lambda x: -_erf_slope(x), -26, 26),
    ("gelu", _gelu_slope, -37, -1.5),
    ("gelu_tanh", _gelu_tanh_slope, -20.5, -1.5),
]


@pytest.mark.parametrize("tail", TAILS, ids=lambda t: t[0])
def test_derivatives_in_the_tails(tail):
    name, slope, low, high = tail
    function = next(f for f in ulp.FUNCTIONS if f.name == name)
    x = np.random.default_rng(2).uniform(low, high, 400)
    leaf = pyad.tensor(x, requires_grad=True)
    function.call(leaf).sum().backward()
    pairs = zip(x.tolist(), leaf.grad.numpy().tolist(), strict=True)
    with mp.workdps(40):
        errors = [
            abs(got / slope(mp.mpf(value)) - 1) * 2**53 for value, got in pairs if abs(got) > 1e-300
        ]
    assert len(errors) > 300
    assert max(errors) <= 10


def _slopes(function, x):
    leaf = pyad.tensor(x, requires_grad=True)
    function.call(leaf).sum().backward()
    return leaf.grad.numpy()


@pytest.mark.parametrize(("name", "zero"), [("gelu", -0.7517915), ("gelu_tanh", -0.7524614)])
def test_float32_slopes(name, zero):
    """They keep their digits in the tail; about their zero 2^-31 is lost; any place is alike."""
    function = next(f for f in ulp.FUNCTIONS if f.name == name)
    rng = np.random.default_rng(7)
    beside = -(np.float32(-zero).view(np.int32) + np.arange(-3000, 3000, dtype=np.int32)).view("f4")
    parts = [rng.uniform(-15, 6, 100_000), rng.uniform(-3, 3, 200_000), rng.normal(size=9) * 1e-3]
    x = np.concatenate([beside, *parts]).astype("float32")
    got, want = _slopes(function, x), _slopes(function, x.astype("float64"))
    errors = ulp.distances(got, want, 2.0**-33)
    assert errors.max() <= 4, f"{errors.max()} ulp at {x[errors.argmax()]!r}"
    for start, n in ((1, 15), (5, 33), (7, 200), (3, 1)):
        assert _slopes(function, x[start : start + n]).tobytes() == got[start : start + n].tobytes()
    ends = np.array([INF, -INF, NAN, 0.0, -0.0, 3e38, -3e38], "float32")
    np.testing.assert_array_equal(
        _slopes(function, ends), np.array([1, 0, NAN, 0.5, 0.5, 1, 0], "f4")
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_saturated_slopes_among_others(name, dtype):
    """Blocks with a saturated element, and those after them, go another way: to the same slopes."""
    function = next(f for f in ulp.FUNCTIONS if f.name == name)
    x = np.random.default_rng(8).uniform(-2, 2, 700).astype(dtype)
    x[[3, 64, 200, 300, 301, 460, 699]] = 9, -9, 20, INF, -40, NAN, 7
    whole, alone = _slopes(function, x), [_slopes(function, x[k : k + 1]) for k in range(x.size)]
    np.testing.assert_array_equal(whole, np.concatenate(alone))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_no_sine_exceeds_one(name, dtype):
    """Around the extrema, where a last rounding could."""
    n = np.arange(-400, 401) * math.pi / 2
    x = n.astype(dtype)
    near = [x]
    for _ in range(40):
        near += [np.nextafter(near[-1], np.dtype(dtype).type(INF))]
    x = np.concatenate([*near, np.array([271.74777], dtype)])
    y = getattr(pyad, name)(pyad.tensor(x)).numpy()
    assert np.abs(y).max() == 1


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles_within_their_bound(name, rng):
    """float32 beside float64: of all sizes, by both ways, and beside zeros and poles."""
    x = np.exp(rng.uniform(0, 88.7, 400_000)).astype("float32")
    beside = (np.arange(1, 130_000) * (math.pi / 2)).astype("float32")
    above, below = (np.nextafter(beside, np.float32(to)) for to in (INF, 0))
    known = np.array([7.96534502e24, 4.5e22, 1e30, 190865.891, 494.800812], "float32")
    x = np.concatenate([x, -x, beside, above, below, known])
    right = getattr(pyad, name)(pyad.tensor(x.astype("float64"))).numpy()
    y = getattr(pyad, name)(pyad.tensor(x)).numpy()
    error = np.abs(y - right) / np.spacing(np.abs(right).astype("float32"))
    assert error.max() <= 2, x[error.argmax()]


def test_hypot_never_falls():
    """Every pair of neighbours of some binades, beside small and large legs."""
    for binade in (120, 126, 127, 128, 129, 133):
        bits = np.arange(binade << 23, ((binade + 1) << 23) + 1, dtype=np.uint32)
        x = pyad.tensor(bits.view("float32"))
        for leg in (0.37, 3.0):
            y = pyad.hypot(x, pyad.full_like(x, leg)).numpy()
            assert not np.any(y[1:] < y[:-1]), (binade, leg)


def test_digamma_between_its_roots_below_zero(rng):
    """float64 beside mpmath: 4 ulp, or near a root 2 ulp of 1."""
    x = np.concatenate([rng.uniform(-n - 0.7, -n - 0.3, 600) for n in range(6)])
    y = pyad.digamma(pyad.tensor(x, dtype=pyad.float64)).numpy()
    with mp.workprec(120):
        right = [mp.digamma(mp.mpf(float(v))) for v in x]
        errors = np.array([float(abs(mp.mpf(float(a)) - b)) for a, b in zip(y, right, strict=True)])
    sizes = np.abs([float(v) for v in right])
    assert np.all(errors <= np.maximum(4 * np.spacing(sizes), 2 * np.finfo("float64").eps))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sin", "cos", "tan", "sinc"])
def test_one_large_angle_among_small_ones(name, dtype):
    """Large angles take another way, and their neighbours the same as without them."""
    small = np.linspace(-9, 9, 2500).astype(dtype)
    mixed = small.copy()
    places = [0, 7, 300, 1023, 1024, 2499]
    mixed[places] = [1e30, -1e13, 3e5, 5e19, 1e6, INF]
    call = getattr(pyad, name)
    alone, among = call(pyad.tensor(small)).numpy(), call(pyad.tensor(mixed)).numpy()
    rest = np.setdiff1d(np.arange(small.size), places)
    assert alone[rest].tobytes() == among[rest].tobytes()
    one_by_one = [call(pyad.tensor(mixed[[k]])).item() for k in places]
    np.testing.assert_array_equal(among[places], np.array(one_by_one, dtype))
    written = pyad.tensor(mixed)
    getattr(written, name + "_")()
    assert written.numpy().tobytes() == among.tobytes()
    gradients = []
    for values in (small, mixed):
        leaf = pyad.tensor(values, requires_grad=True)
        call(leaf).sum().backward()
        gradients.append(leaf.grad.numpy())
    assert gradients[0][rest].tobytes() == gradients[1][rest].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_atan2(dtype):
    """Every pair of special numbers, and random ones, against the angles of the C library."""
    tiny = float(np.finfo(dtype).smallest_subnormal)
    huge = float(np.finfo(dtype).max)
    special = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, tiny, -3 * tiny, huge, -huge / 2, 3.0]
    rng = np.random.default_rng(5)
    grid = np.array([(y, x) for y in special for x in special], dtype)
    wide = rng.uniform(-4, 4, (20000, 2)) * 10.0 ** rng.integers(-30, 30, (20000, 1))
    y, x = np.ascontiguousarray(np.concatenate([grid, wide.astype(dtype)]).T)
    got = pyad.atan2(pyad.tensor(y), pyad.tensor(x)).numpy()
    want = np.arctan2(y.astype(np.float64), x.astype(np.float64))
    finite = ~np.isnan(want)
    np.testing.assert_array_equal(np.isnan(got), ~finite)
    np.testing.assert_array_equal(np.signbit(got)[finite], np.signbit(want)[finite])
    got, want = got[finite].astype(np.float64), want[finite]
    unit = np.maximum(np.spacing(np.abs(want.astype(dtype))).astype(np.float64), tiny)
    assert (np.abs(got - want) <= 2 * unit).all()
    for k in (0, 5, 40, 300, 20000):
        alone = pyad.atan2(pyad.tensor(y[k : k + 1]), pyad.tensor(x[k : k + 1])).numpy()
        among = pyad.atan2(pyad.tensor(y), pyad.tensor(x)).numpy()[k : k + 1]
        assert alone.tobytes() == among.tobytes()


# C99's F.10.4.4 and what lies beside it.
POWER_EDGES = [0.0, 1.0, 0.5, 2.0, 3.0, 1.5, 2.5, 1e30, INF, NAN, 2.0**23 + 1, 2.0**24, 1e-40]
POWER_EDGES_64 = [5e-324, 1.7e308, 2.0**52 - 0.5, 2.0**52 + 1, 2.0**53 - 1, 2.0**53]


def c_pow(a, b):
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0 and b % 2 == 1 else INF
    except ValueError:  # a zero to a negative power, or a root of a negative number
        if a != 0:
            return NAN
        return math.copysign(INF, a) if b % 2 == 1 else INF


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_of_special_numbers(dtype):
    special = np.array(POWER_EDGES + (POWER_EDGES_64 if dtype == "float64" else []), dtype)
    special = np.concatenate([special, -special])
    a, b = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(special, special))
    with np.errstate(over="ignore"):
        want = np.array([c_pow(*p) for p in zip(a.tolist(), b.tolist(), strict=True)]).astype(dtype)
    got = pyad.pow(pyad.tensor(a), pyad.tensor(b)).numpy()
    alone = np.array(
        [
            pyad.pow(pyad.tensor(a[k : k + 1]), pyad.tensor(b[k : k + 1])).item()
            for k in range(a.size)
        ],
        dtype,
    )
    np.testing.assert_array_equal(got, alone)
    np.testing.assert_allclose(got, want, rtol=3e-16 if dtype == "float64" else 2e-7, atol=0)
    known = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got)[known], np.signbit(want)[known])


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_within_its_bound(dtype):
    """Pairs whose results spread over all exponents, and bases beside 1 with large exponents."""
    rng = np.random.default_rng(3)
    n, end = 4000, ulp.LARGEST[dtype] * 1.04
    bits = rng.integers(0, 2 ** (31 if dtype == "float32" else 63), n, np.uint64)
    wide = bits.astype(f"uint{dtype[5:]}").view(dtype)
    near_one = (1 + rng.normal(size=n) * 2.0 ** rng.integers(-20, -2, n)).astype(dtype)
    a = np.concatenate([wide, near_one, rng.uniform(0.3, 3, n).astype(dtype)])
    a = a[np.isfinite(a) & (a > 0) & (a != 1)]
    b = (rng.uniform(-end, end, a.size) / np.log2(a.astype(np.float64))).astype(dtype)
    got = pyad.pow(pyad.tensor(a), pyad.tensor(b)).numpy()
    digits, low, limit = ulp.DIGITS[dtype], ulp.SMALLEST[dtype], mp.ldexp(1, ulp.LARGEST[dtype])
    worst = 0.0
    with mp.workdps(60):
        for x, y, result in zip(a.tolist(), b.tolist(), got.tolist(), strict=True):
            want = min(mp.power(mp.mpf(x), mp.mpf(y)), limit)
            unit = mp.ldexp(1, max(mp.frexp(want)[1] - digits, low))
            worst = max(worst, float(abs(min(mp.mpf(result), limit) - want) / unit))
    assert worst <= (2 if dtype == "float32" else 4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["pow", "hypot"])
def test_one_special_pair_among_usual_ones(name, dtype):
    """Blocks with special operands take another way, and their neighbours the same as without."""
    rng = np.random.default_rng(4)
    a, b = rng.uniform(0.2, 3, (2, 1500)).astype(dtype)
    places = [0, 9, 255, 256, 700, 1499]
    mixed = a.copy()
    mixed[places] = [0.0, -2.0, INF, np.finfo(dtype).smallest_subnormal, NAN, np.finfo(dtype).max]
    call = getattr(pyad, name)
    rest = np.setdiff1d(np.arange(a.size), places)
    results = []
    for x in (a, mixed):
        leaf, other = pyad.tensor(x, requires_grad=True), pyad.tensor(b, requires_grad=True)
        y = call(leaf, other)
        y.sum().backward()
        results.append([y.detach().numpy(), leaf.grad.numpy(), other.grad.numpy()])
        written = pyad.tensor(x)
        getattr(written, name + "_")(pyad.tensor(b))
        assert written.numpy().tobytes() == results[-1][0].tobytes()
    for alone, among in zip(*results, strict=True):
        assert alone[rest].tobytes() == among[rest].tobytes()
    one_by_one = [call(pyad.tensor(mixed[[k]]), pyad.tensor(b[[k]])).item() for k in places]
    np.testing.assert_array_equal(results[1][0][places], np.array(one_by_one, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_hypot_of_special_numbers(dtype):
    info = np.finfo(dtype)
    special = [
        0.0,
        1.0,
        INF,
        NAN,
        float(info.max),
        float(info.tiny),
        float(info.smallest_subnormal),
    ]
    special = np.array([*special, 1e-30, 1e30, 1e18], dtype)
    special = np.concatenate([special, -special])
    a, b = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(special, special))
    with np.errstate(over="ignore"):
        want = np.array([math.hypot(*p) for p in zip(a.tolist(), b.tolist(), strict=True)])
        want = want.astype(dtype)
    got = pyad.hypot(pyad.tensor(a), pyad.tensor(b)).numpy()
    np.testing.assert_allclose(got, want, rtol=4e-16 if dtype == "float64" else 3e-7, atol=0)


def test_cube_root_at_zero():
    x = pyad.tensor([0.0, 8.0, -8.0], dtype=pyad.float64, requires_grad=True)
    y = pyad.cbrt(x)
    np.testing.assert_array_equal(y.detach().numpy(), [0.0, 2.0, -2.0])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [INF, 1 / 12, 1 / 12])


def _exp_with(change):
    """exp whose float32 results are changed."""
    function = next(f for f in ulp.FUNCTIONS if f.name == "exp")

    def call(t):
        y = t.exp()
        return pyad.tensor(change(y.numpy())) if t.dtype == pyad.float32 else y

    return function._replace(call=call)


def _up(y):
    return np.nextafter(np.nextafter(np.nextafter(y, 9), 9), 9)


def test_bounds_tell_a_wrong_result():
    """The measure itself: a result that is off by three units is seen."""
    function = _exp_with(lambda y: y)
    x = np.linspace(0.5, 2, 50).astype("float32")
    assert ulp.errors_by_float64(function, x).max() <= 2
    assert ulp.errors_by_float64(_exp_with(_up), x).max() > 2


def test_whole_tells_a_wrong_result():
    """Of pieces of all numbers: one result that is off, NaN, or leads back, whatever its place."""
    ones, minus = (np.arange(n, n + 64, dtype=np.uint32) for n in (0x3F7FFFC0, 0xBF7FFFC0))
    pieces = [n.view(np.float32) for n in (ones, ones + 64, minus, minus + 64)]
    pieces += [np.array([np.nan, np.inf], "float32")]

    def at(number, change):
        def changed(y):
            y = y.copy()
            place = np.flatnonzero(y == pyad.tensor(number).exp().item())
            y[place] = change(y[place])
            return y

        return ulp.whole(_exp_with(changed), pieces)

    right = at(1, lambda y: y)
    assert right.error <= 1.1
    assert (right.numbers, right.reversals) == (256, 0)
    for number in (1.0, -1.0):
        assert at(number, _up).error > 2
        assert at(number, _up).mark != right.mark
        assert at(number, lambda y: y * np.nan).error == INF
        assert at(number, lambda y: y * 0).reversals == 1
        assert at(number, lambda y: y * 2).reversals == 1


def other_sets():
    have = pyad._core.isa()
    sets = ("generic", "v3", "v4")
    return [s for s in sets[: sets.index(have) + 1] if s != have]


def test_every_set():
    if "PYAD_ACCURACY_SET" in os.environ:
        assert pyad._core.isa() == os.environ["PYAD_ACCURACY_SET"]
        return
    for isa in other_sets():
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(HERE)],
            env={**os.environ, "PYAD_ISA": isa, "PYAD_ACCURACY_SET": isa},
            cwd=HERE.parent,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert run.returncode == 0, f"{isa}:\n{run.stdout[-3000:]}\n{run.stderr[-1000:]}"
