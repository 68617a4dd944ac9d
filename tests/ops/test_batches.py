"""Every row of the table under `vmap`: all examples at once give what each gives alone.

The oracle is the row itself, called for one example after the other; that it is right is what the
other tests of its family say.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import op_cases
import op_drivers as drivers
import pyad
from pyad.func import grad, jvp, vmap

SIZE = 3
TABLE = [e for e in pyad._core.op_table() if e["kind"] not in ("unary", "binary", "ternary")]
NAMES = sorted({e["name"] for e in TABLE})


def cases(name):
    for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
        yield drivers.Case(f"{name}#{k}", op_cases.arrays(inputs), call)


def examples(x: np.ndarray) -> np.ndarray:
    """Variations of an input: the same, and its elements in other orders."""
    rng = np.random.default_rng(x.size)
    many = [x]
    for _ in range(SIZE - 1):
        many.append(rng.permutation(x.ravel()).reshape(x.shape) if x.ndim else x)
    return np.stack(many)


def flat(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def chosen(inputs) -> list[list[bool]]:
    """Which inputs are of the batch: all; each alone."""
    n = len(inputs)
    sets = [[True] * n]
    if n > 1:
        sets += [[j == i for j in range(n)] for i in range(n)]
    return sets


@pytest.mark.parametrize("name", NAMES)
def test_batch(name):
    for case in cases(name):
        for mask in chosen(case.inputs):
            arrays = [
                pyad.tensor(drivers.typed(examples(x) if m else x, "float64"))
                for x, m in zip(case.inputs, mask)
            ]

            def call(*xs, case=case):
                return tuple(flat(case.call(pyad, *xs)))

            alone = []
            for e in range(SIZE):
                alone.append(call(*[x[e] if m else x for x, m in zip(arrays, mask)]))
            got = vmap(call, in_dims=tuple(0 if m else None for m in mask), randomness="same")(*arrays)
            for k, y in enumerate(got):
                want = pyad.stack([one[k] for one in alone])
                drivers.assert_same(
                    y, drivers.array(want), 1e-12, f"{case.name} {mask}: output {k}", 1e-3
                )
