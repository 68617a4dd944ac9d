"""What views, joins, moves and indexing refuse: type and text of the error, and nothing changed."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from pyad.nn import functional

Z = pyad.zeros


def ints(*values):
    return pyad.tensor(np.array(values, np.int64))


def mask(*values):
    return pyad.tensor(np.array(values, bool))


Shape, Type, Value, Index, Run = pyad.ShapeError, TypeError, ValueError, IndexError, RuntimeError

LONG = Z(1, 1, 1).expand(1, 1, 2**30)

ERRORS = [
    (lambda: Z(3).view(4), Shape, "invalid for 3 elements"),
    (lambda: Z(3, 4).t().view(12), Shape, "use reshape"),
    (lambda: Z(0).reshape(-1, 0), Shape, "write it out"),
    (lambda: Z(3).reshape(-1, -1), Shape, "only one size can be -1"),
    (lambda: Z(3).reshape(-2, 3), Shape, "negative"),
    (lambda: Z(3).reshape(2**62, 2**62), Shape, "more elements"),
    (lambda: Z(3).reshape((3,) + (1,) * 64), Value, "at most 64"),
    (lambda: Z(3).expand(-1, 3), Shape, "new dim"),
    (lambda: Z(3).expand(4), Shape, "(3,)"),
    (lambda: Z(2, 3).expand(3), Shape, "at least 2"),
    (lambda: Z(1, 1).expand(2**40, 2**40), Shape, "more elements"),
    (lambda: Z(1, 3).squeeze((0, 0)), Run, "more than once"),
    (lambda: Z(3).squeeze(2), Index, "out of range"),
    (lambda: Z(()).unsqueeze(1), Index, "out of range"),
    (lambda: Z(2, 3).flatten(1, 0), Run, "start_dim"),
    (lambda: Z(6).unflatten(0, (4, -1)), Shape, "6"),
    (lambda: Z(6).unflatten(0, ()), Run, "empty"),
    (lambda: Z(3).mT, Shape, "2 dims"),
    (lambda: Z(3, 3, 3).t(), Shape, "two dims"),
    (lambda: Z(3).transpose(0, 1), Index, "out of range"),
    (lambda: Z(2, 3).permute(0, 0), Run, "more than once"),
    (lambda: Z(2, 3).permute(0), Shape, "each of the 2 dims"),
    (lambda: Z(2, 3).movedim((0, 0), (0, 1)), Run, "source"),
    (lambda: Z(2, 3).movedim((0, 1), (0, 0)), Run, "destination"),
    (lambda: Z(2, 3).movedim(0, (0, 1)), Shape, "length"),
    (lambda: Z(3).narrow(0, 1, 5), Shape, "exceeds"),
    (lambda: Z(3).narrow(0, 1, -1), Shape, "negative"),
    (lambda: Z(3).narrow(0, 4, 0), Index, "start"),
    (lambda: Z(3).select(0, 3), Index, "size 3"),
    (lambda: Z(()).select(0, 0), Index, "0-d"),
    (lambda: Z(3).diagonal(), Index, "dim"),
    (lambda: Z(3, 3).diagonal(0, 1, 1), Run, "must differ"),
    (lambda: pyad.diag(Z(2, 2, 2)), Shape, "(2, 2, 2)"),
    (lambda: pyad.diag_embed(Z(3), 2**62), Shape, "more elements"),
    (lambda: pyad.diag_embed(Z(3), -(2**63)), Shape, "too large"),
    (lambda: Z(4).as_strided((2, 3), (1, 1), 3), Shape, "outside the storage"),
    (lambda: Z(4).as_strided((2,), (2**62,)), Shape, "outside the storage"),
    (lambda: Z(4).as_strided((2,), (-1,), 3), Value, "negative"),
    (lambda: Z(4).as_strided((2,), (1, 1)), Shape, "length"),
    (lambda: pyad.as_strided_scatter(Z(4), Z(3), (2,), (1,)), Shape, "(3,)"),
    (lambda: pyad.cat([]), Value, "at least one"),
    (lambda: pyad.cat([Z(2), Z(2, 2)]), Shape, "(2,) and (2, 2)"),
    (lambda: pyad.cat([Z(2, 3), Z(3, 2)]), Shape, "(2, 3) and (3, 2)"),
    (lambda: pyad.cat([Z(())]), Shape, "0-d"),
    (lambda: pyad.cat([Z(2, 3)], 5), Index, "dim 5"),
    (lambda: pyad.cat(Z(3)), Type, "list"),
    (lambda: pyad.cat([Z(3), 1]), Type, "int"),
    (lambda: pyad.stack([Z(2), Z(2, 2)]), Shape, "(2,) and (2, 2)"),
    (lambda: pyad.stack([]), Shape, "at least one"),
    (lambda: Z(6).split([3]), Shape, "add up"),
    (lambda: Z(6).split([-3, 9]), Value, "negative"),
    (lambda: Z(6).split(0), Value, "split_size"),
    (lambda: Z(()).split(1), Shape, "0-d"),
    (lambda: Z(6).chunk(0), Value, "positive"),
    (lambda: Z(()).unbind(), Index, "0-d"),
    (lambda: pyad.tensor_split(Z(3), 0), Value, "positive"),
    (lambda: Z(3).flip(0, 0), Run, "more than once"),
    (lambda: Z(3).fliplr(), Shape, "two dims"),
    (lambda: Z(3).roll((1, 2), 0), Run, "length"),
    (lambda: Z(3).roll((1, 2)), Run, "without dims"),
    (lambda: Z(3).rot90(), Shape, "two dims"),
    (lambda: Z(3, 3).rot90(1, (0, 0)), Run, "differ"),
    (lambda: pyad.tril(Z(3)), Shape, "two dims"),
    (lambda: Z(3, 3).repeat(2), Shape, "at least 2"),
    (lambda: Z(3).repeat(2, -1), Shape, "negative"),
    (lambda: Z(3).repeat(2**62, 2), Shape, "more elements"),
    (lambda: Z(3).repeat_interleave(-1), Value, "negative"),
    (lambda: Z(3).repeat_interleave(ints(1, 2)), Shape, "2 repeats"),
    (lambda: Z(3).repeat_interleave(ints(2**62, 2**62, 2**62)), Shape, "more elements"),
    (lambda: functional.pad(Z(3), (1,)), Shape, "pairs"),
    (lambda: functional.pad(Z(3), (1, 2, 3, 4)), Shape, "1 dims"),
    (lambda: functional.pad(Z(3), (-2, -2)), Shape, "negative size"),
    (lambda: functional.pad(Z(3), (2**63 - 1, 2**63 - 1)), Shape, "more than can be"),
    (lambda: functional.pad(Z(1, 3), (3, 3), mode="reflect"), Shape, "less than"),
    (lambda: functional.pad(Z(1, 3), (4, 1), mode="circular"), Shape, "at most"),
    (lambda: functional.pad(Z(1, 3), (1, 1), mode="x"), NotImplementedError, "unknown mode"),
    (lambda: functional.pad(Z(1, 3), (1, 1), mode="reflect", value=1), Value, "no value"),
    (lambda: pyad.meshgrid(Z(2, 2), indexing="ij"), Shape, "vectors"),
    (lambda: pyad.broadcast_tensors(Z(2), Z(3)), Shape, "(2,) and (3,)"),
    (lambda: Z(2, 2)[5], Index, "index 5 is out of bounds for dim 0 with size 2"),
    (lambda: Z(2, 2)[0, 0, 0], Index, "too many indices"),
    (lambda: Z(2, 2)[1.0], Index, "float"),
    (lambda: Z(2, 2)["a"], TypeError, "str"),
    (lambda: Z(2, 2)[pyad.tensor([1.0])], Index, "integer or bool"),
    (lambda: Z(2, 2)[ints(5)], Index, "index 5"),
    (lambda: Z(2, 2)[ints(-3)], Index, "index -3"),
    (lambda: Z(2, 2)[2**70], Value, "64 bits"),
    (lambda: Z(0)[ints(0)], Index, "index 0"),
    (lambda: Z(3)[mask(True, False)], Index, "mask of shape (2,)"),
    (lambda: Z(2, 2)[::-1], Value, "use flip"),
    (lambda: Z(2, 3)[[0, 1], [0, 1, 2]], Index, "(2,) and (3,)"),
    (lambda: Z(2)[(None,) * 70], Index, "64 dims"),
    (lambda: Z(3).gather(0, ints(5)), Index, "index 5"),
    (lambda: Z(3).gather(0, ints(-1)), Index, "index -1"),
    (lambda: Z(3, 2).gather(0, ints(1)), Shape, "number of dims"),
    (lambda: Z(3).gather(0, pyad.tensor([1.0])), Type, "integers"),
    (lambda: Z(3).scatter(0, ints(7), 1.0), Index, "index 7"),
    (lambda: Z(3).scatter(0, ints(1, 2), Z(1)), Shape, "src"),
    (lambda: Z(3).scatter(0, ints(1), Z(1, dtype=pyad.float64)), Type, "float64"),
    (lambda: Z(3).scatter_add(0, ints(9), Z(1)), Index, "index 9"),
    (lambda: Z(3).index_select(0, ints(-1)), Index, "index -1"),
    (lambda: Z(3).index_select(0, ints(1).reshape(1, 1)), Index, "vector"),
    (lambda: Z(3).index_add(0, ints(0), Z(2)), Shape, "source"),
    (lambda: Z(3).index_copy(0, ints(5), Z(1)), Index, "index 5"),
    (lambda: Z(3).index_fill(0, ints(5), 2), Index, "index 5"),
    (lambda: Z(3).index_put((ints(0, 1),), Z(3)), Shape, "(3,)"),
    (lambda: Z(3, 3).take(ints(9)), Index, "take: index 9"),
    (lambda: pyad.take_along_dim(Z(3, 3), ints(4).reshape(1, 1), 1), Index, "take_along_dim"),
    (lambda: Z(3).masked_fill(Z(3), 1.5), Type, "bool"),
    (lambda: Z(3).masked_fill(Z(4) == 0, 1.5), Shape, "(3,) and (4,)"),
    (lambda: Z(3).masked_fill(Z(3) == 0, Z(1)), Shape, "0-d"),
    (lambda: Z(3).masked_scatter(Z(3) == 0, Z(2)), Shape, "2 elements"),
    (lambda: functional.one_hot(ints(1, 2), 2), Value, "class 2"),
    (lambda: Z(3)[(None,) * 64], Index, "more than 64 dims"),
    (lambda: functional.adaptive_avg_pool1d(Z(1, 1, 3), 2**30), Value, "longer than the supported"),
    (lambda: functional.interpolate(LONG, size=2), Value, "longer than the supported"),
    (lambda: functional.fold(pyad.ones(1, 4, 4), (0, 4), 2), Run, "output_size must be positive"),
    (lambda: functional.fold(pyad.ones(1, 4, 4), (4, 0), 2), Run, "output_size must be positive"),
    (lambda: functional.fold(pyad.ones(1, 4, 4), -1, 2), Run, "output_size must be positive"),
    (lambda: functional.one_hot(ints(-1)), Value, "negative"),
    (lambda: functional.one_hot(ints(2**62)), Shape, "more elements"),
]


@pytest.mark.parametrize("k", range(len(ERRORS)))
def test_error(k):
    call, kind, text = ERRORS[k]
    with pytest.raises(kind) as raised:
        call()
    assert text in str(raised.value)


REFUSED_WRITES = [
    (5, 1.0, Index),
    (slice(None), Z(2), Shape),
    (ints(0, 1), Z(3), Shape),
    (ints(0, 9), 1.0, Index),
    (ints(-4), 1.0, Index),
    (0, "a", Type),
    (mask(True), 1.0, Index),
    (([0], [0]), 1.0, Index),
    (slice(None, None, -1), 1.0, Value),
]


@pytest.mark.parametrize("k", range(len(REFUSED_WRITES)))
@pytest.mark.parametrize("recorded", [False, True])
def test_a_refused_assignment_changes_nothing(k, recorded):
    key, value, kind = REFUSED_WRITES[k]
    x = pyad.arange(3.0).requires_grad_(recorded) * 1
    history = x.grad_fn
    with pytest.raises(kind):
        x[key] = value
    np.testing.assert_array_equal(x.detach().numpy(), [0.0, 1.0, 2.0])
    assert x.grad_fn is history


@pytest.mark.parametrize("key", [0, [0], (Ellipsis,)])
def test_leaves_and_expanded_tensors_are_not_assigned_to(key):
    leaf = pyad.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        leaf[key] = 1.0
    with pyad.no_grad():
        leaf[key] = 1.0
    expanded = pyad.zeros(1).expand(3)
    if key != 0:
        with pytest.raises(RuntimeError, match="clone"):
            expanded[key] = 1.0
