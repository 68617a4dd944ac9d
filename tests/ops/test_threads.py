"""Every row gives the same bits on one thread and on several.

Arrays of the test cases are too small to be cut, so the size that a kernel asks for a part of its
work is limited to one element (`_core._set_largest_grain`).
"""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest
import torch

import op_cases
import op_drivers as drivers
import op_names
import pyad
from ops import test_elementwise as elementwise

LARGE = 2**62


@pytest.fixture
def threads():
    """Runs a function on so many threads, and cuts its kernels as finely as they can be."""
    before = pyad.get_num_threads()

    def run(n, function):
        pyad.set_num_threads(n)
        pyad._core._set_largest_grain(1 if n > 1 else LARGE)
        return function()

    yield run
    pyad.set_num_threads(before)
    pyad._core._set_largest_grain(LARGE)


def results(case, dtype, differentiable):
    """Values and gradients of one call; what is random starts from the same state."""
    pyad.manual_seed(5)
    xs = [drivers.to_pyad(x, dtype, "contiguous", differentiable) for x in case.inputs]
    ys = drivers.flat(case.call(pyad, *xs))
    found = [drivers.array(y).copy() for y in ys]
    if differentiable:
        rng = np.random.default_rng(3)
        seeds = [
            pyad.tensor(v.astype(drivers.array(y).dtype))
            for y in drivers.outputs(ys)
            for v in drivers.directions(rng, [drivers.array(y)])
        ]
        pairs = [(y, v) for y, v in zip(drivers.outputs(ys), seeds, strict=True) if y.requires_grad]
        leaves = [x for x in xs if x.requires_grad]
        grads = pyad.autograd.grad(
            [y for y, _ in pairs], leaves, [v for _, v in pairs], allow_unused=True
        )
        found += [drivers.array(g).copy() for g in grads if g is not None]
    return found


def check(threads, case, dtype, differentiable):
    one = threads(1, lambda: results(case, dtype, differentiable))
    for n in (2, 3):
        several = threads(n, lambda: results(case, dtype, differentiable))
        assert len(one) == len(several)
        for k, (a, b) in enumerate(zip(one, several, strict=True)):
            assert a.tobytes() == b.tobytes(), f"{case.name}: result {k} on {n} threads"


def row_cases(name):
    for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
        yield drivers.Case(f"{name}#{k}", op_cases.arrays(inputs), call)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(op_cases.ROWS))
def test_rows(name, dtype, threads):
    for case in row_cases(name):
        check(threads, case, dtype, name not in op_cases.NOT_DIFFERENTIABLE)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "entry",
    [e for e in elementwise.OPS if e["name"] in elementwise.FLOATING],
    ids=lambda e: e["name"],
)
def test_elementwise(entry, dtype, threads, rng):
    function, params = op_names.function_of(entry), elementwise.params_of(entry)
    for shapes in (((1031,),) * 3, ((33, 1), (1, 47), (33, 47))):
        case = drivers.Case(
            entry["name"],
            elementwise.samples(entry, shapes, rng),
            lambda package, *xs: function(*xs, **params),
        )
        check(threads, case, dtype, any(entry["differentiable"]))


@pytest.mark.parametrize("shape", [(20_000,), (200, 100), (100, 200, 1), (3, 40, 150)])
@pytest.mark.parametrize("way", ["scatter", "scatter_add", "index_add", "index_copy", "gather"])
def test_repeated_places_meet_in_order(threads, way, shape):
    """Many values for each place: the last one stays, and sums round in the order of the values."""
    rng = np.random.default_rng(0)
    x = pyad.tensor(rng.standard_normal(shape).astype(np.float32))
    v = pyad.tensor(rng.standard_normal(shape).astype(np.float32))
    for dim in range(len(shape)):
        if way.startswith("index"):
            places = pyad.tensor(rng.integers(0, min(3, shape[dim]), shape[dim]))
        else:
            places = pyad.tensor(rng.integers(0, min(3, shape[dim]), shape))
        arguments = (dim, places) if way == "gather" else (dim, places, v)
        one = threads(1, lambda a=arguments: getattr(x, way)(*a).numpy().copy())
        for _ in range(3):
            several = threads(3, lambda a=arguments: getattr(x, way)(*a).numpy().copy())
            np.testing.assert_array_equal(one, several)


@pytest.mark.parametrize("rows", [1, 3, 6, 9, 15, 16, 20])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_long_rows(threads, name, rows, rng):
    """Few long rows are shared by threads, many are dealt to them: by the shape alone."""
    for shape, dim in (((rows, 33_000), 1), ((rows, 33_000, 2), 1)):
        values = rng.standard_normal(shape).astype("float32")
        x = pyad.tensor(values, requires_grad=True)
        w = pyad.tensor(values[:, :1] if name == "logsumexp" else values)

        def results(x=x, w=w, dim=dim):
            y = getattr(pyad, name)(x, dim)
            (g,) = pyad.autograd.grad((y * w.reshape(y.shape)).sum(), x)
            return y.detach().numpy().copy(), g.numpy().copy()

        one = threads(1, results)
        for n in (2, 3):
            for a, b in zip(one, threads(n, results), strict=True):
                assert a.tobytes() == b.tobytes(), f"{shape} on {n} threads"


@pytest.mark.parametrize("layout", ["flat", "strided"])
@pytest.mark.parametrize("name", ["lgamma", "digamma", "erfinv", "sin", "log1p"])
def test_other_threads_go_on_during_costly_functions(name, layout):
    """Fewer elements than are worth it for a sum, but each takes longer."""
    x = pyad.full((200_000,), 0.3, dtype=pyad.float64)
    if layout == "strided":
        x = pyad.full((400_000,), 0.3, dtype=pyad.float64)[::2]
    function, steps, ended = getattr(pyad, name), [0], threading.Event()

    def other():
        while not ended.is_set():
            steps[0] += 1
            time.sleep(1e-4)

    thread = threading.Thread(target=other)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(100)  # only a kernel that gives the lock away lets the other one in
    try:
        thread.start()
        seen, end = False, time.monotonic() + 10  # the other thread needs a processor as well
        while not seen and time.monotonic() < end:
            before = steps[0]
            function(x)
            seen = steps[0] > before
    finally:
        sys.setswitchinterval(interval)
        ended.set()
        thread.join()
    assert seen


LAYOUTS = {
    "rows": lambda a: a,
    "columns": lambda a: np.asfortranarray(a),
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "of a wider one": lambda a: np.pad(a, [(0, 0)] * (a.ndim - 1) + [(3, 5)])[..., 3:-5],
}


def as_laid_out(values, layout):
    """A tensor of these values that keeps the array's strides."""
    return pyad.from_numpy(LAYOUTS[layout](values))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(997,), (13, 71), (71, 13), (1, 331), (331, 1), (5, 7, 11)])
def test_moves_by_index_cut_unevenly(threads, shape, layout, dtype, rng):
    """Arrays that no number of parts divides: the values of PyTorch, and one thread's bits."""
    values, source = (rng.integers(0, 3, shape).astype(dtype) for _ in range(2))
    if dtype.startswith("float"):
        values, source = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    x, v = as_laid_out(values, layout), as_laid_out(source, layout)
    tx, tv = torch.from_numpy(values), torch.from_numpy(source)
    for dim, size in enumerate(shape):
        places = rng.integers(0, size, shape)
        line = rng.integers(0, size, size)
        for way, index in (
            ("gather", places),
            ("scatter_add", places),
            ("index_select", line),
            ("index_add", line),
        ):
            if dtype == "bool" and way.endswith("add"):
                continue  # PyTorch adds them as bytes
            more = ([v], [tv]) if way.endswith("add") else ([], [])
            i, ti = as_laid_out(index, layout if index is places else "rows"), torch.tensor(index)

            def call(way=way, dim=dim, i=i, more=more):
                return getattr(x, way)(dim, i, *more[0]).numpy().copy()

            one = threads(1, call)
            np.testing.assert_allclose(
                one, getattr(tx, way)(dim, ti, *more[1]).numpy(), rtol=1e-5, atol=1e-5
            )
            for n in (2, 3):
                assert threads(n, call).tobytes() == one.tobytes(), f"{way}, dim {dim}, {n} threads"


@pytest.mark.parametrize("shape", [(211, 100), (3, 101, 130), (2, 67, 8, 9)])
@pytest.mark.parametrize("even", [True, False], ids=["even", "uneven"])
@pytest.mark.parametrize("way", ["index_add", "index_copy", "x[i]", "embedding"])
def test_long_rows_meet_in_order(threads, way, even, shape, rng):
    """Threads share the places of long rows where that is fair, and else their columns."""
    dim = 0 if way == "embedding" or len(shape) == 2 else 1
    count = 3 * shape[dim] + 1
    places = rng.integers(0, shape[dim], count)
    if not even:
        places[rng.random(count) < 0.6] = shape[dim] // 2
    rows = (*shape[:dim], count, *shape[dim + 1 :])
    x = rng.standard_normal(shape).astype(np.float32)
    v = rng.standard_normal(rows).astype(np.float32)
    expected = np.zeros(shape, np.float32) if way in ("x[i]", "embedding") else x.copy()
    for k, place in enumerate(places):  # in their order, each with its rounding
        at = (*[slice(None)] * dim, place)
        row = v[(*[slice(None)] * dim, k)]
        expected[at] = row if way == "index_copy" else expected[at] + row

    def call():
        t, i, w = pyad.tensor(x, requires_grad=True), pyad.tensor(places), pyad.tensor(v)
        if way.startswith("index"):
            return getattr(t.detach(), way)(dim, i, w).numpy().copy()
        if way == "x[i]":
            y = t[i] if dim == 0 else t[:, i]
        else:
            flat = t.reshape(shape[0], -1)
            y, w = pyad.nn.functional.embedding(i, flat), w.reshape(count, -1)
        return pyad.autograd.grad(y, t, w)[0].numpy().copy()

    for n in (1, 2, 3):
        assert threads(n, call).tobytes() == expected.tobytes(), f"{n} threads"


WRITES = {
    "gather": lambda x, i, v: x.gather(1, i),
    "take_along_dim": lambda x, i, v: pyad.take_along_dim(x[:37], i, 1),
    "take": lambda x, i, v: x.take(i),
    "x[:, i]": lambda x, i, v: x[:, i],
    "index_select": lambda x, i, v: x.index_select(1, i.flatten()),
    "scatter": lambda x, i, v: x.scatter_(1, i, v),
    "scatter of a number": lambda x, i, v: x.scatter_(1, i, 5.0),
    "scatter_add": lambda x, i, v: x.scatter_add_(1, i, v),
    "index_add": lambda x, i, v: x.index_add_(1, i.flatten(), v.reshape(1, -1).expand(999, -1)),
    "index_copy": lambda x, i, v: x.index_copy_(1, i.flatten(), v.reshape(1, -1).expand(999, -1)),
    "index_put": lambda x, i, v: x.index_put_((i, i), v),
    "index_put, added": lambda x, i, v: x.index_put_((i, i), v, accumulate=True),
    "x[i, i] = v": lambda x, i, v: x.__setitem__((i, i), v),
    "x[:, i] = 1": lambda x, i, v: x.__setitem__((slice(None), i), 1.0),
}


@pytest.mark.parametrize("bad", [10**12, -(10**12), 999])
@pytest.mark.parametrize("way", WRITES)
def test_a_place_out_of_range_changes_nothing(threads, way, bad, rng):
    """Wherever it is, on however many threads: it is named, and no element has been written."""
    wide = way in ("index_add", "index_copy", "index_select", "x[:, i]", "x[:, i] = 1")
    shape = (1, 997) if wide else (37, 997)
    values = rng.standard_normal((999, 999)).astype(np.float32)
    source = pyad.tensor(rng.standard_normal(shape).astype(np.float32))
    if way == "take" and bad == 999:
        bad = 999 * 999
    for at in ((0, 0), (shape[0] - 1, 996), (shape[0] // 2, 500)):
        places = rng.integers(0, 999, shape)
        places[at] = bad
        index = pyad.tensor(places)
        for n in (1, 2):
            x = pyad.tensor(values)
            with pytest.raises(IndexError, match=str(bad)):
                threads(n, lambda x=x, index=index: WRITES[way](x, index, source))
            assert x.numpy().tobytes() == values.tobytes()
