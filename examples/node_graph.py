"""Nodes, the graph they make, and the chain rule in both directions.

Run it as `python examples/node_graph.py`. For f = x1 x2 + sin x1 it prints the graph in topological
order, then a table with the derivatives of every node by the inputs (forward mode, one sweep an
input) beside the derivatives of f by every node (reverse mode, one sweep an output). It defines an
operator and a function of its own, asks a vector for its gradient, and differentiates a gradient.
"""

from __future__ import annotations

import argparse
from typing import Any

import pyad
from pyad.autograd import Function, forward_ad

NAMES = ["w1 = x1", "w2 = x2", "w3 = w1 w2", "w4 = sin w1", "w5 = w3 + w4"]
START = [2.0, 3.0]


class Multiply(Function):
    """An operator: its value, and how derivatives pass it in both directions."""

    @staticmethod
    def forward(ctx: Any, x: pyad.Tensor, y: pyad.Tensor) -> pyad.Tensor:
        """The product."""
        ctx.save_for_backward(x, y)
        ctx.save_for_forward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, g: pyad.Tensor) -> tuple[pyad.Tensor, pyad.Tensor]:
        """What an output's gradient is worth at each operand."""
        x, y = ctx.saved_tensors
        return g * y, g * x

    @staticmethod
    def jvp(ctx: Any, tx: pyad.Tensor, ty: pyad.Tensor) -> pyad.Tensor:
        """The product rule."""
        x, y = ctx.saved_tensors
        return tx * y + x * ty


class Sine(Function):
    """A function: the same three methods, one operand less."""

    @staticmethod
    def forward(ctx: Any, x: pyad.Tensor) -> pyad.Tensor:
        """The sine."""
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, g: pyad.Tensor) -> pyad.Tensor:
        """The chain rule, from the outside in."""
        (x,) = ctx.saved_tensors
        return g * x.cos()

    @staticmethod
    def jvp(ctx: Any, tx: pyad.Tensor) -> pyad.Tensor:
        """The chain rule, from the inside out."""
        (x,) = ctx.saved_tensors
        return tx * x.cos()


def inputs(asked: bool = True) -> list[pyad.Tensor]:
    return [pyad.tensor(v, dtype=pyad.float64, requires_grad=asked) for v in START]


def evaluate(x1: pyad.Tensor, x2: pyad.Tensor) -> list[pyad.Tensor]:
    """Returns all five nodes."""
    w3 = x1 * x2
    w4 = pyad.sin(x1)
    return [x1, x2, w3, w4, w3 + w4]


def topological_order(y: pyad.Tensor) -> list[Any]:
    """The nodes behind `y`, each after its children, by a depth-first walk without recursion."""
    order: dict[Any, None] = {}
    stack = [(y.grad_fn, False)]
    while stack:
        node, children_done = stack.pop()
        if children_done:
            order[node] = None
        elif node not in order:
            stack.append((node, True))
            stack.extend((child, False) for child, _ in reversed(node.next_functions) if child)
    return list(order)


def forward_mode() -> list[list[float]]:
    """Derivatives of every node by x1 and by x2: tangents travel along with the values."""
    columns = []
    for seed in (0, 1):
        with forward_ad.dual_level():
            x = inputs(asked=False)
            duals = [
                forward_ad.make_dual(v, pyad.full_like(v, float(i == seed)))
                for i, v in enumerate(x)
            ]
            tangents = [forward_ad.unpack_dual(w).tangent for w in evaluate(*duals)]
            columns.append([0.0 if t is None else t.item() + 0.0 for t in tangents])
    return columns


def reverse_mode() -> tuple[list[float], list[float]]:
    """Values of all nodes, and the derivatives of the last by each: one sweep gives them all."""
    nodes = evaluate(*inputs())
    for w in nodes:
        w.retain_grad()
    nodes[-1].backward()
    return [w.item() for w in nodes], [w.grad.item() for w in nodes]


def own_operations() -> list[float]:
    """The gradient of f written with the two classes above."""
    x1, x2 = inputs()
    (Multiply.apply(x1, x2) + Sine.apply(x1)).backward()
    return [x1.grad.item(), x2.grad.item()]


def gradient_of_a_vector() -> tuple[str, list[float]]:
    """A vector has no gradient of its own: `backward` wants the weights of its elements."""
    x = pyad.tensor(START, dtype=pyad.float64, requires_grad=True)
    y = x**2
    refused = ""
    try:
        y.backward()
    except RuntimeError as e:
        refused = str(e)
    y.backward(pyad.tensor([1.0, 10.0], dtype=pyad.float64))
    return refused, x.grad.tolist()


def gradient_of_a_gradient() -> float:
    """A gradient is a node as well: here the second derivative by x1, -sin x1."""
    x1, x2 = inputs()
    (slope,) = pyad.autograd.grad(evaluate(x1, x2)[-1], x1, create_graph=True)
    slope.backward()
    return x1.grad.item()


def sweeps() -> tuple[list[list[float]], list[list[float]]]:
    """A Jacobian of 3 outputs and 2 inputs: its columns by 2 tangents, its rows by 3 cotangents."""

    def outputs(x: pyad.Tensor) -> pyad.Tensor:
        return pyad.stack([x[0] * x[1], x[0].sin(), x[1].exp()])

    x = pyad.tensor(START, dtype=pyad.float64)
    unit = pyad.eye(3, dtype=pyad.float64)
    columns = [pyad.autograd.functional.jvp(outputs, x, unit[j, :2])[1] for j in range(2)]
    rows = [pyad.autograd.functional.vjp(outputs, x, unit[i])[1] for i in range(3)]
    return pyad.stack(columns, dim=1).tolist(), pyad.stack(rows).tolist()


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="as without: nothing is long")
    parser.parse_args(arguments)

    order = topological_order(evaluate(*inputs())[-1])
    print("the graph of x1 x2 + sin x1, children first:")
    for i, node in enumerate(order):
        children = ", ".join(str(order.index(child)) for child, _ in node.next_functions)
        print(f"  {i}  {node.name():16} {'of ' + children if children else 'an input'}")

    by_x1, by_x2 = forward_mode()
    values, of_f = reverse_mode()
    print("\n               value   forward: dw/dx1   dw/dx2   reverse: dw5/dw")
    for name, *row in zip(NAMES, values, by_x1, by_x2, of_f, strict=True):
        print(f"{name:13}" + "{:8.4f}{:16.4f}{:11.4f}{:15.4f}".format(*row))

    own = own_operations()
    print(f"\nwith an operator and a function of our own: {own[0]:.4f}, {own[1]:.4f}")
    refused, of_a_vector = gradient_of_a_vector()
    print(f"x² of a vector, without weights: {refused}")
    print(f"x² of a vector, with weights 1 and 10: {of_a_vector}")
    second = gradient_of_a_gradient()
    print(f"the gradient's own gradient, -sin x1: {second:.4f}")
    forward, reverse = sweeps()
    print(f"a 3 by 2 Jacobian by 2 forward sweeps and by 3 reverse sweeps: {forward == reverse}")
    return {
        "order": [node.name() for node in order],
        "values": values,
        "forward": [by_x1, by_x2],
        "reverse": of_f,
        "own": own,
        "refused": bool(refused),
        "vector": of_a_vector,
        "second": second,
        "jacobians": [forward, reverse],
    }


if __name__ == "__main__":
    main()
