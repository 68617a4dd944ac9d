"""A result that no machine holds is refused before anything is computed, with its op, shape and
bytes."""

import re
import resource
import time

import numpy as np
import pytest

import pyad
import pyad.nn.functional as F
from pyad.estimators import divergence

HUGE, LONG = 2**42, 2**21


def vector(n=LONG):
    """So many ones in the memory of one."""
    return pyad.ones(1).expand(n)


CALLS = {
    "combinations": lambda: pyad.combinations(pyad.arange(200000), 2),
    "combinations of many": lambda: pyad.combinations(pyad.arange(60), 30),
    "combinations with replacement": lambda: pyad.combinations(pyad.arange(2), HUGE, True),
    "combinations of one": lambda: pyad.combinations(pyad.arange(1), HUGE, True),
    "cartesian_prod": lambda: pyad.cartesian_prod(*[pyad.arange(20000.0)] * 3),
    "tril_indices": lambda: pyad.tril_indices(LONG, LONG),
    "triu_indices": lambda: pyad.triu_indices(LONG, LONG, 1),
    "tril_indices of one column": lambda: pyad.tril_indices(HUGE, 1),
    "triu_indices of one row": lambda: pyad.triu_indices(1, HUGE),
    "meshgrid": lambda: pyad.meshgrid(vector(), vector(), indexing="ij")[0].clone(),
    "repeat": lambda: pyad.ones(1).repeat(HUGE),
    "tile": lambda: pyad.ones(3).tile(HUGE),
    "repeat_interleave": lambda: pyad.repeat_interleave(pyad.ones(2), HUGE),
    "expand": lambda: vector(HUGE).clone(),
    "add": lambda: pyad.add(vector(HUGE), 1),
    "one_hot": lambda: F.one_hot(pyad.zeros(LONG, dtype=pyad.int64), LONG),
    "kron": lambda: pyad.kron(vector(), vector()),
    "kron of matrices": lambda: pyad.kron(pyad.ones(1, 1).expand(LONG, LONG), pyad.ones(1, 2)),
    "outer": lambda: pyad.outer(vector(), vector()),
    "pad": lambda: F.pad(pyad.ones(2), (0, HUGE)),
    "pad reflect": lambda: F.pad(
        pyad.ones(1, 1).expand(2, HUGE), (HUGE // 2, HUGE // 2), mode="reflect"
    ),
    "unfold": lambda: vector().unfold(0, LONG // 2, 1).contiguous(),
    "nn unfold": lambda: F.unfold(pyad.ones(1, 1, 1, 1).expand(1, 1, 2**13, 2**13), 2**12),
    "block_diag": lambda: pyad.block_diag(*[pyad.ones(1, 1).expand(LONG, LONG)] * 2),
    "diag_embed": lambda: pyad.diag_embed(vector()),
    "diag": lambda: pyad.diag(vector()),
    "cdist": lambda: pyad.cdist(pyad.ones(LONG, 1), pyad.ones(LONG, 1)),
    "interpolate": lambda: F.interpolate(pyad.ones(1, 1, 2), size=HUGE),
    "conv_transpose1d": lambda: F.conv_transpose1d(
        pyad.ones(1, 1, 2), pyad.ones(1, 1, 1), stride=HUGE
    ),
    "embedding": lambda: F.embedding(
        pyad.zeros(LONG, dtype=pyad.int64), pyad.ones(1, 1).expand(2, LONG)
    ),
    "embedding_bag": lambda: F.embedding_bag(
        pyad.zeros(LONG, dtype=pyad.int64).reshape(LONG, 1), pyad.ones(1, 1).expand(2, LONG)
    ),
    "index_select": lambda: pyad.index_select(
        pyad.ones(1, 1).expand(2, LONG), 0, pyad.zeros(LONG, dtype=pyad.int64)
    ),
    "matmul": lambda: pyad.matmul(pyad.ones(LONG, 1), pyad.ones(1, LONG)),
    "einsum": lambda: pyad.einsum("i,j->ij", vector(), vector()),
    "einsum batched": lambda: pyad.einsum(
        "bik,bjk->bij", pyad.ones(1, 1, 1).expand(2, LONG, 3), pyad.ones(1, 1, 1).expand(2, LONG, 3)
    ),
    "einsum, on the way": lambda: pyad.einsum(
        "ab,ac,ad,bc,bd,cd->", *[pyad.ones(1, 1).expand(20000, 20000)] * 6
    ),
    "einsum, the last": lambda: pyad.einsum(
        "ab,bc,d->acd", pyad.ones(3000, 3000), pyad.ones(3000, 3000), pyad.ones(LONG)
    ),
    "bincount": lambda: pyad.bincount(pyad.tensor([HUGE])),
    "histc": lambda: pyad.histc(pyad.ones(2), HUGE),
    "rand": lambda: pyad.rand(HUGE),
    "randperm": lambda: pyad.randperm(HUGE),
    "multinomial": lambda: pyad.multinomial(pyad.ones(2), HUGE, True),
    "bernoulli": lambda: vector(HUGE).bernoulli(),
    "eye": lambda: pyad.eye(LONG),
    "linspace": lambda: pyad.linspace(0, 1, HUGE),
    "logspace": lambda: pyad.logspace(0, 1, HUGE),
    "arange": lambda: pyad.arange(HUGE),
    "full": lambda: pyad.full((HUGE,), 1.0),
    "zeros_like": lambda: pyad.zeros_like(vector(HUGE)),
    "cat": lambda: pyad.cat([vector(HUGE)] * 2),
    "stack": lambda: pyad.stack([vector(HUGE)] * 2),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_cannot_be_held_is_refused_at_once(name):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with pytest.raises((MemoryError, pyad.ShapeError)) as info:
        CALLS[name]()
    assert time.perf_counter() - began < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 400_000
    text = str(info.value)
    assert re.match(r"\w+: ", text), text
    if isinstance(info.value, MemoryError):
        assert re.search(
            r"out of memory: a tensor of shape \(.*\) and dtype \w+ needs \d+ bytes", text
        )


def test_unit_vectors_that_cannot_be_held_are_not_counted_first():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((MemoryError, ValueError)):
        divergence(lambda v: v, HUGE, block=False)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 400_000


# Without elements, and yet the product of the other sizes is no number: a stride may be that.
EMPTY = {
    "zeros": lambda: pyad.zeros(2**40, 2**40, 0),
    "zeros behind": lambda: pyad.zeros(0, 2**40, 2**40),
    "expand": lambda: pyad.zeros(1, 1, 0).expand(2**40, 2**40, 0),
    "tile": lambda: pyad.zeros(3, 3, 0).tile(3, 2, 2**63 - 1),
    "repeat": lambda: pyad.zeros(3, 3, 0).repeat(2**61, 2, 1),
    "repeat_interleave": lambda: pyad.zeros(2**40, 0).repeat_interleave(2**40, 1),
    "view": lambda: pyad.zeros(0).view(2**40, 2**40, 0),
    "unfold": lambda: pyad.zeros(2**40, 0).unfold(0, 2**39, 1),
    "as_strided": lambda: pyad.zeros(0).as_strided((2**40, 2**40, 0), (0, 0, 0)),
    "stack": lambda: pyad.stack([pyad.zeros(2**60, 0)] * 8),
    "cat": lambda: pyad.cat([pyad.zeros(2**60, 0, 1)] * 8),
    "sum": lambda: pyad.zeros(2**40, 0).unsqueeze(2).expand(2**40, 0, 2**40).sum(1),
}


@pytest.mark.parametrize("name", EMPTY)
def test_sizes_beside_a_zero_have_a_product(name):
    with pytest.raises((pyad.ShapeError, ValueError), match="than can be addressed"):
        EMPTY[name]()


def test_large_sizes_beside_a_zero():
    assert pyad.zeros(2**31, 2**20, 0).transpose(0, 2).shape == (0, 2**20, 2**31)
    assert pyad.zeros(0, 2**31, 2**20).tile(1, 2, 1).shape == (0, 2**32, 2**20)


def test_a_step_beyond_the_end_makes_no_stride():
    y = pyad.arange(12.0).view(4, 3).unfold(0, 3, 2**63 - 1)
    assert y.tolist() == [[[0.0, 3.0, 6.0], [1.0, 4.0, 7.0], [2.0, 5.0, 8.0]]]
    assert max(y.stride()) <= 12


def test_operators_name_their_op():
    with pytest.raises(
        MemoryError, match=r"^mul: out of memory: a tensor of shape \(4398046511104,"
    ):
        vector(HUGE) * 2
    x = pyad.ones(1)
    with pytest.raises(MemoryError, match=r"^\w+: out of memory"):
        x + vector(HUGE)


@pytest.mark.parametrize("offset", [-4, -3, -2, -1, 0, 1, 2, 3, 5])
def test_triangles_of_every_form(offset):
    for rows in range(5):
        for columns in range(5):
            for indices, keep in ((pyad.tril_indices, pyad.tril), (pyad.triu_indices, pyad.triu)):
                found = indices(rows, columns, offset)
                kept = keep(pyad.ones(rows, columns), offset).nonzero().t()
                assert found.tolist() == kept.tolist(), (rows, columns, offset)


def test_a_triangle_of_few_elements_and_many_rows_is_quick():
    rows = 2**50
    assert pyad.tril_indices(rows, 1, -(rows - 2)).tolist() == [[rows - 2, rows - 1], [0, 0]]
    assert pyad.triu_indices(rows, 2, 1).tolist() == [[0], [1]]
    assert pyad.tril_indices(2**62, 0).shape == (2, 0)
    assert pyad.tril_indices(3, 0, dtype=pyad.int32).dtype == pyad.int32


@pytest.mark.parametrize("replacement", [False, True])
def test_combinations_are_those_of_itertools(replacement):
    import itertools

    make = itertools.combinations_with_replacement if replacement else itertools.combinations
    for n in range(6):
        for r in range(1, 7):
            found = pyad.combinations(pyad.arange(n), r, replacement)
            assert found.tolist() == [list(c) for c in make(range(n), r)]
            assert found.shape[1] == r


def test_einsum_names_itself_and_the_shapes_before_it_works():
    big = pyad.ones(6000, 6000)
    began = time.perf_counter()
    with pytest.raises(MemoryError, match=r"^einsum: out of memory: .*'ab,bc,d->acd', of shapes"):
        pyad.einsum("ab,bc,d->acd", big, big, vector())
    assert time.perf_counter() - began < 1
    # What is summed on the way needs no room, nor do sizes beside a zero.
    assert pyad.einsum("i,j->", vector(), vector()).item() == float(LONG) ** 2
    assert pyad.einsum("k,i,j->kij", pyad.zeros(0), vector(), vector()).shape == (0, LONG, LONG)


@pytest.mark.parametrize(
    ("equation", "sizes"),
    [
        ("a,b,a,b->", [(1,), (1,), (10**6,), (10**6,)]),
        ("a,b,a,b->", [(10**6,)] * 4),
        ("a,b,c,c,b,a->", [(10**6,)] * 6),
        ("ab,ab->", [(1, 10**6), (10**6, 1)]),
        ("ab,ab,a->", [(1, 10**6), (10**6, 1), (10**6,)]),
        ("a,b,bc->ac", [(3,), (10**6,), (10**6, 2)]),
    ],
)
def test_einsum_contracts_before_it_forms_outer_products(equation, sizes):
    labels = equation.split("->")[0].split(",")
    longest = {}
    for term, size in zip(labels, sizes):
        for label, n in zip(term, size):
            longest[label] = max(n, longest.get(label, 1))
    summed = [n for label, n in longest.items() if label not in equation.split("->")[1]]
    y = pyad.einsum(equation, *[pyad.ones(*s, dtype=pyad.float64) for s in sizes])
    assert (y == float(np.prod(summed, dtype=float))).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: pyad.ones(3).tensor_split(10**12),
        lambda: pyad.zeros(10**10, 0).split(1),
        lambda: pyad.zeros(10**10, 0).unbind(),
        lambda: pyad.zeros(10**10, 0).unbind(-2),
    ],
    ids=["tensor_split", "split", "unbind", "unbind of a dim"],
)
def test_more_parts_than_there_is_room_for(call):
    start = time.monotonic()
    with pytest.raises(MemoryError, match="parts are more than this machine can hold"):
        call()
    assert time.monotonic() - start < 1
