"""Cases of the rows that put elements in order or compare tensors."""

from __future__ import annotations

import numpy as np

from op_cases.tools import distinct, f, m, on

CLOSE = np.array([1.0, 2.0, np.inf, 0.0, np.nan])
OTHER = np.array([1.0 + 1e-7, 2.1, np.inf, 1e-9, np.nan])

ROWS: dict = {
    "sort": on(
        [distinct(3, 4, 5)],
        lambda p, x: tuple(p.sort(x)),
        lambda p, x: tuple(x.sort(1, descending=True)),
        lambda p, x: p.sort(x, dim=0, descending=False).values,
    )
    + on([np.array(2.0)], lambda p, x: tuple(p.sort(x))),
    "argsort": on(
        [distinct(3, 4)], f("argsort"), f("argsort", 0), m("argsort", -1, descending=True)
    ),
    "msort": on([distinct(3, 4)], f("msort")),
    "topk": on(
        [distinct(3, 4, 5)],
        lambda p, x: tuple(p.topk(x, 2)),
        lambda p, x: tuple(x.topk(3, 1, largest=False)),
        lambda p, x: p.topk(x, 1, dim=0).values,
    ),
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
}

NOT_DIFFERENTIABLE = {"allclose", "argsort", "equal", "isclose"}
