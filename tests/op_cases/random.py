"""Cases of dropout and rrelu.

Each call seeds first, so that PyTorch drops the same elements. Numbers are dealt out in the order
of memory; the matrix gives only one side other strides, so the calls even those out.
"""

from __future__ import annotations

from op_cases.tools import nn, on


def _transposed(p, x):
    p.manual_seed(5)
    return nn(p).dropout(x.contiguous().t(), 0.4)


def seeded(name, *args, **kwargs):
    def call(p, x):
        p.manual_seed(5)
        return getattr(nn(p), name)(x.contiguous(), *args, **kwargs)

    return call


ROWS: dict = {
    "dropout": on(
        [(3, 4, 5)],
        seeded("dropout"),
        seeded("dropout", 0.9),
        seeded("dropout", 1.0),
        seeded("dropout", 0.3, False),
    )
    + on([()], seeded("dropout", 0.2))
    + on([(0, 3)], seeded("dropout"))
    + on([(70, 9)], seeded("dropout", 0.1), _transposed),
    "feature_dropout": on([(3, 4, 5)], seeded("dropout1d"), seeded("dropout1d", 1.0))
    + on([(4, 5)], seeded("dropout1d", 0.3))
    + on([(2, 6, 3, 2)], seeded("dropout2d", 0.3))
    + on([(2, 6, 3, 2, 2)], seeded("dropout3d", 0.3))
    + on([(6, 3, 2, 2)], seeded("dropout3d", 0.3)),
    "alpha_dropout": on(
        [(3, 4, 5)],
        seeded("alpha_dropout", training=True),
        seeded("alpha_dropout", 0.2, True),
        seeded("alpha_dropout", 1.0, True),
        seeded("alpha_dropout", 0.2),
    ),
    "feature_alpha_dropout": on(
        [(3, 4, 5)],
        seeded("feature_alpha_dropout", training=True),
        seeded("feature_alpha_dropout", 0.2, True),
        seeded("feature_alpha_dropout", 0.2),
    ),
    "rrelu": on(
        [(3, 4, 5)],
        seeded("rrelu"),
        seeded("rrelu", 0.1, 0.6, True),
        seeded("rrelu", 0.1, 0.1),
    )
    + on([(4, 5)], lambda p, x: seeded("rrelu", 0.1, 0.6, True)(p, x.t())),
}
