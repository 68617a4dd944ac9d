"""Cases of distances, combinations, products of vectors, differences and matrices put together."""

from __future__ import annotations

import numpy as np

from op_cases.tools import distinct, f, fixed, m, on, positive

ROWS: dict = {
    "trace": on([(3, 5)], f("trace"), m("trace")),
    "diff": on(
        [(4, 5)],
        f("diff"),
        f("diff", 2, 0),
        m("diff", n=0),
        f("diff", 9),
    )
    + on([(4, 5), (4, 2), (4, 1)], lambda p, x, a, b: p.diff(x, prepend=a, append=b)),
    "cdist": on([(2, 3, 4), (5, 4)], f("cdist"), f("cdist", 1.0), f("cdist", p=3.0))
    + on([(30, 4), (3, 4)], f("cdist"), f("cdist", compute_mode="donot_use_mm_for_euclid_dist"))
    + on([(3, 4), (3, 4)], f("cdist", float("inf"))),
    "dist": on([(3, 4), (4,)], f("dist"), f("dist", 1), m("dist", p=3)),
    "cross": on([(2, 3), (2, 3)], f("cross", dim=1), m("cross", dim=-1))
    + on([(3, 4), (3, 1)], f("cross", dim=0)),
    "kron": on([(2, 3), (4, 2)], f("kron")) + on([(2, 3), (2,)], m("kron")),
    "tril_indices": on([], f("tril_indices", 4, 3), f("tril_indices", 3, 5, 1)),
    "triu_indices": on([], f("triu_indices", 4, 3), f("triu_indices", 3, 5, -1)),
    "cartesian_prod": on([(2,), (3,), (2,)], f("cartesian_prod")) + on([(3,)], f("cartesian_prod")),
    "combinations": on(
        [(4,)],
        f("combinations"),
        f("combinations", r=3, with_replacement=True),
        f("combinations", 1),
        f("combinations", 6),
    ),
    "block_diag": on([(2, 3), (4,), (), (1, 2)], f("block_diag")),
    "cov": on([(3, 6)], f("cov"), m("cov", correction=0))
    + on([(6,)], f("cov"))
    + on(
        [(3, 4), np.array([1, 2, 3, 1]), fixed(positive(4))],
        lambda p, x, k, w: p.cov(x, fweights=k, aweights=w),
    ),
    "corrcoef": on([(3, 6)], f("corrcoef")),
    "trapezoid": on([(3, 4)], f("trapezoid"), f("trapezoid", dx=0.5, dim=0))
    + on([(3, 4), (4,)], f("trapezoid"))
    + on([(3, 4), (3, 4)], f("trapezoid", dim=0)),
    "trapz": on([(3, 4)], f("trapz"), f("trapz", dx=2.0)),
    "aminmax": on(
        [distinct(3, 4)],
        lambda p, x: tuple(p.aminmax(x)),
        lambda p, x: tuple(x.aminmax(dim=1, keepdim=True)),
    ),
    "hsplit": on([(4, 6)], lambda p, x: tuple(p.hsplit(x, 3)), lambda p, x: tuple(x.hsplit((1, 4))))
    + on([(6,)], lambda p, x: tuple(p.hsplit(x, 2))),
    "vsplit": on(
        [(4, 6)], lambda p, x: tuple(p.vsplit(x, 2)), lambda p, x: tuple(x.vsplit((1, 2)))
    ),
    "dsplit": on([(2, 2, 4)], lambda p, x: tuple(p.dsplit(x, 2))),
    "float_power": on([positive(3, 4), (4,)], f("float_power"))
    + on([positive(3)], f("float_power", 2), m("float_power", 0.5)),
    "positive": on([(3,)], lambda p, x: p.positive(x) * x),
}

NOT_DIFFERENTIABLE = {"tril_indices", "triu_indices"}
NO_TORCH_SECOND_DERIVATIVE = {"cdist"}
