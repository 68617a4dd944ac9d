"""Reverse mode as users see it: backward, grad, accumulation, hooks, nodes, modes."""

import gc
import warnings
import weakref

import numpy as np
import pytest
import torch

import pyad
from same import same, same_error, tensor


def grads(*xs):
    return [x.grad for x in xs]


# --- accumulation -----------------------------------------------------------------------------


def test_backward_of_a_scalar():
    def program(lib):
        x = tensor(lib, [1.0, 2.0, 3.0])
        (x * x).sum().backward()
        return grads(x)

    same(program)


def test_gradients_accumulate():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        (x * x).sum().backward()
        first = x.grad.clone()
        (3 * x).sum().backward()
        return [first, *grads(x)]

    same(program)


def test_accumulation_keeps_the_grad_object():
    x = tensor(pyad, [1.0, 2.0])
    x.sum().backward()
    g = x.grad
    assert x.grad is g
    (x * x).sum().backward()
    assert x.grad is g
    np.testing.assert_array_equal(g.detach().numpy(), [3.0, 5.0])


def test_one_gradient_does_not_become_two_grads():
    # x + y hands one and the same cotangent to both.
    x, y = tensor(pyad, [1.0, 2.0]), tensor(pyad, [3.0, 4.0])
    (x + y).backward(pyad.ones(2, dtype=pyad.float64))
    x.grad.mul_(5)
    assert y.grad.tolist() == [1.0, 1.0]


def test_the_users_gradient_is_not_taken():
    x = tensor(pyad, [1.0, 2.0])
    g = pyad.ones(2, dtype=pyad.float64)
    x.backward(g)
    x.backward(g)
    assert g.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_leaf_used_many_times():
    def program(lib):
        x = tensor(lib, [0.5, 1.5])
        y = x
        for _ in range(50):
            y = y * x.sin() + x
        y.sum().backward()
        return grads(x)

    same(program)


def test_diamonds():
    def program(lib):
        x = tensor(lib, [0.5, 1.5])
        y = x
        for _ in range(20):
            y = y.sin() + y.cos()
        y.sum().backward()
        return grads(x)

    same(program)


def test_roots_that_share_a_graph():
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        a = x * y
        b = a.sin()
        lib.autograd.backward([a, b.sum(), a.sum()], [lib.ones(2, dtype=lib.float64), None, None])
        return grads(x, y)

    same(program)


def test_a_root_given_twice():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = (x * x).sum()
        lib.autograd.backward([y, y])
        return grads(x)

    same(program)


def test_a_root_that_is_a_leaf():
    def program(lib):
        x = tensor(lib, 2.0)
        x.backward()
        (g,) = lib.autograd.grad(x, x)
        return [*grads(x), g]

    same(program)


def test_a_root_inside_the_graph_of_another():
    def program(lib):
        x = tensor(lib, 2.0)
        y = x * x
        z = y * y
        lib.autograd.backward([z, y])
        return grads(x)

    same(program)


def test_broadcast_inputs_get_their_own_shape():
    def program(lib):
        x, y, z = tensor(lib, [[1.0], [2.0]]), tensor(lib, [3.0, 4.0, 5.0]), tensor(lib, 6.0)
        (x * y * z).sum().backward()
        return grads(x, y, z)

    same(program)


def test_gradients_in_the_inputs_dtype():
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0], dtype="float32"), tensor(lib, [3.0, 4.0])
        (x * y).sum().backward()
        return grads(x, y)

    same(program)


def test_gradient_of_another_floating_dtype_is_cast():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        (x * x).backward(tensor(lib, [1.0, 2.0], False, "float32"))
        return grads(x)

    same(program)


def test_zero_times_infinity_shows():
    def program(lib):
        x = tensor(lib, [0.0, 1.0])
        (x.log() * tensor(lib, [0.0, 1.0], False)).sum().backward()
        return grads(x)

    same(program)


def test_requires_grad_turned_off_after_recording():
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        z = (x * y).sum()
        x.requires_grad_(False)
        z.backward()
        return grads(x, y)

    same(program)


def test_unused_outputs_of_an_op_with_several():
    def program(lib):
        x = tensor(lib, [[3.0, 1.0], [2.0, 5.0]])
        values, indices = x.max(dim=1)
        a, _ = x.split(1)
        (values[0] + a.sum()).backward()
        return [*grads(x), indices]

    same(program)


# --- retain_graph, create_graph ------------------------------------------------------------------


def test_second_backward_needs_retain_graph():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = (x * x).sum()
        y.backward()
        y.backward()

    same_error(program, "retain_graph=True")


def test_second_backward_with_retain_graph():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = (x * x).sum()
        y.backward(retain_graph=True)
        y.backward()
        return grads(x)

    same(program)


def test_second_backward_where_nothing_was_saved():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = (x + 1).sum()
        y.backward()
        y.backward()
        return grads(x)

    same(program)


def test_a_failed_second_backward_changes_nothing():
    x, y = tensor(pyad, [1.0, 2.0]), tensor(pyad, [3.0, 4.0])
    a = x * x
    a.sum().backward()
    before = x.grad.clone()
    with pytest.raises(RuntimeError, match="a second time"):
        (a * y).sum().backward()
    assert y.grad is None
    assert x.grad.tolist() == before.tolist()


def test_parts_that_were_not_needed_stay():
    def program(lib):
        x = tensor(lib, [0.5, 1.5])
        y = x.exp()
        z = y.sin().sum()
        (first,) = lib.autograd.grad(z, y)
        y.sum().backward()
        return [first, *grads(x)]

    same(program)


def test_higher_derivatives():
    def program(lib):
        x = tensor(lib, [0.5, 1.5])
        y = (x.sin() * x.exp()).sum()
        result = []
        for _ in range(4):
            (y,) = lib.autograd.grad(y.sum(), x, create_graph=True)
            result.append(y)
        return result

    same(program, rtol=1e-11)


def test_backward_through_backward_accumulates():
    def program(lib):
        x = tensor(lib, [0.5, 1.5])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns of the cycle that is cut below
            (x**3).sum().backward(create_graph=True)
        first = x.grad
        (first**2).sum().backward()
        second = x.grad
        result = [first.detach().clone(), second.detach().clone()]
        x.grad = None
        return result

    same(program)


def test_gradient_penalty():
    def program(lib):
        w = tensor(lib, [[0.1, 0.2], [0.3, 0.4]])
        x = tensor(lib, [[1.0, 2.0]])
        y = (x @ w).tanh().sum()
        (gx,) = lib.autograd.grad(y, x, create_graph=True)
        ((gx * gx).sum() - 1).pow(2).backward()
        return grads(w, x)

    same(program)


def test_create_graph_saves_values_as_they_were():
    x = tensor(pyad, [0.5, 1.5])
    y = x * x
    z = y.exp().sum()
    (g,) = pyad.autograd.grad(z, x, create_graph=True)
    with pyad.no_grad():
        x.add_(10)
    (gg,) = pyad.autograd.grad(g.sum(), x)
    v = np.array([0.5, 1.5])
    np.testing.assert_allclose(gg.numpy(), (2 + 4 * v**2) * np.exp(v**2), rtol=1e-12)


# --- grad and inputs= -------------------------------------------------------------------------


def test_grad_touches_no_grad():
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        result = lib.autograd.grad((x * y).sum(), [x, y])
        return [list(result), x.grad, y.grad]

    same(program)


def test_grad_at_intermediate_results():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 2
        z = y * y
        return list(lib.autograd.grad(z.sum(), [z, y, x]))

    same(program)


def test_grad_of_an_input_given_twice():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        return list(lib.autograd.grad((x * x).sum(), [x, x]))

    same(program)


@pytest.mark.parametrize("case", ["unused", "materialize", "undefined"])
def test_grad_of_unused_inputs(case):
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        if case == "undefined":
            a, b = tensor(lib, [[1.0], [2.0]]).split(1)
            return [lib.autograd.grad(a.sum(), [b], allow_unused=True)[0]]
        options = {"allow_unused": True} if case == "unused" else {"materialize_grads": True}
        return list(lib.autograd.grad((x * 2).sum(), [x, y], **options))

    same(program)


def test_grad_of_unused_inputs_raises():
    def program(lib):
        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        lib.autograd.grad((x * 2).sum(), [x, y])

    same_error(program, "allow_unused=True")


def test_grad_option_clash():
    def program(lib):
        x = tensor(lib, 1.0)
        lib.autograd.grad(x * 2, x, allow_unused=False, materialize_grads=True)

    same_error(program)


def test_batched_grads_are_refused():
    x = tensor(pyad, [1.0, 2.0])
    with pytest.raises(NotImplementedError, match="is_grads_batched"):
        pyad.autograd.grad(x * 2, x, pyad.ones(3, 2), is_grads_batched=True)


def test_backward_into_chosen_inputs():
    def program(lib):
        x, y, z = (tensor(lib, v) for v in ([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]))
        (x * y * z).sum().backward(inputs=[x, z])
        (x * y).sum().backward(inputs=y)
        return grads(x, y, z)

    same(program)


def test_backward_into_a_non_leaf():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 3
        (y * y).sum().backward(inputs=[y], retain_graph=True)
        (y * y).sum().backward(inputs=[x, y])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [x.grad, y.grad, y.retains_grad]

    same(program)


def test_cotangents_of_several_outputs():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        a, b = x * 2, (x * x).sum()
        return list(lib.autograd.grad([a, b], [x], [tensor(lib, [1.0, 10.0], False), None]))

    same(program)


# --- retain_grad ---------------------------------------------------------------------------------


def test_retain_grad():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 3
        y.retain_grad()
        y.retain_grad()
        z = (y * y).sum()
        z.backward(retain_graph=True)
        first = y.grad.clone()
        z.backward()
        return [first, y.grad, x.grad, y.retains_grad, x.retains_grad]

    same(program)


def test_retained_grads_are_apart():
    x = tensor(pyad, [1.0, 2.0])
    y = x + 1
    z = y + 1
    y.retain_grad()
    z.retain_grad()
    z.sum().backward()
    z.grad.mul_(7)
    assert y.grad.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [1.0, 1.0]


def test_retain_grad_after_an_inplace_write():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 3
        y.retain_grad()
        y.mul_(2)
        (y * y).sum().backward()
        return grads(x, y)

    same(program)


def test_retain_grad_sees_what_hooks_made():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 3
        y.retain_grad()
        y.register_hook(lambda g: g * 10)
        y.sum().backward()
        return grads(x, y)

    same(program)


def test_retain_grad_of_a_constant_raises():
    same_error(lambda lib: lib.ones(2).retain_grad(), "requires_grad=False")


def test_grad_of_a_non_leaf_warns():
    y = tensor(pyad, [1.0]) * 2
    with pytest.warns(UserWarning, match="not a leaf"):
        assert y.grad is None


def test_a_tensor_that_dies_with_its_retained_grad():
    x = tensor(pyad, [1.0, 2.0])
    y = x * 3
    y.retain_grad()
    z = (y * y).sum()
    del y
    z.backward()
    assert x.grad.tolist() == [18.0, 36.0]


# --- the grad property ---------------------------------------------------------------------------


def test_assigning_grad():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        x.grad = tensor(lib, [5.0, 6.0], False)
        (2 * x).sum().backward()
        first = x.grad.clone()
        x.grad = None
        second = x.grad
        x.sum().backward()
        del x.grad
        return [first, second, x.grad]

    same(program)


@pytest.mark.parametrize("value", ["number", "shape", "dtype", "self"])
def test_assigning_a_wrong_grad(value):
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        x.grad = {
            "number": 3,
            "shape": tensor(lib, [1.0], False),
            "dtype": tensor(lib, [1.0, 2.0], False, "float32"),
            "self": x,
        }[value]

    same_error(program)


# --- errors --------------------------------------------------------------------------------------


ERRORS = {
    "no grad": lambda lib: lib.ones(1).sum().backward(),
    "not a scalar": lambda lib: (tensor(lib, [1.0, 2.0]) * 2).backward(),
    "shape": lambda lib: (tensor(lib, [1.0, 2.0]) * 2).backward(lib.ones(3)),
    "gradient type": lambda lib: (tensor(lib, 1.0) * 2).backward(3.0),
    "inputs empty": lambda lib: (tensor(lib, 1.0) * 2).backward(inputs=[]),
    "input no grad": lambda lib: lib.autograd.grad(tensor(lib, 1.0) * 2, lib.ones(1)),
    "int requires grad": lambda lib: lib.ones(2, dtype=lib.int64).requires_grad_(),
    "flag of a non-leaf set": lambda lib: setattr(tensor(lib, 1.0) * 2, "requires_grad", True),
    "flag of a non-leaf": lambda lib: (tensor(lib, 1.0) * 2).requires_grad_(False),
    "detach a view": lambda lib: (tensor(lib, [1.0, 2.0]) * 2)[0].detach_(),
    "hook of a constant": lambda lib: lib.ones(2).register_hook(print),
    "post hook of a non-leaf": lambda lib: (
        tensor(lib, 1.0) * 2
    ).register_post_accumulate_grad_hook(print),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    text = same_error(ERRORS[case])
    assert len(text) > 20


def test_errors_of_our_own():
    y = tensor(pyad, 1.0) * 2
    with pytest.raises(RuntimeError, match="1 tensors and 2 gradients"):
        pyad.autograd.backward([y], [None, None])
    with pytest.raises(TypeError, match="item 0 is of type float"):
        pyad.autograd.backward([3.0])
    with pytest.raises(TypeError, match="unexpected keyword argument 'retain'"):
        y.backward(retain=True)
    with pytest.raises(TypeError, match="multiple values"):
        y.backward(None, gradient=None)
    with pytest.raises(ValueError, match="at least one input"):
        pyad.autograd.grad(y, [])


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


# --- modes ----------------------------------------------------------------------------------------


def test_modes_as_contexts():
    def program(lib):
        seen = [lib.is_grad_enabled()]
        with lib.no_grad():
            seen.append(lib.is_grad_enabled())
            with lib.enable_grad():
                seen.append(lib.is_grad_enabled())
                with lib.set_grad_enabled(False):
                    seen.append(lib.is_grad_enabled())
                seen.append(lib.is_grad_enabled())
            seen.append(lib.is_grad_enabled())
        with lib.inference_mode():
            seen.append(lib.is_grad_enabled())
        with lib.inference_mode(False):
            seen.append(lib.is_grad_enabled())
        with lib.no_grad(), lib.inference_mode(False):
            seen.append(lib.is_grad_enabled())
        lib.set_grad_enabled(False)
        seen.append(lib.is_grad_enabled())
        lib.set_grad_enabled(True)
        return seen

    same(program)


def test_one_context_entered_twice():
    context = pyad.no_grad()
    with context:
        with context:
            assert not pyad.is_grad_enabled()
        assert not pyad.is_grad_enabled()
    assert pyad.is_grad_enabled()


def test_contexts_end_with_exceptions():
    with pytest.raises(KeyError), pyad.no_grad():
        raise KeyError
    assert pyad.is_grad_enabled()


def test_modes_as_decorators():
    def program(lib):
        @lib.no_grad()
        def a():
            return lib.is_grad_enabled()

        @lib.no_grad
        def b():
            return lib.is_grad_enabled()

        @lib.set_grad_enabled(False)
        def c():
            return lib.is_grad_enabled()

        @lib.enable_grad()
        def d():
            return lib.is_grad_enabled()

        @lib.inference_mode()
        def e():
            return lib.is_grad_enabled()

        with lib.no_grad():
            on = d()
        return [a(), b(), c(), lib.is_grad_enabled(), d(), on, e(), a.__name__]

    same(program)


def test_modes_around_generators():
    def program(lib):
        seen = []

        @lib.no_grad()
        def count():
            try:
                got = yield lib.is_grad_enabled()
                seen.append([got, lib.is_grad_enabled()])
                try:
                    yield lib.is_grad_enabled()
                except KeyError:
                    seen.append(lib.is_grad_enabled())
                yield 3
                return 4
            finally:
                seen.append(lib.is_grad_enabled())

        g = count()
        seen.append(next(g))
        seen.append(lib.is_grad_enabled())
        seen.append(g.send("hello"))
        seen.append(g.throw(KeyError))
        try:
            next(g)
        except StopIteration as stop:
            seen.append(stop.value)
        h = count()
        next(h)
        h.close()
        seen.append(lib.is_grad_enabled())
        return seen

    same(program)


def test_nothing_is_recorded_without_grad():
    x = tensor(pyad, [1.0, 2.0])
    before = pyad._core.live_counts()["nodes"]
    with pyad.no_grad():
        y = x * 2 + x
        assert not y.requires_grad
        assert y.grad_fn is None
        assert pyad._core.live_counts()["nodes"] == before


def test_detach():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 2
        d = y.detach()
        d[0] = 10
        y.detach_()
        return [y, y.requires_grad, y.is_leaf, d.requires_grad, x.detach() is x]

    same(program)


# --- gradcheck ----------------------------------------------------------------------------------


def test_gradcheck_accepts_right_derivatives():
    x = tensor(pyad, [[0.3, 0.7], [1.1, 1.9]])
    y = tensor(pyad, [0.4, 0.6])

    def f(x, y):
        return (x * y).sin().sum(dim=0), x @ y

    assert pyad.autograd.gradcheck(f, (x, y), check_forward_ad=True)
    assert pyad.autograd.gradcheck(f, (x, y), check_forward_ad=True, fast_mode=True)
    assert pyad.autograd.gradgradcheck(f, (x, y), check_fwd_over_rev=True)
    assert pyad.autograd.gradgradcheck(f, (x, y), gen_non_contig_grad_outputs=True)
    np.testing.assert_array_equal(x.detach().numpy(), [[0.3, 0.7], [1.1, 1.9]])


class WrongSquare(pyad.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        factor = pyad.tensor([2.0, 2.0, 3.0], dtype=pyad.float64)
        return g * factor * x

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 2 * x * t


def test_gradcheck_names_input_and_entry():
    x = tensor(pyad, [1.0, 2.0, 3.0])
    unused = tensor(pyad, [1.0])

    def f(unused, x):
        return WrongSquare.apply(x)

    with pytest.raises(pyad.autograd.GradcheckError) as error:
        pyad.autograd.gradcheck(f, (unused, x))
    text = str(error.value)
    assert "output 0 with respect to input 1" in text
    assert "output entry (2,) by input entry (2,) is 9 by backward" in text
    assert not pyad.autograd.gradcheck(f, (unused, x), raise_exception=False)
    assert pyad.autograd.gradcheck(f, (unused, x), check_backward_ad=False, check_forward_ad=True)
    with pytest.raises(pyad.autograd.GradcheckError, match="random direction"):
        pyad.autograd.gradcheck(f, (unused, x), fast_mode=True)


def test_gradcheck_notices_chance(rng):
    class Chance(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * (2 + 1e-7 * float(rng.random()))

    with pytest.raises(pyad.autograd.GradcheckError, match="not reentrant"):
        pyad.autograd.gradcheck(Chance.apply, (tensor(pyad, [1.0, 2.0]),))


def test_gradcheck_refuses_what_it_cannot_check():
    with pytest.raises(ValueError, match="at least one input"):
        pyad.autograd.gradcheck(lambda x: x, (pyad.ones(2),))
    x = tensor(pyad, [1.0], dtype="float32")
    with pytest.warns(UserWarning, match="float32"):
        pyad.autograd.gradcheck(lambda x: x * 2, (x,), raise_exception=False)
    wide = tensor(pyad, [1.0]).detach().expand(3).requires_grad_()
    with pytest.raises(RuntimeError, match="one memory location"):
        pyad.autograd.gradcheck(lambda x: x * 2, (wide,))
    with pytest.raises(NotImplementedError, match="batched"):
        pyad.autograd.gradcheck(lambda x: x, (tensor(pyad, [1.0]),), check_batched_grad=True)


def test_the_oracle_is_the_pinned_release():
    assert torch.__version__.startswith("2.13.")
