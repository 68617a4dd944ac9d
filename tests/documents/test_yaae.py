"""The second document: nodes with operations, of which it leaves the insides out.

Its functions and its sweep are joined to a node of ours, whose operations fill the document's stubs
and compute with arrays of the library.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import pyad
from document_blocks import torch_means

NODE = """
import numpy as np
import torch

class Node:
    def __init__(self, data, requires_grad=True, children=()):
        self.data = torch.as_tensor(data, dtype=torch.float64)
        self.requires_grad = requires_grad
        self.children = list(children)
        self._compute_derivatives = lambda: None
        self.grad = Node(torch.zeros_like(self.data), False) if requires_grad else None

    @property
    def shape(self):
        return self.data.shape

    def receive(self, g):
        self.grad = Node(self.grad.data + g, False)
"""
INSIDES = """
Node.__add__, Node.matmul, Node.sin, Node.backward = __add__, matmul, sin, backward

class Operation:
    def __init__(self, *nodes):
        super().__init__(*nodes)
        self.nodes = nodes

    def forward_pass(self):
        super().forward_pass()
        self.out = Node(self.value(*(n.data for n in self.nodes)), True, self.nodes)
        return self.out

    def compute_derivatives(self):
        super().compute_derivatives()
        for node, g in zip(self.nodes, self.pull(self.out.grad.data)):
            if node.requires_grad:
                node.receive(g)

class Add(Operation, Add):
    value = staticmethod(lambda a, b: a + b)

    def pull(self, g):
        return g, g

class Matmul(Operation, Matmul):
    value = staticmethod(lambda a, b: a @ b)

    def pull(self, g):
        a, b = (n.data for n in self.nodes)
        return g @ b.T, a.T @ g

class Sin(Operation, Sin):
    value = staticmethod(lambda a: a.sin())

    def pull(self, g):
        return (g * self.nodes[0].data.cos(),)
"""


@pytest.fixture
def engine(run):
    """The document's functions and sweep with what they leave out."""
    space = run("yaae/operators yaae/backward", prologue=NODE)
    with torch_means(pyad):
        exec(INSIDES, space)
    return space


def test_stubs_are_stubs(run):
    """As it stands the sketch computes nothing."""
    space = run("yaae/operators yaae/backward")
    for name, operands in (("Add", 2), ("Matmul", 2), ("Sin", 1)):
        operation = space[name](*range(operands))
        assert operation.forward_pass() is None
        assert operation.compute_derivatives() is None
    with pytest.raises(AttributeError, match="NoneType"):
        space["__add__"](1, 2)


def test_operators(engine):
    node = engine["Node"]
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, -1.0], [0.25, 2.0]])
    x, y = node(a), node(b)
    np.testing.assert_array_equal((x + y).data.numpy(), a + b)
    np.testing.assert_array_equal(x.matmul(y).data.numpy(), a @ b)
    np.testing.assert_allclose(x.sin().data.numpy(), np.sin(a), rtol=1e-15)
    assert (x + y).children == [x, y]


def test_sweep_over_numbers(engine):
    node = engine["Node"]
    x = node(1.2)
    y = x.sin() + x + x.sin().sin()
    y.backward()
    slope = math.cos(1.2) * (1 + math.cos(math.sin(1.2))) + 1
    assert y.grad.data.item() == 1.0
    assert x.grad.data.item() == pytest.approx(slope, rel=1e-15)


def test_sweep_over_matrices_as_the_engine(engine):
    node, rng = engine["Node"], np.random.default_rng(1)
    a, b, g = (rng.standard_normal(s) for s in ((3, 4), (4, 2), (3, 2)))
    x, w = node(a), node(b)
    hidden = x.matmul(w)
    out = hidden.sin() + hidden
    with pytest.raises(RuntimeError, match="grad must be specified"):
        out.backward()
    out.backward(g)

    u, v = (pyad.tensor(t, requires_grad=True) for t in (a, b))
    h = u @ v
    (h.sin() + h).backward(pyad.tensor(g))
    np.testing.assert_allclose(x.grad.data.numpy(), u.grad.numpy(), rtol=1e-13)
    np.testing.assert_allclose(w.grad.data.numpy(), v.grad.numpy(), rtol=1e-13)


def test_given_gradient_is_an_array_a_list_or_a_node(engine):
    node = engine["Node"]
    for given in (np.array([1.0, 10.0]), [1.0, 10.0], node([1.0, 10.0], False)):
        x = node([0.5, 0.7])
        x.sin().backward(given)
        want = np.cos([0.5, 0.7]) * [1.0, 10.0]
        np.testing.assert_allclose(x.grad.data.numpy(), want, rtol=1e-15)


def test_topological_order(engine):
    """Children come before what is made of them, each node once."""
    node = engine["Node"]
    w1, w2 = node(2.0), node(3.0)
    w3, w4 = w1 + w2, w1.sin()
    w5 = w3 + w4
    assert engine["topo_sort"](w5, [], set()) == [w1, w2, w3, w4, w5]
