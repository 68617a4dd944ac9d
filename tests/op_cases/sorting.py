"""Cases of the rows that put elements in order, choose by rank, count, search or compare."""

from __future__ import annotations

import numpy as np

from op_cases.tools import distinct, f, fixed, ints, m, on

CLOSE = np.array([1.0, 2.0, np.inf, 0.0, np.nan])
OTHER = np.array([1.0 + 1e-7, 2.1, np.inf, 1e-9, np.nan])
EDGES = np.array([0.1, 0.3, 0.7, 1.0])
# Short lines are ranked by counting, middle ones sorted by bytes, long ones by longer digits.
LENGTHS = (1, 64, 65, 700, 3000)

ROWS: dict = {
    "sort": on(
        [distinct(3, 4, 5)],
        lambda p, x: tuple(p.sort(x)),
        lambda p, x: tuple(x.sort(1, descending=True)),
        lambda p, x: p.sort(x, dim=0, descending=False).values,
    )
    + on([np.array(2.0)], lambda p, x: tuple(p.sort(x)))
    + on([(0, 3)], lambda p, x: tuple(p.sort(x, 0)))
    + [([100 * distinct(n)], lambda p, x: tuple(p.sort(x, stable=True))) for n in LENGTHS],
    "argsort": on(
        [distinct(3, 4)], f("argsort"), f("argsort", 0), m("argsort", -1, descending=True)
    ),
    "msort": on([distinct(3, 4)], f("msort")),
    "topk": on(
        [distinct(3, 4, 5)],
        lambda p, x: tuple(p.topk(x, 2)),
        lambda p, x: tuple(x.topk(3, 1, largest=False)),
        lambda p, x: p.topk(x, 1, dim=0).values,
    )
    + on(
        [100 * distinct(3000)],
        lambda p, x: tuple(p.topk(x, 5)),
        lambda p, x: tuple(p.topk(x, 400, largest=False)),
    ),
    "kthvalue": on(
        [distinct(3, 4, 5)],
        lambda p, x: tuple(p.kthvalue(x, 2)),
        lambda p, x: tuple(x.kthvalue(4, 1, keepdim=True)),
    )
    + on([distinct(700)], lambda p, x: tuple(p.kthvalue(x, 300))),
    "median": on(
        [distinct(3, 4, 5)],
        f("median"),
        lambda p, x: tuple(p.median(x, 1)),
        lambda p, x: tuple(x.median(-1, keepdim=True)),
    )
    + on([np.array([1.0, 2.0, 2.0, 2.0, 3.0])], f("median")),
    "nanmedian": on(
        [distinct(3, 4, 5)], f("nanmedian"), lambda p, x: tuple(p.nanmedian(x, 1, True))
    ),
    "mode": on(
        [np.array([[1.0, 3.0, 1.0, 2.0], [4.0, 0.5, 0.5, 1.0]])],
        lambda p, x: p.mode(x).values,
        lambda p, x: x.mode(-1, keepdim=True).values,
    ),
    "quantile": on(
        [distinct(3, 4)],
        f("quantile", 0.3),
        f("quantile", 0.6, dim=1),
        f("quantile", 0.6, 0, True),
        *[f("quantile", 0.4, interpolation=i) for i in ("lower", "higher", "midpoint", "nearest")],
    )
    + on(
        [distinct(3, 4), fixed(np.array([0.25, 0.6]))],
        f("quantile"),
        f("quantile", dim=1, keepdim=True),
    ),
    "nanquantile": on([distinct(3, 4)], f("nanquantile", 0.3), f("nanquantile", 0.6, dim=1)),
    "isclose": on(
        [CLOSE, OTHER], f("isclose"), f("isclose", equal_nan=True), f("isclose", rtol=0.1, atol=0)
    ),
    "allclose": on(
        [CLOSE[:3], OTHER[:3]],
        lambda p, x, y: p.tensor(p.allclose(x, y)),
        lambda p, x, y: p.tensor(x.allclose(y, 0.1)),
    ),
    "equal": on(
        [distinct(3, 4), distinct(3, 4)],
        lambda p, x, y: p.tensor(p.equal(x, y)),
        lambda p, x, y: p.tensor(x.equal(x)),
        lambda p, x, y: p.tensor(x.equal(x[0])),
    ),
    "isin": on(
        [ints(50, 4, 5), ints(50, 3)],
        f("isin"),
        f("isin", invert=True),
        lambda p, x, y: p.isin(x, 7),
    )
    + on([ints(50, 4, 5), ints(50, 30)], f("isin")),
    "unique": on(
        [ints(5, 4, 3)],
        f("unique"),
        lambda p, x: tuple(p.unique(x, return_inverse=True, return_counts=True)),
        lambda p, x: tuple(x.unique(return_counts=True)),
        lambda p, x: tuple(p.unique(x % 2, dim=0, return_inverse=True, return_counts=True)),
        lambda p, x: p.unique(x % 2, dim=1),
    ),
    "unique_consecutive": on(
        [ints(2, 9)],
        f("unique_consecutive"),
        lambda p, x: tuple(p.unique_consecutive(x, return_inverse=True, return_counts=True)),
    ),
    "bincount": on([ints(6, 20)], f("bincount"), f("bincount", minlength=9))
    + on([ints(6, 20), distinct(20)], f("bincount")),
    "histc": on([distinct(30)], f("histc", 5), f("histc", bins=7, min=0.2, max=0.8)),
    "searchsorted": on(
        [EDGES, distinct(3, 4)],
        f("searchsorted"),
        f("searchsorted", right=True),
        f("searchsorted", side="right", out_int32=True),
    )
    + on([np.sort(distinct(3, 4)), distinct(3, 5)], f("searchsorted")),
    "bucketize": on([distinct(3, 4), EDGES], f("bucketize"), f("bucketize", right=True)),
}

NOT_DIFFERENTIABLE = {
    "allclose", "argsort", "equal", "isclose", "isin", "unique", "unique_consecutive", "bincount",
    "histc", "searchsorted", "bucketize",
}  # fmt: skip
# Ties: a difference quotient sees the largest or the smallest of them move.
NO_DIFFERENCES = {"median", "mode"}
