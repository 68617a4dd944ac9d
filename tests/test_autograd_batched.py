"""`grad(is_grads_batched=True)`: one sweep for a batch of cotangents."""

import numpy as np
import pytest
import torch

import pyad
from same import same, tensor


@pytest.mark.parametrize("create_graph", [False, True])
def test_batched_grads(create_graph):
    def program(lib):
        x, w = tensor(lib, [[1.0, 2.0, 0.5], [3.0, -1.0, 0.0]]), tensor(lib, [0.5, 2.0, 1.0])
        unused = tensor(lib, [1.0, 2.0])
        y = lib.tanh(x * w)
        z = lib.nn.functional.layer_norm(x.exp(), (3,)).max(1)[0]
        seeds = [
            lib.arange(24.0, dtype=lib.float64).reshape(4, 2, 3),
            lib.arange(8.0, dtype=lib.float64).reshape(4, 2).cos(),
        ]
        settings = {"is_grads_batched": True, "create_graph": create_graph}
        found = lib.autograd.grad(
            [y, z], [x, w, y, unused], seeds, allow_unused=True, retain_graph=True, **settings
        )
        results = [*found[:3], found[3] is None]
        results += lib.autograd.grad(y, (x, w), seeds[0], retain_graph=True, **settings)
        results += lib.autograd.grad(
            z, [x, unused], seeds[1], materialize_grads=True, retain_graph=True, **settings
        )
        if create_graph:
            results += lib.autograd.grad((found[0] ** 2).sum(), [x, w])
        return results

    same(program, rtol=1e-10)


STRIDED = {
    "row written": lambda lib, y: y.__setitem__(0, y[1] * 3),
    "column written": lambda lib, y: y[:, 1].mul_(y[:, 0].clone()),
    "diagonal written": lambda lib, y: y.diagonal().sin_(),
    "part filled": lambda lib, y: y[:1, 1:].fill_(2.0),
    "written twice": lambda lib, y: (y[0].sin_(), y.t()[1].mul_(y[0, 0].clone())),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("write", STRIDED)
@pytest.mark.parametrize(
    "layout",
    [
        lambda lib: tensor(lib, [[0.5, 2.0], [1.0, -1.0], [3.0, 0.25]], False).t(),
        lambda lib: tensor(lib, [[0.5, 2.0, 1.0], [-1.0, 3.0, 0.25]], False),
        lambda lib: tensor(lib, np.arange(24.0).reshape(2, 6, 2), False)[1, 1:6:2].t() / 12,
        lambda lib: tensor(lib, np.arange(12.0).reshape(6, 2), False)[::2].t(),
    ],
    ids=["columns", "rows", "part", "sparse"],
)
def test_batched_grads_through_writes_into_strided_memory(layout, write, create_graph):
    def program(lib):
        x = layout(lib).requires_grad_()
        y = x * 2
        STRIDED[write](lib, y)
        z = y.sin()
        seeds = lib.arange(24.0, dtype=lib.float64).reshape(4, 2, 3).cos()
        other = lib.arange(24.0, dtype=lib.float64).reshape(3, 2, 4).permute(2, 1, 0).sin()
        found = []
        for s in (seeds, other):
            found += lib.autograd.grad(
                z, x, s, is_grads_batched=True, retain_graph=True, create_graph=create_graph
            )
        if create_graph:
            found += lib.autograd.grad((found[0] ** 2).sum(), x)

        def f(v):
            w = v * 2
            STRIDED[write](lib, w)
            return w.sin()

        at = x.detach()
        found.append(lib.autograd.functional.jacobian(f, at, vectorize=True))
        return found

    same(program)


def test_batched_grads_with_hooks_and_accumulated_elsewhere():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * x
        seen = []
        y.register_hook(lambda g: seen.append(tuple(g.shape)) or g * 3)
        found = lib.autograd.grad(y.sin(), x, lib.eye(2).to(lib.float64), is_grads_batched=True)
        return [*found, seen, x.grad is None]

    same(program)


@pytest.mark.parametrize(
    "grads",
    [
        lambda lib: lib.ones(3, 3),
        lambda lib: lib.tensor(1.0),
        lambda lib: [lib.ones(3, 2), lib.ones(2, 2)],
        lambda lib: None,
        lambda lib: [lib.ones(3, 2)],
        lambda lib: [lib.ones(3, 2), 1.0],
    ],
)
def test_batches_that_do_not_fit(grads):
    for lib in (pyad, torch):
        x = tensor(lib, [1.0, 2.0])
        given = grads(lib)
        outputs = [x * 2] * (2 if isinstance(given, list) else 1)
        with pytest.raises((RuntimeError, ValueError, IndexError, TypeError)):
            lib.autograd.grad(outputs, x, given, is_grads_batched=True)
    y = x = tensor(pyad, [1.0, 2.0])
    pyad.vmap(pyad.sin)(pyad.ones(2, 2))  # no level was left open
    pyad.autograd.grad(y * 2, x, pyad.ones(2))


def test_a_cotangent_that_is_the_same_for_all():
    """PyTorch refuses None in a batch."""
    x = tensor(pyad, [1.0, 2.0])
    seeds = [pyad.arange(3.0), None]
    (g,) = pyad.autograd.grad([x.prod(), x.sum()], x, seeds, is_grads_batched=True)
    assert g.tolist() == [[1.0, 1.0], [3.0, 2.0], [5.0, 3.0]]
    with pytest.raises(RuntimeError, match="2 outputs and 3 grad_outputs"):
        pyad.autograd.grad([x, x], x, [pyad.ones(3, 2)] * 3, is_grads_batched=True)


def test_no_cotangents_in_a_batch():
    x = tensor(pyad, [1.0, 2.0])
    (g,) = pyad.autograd.grad(x * x, x, pyad.zeros(0, 2), is_grads_batched=True)
    assert g.shape == (0, 2)


def test_inside_vmap_batched_grads_nest():
    def rows(v):
        x = pyad.tensor([1.0, 2.0], requires_grad=True)
        return pyad.autograd.grad(x**3, x, v * pyad.eye(2), is_grads_batched=True)[0]

    whole = pyad.vmap(rows)(pyad.tensor([1.0, 2.0]))
    assert whole.tolist() == [[[3.0, 0.0], [0.0, 12.0]], [[6.0, 0.0], [0.0, 24.0]]]
