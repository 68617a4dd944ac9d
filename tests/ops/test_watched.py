"""Hooks that change gradients and `retain_grad`, on the results of every row of the table.

Registered before the first sweep, or between two sweeps: what the second sweep sees of a result
depends on whether a rule reads the result or its operands, and is PyTorch's.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import op_cases
import op_drivers as drivers
import op_names
import pyad
from ops.test_elementwise import OPS, params_of, samples, torch_function

# What PyTorch makes of several ops; or docs/derivatives.md, "Hooks on results", says why.
NOT_PYTORCHS = {
    *("cbrt", "expm1", "copysign", "lstm_cell", "rnn_tanh_cell"),
    # Rules know lower factors and systems from the left; the others are these, turned.
    *("cholesky", "cholesky_ex", "cholesky_inverse", "cholesky_solve", "solve_triangular"),
}
# The gradient by a softmax is known but for a constant, which its sum of 1 takes away.
BUT_FOR_A_CONSTANT = {"softmax", "softmin"}


def seed(k, shape):
    return np.random.default_rng(k).uniform(0.5, 1.5, tuple(shape))


def elementwise_case(name):
    entry = next(e for e in OPS if e["name"] == name)
    ours, theirs, params = op_names.function_of(entry), torch_function(name), params_of(entry)

    def call(package, *xs):
        return (ours if package is pyad else theirs)(*xs, **params)

    return drivers.Case(name, samples(entry, ((2, 3),) * 3, np.random.default_rng(0)), call)


def cases_of(name):
    if name in ELEMENTWISE:
        yield elementwise_case(name)
    else:
        for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
            case = drivers.Case(f"{name}#{k}", op_cases.arrays(inputs), call)
            if drivers.floats(case):
                yield case


def number_of(x, like):
    return np.zeros(tuple(like.shape)) if x is None else drivers.array(x).copy()


def swept_twice(lib, case, when):
    """First and second derivatives, gradients of the results, and how often hooks ran."""
    to = drivers.to_torch if lib is torch else drivers.to_pyad
    rest = () if lib is torch else ("contiguous",)
    xs = [to(x, "float64", *rest, True) for x in case.inputs]
    leaves = [x for x in xs if x.requires_grad]
    lib.manual_seed(0)
    ys = [y for y in drivers.outputs(case.call(lib, *xs)) if y.requires_grad and not y.is_leaf]
    runs = []

    def watch():
        for y in ys:
            y.retain_grad()
            y.register_hook(lambda g: (runs.append(1), 3 * g)[1])

    if when == "before":
        watch()
    s = sum((y * lib.tensor(seed(k, y.shape)) + 0.5 * y * y).sum() for k, y in enumerate(ys))
    first = lib.autograd.grad(s, leaves, create_graph=True, allow_unused=True)
    once = len(runs)
    if when == "between":
        watch()
    more = [(g, k) for k, g in enumerate(first) if g is not None and g.requires_grad]
    if more:
        sum((g * lib.tensor(seed(50 + k, g.shape))).sum() for g, k in more).backward()
    return {
        "first": [number_of(g, x) for g, x in zip(first, leaves, strict=True)],
        "second": [number_of(x.grad, x) for x in leaves],
        "of results": [number_of(y.grad, y) for y in ys],
    }, (once, len(runs))


ELEMENTWISE = {e["name"] for e in OPS if any(e["differentiable"]) and e["use"] == "public"}
ROWS = {
    name
    for name in op_cases.ROWS
    if name
    not in op_cases.NOT_DIFFERENTIABLE
    | op_cases.NO_TORCH_DERIVATIVE
    | op_cases.NO_TORCH_SECOND_DERIVATIVE
}


def compare(case, when):
    ours, runs = swept_twice(pyad, case, when)
    theirs, its_runs = swept_twice(torch, case, when)
    for part, expected in theirs.items():
        if part == "of results" and case.name.partition("#")[0] in BUT_FOR_A_CONSTANT:
            continue
        for mine, its in zip(ours[part], expected, strict=True):
            scale = max(1.0, float(np.abs(its[np.isfinite(its)]).max(initial=0)))
            np.testing.assert_allclose(
                mine, its, rtol=1e-8, atol=1e-8 * scale, err_msg=f"{case.name}, {when}: {part}"
            )
    assert runs == its_runs, (case.name, when)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("when", ["before", "between"])
@pytest.mark.parametrize("name", sorted((ELEMENTWISE | ROWS) - NOT_PYTORCHS))
def test_results(name, when):
    for case in cases_of(name):
        s = drivers.outputs(
            case.call(torch, *[drivers.to_torch(x, "float64", True) for x in case.inputs])
        )
        if any(y.requires_grad and not y.is_leaf for y in s):
            compare(case, when)


FIRST = {
    "exp": lambda lib, x: lib.exp(x),
    "sqrt": lambda lib, x: lib.sqrt(x),
    "tanh": lambda lib, x: lib.tanh(x),
    "quotient": lambda lib, x: (x + 2) / x,
    "erfinv": lambda lib, x: lib.erfinv(x / 2),
    "norm": lambda lib, x: x.norm(dim=1, keepdim=True) * x,
    "prod": lambda lib, x: x.prod(1, keepdim=True),
    "cumprod": lambda lib, x: x.cumprod(1),
    "softmax": lambda lib, x: lib.softmax(x, 1),
    "product": lambda lib, x: x @ x.T,
}
SECOND = {
    "square": lambda lib, y: y**2,
    "by itself": lambda lib, y: y * y,
    "power": lambda lib, y: y**1.5,
    "tensor power": lambda lib, y: lib.abs(y) ** y,
    "quotient": lambda lib, y: 1 / (y + 2),
    "of two": lambda lib, y: (y + 1) / (y + 3),
    "sigmoid": lambda lib, y: lib.sigmoid(y),
    "log_softmax": lambda lib, y: lib.log_softmax(y, 0),
    "norm": lambda lib, y: y.norm(dim=0) ** 2,
    "prod": lambda lib, y: y.prod(0),
    "std": lambda lib, y: (y * y).std(0, correction=0),
    "in place": lambda lib, y: (y * 1).mul_(y).exp_(),
}


@pytest.mark.parametrize("when", ["before", "between"])
@pytest.mark.parametrize("first", FIRST)
def test_what_stands_between_two_functions(first, when):
    values = np.array([[0.3, 0.9, 1.4], [0.7, 1.1, 0.2], [1.2, 0.4, 0.8]])
    for second, hook in itertools.product(SECOND, (lambda g: 3 * g, lambda g: g * g, None)):
        found = []
        for lib in (pyad, torch):
            x = lib.tensor(values, requires_grad=True)
            y = FIRST[first](lib, x)
            z = SECOND[second](lib, y)

            def watch(y=y, hook=hook):
                y.retain_grad()
                if hook:
                    y.register_hook(hook)

            if when == "before":
                watch()
            (g,) = lib.autograd.grad((z * lib.tensor(seed(1, z.shape))).sum(), x, create_graph=True)
            if when == "between":
                watch()
            (g * lib.tensor(seed(2, g.shape))).sum().backward()
            of_result = np.zeros(1) if first == "softmax" else number_of(y.grad, y)
            found.append([g.detach().numpy(), x.grad.numpy(), of_result])
        for mine, its in zip(*found, strict=True):
            scale = max(1.0, float(np.abs(its).max()))
            told = f"{second} of {first}"
            np.testing.assert_allclose(mine, its, rtol=1e-8, atol=1e-9 * scale, err_msg=told)
