"""Reverse mode as users see it: accumulation, retained and recorded graphs, grad, errors."""

import warnings

import numpy as np
import pytest

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


# --- batches of cotangents ---------------------------------------------------------------------


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


def test_only_inputs_is_accepted() -> None:
    x = pyad.tensor(3.0, requires_grad=True)
    (g,) = pyad.autograd.grad(outputs=x * x, inputs=x, only_inputs=True)
    assert g.item() == 6.0
    with pytest.warns(FutureWarning, match="only_inputs"):
        pyad.autograd.grad(x * x, x, only_inputs=False)


@pytest.mark.parametrize("name", ["outputs", "inputs"])
def test_grad_asks_for_what_it_needs(name):
    """The engine's own too, which the package calls."""
    x = pyad.ones(2, requires_grad=True)
    given = {"outputs": x.sum(), "inputs": x}
    del given[name]
    with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{name}'"):
        pyad.autograd.grad(**given)
    with pytest.raises(TypeError, match=f"missing the argument '{name}'"):
        pyad._core.grad(**given)
    with pytest.raises(TypeError, match="missing the argument 'outputs'"):
        pyad._core.grad()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.split(2),
        lambda x: x.split([1, 3]),
        lambda x: x.chunk(2),
        lambda x: x.unbind(),
        lambda x: x.sum(),
        lambda x: x.sort(),
        lambda x: x[1:],
        lambda x: x.cumsum(0),
        lambda x: x.max(0),
        lambda x: x.std(),
        lambda x: x.expand(2, 4),
    ],
)
def test_a_node_has_an_edge_for_each_input(call):
    x = pyad.ones(4, requires_grad=True)
    ys = call(x)
    for y in ys if isinstance(ys, tuple) else [ys]:
        if y.requires_grad:
            assert len(y.grad_fn.next_functions) == 1
            assert y.grad_fn.next_functions[0][0].variable is x
