"""Hooks on gradients and on nodes, and the nodes themselves."""

import gc
import weakref

import numpy as np
import pytest
import torch

import pyad
from same import same, same_error, tensor


def grads(*xs):
    return [x.grad for x in xs]


# --- hooks ---------------------------------------------------------------------------------------


def test_hooks_run_in_order_and_replace():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        y = x * 2

        def hook(name, factor):
            def run(g):
                seen.append([name, g.clone()])
                return None if factor is None else g * factor

            return run

        y.register_hook(hook("a", 3))
        y.register_hook(hook("b", None))
        y.register_hook(hook("c", 5))
        x.register_hook(hook("leaf", 7))
        x.register_hook(hook("leaf again", None))
        x.register_post_accumulate_grad_hook(lambda leaf: seen.append(["after", leaf.grad.clone()]))
        (y * y).sum().backward()
        return [seen, x.grad]

    same(program)


def test_hooks_fire_once_a_pass_with_the_whole_gradient():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        x.register_hook(lambda g: seen.append(g.clone()))
        (x * x + x.sin() + x).sum().backward()
        return seen

    same(program)


def test_hooks_apply_to_grad_as_well():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 2
        y.register_hook(lambda g: g * 10)
        x.register_hook(lambda g: g * 100)
        # Asked for both at once, PyTorch gives y's gradient as it was before the hook.
        z = y.sum()
        (gy,) = lib.autograd.grad(z, y, retain_graph=True)
        return [gy, *lib.autograd.grad(z, x)]

    same(program)


def test_hook_removal():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        one = x.register_hook(lambda g: seen.append(1))
        x.register_hook(lambda g: seen.append(2))
        x.sum().backward()
        one.remove()
        one.remove()
        x.sum().backward()
        with x.register_hook(lambda g: seen.append(3)):
            x.sum().backward()
        x.sum().backward()
        return seen

    same(program)


def test_a_hook_may_remove_itself_and_add_others():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])

        def once(g):
            seen.append("once")
            handle.remove()
            x.register_hook(lambda g: seen.append("added"))

        handle = x.register_hook(once)
        x.sum().backward()
        x.sum().backward()
        return seen

    same(program)


@pytest.mark.parametrize("result", ["number", "shape", "dtype"])
def test_wrong_hook_results(result):
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        x.register_hook(
            lambda g: {"number": 3, "shape": g.sum(), "dtype": g.to(lib.float32)}[result]
        )
        x.sum().backward()

    if result == "number":
        with pytest.raises(TypeError, match="must return a Tensor"):
            program(pyad)
    else:
        same_error(program, "has changed the")


def test_an_exception_in_a_hook_passes_through():
    x, y = tensor(pyad, [1.0, 2.0]), tensor(pyad, [3.0, 4.0])

    def fail(g):
        raise ZeroDivisionError("in the hook")

    z = x * y
    handle = z.register_hook(fail)
    root = z.sum()
    with pytest.raises(ZeroDivisionError, match="in the hook"):
        root.backward(retain_graph=True)
    assert x.grad is None
    assert pyad.is_grad_enabled()
    handle.remove()
    root.backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_hooks_that_write_into_their_argument():
    x, y = tensor(pyad, [1.0, 2.0]), tensor(pyad, [3.0, 4.0])
    g = pyad.ones(2, dtype=pyad.float64)
    z = x + y
    x.register_hook(lambda g: g.mul_(10))

    def write(g):
        g.mul_(100)

    y.register_hook(write)
    z.backward(g)
    assert x.grad.tolist() == [10.0, 10.0]
    assert y.grad.tolist() == [100.0, 100.0]
    assert g.tolist() == [1.0, 1.0]


def test_the_mode_inside_hooks():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        x.register_hook(lambda g: seen.append([lib.is_grad_enabled(), g.requires_grad]))
        (x * x).sum().backward()
        lib.autograd.grad((x * x).sum(), x, create_graph=True)
        return seen

    same(program)


def test_a_mode_left_on_by_a_hook_ends_with_it():
    seen = []
    x = tensor(pyad, [1.0, 2.0])
    y = x * 2
    y.register_hook(lambda g: pyad.set_grad_enabled(True) and None)
    x.register_hook(lambda g: seen.append(pyad.is_grad_enabled()))
    y.sum().backward()
    assert seen == [False]


def test_backward_inside_a_hook():
    def program(lib):
        seen = []
        x, w = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])

        def hook(g):
            with lib.enable_grad():
                (w * w * g.detach()).sum().backward()
            seen.append(w.grad.clone())

        y = x * 2
        y.register_hook(hook)
        (y * y).sum().backward()
        return [seen, *grads(x, w)]

    same(program)


def test_backward_inside_a_hook_on_the_same_graph():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x.exp()
        z = (y * y).sum()
        inner = []

        def hook(g):
            if not inner:
                inner.append(None)
                inner.append(lib.autograd.grad(z, x, retain_graph=True)[0])

        handle = y.register_hook(hook)
        z.backward(retain_graph=True)
        handle.remove()  # it refers to z, whose graph leads to it
        return [inner, x.grad]

    same(program)


def test_a_graph_freed_by_a_hook_raises():
    x = tensor(pyad, [1.0, 2.0])
    y = x.exp()
    z = (y * y).sum()
    done = []

    def hook(g):
        if not done:
            done.append(True)
            z2.backward()

    z2 = (y * 1).sum()
    z.register_hook(hook)
    with pytest.raises(RuntimeError, match="another backward pass"):
        z.backward()


def test_hook_on_a_leaf_that_changes_its_grad():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])

        def step(leaf):
            with lib.no_grad():
                leaf -= 0.5 * leaf.grad
            leaf.grad = None

        x.register_post_accumulate_grad_hook(step)
        (x * x).sum().backward()
        (x * x).sum().backward()
        return [x, x.grad]

    same(program)


def test_hook_cycles_are_collected():
    class Mark:
        pass

    marks = []
    for leaf in (True, False):
        x = tensor(pyad, [1.0, 2.0])
        t = x if leaf else x * 2
        mark = Mark()
        marks.append(weakref.ref(mark))
        t.register_hook(lambda g, t=t, mark=mark: None)
        if leaf:
            t.register_post_accumulate_grad_hook(lambda p, t=t, mark=mark: None)
        t.sum().backward()
        del x, t, mark
    gc.collect()
    assert [m() for m in marks] == [None, None]


def test_node_hook_cycles_are_collected():
    class Mark:
        pass

    mark = Mark()
    alive = weakref.ref(mark)
    y = tensor(pyad, [1.0, 2.0]) * 2
    y.grad_fn.register_hook(lambda a, b, y=y, mark=mark: None)
    gc.collect()
    assert alive() is mark
    del y, mark
    gc.collect()
    assert alive() is None


# --- nodes ----------------------------------------------------------------------------------------


def test_grad_fn():
    x = tensor(pyad, [1.0, 2.0])
    y = (x * 2).log_softmax(0)
    assert x.grad_fn is None
    assert y.grad_fn is y.grad_fn
    assert y.grad_fn == y.grad_fn
    assert len({y.grad_fn, y.grad_fn}) == 1
    assert y.grad_fn.name() == "LogSoftmaxBackward0"
    assert repr(y.grad_fn).startswith("<LogSoftmaxBackward0 object at 0x")
    ((mul, nr),) = y.grad_fn.next_functions
    assert (mul.name(), nr) == ("MulBackward0", 0)
    leaves = [n for n, _ in mul.next_functions if n is not None]
    assert [n.name() for n in leaves] == ["AccumulateGrad"]
    assert leaves[0].variable is x
    assert not hasattr(mul, "variable")
    mul.metadata["note"] = 1
    assert y.grad_fn.next_functions[0][0].metadata == {"note": 1}


def test_flags_of_tensors():
    def program(lib):
        x = tensor(lib, [[1.0, 2.0], [3.0, 4.0]])
        y = x * 2
        a, b = y.unbind()
        z = y.detach()
        result = [(t.requires_grad, t.is_leaf, t.grad_fn is None) for t in (x, y, a, b, z)]
        y.requires_grad_()
        return [*result, b.output_nr, z.requires_grad_().is_leaf, lib.ones(2).is_leaf]

    same(program)


def test_node_hooks():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        y = x * 2
        z = y.sin()
        z.grad_fn.register_prehook(lambda gs: (gs[0] * 10,))
        z.grad_fn.register_hook(lambda ins, outs: seen.append([list(ins), list(outs)]))
        z.grad_fn.register_hook(lambda ins, outs: (ins[0] * 100,))
        y.grad_fn.register_hook(lambda ins, outs: seen.append(list(outs)))
        z.sum().backward()
        return [seen, x.grad]

    same(program)


ONE_RESULT = {  # beside what only the rule keeps: places, statistics, a square
    "max": lambda lib, x: x.max(0)[0],
    "median": lambda lib, x: x.median(0)[0],
    "mode": lambda lib, x: x.mode(0)[0],
    "sort": lambda lib, x: x.sort()[0],
    "topk": lambda lib, x: x.topk(1)[0],
    "kthvalue": lambda lib, x: x.kthvalue(1)[0],
    "cummax": lambda lib, x: x.cummax(0)[0],
    "cummin": lambda lib, x: x.cummin(0)[0],
    "max_pool1d": lambda lib, x: lib.nn.functional.max_pool1d(x.reshape(1, 4), 2),
    "max_pool2d": lambda lib, x: lib.nn.functional.max_pool2d(x.reshape(1, 2, 2), 2),
    "batch_norm": lambda lib, x: lib.nn.functional.batch_norm(
        x.reshape(2, 2), None, None, training=True
    ),
    "cross_entropy": lambda lib, x: lib.nn.functional.cross_entropy(x, lib.tensor(1)),
    "abs": lambda lib, x: x.abs(),
    "norm": lambda lib, x: x.norm(),
    "std": lambda lib, x: x.std(),
}


@pytest.mark.parametrize("name", ONE_RESULT)
def test_node_hooks_see_the_results_that_have_gradients(name):
    def program(lib):
        seen = []
        x = tensor(lib, [3.0, 1.0, 4.0, 1.5])
        y = ONE_RESULT[name](lib, x)
        y.grad_fn.register_prehook(lambda gs: seen.append([tuple(g.shape) for g in gs]))
        y.grad_fn.register_hook(lambda ins, outs: seen.append([tuple(g.shape) for g in outs]))
        y.grad_fn.register_prehook(lambda gs: tuple(2 * g for g in gs))
        y.sum().backward()
        return [seen, x.grad]

    same(program, rtol=1e-6)


def test_hooks_on_an_accumulator():
    def program(lib):
        seen = []
        x = tensor(lib, [1.0, 2.0])
        y = x.exp()
        acc = y.grad_fn.next_functions[0][0]
        acc.register_prehook(lambda gs: (gs[0] * 2,))
        acc.register_hook(lambda ins, outs: seen.append([len(ins), x.grad.clone()]))
        y.sum().backward()
        return [seen, x.grad]

    same(program)


def test_a_node_keeps_its_graph():
    x = tensor(pyad, [1.0, 2.0])
    node = (x * 2).exp().grad_fn
    gc.collect()
    assert node.next_functions[0][0].name() == "MulBackward0"


def test_an_object_that_is_being_freed_is_not_handed_out():
    x = tensor(pyad, [1.0, 2.0])
    y = x * 2
    seen = []
    node = y.grad_fn.next_functions[0][0]
    watch = weakref.ref(x, lambda _: seen.append(node.variable))
    del x
    assert watch() is None
    assert seen[0].tolist() == [1.0, 2.0]
    assert node.variable is seen[0]
    y.sum().backward()
    assert seen[0].grad.tolist() == [2.0, 2.0]


# Functions whose rules read their result, which may be watched.
OF_RESULTS = {
    "exp2": lambda lib, x: lib.exp2(x),
    "exp": lambda lib, x: lib.exp(x),
    "1 / x": lambda lib, x: 1 / x,
    "quotient": lambda lib, x: (x + 2) / x,
    "reciprocal": lambda lib, x: lib.reciprocal(x),
    "sqrt": lambda lib, x: lib.sqrt(x),
    "rsqrt": lambda lib, x: lib.rsqrt(x),
    "tanh": lambda lib, x: lib.tanh(x),
    "sigmoid": lambda lib, x: lib.sigmoid(x),
    "tan": lambda lib, x: lib.tan(x),
    "erfinv": lambda lib, x: lib.erfinv(x / 2),
    "softsign": lambda lib, x: lib.nn.functional.softsign(x),
    "pow": lambda lib, x: x**2.5,
    "power of": lambda lib, x: 2.0**x,
    "softmax": lambda lib, x: lib.softmax(x, 0),
    "log_softmax": lambda lib, x: lib.log_softmax(x, 0),
}


@pytest.mark.parametrize("name", OF_RESULTS)
def test_second_derivatives_of_watched_results(name):
    """A hook on a result sees what PyTorch's sees, in the second sweep too."""
    found = []
    for lib in (pyad, torch):
        x = lib.tensor([0.3, 0.9, 1.4], dtype=lib.float64).requires_grad_()
        y = OF_RESULTS[name](lib, x)
        seen = []
        y.register_hook(lambda g, seen=seen: (seen.append(1), 3 * g)[1])
        (g,) = lib.autograd.grad((y * y).sum(), x, create_graph=True)
        (h,) = lib.autograd.grad((g * g).sum(), x)
        found.append((g.detach().numpy(), h.numpy(), len(seen)))
    (g, h, n), (its_g, its_h, its_n) = found
    np.testing.assert_allclose(g, its_g, rtol=1e-10)
    np.testing.assert_allclose(h, its_h, rtol=1e-10)
    assert n == its_n


@pytest.mark.parametrize("name", OF_RESULTS)
def test_second_derivatives_of_overwritten_results(name):
    """A write to a result does not reach the rule that reads it."""
    found = []
    for write in (True, False):
        x = pyad.tensor([0.3, 0.9, 1.4], dtype=pyad.float64).requires_grad_()
        y = OF_RESULTS[name](pyad, x)
        z = y * 1.0
        if write:
            y.mul_(5.0)
        (g,) = pyad.autograd.grad((z * z).sum(), x, create_graph=True)
        (h,) = pyad.autograd.grad((g * g).sum(), x)
        found.append((g.tolist(), h.tolist()))
    assert found[0] == found[1]


def in_place_program(lib, of_view, watch):
    """What a hook or a retained gradient sees of a tensor that is written afterwards."""
    seen = []
    x = tensor(lib, [1.0, 2.0])
    base = x * 3
    y = base[:] if of_view else base
    watch(y, seen)
    y.mul_(5.0)
    (base * base).sum().backward()
    return seen, x.grad.tolist()


def test_a_hook_on_what_is_written_later():
    """It sees the gradient by the value that it was registered on, of a view too.

    PyTorch's hook on a view is no longer on the way then, and never runs: docs/derivatives.md.
    """

    def watch(y, seen):
        y.register_hook(lambda g: (seen.append(g.tolist()), 2 * g)[1])

    mine = [in_place_program(pyad, of_view, watch) for of_view in (False, True)]
    its = [in_place_program(torch, of_view, watch) for of_view in (False, True)]
    assert mine[0] == its[0]
    assert mine[1] == mine[0]
    assert its[1] == ([], [450.0, 900.0])


def test_a_gradient_retained_by_what_is_written_later():
    def watch(y, seen):
        y.retain_grad()
        seen.append(y)

    for of_view in (False, True):
        found = []
        for lib in (pyad, torch):
            (y,), g = in_place_program(lib, of_view, watch)
            found.append((None if y.grad is None else y.grad.tolist(), g))
        assert found[0] == found[1], of_view
