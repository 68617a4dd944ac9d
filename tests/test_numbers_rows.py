"""Numbers at the edges: right values from closed forms and from Python's integers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pyad

MANY = 70_000
INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_nan_to_num_defaults_are_the_numbers_themselves(name):
    dtype = getattr(pyad, name)
    most = float(np.finfo(name).max)
    x = pyad.tensor([INF, -INF, NAN, 2.0], dtype=dtype)
    assert pyad.nan_to_num(x).tolist() == [most, -most, 0.0, 2.0]
    assert x.nan_to_num(None, None, None).tolist() == [most, -most, 0.0, 2.0]
    assert x.nan_to_num(nan=None, posinf=5, neginf=None).tolist() == [5.0, -most, 0.0, 2.0]
    assert x.clone().nan_to_num_(posinf=None).tolist() == [most, -most, 0.0, 2.0]
    assert pyad.nan_to_num(x, posinf=INF, neginf=NAN).tolist()[0] == INF
    assert pyad.nan_to_num(pyad.tensor([3, 4])).tolist() == [3, 4]


def test_defaults_of_parameters_are_what_the_table_says():
    """Signatures print numbers such that they read back as they were."""
    for entry in pyad._core.op_table():
        for name, value in entry.get("params", []):
            text = entry["signature"].split(f"{name}: ")[1].split(",")[0]
            if "=" in text and not text.endswith("None"):
                assert float(text.split("=")[1]) == value, (entry["name"], name)


JOINS = {
    "cat": lambda xs: pyad.cat([x.reshape(1) for x in xs]),
    "stack": pyad.stack,
    "hstack": pyad.hstack,
    "vstack": lambda xs: pyad.vstack(xs).reshape(-1),
    "column_stack": lambda xs: pyad.column_stack(xs).reshape(-1),
}


@pytest.mark.parametrize("name", JOINS)
def test_many_inputs_of_one_node(name):
    xs = [pyad.tensor(float(k % 7), requires_grad=True) for k in range(MANY)]
    weights = pyad.arange(float(MANY))
    (JOINS[name](xs) * weights).sum().backward()
    assert [x.grad.item() for x in xs] == weights.tolist()


PARTS = {
    "unbind": lambda x: x.unbind(),
    "split": lambda x: x.split(1),
    "tensor_split": lambda x: x.tensor_split(MANY),
    "chunk": lambda x: x.chunk(MANY),
}


@pytest.mark.parametrize("name", PARTS)
def test_many_outputs_of_one_node(name):
    x = pyad.arange(float(MANY)).requires_grad_()
    parts = PARTS[name](x)
    assert len(parts) == MANY
    (parts[0] * 2 + parts[65_535] * 3 + parts[65_536] * 4 + parts[-1] * 5).sum().backward()
    want = np.zeros(MANY)
    want[[0, 65_535, 65_536, -1]] = 2, 3, 4, 5
    np.testing.assert_array_equal(x.grad.numpy(), want)


def test_many_inputs_again():
    """Second derivatives and forward mode through one wide node."""
    xs = [pyad.tensor(float(k), requires_grad=True) for k in range(MANY)]
    y = (pyad.stack(xs) ** 3).sum()
    first = pyad.autograd.grad(y, xs, create_graph=True)
    second = pyad.autograd.grad(first[-1] + first[3], [xs[-1], xs[3]])
    assert [g.item() for g in second] == [6.0 * (MANY - 1), 18.0]


def numbers(values, name="float64", grad=True):
    return pyad.tensor(values, dtype=getattr(pyad, name), requires_grad=grad)


def gradient(y, *xs, **settings):
    found = pyad.autograd.grad(y, xs, **settings)
    return found[0].tolist() if len(found) == 1 else [g.tolist() for g in found]


def test_quantiles_move_with_their_level():
    x, q = numbers([9.0, 1.0, 4.0]), numbers(0.3)
    assert pyad.quantile(x, q).item() == pytest.approx(2.8, rel=1e-15)
    assert gradient(pyad.quantile(x, q), q) == pytest.approx(6.0)
    assert gradient(pyad.nanquantile(numbers([9.0, 1.0, NAN, 4.0]), q), q) == pytest.approx(6.0)
    levels = numbers([0.3, 0.75, 0.25])
    table = numbers([[0.0, 1.0, 4.0], [5.0, 10.0, 20.0]])
    y = pyad.quantile(table, levels, dim=1)
    assert gradient(y.sum(), levels) == pytest.approx([2 + 10, 6 + 20, 2 + 10])
    mixed = gradient(pyad.quantile(x, q, keepdim=True).sum() * 2, x, q)
    assert mixed[0] == pytest.approx([0.0, 0.8, 1.2])
    assert pyad.autograd.gradcheck(lambda v, p: pyad.quantile(v, p), (x, levels))
    for how in ("lower", "higher", "nearest", "midpoint"):
        y = pyad.quantile(x, q, interpolation=how)
        assert gradient(y, q, allow_unused=True, materialize_grads=True) == 0
    with pyad.autograd.forward_ad.dual_level():
        level = pyad.autograd.forward_ad.make_dual(numbers(0.3, grad=False), numbers(1.0).detach())
        y = pyad.autograd.forward_ad.unpack_dual(pyad.quantile(x.detach(), level))
        assert y.tangent.item() == pytest.approx(6.0)


def test_to_copies_by_position():
    x = pyad.ones(3, dtype=pyad.float64)
    for same in (x.to(pyad.float64), x.to(pyad.float64, True), x.to(pyad.float64, True, False)):
        assert same is x
    for copy in (
        x.to(pyad.float64, False, True),
        x.to(x, False, True),
        x.to("cpu", pyad.float64, False, True),
        x.to(pyad.float64, copy=True),
    ):
        copy.zero_()
        assert x.tolist() == [1, 1, 1]


@pytest.mark.parametrize("name", ["bool", "uint8", "int32", "int64", "float32", "float64"])
def test_reductions_have_the_dtype_asked_for(name):
    dtype = getattr(pyad, name)
    x = pyad.tensor([[100, 200], [3, 1]], dtype=pyad.int64)
    f = getattr(np, name if name != "bool" else "bool_")
    values = np.array(x.tolist()).astype(f)
    with np.errstate(over="ignore"):
        for y, want in [
            (x.sum(dtype=dtype), values.sum(dtype=f)),
            (x.sum(1, dtype=dtype), values.sum(1, dtype=f)),
            (pyad.nansum(x, dtype=dtype), values.sum(dtype=f)),
            (x.prod(dtype=dtype), values.prod(dtype=f)),
            (x.prod(0, dtype=dtype), values.prod(0, dtype=f)),
            (x.cumsum(0, dtype=dtype), values.cumsum(0, dtype=f)),
            (x.cumprod(1, dtype=dtype), values.cumprod(1, dtype=f)),
        ]:
            assert y.dtype == dtype
            np.testing.assert_array_equal(y.numpy(), want)


def test_alpha_keeps_the_operands_dtype():
    small, whole = pyad.tensor(1 + 1e-9, dtype=pyad.float64), pyad.tensor([1, 2])
    y = pyad.add(small, whole, alpha=0.5)
    assert y.dtype == pyad.float64
    assert y.tolist() == [1.500000001, 2.000000001]
    byte, truth = pyad.tensor([3], dtype=pyad.uint8), pyad.tensor([True])
    y = pyad.add(byte, truth, alpha=2)
    assert (y.dtype, y.item()) == (pyad.uint8, 5)
    y = pyad.sub(pyad.tensor(9, dtype=pyad.uint8), 3, alpha=2)
    assert (y.dtype, y.item()) == (pyad.uint8, 3)
    y = pyad.add(pyad.tensor([1], dtype=pyad.int32), 1, alpha=2)
    assert (y.dtype, y.item()) == (pyad.int32, 3)
    y = pyad.add(truth, truth, alpha=True)
    assert (y.dtype, y.item()) == (pyad.bool, True)
    y = pyad.add(pyad.ones(1), 2.0, alpha=0.25)
    assert (y.dtype, y.item()) == (pyad.float32, 1.5)
    with pytest.raises(RuntimeError, match="bool alpha"):
        pyad.add(byte, byte, alpha=True)


def overwritten(f, n=3):
    """Gradients of `f(values)`, weighted by place, in reverse and column by column forward."""
    v = pyad.arange(1.0, n + 1, dtype=pyad.float64).requires_grad_()
    y = f(v)
    weights = pyad.arange(1.0, y.numel() + 1, dtype=pyad.float64).reshape(y.shape)
    reverse = gradient((y * weights).sum(), v)
    forward = []
    for k in range(n):
        t = pyad.zeros(n, dtype=pyad.float64)
        t[k] = 1
        with pyad.autograd.forward_ad.dual_level():
            dual = pyad.autograd.forward_ad.make_dual(v.detach(), t)
            tangent = pyad.autograd.forward_ad.unpack_dual(f(dual)).tangent
            forward.append((tangent * weights).sum().item())
    assert reverse == forward
    return reverse


def test_values_that_were_written_over_get_no_gradient():
    zero = pyad.zeros(2, dtype=pyad.float64)
    at = pyad.tensor([1, 0, 1])
    assert overwritten(lambda v: zero.index_put((at,), v)) == [0, 1, 2]
    assert overwritten(lambda v: zero.index_copy(0, at, v)) == [0, 1, 2]
    assert overwritten(lambda v: zero.scatter(0, at, v)) == [0, 1, 2]
    assert overwritten(lambda v: zero.index_put((at,), v, accumulate=True)) == [2, 1, 2]
    assert overwritten(lambda v: zero.scatter_add(0, at, v)) == [2, 1, 2]

    def assigned(v):
        y = zero.clone()
        y[at] = v
        return y

    assert overwritten(assigned) == [0, 1, 2]
    wide = pyad.zeros(1000, dtype=pyad.float64)
    assert overwritten(lambda v: wide.index_put((pyad.tensor([7, 5, 7]),), v)) == [0, 6, 8]
    table = pyad.zeros(2, 3, dtype=pyad.float64)
    place = pyad.tensor([[2, 2, 0], [1, 0, 1]])
    both = overwritten(lambda v: table.scatter(1, place, v.reshape(2, 3)), 6)
    assert both == [0, 3, 1, 0, 4, 5]
    rows = pyad.tensor([0, 0])
    assert overwritten(lambda v: table.index_put((rows,), v.reshape(2, 3)), 6) == [0, 0, 0, 1, 2, 3]
    columns = pyad.tensor([2, 1, 2])

    def across(v):
        y = table.clone()
        y[:, columns] = v.reshape(2, 3)
        return y

    assert overwritten(across, 6) == [0, 2, 3, 0, 5, 6]
    unpool = lambda v: pyad.nn.functional.max_unpool1d(  # noqa: E731
        v.reshape(1, 2), pyad.tensor([[1, 1]]), 2
    )
    assert overwritten(unpool, 2) == [0, 2]


def test_written_over_twice_derived():
    v, at = numbers([2.0, 3.0]), pyad.tensor([0, 0])
    y = pyad.zeros(1, dtype=pyad.float64).index_put((at,), v**3).sum()
    (first,) = pyad.autograd.grad(y, v, create_graph=True)
    assert first.tolist() == [0, 27]
    assert gradient(first.sum(), v) == [0, 18]


def test_all_and_any_of_no_dims():
    x = pyad.tensor([[0.0, 2.0], [NAN, 0.0]])
    for f in (pyad.all, pyad.any):
        assert f(x, dim=()).tolist() == [[False, True], [True, False]]
        assert f(x, dim=(), keepdim=True).shape == (2, 2)
    assert x.all().item() is False


def test_a_tensor_bound_gives_the_element_the_gradient_of_a_tie():
    x = numbers([1.0, 2.0, 3.0, NAN])
    low, high = numbers([1.0, 2.5, 0.0, 0.0]), numbers([9.0, 9.0, 3.0, 0.0])
    y = x.clamp(low, high)
    assert y.tolist()[:3] == [1, 2.5, 3]
    assert math.isnan(y[3].item())
    assert gradient(y.sum(), x, low, high) == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert gradient(pyad.clamp_min(x, low).sum(), x) == [1, 0, 1, 0]
    assert math.isnan(pyad.clamp(numbers([1.0]), max=numbers([NAN])).item())
    assert pyad.clamp(pyad.tensor([5.0]), numbers([3.0]), numbers([2.0])).tolist() == [2.0]
    assert pyad.clamp(pyad.ones(2), min=pyad.tensor([2, 0])).dtype == pyad.float32


def test_bins_of_values_on_their_edges():
    import torch

    rng = np.random.default_rng(0)
    for name in ("float32", "float64"):
        for bins in (3, 7, 10, 49, 100):
            for low, high in [(0.0, 1.0), (-1.0, 1.0), (0.1, 0.7), (-3.0, 0.3)]:
                edges = np.linspace(low, high, bins + 1).astype(name)
                values = np.concatenate([edges, rng.uniform(low, high, 50).astype(name)])
                ours = pyad.histc(pyad.tensor(values), bins, low, high)
                theirs = torch.histc(torch.tensor(values), bins, low, high)
                assert ours.tolist() == theirs.tolist(), (name, bins, low, high)


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_bins_of_ranges_of_any_width(name):
    """Ranges as wide as the dtype, and narrower than it can tell: quotients that are no numbers."""
    top = float(np.finfo(name).max)
    tiny = float(np.nextafter(np.zeros((), name), np.ones((), name)))

    def bins(values, n, *bounds):
        found = pyad.histc(pyad.tensor(np.array(values, name)), n, *bounds)
        return {i: int(c) for i, c in enumerate(found.tolist()) if c}

    assert bins([0.0, top / 34], 100) == {0: 1, 99: 1}
    assert bins([-top, 0.0, top], 4) == {0: 1, 2: 1, 3: 1}
    assert bins([-top, 0.0, top], 4, -top, top) == {0: 1, 2: 1, 3: 1}
    assert bins([-top, top / 2, top], 2, 0.0, top) == {1: 2}
    assert bins([1e20, 1e20], 4) == {2: 2}
    assert bins([top, top], 5) == {2: 2}
    assert bins([2.0**60] * 3, 10) == {5: 3}
    assert bins([1.0, 2.0], 4, 1, 1 + 1e-12) == {0: 1}
    assert bins([0.0, tiny, 2 * tiny], 2) == {0: 1, 1: 2}
    for bounds in [(0, 0), (-1, 1), (0, top)]:
        nothing = bins([math.nan, math.inf, -math.inf], 3, *bounds) if bounds != (0, 0) else {}
        assert nothing == {}


def test_sweeps_over_shared_values_add():
    x = pyad.Value(2.0)
    a = x * x
    one, two = a * 2, a * 3
    one.backward()
    two.backward()
    assert (x.grad, a.grad) == (20.0, 5.0)
    two.backward()
    assert (x.grad, a.grad, one.grad, two.grad) == (32.0, 8.0, 1.0, 1.0)
    y = one + two  # through nodes that were roots
    y.backward()
    assert (x.grad, a.grad, one.grad) == (52.0, 13.0, 2.0)


STEEP = ["elu", "selu", "celu", "hardswish", "silu", "mish", "softplus", "gelu", "logsigmoid"]


@pytest.mark.parametrize("name", STEEP)
def test_gradients_at_nan_are_nan(name):
    for dtype in ("float32", "float64"):
        x = numbers([NAN, 1.0] * 9, dtype)
        g = gradient(getattr(pyad.nn.functional, name)(x).sum(), x)
        assert all(math.isnan(v) for v in g[::2]), name
        assert all(math.isfinite(v) for v in g[1::2])


def test_maxima_of_bags_show_nan():
    weight = numbers([[1.0, NAN], [2.0, 5.0], [0.0, 1.0]])
    index, starts = pyad.tensor([1, 0, 2, 2]), pyad.tensor([0, 3])
    y = pyad.nn.functional.embedding_bag(index, weight, starts, mode="max")
    assert (y[0, 0].item(), y[1].tolist()) == (2.0, [0.0, 1.0])
    assert math.isnan(y[0, 1].item())
    assert gradient(y.sum(), weight) == [[0, 1], [1, 0], [1, 1]]


def test_strided_views_beyond_their_tensor():
    x = numbers([1.0, 2.0, 3.0, 4.0])
    weights = numbers([1.0, 10.0, 100.0], grad=False)
    for v in (x[1:3], x[::2], x.reshape(2, 2)[1]):
        y = v.as_strided((3,), (1,), 0)
        assert y.tolist() == [1, 2, 3]
        (first,) = pyad.autograd.grad((y**3 * weights).sum(), x, create_graph=True)
        assert first.tolist() == [3, 120, 2700, 0]
        assert gradient(first.sum(), x) == [6, 120, 1800, 0]
    row = numbers([1.0, 2.0, 3.0, 4.0]).detach()
    for lone in (row[:2].detach(), row[::2].detach()):
        assert lone.as_strided((3,), (1,), 0).tolist() == [1, 2, 3]
        lone.requires_grad_()
        with pytest.raises(RuntimeError, match="no element"):
            lone.as_strided((3,), (1,), 0)
        assert gradient(lone.as_strided((2,), lone.stride(), 0).sum(), lone) == [1, 1]


COPIES = {
    "channel_shuffle": lambda lib, x: lib.nn.functional.channel_shuffle(x, 1),
    "channel_shuffle by one": lambda lib, x: lib.nn.functional.channel_shuffle(x, 4),
    "pixel_shuffle": lambda lib, x: lib.nn.functional.pixel_shuffle(x, 1),
    "pixel_unshuffle": lambda lib, x: lib.nn.functional.pixel_unshuffle(x, 1),
    "pad": lambda lib, x: lib.nn.functional.pad(x, (0, 0)),
    "reflect": lambda lib, x: lib.nn.functional.pad(x, (0, 0, 0, 0), mode="reflect"),
    "interpolate": lambda lib, x: lib.nn.functional.interpolate(x, scale_factor=1),
    "adaptive_avg_pool2d": lambda lib, x: lib.nn.functional.adaptive_avg_pool2d(x, (2, 2)),
    "avg_pool2d": lambda lib, x: lib.nn.functional.avg_pool2d(x, 1),
    "max_pool2d": lambda lib, x: lib.nn.functional.max_pool2d(x, 1),
    "repeat": lambda lib, x: x.repeat(1, 1, 1, 1),
    "tile": lambda lib, x: x.tile(1),
    "repeat_interleave": lambda lib, x: x.repeat_interleave(1, 0),
    "roll": lambda lib, x: x.roll(0, 0),
    "flip": lambda lib, x: x.flip(()),
    "rot90": lambda lib, x: lib.rot90(x, 0),
    "cat": lambda lib, x: lib.cat([x]),
    "stack": lambda lib, x: lib.stack([x]),
    "hstack": lambda lib, x: lib.hstack([x]),
    "vstack": lambda lib, x: lib.vstack([x]),
    "dstack": lambda lib, x: lib.dstack([x]),
    "index_select": lambda lib, x: x.index_select(0, lib.tensor([0])),
    "index": lambda lib, x: x[lib.tensor([0])],
    "mask": lambda lib, x: x[lib.tensor([True])],
    "take_along_dim": lambda lib, x: lib.take_along_dim(x, lib.zeros(1, 4, 2, 2).long(), 0),
    "gather": lambda lib, x: x.gather(0, lib.zeros(1, 4, 2, 2).long()),
    "masked_fill": lambda lib, x: x.masked_fill(lib.tensor([False]), 1),
    "clamp": lambda lib, x: x.clamp(min=-1),
    "relu": lambda lib, x: x.relu(),
    "abs": lambda lib, x: x.abs(),
    "nan_to_num": lambda lib, x: x.nan_to_num(),
    "cumsum": lambda lib, x: x.cumsum(0),
    "sort": lambda lib, x: x.sort(0)[0],
    "where": lambda lib, x: lib.where(x == x, x, x),
    "triu": lambda lib, x: x.triu(-9),
    "tril": lambda lib, x: x.tril(9),
    "dropout": lambda lib, x: lib.nn.functional.dropout(x, 0.0),
    "dropout, not training": lambda lib, x: lib.nn.functional.dropout(x, 0.5, False),
    "normalize": lambda lib, x: lib.nn.functional.normalize(x),
    "expand": lambda lib, x: x.expand(1, 4, 2, 2),
    "contiguous": lambda lib, x: x.contiguous(),
    "reshape": lambda lib, x: x.reshape(4, 4),
    "flatten": lambda lib, x: x.flatten(),
    "to": lambda lib, x: x.to(lib.float32),
    "float": lambda lib, x: x.float(),
    "clone": lambda lib, x: x.clone(),
    "positive": lambda lib, x: +x,
    "squeeze": lambda lib, x: x.squeeze(),
    "movedim": lambda lib, x: x.movedim(0, 1),
    "broadcast_to": lambda lib, x: lib.broadcast_to(x, (1, 4, 2, 2)),
    "atleast_3d": lambda lib, x: lib.atleast_3d(x),
    "unfold": lambda lib, x: lib.nn.functional.unfold(x, 1),
    "einsum": lambda lib, x: lib.einsum("abcd->abcd", x),
    "diff": lambda lib, x: lib.diff(x, n=0) if hasattr(lib, "diff") else x,
    "narrow": lambda lib, x: x.narrow(0, 0, 1),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_where_pytorch_copies(name):
    import torch

    kept = []
    for lib in (torch, pyad):
        x = lib.arange(1.0, 17.0).reshape(1, 4, 2, 2)
        COPIES[name](lib, x).zero_()
        kept.append(x.tolist())
    assert kept[0] == kept[1]


def test_nan_is_left_out_before_a_dtype_makes_something_of_it():
    x = pyad.tensor([1.0, NAN, 2.7])
    assert pyad.nansum(x, dtype=pyad.int64).item() == 3
    assert pyad.nansum(x, dim=0, dtype=pyad.int32).item() == 3
    assert pyad.nansum(pyad.tensor([0.0, NAN]), dtype=pyad.bool).item() is False


def test_truths_between_truths_are_truths():
    x, low, high = pyad.tensor([True, False]), pyad.tensor([False]), pyad.tensor([True])
    for y in (
        x.clamp(min=True),
        x.clamp(max=False),
        x.clamp(False, True),
        x.clamp(low, high),
        x.clamp(min=high),
        pyad.clip(x, max=low),
        pyad.clamp_min(x, True),
        pyad.clamp_max(x, False),
    ):
        assert y.dtype == pyad.bool
    assert x.clamp(min=True).tolist() == [True, True]
    assert x.clamp(max=False).tolist() == [False, False]
    assert x.clamp(min=2).dtype == pyad.int64
    assert x.clamp(0.25, 0.5).tolist() == [0.5, 0.25]
