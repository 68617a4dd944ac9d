"""pyad.autograd.functional against PyTorch's: values, forms, histories and errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad
from same import plain, same, same_error, tensor

LIBS = (torch, pyad)


def point(lib, *, requires_grad=False):
    return tensor(lib, [[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]], requires_grad=requires_grad)


def other(lib, *, requires_grad=False):
    return tensor(lib, [0.5, -1.5, 0.8], requires_grad=requires_grad)


# Functions of one or two tensors (shapes (2, 3) and (3,)).
FUNCTIONS = {
    "elementwise": (1, lambda lib, x: x.sin() * x),
    "row sums": (1, lambda lib, x: x.exp().sum(1)),
    "number": (1, lambda lib, x: (x**3).sum()),
    "one of shape (1,)": (1, lambda lib, x: (x**3).sum().reshape(1)),
    "linear": (1, lambda lib, x: 2 * x),
    "constant": (1, lambda lib, x: lib.ones(2, dtype=lib.float64)),
    "two outputs": (1, lambda lib, x: (x.sum(0), x.cos())),
    "one in a tuple": (1, lambda lib, x: (x.cos(),)),
    "two inputs": (2, lambda lib, x, y: (x * y).tanh()),
    "two and two": (2, lambda lib, x, y: (x @ y, y.exp())),
    "number of two": (2, lambda lib, x, y: (x * y).sin().sum() + (y**4).sum()),
    "only the first": (2, lambda lib, x, y: (x**2).sum()),
    "quadratic": (2, lambda lib, x, y: (x * y).sum()),
}
NUMBERS = ["number", "one of shape (1,)", "number of two", "only the first", "quadratic"]


def inputs(lib, n, form="plain", requires_grad=False):
    xs = [point(lib, requires_grad=requires_grad), other(lib, requires_grad=requires_grad)][:n]
    return xs[0] if n == 1 and form == "plain" else tuple(xs)


def like(lib, value):
    """Vectors of the form of `value`, the same for both libraries."""
    if isinstance(value, tuple):
        return tuple(like(lib, v) for v in value)
    n = value.numel()
    return (lib.arange(n, dtype=lib.float64) * 0.7 - 0.4).reshape(tuple(value.shape))


def bound(lib, name):
    return lambda *xs: FUNCTIONS[name][1](lib, *xs)


def functional(lib):
    return lib.autograd.functional


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("form", ["plain", "tuple"])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("op", ["vjp", "jvp"])
def test_products_with_jacobians(op, name, form, create_graph):
    def program(lib):
        xs = inputs(lib, FUNCTIONS[name][0], form)
        f = bound(lib, name)
        result = f(*xs) if isinstance(xs, tuple) else f(xs)
        v = like(lib, result if op == "vjp" else xs)
        outputs, product = getattr(functional(lib), op)(f, xs, v, create_graph=create_graph)
        flat = product if isinstance(product, tuple) else (product,)
        return [outputs, product, isinstance(product, tuple), [p.requires_grad for p in flat]]

    same(program)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("form", ["plain", "tuple"])
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("op", ["vhp", "hvp"])
def test_products_with_hessians(op, name, form, create_graph):
    def program(lib):
        xs = inputs(lib, FUNCTIONS[name][0], form)
        v = like(lib, xs)
        outputs, product = getattr(functional(lib), op)(
            bound(lib, name), xs, v, create_graph=create_graph
        )
        return [outputs, product, isinstance(product, tuple)]

    same(program)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"create_graph": True},
        {"vectorize": True},
        {"vectorize": True, "strategy": "forward-mode"},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["plain", "tuple"])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_jacobians(name, form, settings):
    def program(lib):
        xs = inputs(lib, FUNCTIONS[name][0], form)
        return functional(lib).jacobian(bound(lib, name), xs, **settings)

    same(program)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"create_graph": True},
        {"vectorize": True},
        {"vectorize": True, "outer_jacobian_strategy": "forward-mode"},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["plain", "tuple"])
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_hessians(name, form, settings):
    def program(lib):
        xs = inputs(lib, FUNCTIONS[name][0], form)
        return functional(lib).hessian(bound(lib, name), xs, **settings)

    same(program)


def test_strategies_agree_without_vectorize():
    f = bound(pyad, "two and two")
    xs = inputs(pyad, 2)
    forward = pyad.autograd.functional.jacobian(f, xs, strategy="forward-mode")
    reverse = pyad.autograd.functional.jacobian(f, xs)
    for a, b in zip(forward, reverse):
        for m, t in zip(a, b):
            np.testing.assert_allclose(m.numpy(), t.numpy(), rtol=1e-12)
    g = bound(pyad, "number of two")
    forward = pyad.autograd.functional.hessian(g, xs, outer_jacobian_strategy="forward-mode")
    reverse = pyad.autograd.functional.hessian(g, xs)
    np.testing.assert_allclose(forward[0][1].numpy(), reverse[0][1].numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    "settings", [{}, {"strategy": "forward-mode"}, {"create_graph": True}], ids=str
)
def test_vectorized_jacobians_run_once(settings):
    """One sweep, or one call, whatever the number of elements; parts that hang on nothing are 0."""
    swept, called = [], []

    def function(x, w):
        called.append(x.shape)
        y = (x * w).sin()
        if y.requires_grad:
            y.register_hook(lambda g: swept.append(g.shape))
        return y.reshape(6), x.sum(), pyad.ones(2), x[:0], w

    xs = (pyad.ones(2, 3) / 2, pyad.tensor([1.0, 2.0, 3.0]))
    one_by_one = pyad.autograd.functional.jacobian(function, xs, **settings)
    swept.clear(), called.clear()
    at_once = pyad.autograd.functional.jacobian(function, xs, vectorize=True, **settings)
    assert len(called) == 1
    assert len(swept) <= 1
    for a, b in zip(one_by_one, at_once, strict=True):
        for m, t in zip(a, b, strict=True):
            assert m.shape == t.shape
            np.testing.assert_allclose(m.detach().numpy(), t.detach().numpy(), rtol=1e-6)
            assert t.requires_grad or not m.requires_grad


def test_the_same_tensor_twice():
    def program(lib):
        x = other(lib)
        return [
            functional(lib).jacobian(lambda a, b: a**2 * b, (x, x)),
            functional(lib).jacobian(
                lambda a, b: a**2 * b, (x, x), strategy="forward-mode", vectorize=True
            ),
        ]

    same(program)


@pytest.mark.parametrize("op", ["vjp", "jvp", "jacobian", "hessian", "vhp", "hvp"])
def test_results_can_be_differentiated(op):
    def program(lib):
        x = point(lib, requires_grad=True)
        f = functional(lib)
        arguments = () if op in ("jacobian", "hessian") else (lib.ones_like(x),)
        function = (
            (lambda t: t.sin() * t)
            if op in ("vjp", "jvp", "jacobian")
            else (lambda t: (t.sin() * t * t).sum())
        )
        result = getattr(f, op)(function, x, *arguments, create_graph=True)
        value = result[1] if isinstance(result, tuple) else result
        (value**2).sum().backward()
        return [value.detach(), x.grad]

    same(program)


@pytest.mark.parametrize("op", ["vjp", "jvp", "jacobian", "hessian", "vhp", "hvp"])
def test_no_history_unless_wanted(op):
    for lib in LIBS:
        x = point(lib, requires_grad=True)
        arguments = () if op in ("jacobian", "hessian") else (lib.ones_like(x),)
        with lib.no_grad():
            result = (
                getattr(functional(lib), op)(lambda t: (t**3).sum(), x, *arguments)
                if (op not in ("vjp",))
                else functional(lib).vjp(lambda t: (t**3).sum(), x)
            )
        for y in result if isinstance(result, tuple) else (result,):
            assert not y.requires_grad
        assert x.grad is None


def test_captured_tensors_are_no_inputs():
    def program(lib):
        x = other(lib, requires_grad=True)
        return [
            functional(lib).jacobian(lambda t: t * x, x),
            functional(lib).jacobian(lambda t: x * 2, x),
        ]

    same(program)


def test_one_element_needs_no_vector():
    def program(lib):
        x = tensor(lib, 0.7, requires_grad=False)
        f = functional(lib)
        return [getattr(f, op)(lambda t: t**3, x) for op in ("vjp", "jvp", "vhp", "hvp")]

    same(program)


def test_inputs_without_elements():
    # PyTorch fails here for want of something to stack.
    x, f = pyad.zeros(0), pyad.autograd.functional
    first = f.jacobian(lambda t: t.sum() + pyad.ones(2), x)
    second = f.jacobian(lambda t: t * 2, x)
    assert (first.shape, second.shape) == ((2, 0), (0, 0))
    forward = f.jacobian(lambda t: t * 2, x, strategy="forward-mode")
    assert forward.shape == (0, 0)


STRICT = {
    "vjp": lambda f, x: f.vjp(lambda t: t.detach() * 2, x, x, strict=True),
    "vjp unused": lambda f, x: f.vjp(lambda a, b: a * 2, (x, x), x, strict=True),
    "vjp graph": lambda f, x: f.vjp(
        lambda t: t * 2, x.detach().requires_grad_(), x, create_graph=True, strict=True
    ),
    "jvp": lambda f, x: f.jvp(lambda t: t.detach() * 2, x, x, strict=True),
    "jvp unused": lambda f, x: f.jvp(lambda a, b: a * 2, (x, x), (x, x), strict=True),
    "jacobian": lambda f, x: f.jacobian(lambda t: t.detach(), x, strict=True),
    "jacobian unused": lambda f, x: f.jacobian(lambda a, b: a * 2, (x, x), strict=True),
    "jacobian graph": lambda f, x: f.jacobian(
        lambda t: t * 2, x.detach().requires_grad_(), create_graph=True, strict=True
    ),
    "jacobian vectorize": lambda f, x: f.jacobian(lambda t: t * 2, x, vectorize=True, strict=True),
    "jacobian forward": lambda f, x: f.jacobian(
        lambda t: t * 2, x, vectorize=True, strict=True, strategy="forward-mode"
    ),
    "hessian": lambda f, x: f.hessian(lambda t: t.detach().sum(), x, strict=True),
    "hessian linear": lambda f, x: f.hessian(lambda t: t.sum(), x, strict=True),
    "vhp": lambda f, x: f.vhp(lambda t: t.detach().sum(), x, x, strict=True),
    "vhp linear": lambda f, x: f.vhp(lambda t: t.sum(), x, x, strict=True),
    "vhp unused": lambda f, x: f.vhp(lambda a, b: (a**3).sum(), (x, x), (x, x), strict=True),
    "hvp": lambda f, x: f.hvp(lambda t: t.detach().sum(), x, x, strict=True),
    "hvp linear": lambda f, x: f.hvp(lambda t: t.sum(), x, x, strict=True),
}
BAD = {
    "inputs": lambda f, x: f.vjp(lambda t: t, 3.0),
    "inputs in a tuple": lambda f, x: f.jacobian(lambda a, b: a, (x, 3.0)),
    "outputs": lambda f, x: f.jacobian(lambda t: 3.0, x),
    "outputs in a tuple": lambda f, x: f.vjp(lambda t: (t, None), x, (x, x)),
    "vector": lambda f, x: f.jvp(lambda t: t, x, 3.0),
    "no vector": lambda f, x: f.vjp(lambda t: t, x),
    "no vector for two": lambda f, x: f.vjp(lambda t: (t.sum(), t.sum()), x),
    "no input vector": lambda f, x: f.jvp(lambda t: t, x),
    "no vector for vhp": lambda f, x: f.vhp(lambda t: t.sum(), x),
    "no vector for hvp": lambda f, x: f.hvp(lambda t: t.sum(), x),
    "vectors": lambda f, x: f.vjp(lambda t: t, x, (x, x)),
    "vectors of a tuple": lambda f, x: f.vjp(lambda t: (t, t), x, (x,)),
    "vector's shape": lambda f, x: f.vjp(lambda t: t.sum(), x, x),
    "vectors' shape": lambda f, x: f.vjp(lambda t: (t.sum(), t), x, (x, x)),
    "strategy": lambda f, x: f.jacobian(lambda t: t, x, strategy="sideways"),
    "outer strategy": lambda f, x: f.hessian(
        lambda t: t.sum(), x, outer_jacobian_strategy="sideways"
    ),
    "forward with a graph": lambda f, x: f.jacobian(
        lambda t: t, x, create_graph=True, strategy="forward-mode"
    ),
    "hessian of many": lambda f, x: f.hessian(lambda t: t, x),
    "hessian of a tuple": lambda f, x: f.hessian(lambda t: (t.sum(),), x),
    "hessian of nothing": lambda f, x: f.hessian(lambda t: None, x),
    "vhp of many": lambda f, x: f.vhp(lambda t: t, x, x),
    "vhp of a tuple": lambda f, x: f.vhp(lambda t: (t.sum(),), x, x),
    "hvp of many": lambda f, x: f.hvp(lambda t: t, x, x),
    "hvp of a tuple": lambda f, x: f.hvp(lambda t: (t.sum(),), x, x),
}


@pytest.mark.parametrize("name", STRICT | BAD)
def test_errors(name):
    call = (STRICT | BAD)[name]
    mine = same_error(lambda lib: call(functional(lib), other(lib, requires_grad=False)))
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        call(torch.autograd.functional, other(torch, requires_grad=False))
    clean = str(theirs.value).replace("torch.Size([3])", "(3,)").replace("torch.Size([])", "()")
    assert mine.replace("pyad", "torch").split()[:12] == clean.split()[:12]


def test_strict_accepts_what_depends():
    def program(lib):
        f, x = functional(lib), other(lib, requires_grad=False)
        return [
            f.vjp(lambda t: t**2, x, x, strict=True),
            f.jvp(lambda t: t**2, x, x, strict=True),
            f.jacobian(lambda t: t**2, x, strict=True),
            f.hessian(lambda t: (t**3).sum(), x, strict=True),
            f.vhp(lambda t: (t**3).sum(), x, x, strict=True),
            f.hvp(lambda t: (t**3).sum(), x, x, strict=True),
        ]

    assert plain(same(program))
