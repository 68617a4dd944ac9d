"""In-place writes, views and assignment under differentiation, compared with PyTorch.

Where PyTorch refuses because a saved value was overwritten, pyad's saved values are what they were;
those programs are compared with their out-of-place form.
"""

import itertools

import numpy as np
import pytest
import torch

import pyad
from same import plain, same, same_error, tensor

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def leaf(lib, data=X):
    return tensor(lib, data)


def base(lib, x):
    """A non-leaf that may be written to."""
    return x * 1.5


WRITES = {
    "mul_ by a number": lambda t, w: t.mul_(3),
    "mul_ by a tensor": lambda t, w: t.mul_(w),
    "add_": lambda t, w: t.add_(w),
    "+=": lambda t, w: t.__iadd__(w),
    # PyTorch refuses t.mul_(t), whose backward needs what it overwrites.
    "*= itself": lambda t, w: t.mul_(t if isinstance(t, pyad.Tensor) else t.clone()),
    "sin_": lambda t, w: t.sin_(),
    "exp_": lambda t, w: t.exp_(),
    "zero_": lambda t, w: t.zero_(),
    "fill_": lambda t, w: t.fill_(2.5),
    "copy_ a leaf": lambda t, w: t.copy_(w),
    "copy_ a result": lambda t, w: t.copy_(w * 2),
    "copy_ a constant": lambda t, w: t.copy_(w.detach()),
    "clamp_": lambda t, w: t.clamp_(2.0, 6.0),
    "masked_fill_": lambda t, w: t.masked_fill_(t > 3, 0.5),
}

VIEWS = {
    "itself": lambda t: t,
    "row": lambda t: t[0],
    "column": lambda t: t[:, 1],
    "element": lambda t: t[1, 2],
    "slice": lambda t: t[:, ::2],
    "transposed": lambda t: t.t(),
    "reshaped": lambda t: t.view(3, 2),
    "flat": lambda t: t.view(-1)[1:4],
    "diagonal": lambda t: t.diagonal(),
    "select of transposed": lambda t: t.t()[1],
    "narrow": lambda t: t.narrow(1, 1, 2),
    "unsqueezed": lambda t: t.unsqueeze(0),
    "chunk": lambda t: t[:1],
}


@pytest.mark.parametrize(("view", "write"), list(itertools.product(VIEWS, WRITES)))
def test_write_through_a_view(view, write):
    def program(lib):
        x, w = leaf(lib), tensor(lib, 1.7)
        y = base(lib, x)
        v = VIEWS[view](y)
        WRITES[write](v, w)
        weight = tensor(lib, [[1.0, 2.0, 3.0], [5.0, 7.0, 11.0]], False)
        loss = (y * weight).sum() + (v * v).sum()
        grads = lib.autograd.grad(loss, [x, w], allow_unused=True)
        return [y, v, *grads, y.requires_grad, y.is_leaf, v.requires_grad]

    same(program)


@pytest.mark.parametrize(
    ("view", "write"),
    list(itertools.product(VIEWS, ["mul_ by a tensor", "copy_ a result", "sin_"])),
)
def test_second_derivatives_of_writes(view, write):
    def program(lib):
        x, w = leaf(lib), tensor(lib, 1.7)
        y = base(lib, x)
        WRITES[write](VIEWS[view](y), w)
        loss = (y * y).sum()
        first = lib.autograd.grad(loss, [x, w], create_graph=True, allow_unused=True)
        total = sum((g * g).sum() for g in first if g is not None)
        return [*first, *lib.autograd.grad(total, [x, w], allow_unused=True)]

    same(program)


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product(["row", "column", "reshaped", "flat"], repeat=2))
)
def test_writes_through_several_aliases(first, second):
    def program(lib):
        x, w = leaf(lib), tensor(lib, [0.5, 1.5])
        y = base(lib, x)
        a, b = VIEWS[first](y), VIEWS[second](y)
        keep = y.view(-1)[2:5]
        a.mul_(w[0])
        b.add_(w[1])
        y.mul_(2)
        a.sub_(1)
        weight = tensor(lib, [[1.0, 2.0, 3.0], [5.0, 7.0, 11.0]], False)
        loss = (y * weight).sum() + (a * a).sum() + (b.sin()).sum() + (keep * 3).sum()
        return [y, a, b, keep, *lib.autograd.grad(loss, [x, w])]

    same(program)


def test_a_view_of_a_constant_becomes_differentiable():
    # PyTorch takes such a view for a leaf once its base has a history, and refuses to write to it.
    w = tensor(pyad, [2.0, 3.0])
    y = pyad.zeros(2, 2, dtype=pyad.float64)
    v, other = y[0], y[:, 0]
    assert not v.requires_grad
    y[1] = w
    assert v.requires_grad
    assert other.requires_grad
    v.copy_(w * w)
    assert y.tolist() == [[4.0, 9.0], [2.0, 3.0]]
    loss = (y * y).sum() + other.sum()
    v0, v1 = 2.0, 3.0
    expected = [4 * v0**3 + 2 * v0 + 2 * v0 + 1, 4 * v1**3 + 2 * v1]
    assert pyad.autograd.grad(loss, w)[0].tolist() == expected


def test_a_stale_view_is_recorded_right():
    def program(lib):
        w = tensor(lib, [2.0, 3.0])
        y = lib.zeros(2, dtype=lib.float64)
        v = y[0]
        y.add_(w)
        return [*lib.autograd.grad(v * 2, w)]

    same(program)


def test_history_can_end():
    def program(lib):
        x = leaf(lib)
        y = base(lib, x)
        v = y[0]
        with lib.no_grad():
            y.mul_(2)
        loss = v.sum()
        return [y, v, y.requires_grad, lib.autograd.grad(loss, x)[0]]

    same(program)


def test_assignment():
    def program(lib):
        x, w = leaf(lib), tensor(lib, [0.5, 1.5, 2.5])
        y = base(lib, x)
        y[0] = w
        y[:, 1] = w[0] * 2
        y[1, 2] = 7.0
        y[y > 6] = 0.25
        y[[0, 1], [2, 0]] = w[1:]
        return [y, *lib.autograd.grad((y * y).sum(), [x, w])]

    same(program)


def test_recurrence_written_in_place():
    def program(lib):
        a = tensor(lib, 0.9)
        y = lib.zeros(12, dtype=lib.float64)
        y[0] = a
        for i in range(1, 12):
            y[i] = (y[i - 1] * a).sin() + 0.1 if lib is pyad else (y[i - 1].clone() * a).sin() + 0.1
        return [y, *lib.autograd.grad(y.sum(), a)]

    same(program)


def test_swap_of_parts():
    def program(lib):
        x = leaf(lib)
        y = base(lib, x)
        y[0], y[1] = y[1].clone(), y[0].clone()
        return [y, *lib.autograd.grad((y[0] * y[0]).sum(), x)]

    same(program)


def test_overlapping_copy_within_one_array():
    def program(lib):
        x = tensor(lib, [1.0, 2.0, 3.0, 4.0])
        y = base(lib, x)
        y[1:] = y[:-1].clone()
        return [y, *lib.autograd.grad((y * tensor(lib, [1.0, 2.0, 3.0, 4.0], False)).sum(), x)]

    same(program)
    y = pyad.arange(5, dtype=pyad.float64)
    y[1:] = y[:-1]  # PyTorch leaves this undefined
    assert y.tolist() == [0.0, 0.0, 1.0, 2.0, 3.0]


# --- saved values -------------------------------------------------------------------------------


def test_saved_values_never_change():
    x = tensor(pyad, [0.5, 1.5])
    y = x * 2
    z = y.exp()
    s = (y * z).sum()
    y.mul_(100)
    z.zero_()
    (g,) = pyad.autograd.grad(s, x)
    v = np.array([0.5, 1.5])
    np.testing.assert_allclose(g.numpy(), 2 * np.exp(2 * v) * (1 + 2 * v), rtol=1e-12)


def test_saved_leaf_updated_without_grad():
    w = tensor(pyad, [2.0, 3.0])
    loss = (w * w).sum()
    with pyad.no_grad():
        w -= 0.5
    (g,) = pyad.autograd.grad(loss, w)
    assert g.tolist() == [4.0, 6.0]
    assert w.tolist() == [1.5, 2.5]


def test_saved_part_of_an_array_written_elsewhere():
    x = tensor(pyad, [1.0, 2.0, 3.0, 4.0])
    y = x * 1
    square = y[:2] * y[:2]
    y[2:] = 0
    loss = square.sum() + y.sum()
    assert pyad.autograd.grad(loss, x)[0].tolist() == [3.0, 5.0, 0.0, 0.0]


def test_a_value_saved_from_memory_that_numpy_writes():
    array = np.array([1.0, 2.0])
    c = pyad.from_numpy(array)
    x = tensor(pyad, [3.0, 4.0])
    y = (x * c).sum()
    array[:] = 100
    assert pyad.autograd.grad(y, x)[0].tolist() == [1.0, 2.0]


def test_a_saved_value_shown_to_numpy_later():
    x = tensor(pyad, [3.0, 4.0])
    c = pyad.tensor([1.0, 2.0], dtype=pyad.float64)
    y = (x * c).sum()
    c.numpy()[:] = 100
    assert c.tolist() == [100.0, 100.0]
    assert pyad.autograd.grad(y, x)[0].tolist() == [1.0, 2.0]


def test_many_small_saves_of_a_large_array_stay_small():
    x = tensor(pyad, 1.0)
    y = pyad.zeros(4000, dtype=pyad.float64)
    y[0] = x
    before = pyad._core.live_counts()["bytes"]
    for i in range(1, 200):
        y[i] = y[i - 1] * y[i - 1]
    assert pyad._core.live_counts()["bytes"] - before < 100 * 32_000
    assert pyad.autograd.grad(y[5], x)[0].item() == 32.0


# --- what is refused -----------------------------------------------------------------------------


REFUSED = {
    "leaf": lambda lib: leaf(lib).mul_(2),
    "leaf +=": lambda lib: leaf(lib).__iadd__(1),
    "leaf zero_": lambda lib: leaf(lib).zero_(),
    "leaf copy_": lambda lib: leaf(lib).copy_(lib.zeros(2, 3)),
    "leaf assignment": lambda lib: leaf(lib).__setitem__(0, 1.0),
    "view of a leaf": lambda lib: leaf(lib)[0].mul_(2),
    "view of a view of a leaf": lambda lib: leaf(lib).t()[0].zero_(),
    "expanded": lambda lib: (tensor(lib, [1.0]) * 2).expand(3).mul_(2),
    "expanded constant": lambda lib: lib.ones(1).expand(3).add_(1),
    "larger operand": lambda lib: (tensor(lib, [1.0, 2.0]) * 2).add_(lib.ones(3, 2)),
    "wrong shape": lambda lib: lib.ones(2, 3).copy_(lib.ones(4)),
    "integer target": lambda lib: lib.ones(2, dtype=lib.int64).add_(1.5),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_writes(case):
    same_error(REFUSED[case])


def test_a_refused_write_changes_nothing():
    x = leaf(pyad)
    with pytest.raises(RuntimeError, match="leaf"):
        x[0] = 100.0
    with pytest.raises(RuntimeError, match="leaf"):
        x.exp_()
    assert x.tolist() == X
    assert x._version == 0


def test_leaves_may_be_written_without_grad():
    def program(lib):
        x = leaf(lib)
        (x * x).sum().backward()
        with lib.no_grad():
            x.sub_(x.grad * 0.1)
            x[0].mul_(2)
            x[1, 1] = 9
        return [x, x.is_leaf, x.requires_grad]

    same(program)


def test_detached_memory():
    def program(lib):
        x = leaf(lib)
        x.detach().mul_(2)
        y = base(lib, x)
        d = y.detach()
        d[0] = 5.0
        return [x, y, d, *lib.autograd.grad((y * 3).sum(), x)]

    same(program)


@pytest.mark.parametrize("layout", ["a view", "its own memory"])
@pytest.mark.parametrize("written", ["detached", "part of it"])
def test_a_recorded_write_to_detached_memory_leaves_the_graph_of_others(layout, written):
    """The leaf may itself show memory of a constant: its views are no business of that one's."""
    w = tensor(pyad, [1.0, 2.0])
    x = pyad.ones(3, 2, dtype=pyad.float64)
    x = (x.t() if layout == "a view" else x.t().clone()).requires_grad_()
    y = x[:, 0]
    other = y.detach()
    (other if written == "detached" else other[:]).mul_(w)
    assert y.requires_grad
    assert other.requires_grad
    found = pyad.autograd.grad((y * 3).sum() + other.sum(), [x, w])
    assert [g.tolist() for g in found] == [[[3.0, 0.0, 0.0]] * 2, [1.0, 1.0]]


def test_leaves_without_grad_may_take_history():
    def program(lib):
        w = tensor(lib, [1.0, 2.0, 3.0])
        y = lib.ones(2, 3, dtype=lib.float64)
        y.mul_(w)
        y.add_(y.clone().sin())
        return [y, y.is_leaf, *lib.autograd.grad(y.sum(), w)]

    same(program)


def test_float32_target_of_a_float64_value():
    def program(lib):
        w = tensor(lib, [1.0, 2.0, 3.0])
        y = lib.ones(2, 3, dtype=lib.float32)
        y.copy_(w)
        y[0] = w[1]
        return [y, *lib.autograd.grad((y * y).sum(), w)]

    same(program)


def test_hooks_stay_with_the_value_they_watch():
    def program(lib):
        seen = []
        x = leaf(lib)
        y = base(lib, x)
        y.register_hook(lambda g: seen.append(["before", g.clone()]))
        y.mul_(3)
        y.register_hook(lambda g: seen.append(["after", g.clone()]))
        y.sum().backward()
        return [seen, x.grad]

    same(program)


def test_hooks_on_a_copied_value_are_its_own():
    def program(lib):
        seen = []
        x = leaf(lib)
        z = x * 2
        y = lib.zeros(2, 3, dtype=lib.float64)
        y.copy_(z)
        y.register_hook(lambda g: seen.append(g.clone()))
        y.retain_grad()
        (y.sum() + (z * 5).sum()).backward()
        return [seen, y.grad, x.grad]

    same(program)


def test_copy_of_a_leaf_is_no_leaf():
    def program(lib):
        seen = []
        x = leaf(lib)
        y = lib.zeros(2, 3, dtype=lib.float64)
        y.copy_(x)
        y.register_hook(lambda g: g * 10)
        y.retain_grad()
        y.sum().backward()
        return [y.is_leaf, y.grad, x.grad, seen]

    same(program)


def test_version_counts_writes():
    def program(lib):
        x = lib.zeros(3)
        v = x[1:]
        versions = [x._version]
        for write in (lambda: x.add_(1), lambda: v.mul_(2), lambda: x.__setitem__(0, 4.0)):
            write()
            versions.append((x._version > versions[-1]) if versions else 0)
            versions.append(x._version)
        return [x._version == v._version, x._version >= 3]

    same(program)


# --- random programs ---------------------------------------------------------------------------


def random_program(seed):
    """Views and writes in random order, on two arrays that share a leaf."""

    def program(lib, x, w):
        rng = np.random.default_rng(seed)
        pool = [x * 1.25, lib.ones(3, 4, dtype=lib.float64)]
        for _ in range(12):
            t = pool[rng.integers(len(pool))]
            action = rng.integers(9)
            if action == 0:
                pool.append(t[int(rng.integers(t.shape[0]))] if len(t.shape) else t.view(1))
            elif action == 1 and len(t.shape) == 2:
                pool.append(t.t())
            elif action == 2 and len(t.shape):
                pool.append(t[1:] if t.shape[0] > 1 else t)
            elif action == 3:
                t.mul_(float(rng.uniform(0.5, 1.5)))
            elif action == 4:
                t.add_(w[int(rng.integers(4))])
            elif action == 5:
                t.copy_((t * 0.5).sin())
            elif action == 6:
                other = pool[rng.integers(len(pool))]
                if tuple(other.shape) == tuple(t.shape):
                    t.add_(other * 0.5)
            elif action == 7:
                pool.append(t.clone())
            elif action == 8:
                t.fill_(0.75)
        weights = np.random.default_rng(seed + 1)
        loss = sum(
            (p * tensor(lib, weights.uniform(-1, 1, tuple(p.shape)), False)).sum() for p in pool
        )
        return loss, *pool

    return program


@pytest.mark.parametrize("seed", range(150))
def test_random_programs_of_views_and_writes(seed):
    rng = np.random.default_rng(seed)
    x0, w0 = rng.uniform(0.5, 1.5, (3, 4)), rng.uniform(0.5, 1.5, 4)
    program = random_program(seed)

    def run(lib):
        x, w = tensor(lib, x0), tensor(lib, w0)
        loss, *pool = program(lib, x, w)
        if not loss.requires_grad:
            return [*pool, loss]
        return [*pool, loss, *lib.autograd.grad(loss, [x, w], allow_unused=True)]

    try:
        run(torch)
    except RuntimeError:
        # What PyTorch refuses (a view that it takes for a leaf), finite differences decide.
        inputs = (tensor(pyad, x0), tensor(pyad, w0))
        assert pyad.autograd.gradcheck(lambda x, w: program(pyad, x, w)[0], inputs)
    else:
        same(run, rtol=1e-9)


def test_random_programs_in_forward_mode():
    from pyad.autograd import forward_ad

    for seed in range(40):
        rng = np.random.default_rng(seed)
        data, step = rng.uniform(0.5, 1.5, (3, 4)), rng.uniform(-1, 1, (3, 4))

        def run(x, seed=seed):
            rng = np.random.default_rng(seed + 1000)
            y = x * 1.25
            views = [y, y[1], y.t(), y.view(-1)[2:9], y[:, 1:3]]
            for _ in range(6):
                t = views[rng.integers(len(views))]
                if rng.integers(2):
                    t.mul_(float(rng.uniform(0.5, 1.5)))
                else:
                    t.copy_((t * t).sin())
            return sum((v * v).sum() for v in views)

        x = tensor(pyad, data)
        (g,) = pyad.autograd.grad(run(x), x)
        with forward_ad.dual_level():
            out = run(
                forward_ad.make_dual(x.detach(), pyad.tensor(step.tolist(), dtype=pyad.float64))
            )
            tangent = forward_ad.unpack_dual(out).tangent
        np.testing.assert_allclose(tangent.item(), (plain(g) * step).sum(), rtol=1e-10)


@pytest.mark.parametrize("seed", range(40))
def test_second_derivatives_of_random_programs(seed):
    """Forward over reverse and reverse over reverse: two ways that share little code."""
    from pyad.autograd import forward_ad

    rng = np.random.default_rng(seed)
    x0, w0 = rng.uniform(0.5, 1.5, (3, 4)), rng.uniform(0.5, 1.5, 4)
    v = tensor(pyad, rng.uniform(-1, 1, (3, 4)), False)
    program = random_program(seed)

    def gradients(x, w, start):
        loss = program(pyad, start, w)[0]
        if not loss.requires_grad:
            return [pyad.zeros_like(x), pyad.zeros_like(w)]
        return pyad.autograd.grad(loss * loss, [x, w], create_graph=True, materialize_grads=True)

    x, w = tensor(pyad, x0), tensor(pyad, w0)
    with forward_ad.dual_level():
        tangents = [
            forward_ad.unpack_dual(g).tangent for g in gradients(x, w, forward_ad.make_dual(x, v))
        ]
    product = (gradients(x, w, x)[0] * v).sum()
    expected = (
        pyad.autograd.grad(product, [x, w], materialize_grads=True)
        if product.requires_grad
        else [pyad.zeros_like(x), pyad.zeros_like(w)]
    )
    for t, e in zip(tangents, expected, strict=True):
        t = np.zeros(e.shape) if t is None else plain(t)
        np.testing.assert_allclose(t, plain(e), rtol=1e-8, atol=1e-10)


def test_torch_and_numpy_agree_on_the_oracle():
    # The programs above trust torch's own in-place rules: one of them by hand.
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y[0] *= 3
    assert torch.autograd.grad(y.sum(), x)[0].tolist() == [3.0, 1.0]


# ---- written at once, without a copy: what must not change with it


@pytest.mark.parametrize("op", ["add", "mul", "sub", "div", "copysign", "atan2", "pow"])
def test_an_operand_that_is_the_target_or_a_part_of_it(op):
    """As if the result were computed first and written then (PyTorch refuses the last four)."""
    whole = pyad.arange(1.0, 13.0).reshape(3, 4)
    for target, operand in (
        (lambda x: x, lambda x: x),
        (lambda x: x, lambda x: x[1].clone()),
        (lambda x: x[1:], lambda x: 2.0),
        (lambda x: x, lambda x: x[0]),
        (lambda x: x, lambda x: x[0, 0]),
        (lambda x: x.view(-1)[1:], lambda x: x.view(-1)[:-1]),
        (lambda x: x.view(-1)[:-1], lambda x: x.view(-1)[1:]),
    ):
        x, y = whole.clone(), whole.clone()
        operand_of_y = operand(y)
        if isinstance(operand_of_y, pyad.Tensor):
            operand_of_y = operand_of_y.clone()
        expected = getattr(pyad, op)(target(y).clone(), pyad.as_tensor(operand_of_y))
        target(y).copy_(expected)
        getattr(target(x), op + "_")(operand(x))
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=3e-7)


def test_saved_values_stay_when_the_target_is_written_at_once():
    x = pyad.ones(4, requires_grad=True)
    w = pyad.full((4,), 3.0)
    y = x * w
    w.mul_(2.0)
    w += 1
    w.fill_(9.0)
    y.sum().backward()
    assert x.grad.tolist() == [3.0] * 4
    v = w.numpy()
    w.zero_()
    w.add_(5.0)
    assert v.tolist() == [5.0] * 4
    view = w[1:3]
    view.mul_(2.0)
    assert w.tolist() == [5.0, 10.0, 10.0, 5.0] == v.tolist()


def test_what_cannot_be_written_at_once_fails_before_anything_changed():
    for call in (
        lambda t: t.add_(1.5),
        lambda t: t.div_(2),
        lambda t: t.add_(pyad.ones(2, 3)),
        lambda t: t.remainder_(0),
    ):
        x = pyad.tensor([1, 2, 3])
        version = x._version
        with pytest.raises((RuntimeError, ValueError)):
            call(x)
        assert x.tolist() == [1, 2, 3]
        assert x._version == version
    leaf = pyad.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        leaf.mul_(2)
    with pyad.no_grad():
        leaf.mul_(2)
    assert leaf.tolist() == [2.0, 2.0]
    y = leaf * 1
    y.mul_(3)
    y.sum().backward()
    assert leaf.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("n", [1, 63, 1000, 300_001])
def test_fills(dtype, n):
    value = {"bool": True, "uint8": 200}.get(dtype, -7)
    dtype = getattr(pyad, dtype)
    x = pyad.full((n,), value, dtype=dtype)
    assert (x == value).all()
    x.zero_()
    assert not x.any()
    part = x[n // 2 :]
    part.fill_(value)
    assert (x.to(pyad.float64).sum() - float(value) * (n - n // 2)).item() == 0
    wide = pyad.tensor([value], dtype=dtype).expand(n).contiguous()
    assert (wide == value).all()
    step = pyad.zeros(2 * n, dtype=dtype)
    step[::2].fill_(value)
    assert (step[::2] == value).all()
    assert not step[1::2].any()


@pytest.mark.parametrize("write", ["tril_", "triu_", "cumsum_", "cumprod_"])
def test_a_result_brings_its_memory(write):
    """Nothing is copied where the target owns its whole memory and nobody else looks at it."""
    arguments = (0,) if write.startswith("cum") else ()
    x = pyad.randn(3, 3)
    before = x.data_ptr()
    getattr(x, write)(*arguments)
    assert x.data_ptr() != before

    whole = pyad.randn(4, 3)
    part = whole[1:]
    before = part.data_ptr()
    getattr(part, write)(*arguments)
    assert part.data_ptr() == before

    seen = pyad.randn(3, 3)
    array = seen.numpy()
    getattr(seen, write)(*arguments)
    assert seen.data_ptr() == array.ctypes.data
    np.testing.assert_array_equal(array, seen.numpy())
