"""einsum of operands and lists of their subscripts, beside PyTorch's."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

import pyad
from same import same, same_error

A, B, C = (2, 3), (3, 4), (2, 4)


def operands(lib, *shapes):
    rng = np.random.default_rng(0)
    made = [lib.tensor(rng.standard_normal(s), dtype=lib.float64) for s in shapes]
    return [x.requires_grad_() for x in made]


CALLS = {
    "product": ([A, B], lambda e, a, b: e(a, [0, 1], b, [1, 2], [0, 2])),
    "turned": ([A, B], lambda e, a, b: e(a, [0, 1], b, [1, 2], [2, 0])),
    "without a result": ([A, B], lambda e, a, b: e(a, [0, 1], b, [1, 2])),
    "the order of numbers": ([A, B], lambda e, a, b: e(a, [30, 1], b, [1, 7])),
    "capitals come first": ([A], lambda e, a: e(a, [26, 25])),
    "tuples": ([A, B], lambda e, a, b: e(a, (0, 1), b, (1, 2), (0, 2))),
    "ranges": ([A, B], lambda e, a, b: e(a, range(2), b, range(1, 3), range(0, 3, 2))),
    "numbers of NumPy": ([A], lambda e, a: e(a, list(np.array([1, 0])))),
    "a sum": ([A], lambda e, a: e(a, [0, 1], [])),
    "a diagonal": ([(3, 3)], lambda e, a: e(a, [5, 5], [5])),
    "a trace": ([(3, 3)], lambda e, a: e(a, [5, 5])),
    "transposed": ([A], lambda e, a: e(a, [1, 0])),
    "no dims": ([()], lambda e, a: e(a, [])),
    "three": ([A, B, C], lambda e, a, b, c: e(a, [0, 1], b, [1, 2], c, [0, 2], [2, 0, 1])),
    "the last number": ([A], lambda e, a: e(a, [51, 0], [51])),
    "dots": ([(5, 2, 3), B], lambda e, a, b: e(a, [..., 0, 1], b, [1, 2], [..., 0, 2])),
    "dots in the middle": ([(2, 5, 3)], lambda e, a: e(a, [0, ..., 1], [1, ..., 0])),
    "dots without a result": ([(5, 2, 3), (3,)], lambda e, a, b: e(a, [..., 1], b, [1])),
    "True is 1": ([A], lambda e, a: e(a, [True, False])),
}


@pytest.mark.parametrize("name", CALLS)
def test_lists(name):
    shapes, call = CALLS[name]

    def program(lib):
        xs = operands(lib, *shapes)
        y = call(lib.einsum, *xs)
        (y * y).sum().backward()
        return [y, *[x.grad for x in xs]]

    same(program)


WRONG = {
    "nothing": lambda e, a, b: e(),
    "an operand alone": lambda e, a, b: e(a),
    "an equation alone": lambda e, a, b: e("ij"),
    "a number too large": lambda e, a, b: e(a, [0, 52]),
    "a negative number": lambda e, a, b: e(a, [0, -1]),
    "too large in the result": lambda e, a, b: e(a, [0, 1], [52]),
    "too few": lambda e, a, b: e(a, [0], b, [0, 1]),
    "too many": lambda e, a, b: e(a, [0, 1, 2]),
    "sizes": lambda e, a, b: e(a, [0, 1], b, [0, 1]),
    "unknown in the result": lambda e, a, b: e(a, [0, 1], [2]),
    "twice in the result": lambda e, a, b: e(a, [0, 1], [0, 0]),
    "dots twice": lambda e, a, b: e(a, [..., 0, ...]),
    "text": lambda e, a, b: e(a, ["i", "j"]),
    "a fraction": lambda e, a, b: e(a, [0.5, 1]),
    "None": lambda e, a, b: e(a, [None, 1]),
    "no list": lambda e, a, b: e(a, 3),
    "no tensor": lambda e, a, b: e(a, [0, 1], 2.0, []),
    "a list for a tensor": lambda e, a, b: e(a, [0, 1], [0], [1]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_lists(name):
    """Text that says einsum, of the type that PyTorch raises or of one beside it."""

    def program(lib):
        return WRONG[name](lib.einsum, *operands(lib, A, B))

    if name in ("a fraction", "nothing"):  # PyTorch: chr() got a float; it has no first argument
        with pytest.raises(TypeError, match="einsum"):
            program(pyad)
        return
    assert "einsum" in same_error(program)


def test_what_lists_say_is_what_letters_say():
    rng = random.Random(0)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for _ in range(100):
        numbers = rng.sample(range(52), 4)
        sizes = dict(zip(numbers, (1, 2, 3, 4)))
        lists = [rng.sample(numbers, rng.randint(0, 3)) for _ in range(rng.randint(1, 3))]
        used = sorted({n for one in lists for n in one})
        out = rng.sample(used, rng.randint(0, len(used)))
        xs = operands(pyad, *[[sizes[n] for n in one] for one in lists])
        flat = [part for pair in zip(xs, lists) for part in pair]
        equation = ",".join("".join(letters[n] for n in one) for one in lists)
        assert pyad.einsum(*flat).tolist() == pyad.einsum(equation, *xs).tolist()
        equation += "->" + "".join(letters[n] for n in out)
        assert pyad.einsum(*flat, out).tolist() == pyad.einsum(equation, *xs).tolist()
        theirs = [torch.tensor(x.tolist(), dtype=torch.float64) for x in xs]
        flat = [part for pair in zip(theirs, lists) for part in pair]
        np.testing.assert_allclose(
            pyad.einsum(equation, *xs).tolist(), torch.einsum(*flat, out).tolist(), rtol=1e-12
        )
