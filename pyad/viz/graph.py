"""What a drawing shows, before it has a form: nodes with lines of text, and edges between them.

One collector for each kind of thing that can be drawn; all walk from the result with a queue, so
that deep graphs are cut off near their far end, and none recurses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyad._core import Tensor, Value

Kind = Literal["leaf", "op", "result", "more"]

SMALL = 6  # elements of a tensor that are written out


@dataclass
class Node:
    """A box: its lines, and which boxes it was computed from, with a text for each edge."""

    kind: Kind
    lines: list[str]
    operands: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Graph:
    """Boxes by number; `roots` are the results."""

    nodes: list[Node] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add(self, kind: Kind, *lines: str) -> int:
        """Adds a box and returns its number."""
        self.nodes.append(Node(kind, [line for line in lines if line]))
        return len(self.nodes) - 1


def number(v: float) -> str:
    """A number as boxes show it."""
    return f"{v:.4g}"


Look = tuple[Kind, list[str], Iterable[tuple[Any, str]]]


def walk(roots: Iterable[Any], look: Callable[[Any], Look], max_nodes: int) -> Graph:
    """Collects what `roots` depend on.

    Args:
        roots: Where to begin; objects that keep their identity while they live.
        look: Tells a node's kind, its lines, and its operands with the text of each edge.
        max_nodes: How many to show; further ones appear as one box for each place of the cut.
    """
    graph = Graph()
    numbers: dict[int, int] = {}
    held: list[Any] = []  # so that identities stay true
    queue: deque[tuple[Any, int]] = deque()

    def visit(o: Any) -> int | None:
        if id(o) in numbers:
            return numbers[id(o)]
        if len(numbers) >= max_nodes:
            return None
        numbers[id(o)] = i = graph.add("op")
        held.append(o)
        queue.append((o, i))
        return i

    for root in roots:
        i = visit(root)
        if i is not None:
            graph.roots.append(i)
    while queue:
        o, i = queue.popleft()
        node = graph.nodes[i]
        node.kind, node.lines, operands = look(o)
        cut = 0
        for operand, text in operands:
            j = visit(operand)
            if j is None:
                cut += 1
            else:
                node.operands.append((j, text))
        if cut:
            node.operands.append((graph.add("more", "…"), ""))
    return graph


def of_values(roots: list[Value], names: Mapping[int, str], max_nodes: int) -> Graph:
    """The graph of Values: value, gradient, and the local partial on each edge."""

    def look(v: Value) -> Look:
        parents = v.parents
        name = names.get(id(v)) or v.label
        op = v.op
        head = f"{name} = {op}" if name and op else name or op
        kind: Kind = "op" if parents else "leaf"
        lines = [head, number(v.data), f"grad {number(v.grad)}"]
        return kind, [s for s in lines if s], [(p, number(d)) for p, d in parents]

    graph = walk(roots, look, max_nodes)
    return _marked(graph)


def _marked(graph: Graph) -> Graph:
    for root in graph.roots:
        graph.nodes[root].kind = "result"
    return graph


def _shape(t: Tensor) -> str:
    return f"{tuple(t.shape)} {str(t.dtype).removeprefix('pyad.').removeprefix('torch.')}"


def _content(what: str, t: Tensor) -> str:
    """The elements of a small tensor, the norm of a large one."""
    if t.numel() <= SMALL:
        values = ", ".join(number(float(v)) for v in t.detach().reshape(-1).tolist())
        return f"{what} {values}" if t.dim() == 0 else f"{what} [{values}]"
    if not t.dtype.is_floating_point:
        return ""
    return f"|{what}| {number(float((t.detach() * t.detach()).sum().item()) ** 0.5)}"


def of_tensors(roots: list[Tensor], names: Mapping[int, str], max_nodes: int) -> Graph:
    """The graph behind tensors: functions, and the leaves with shape, dtype and gradient."""

    def of_tensor(t: Tensor) -> list[str]:
        lines = [names.get(id(t), ""), _shape(t), _content("value", t)]
        if t.is_leaf and t.grad is not None:
            lines.append(_content("grad", t.grad))
        return [s for s in lines if s]

    def look(o: Any) -> Look:
        if isinstance(o, Tensor):
            f = o.grad_fn
            return "leaf" if f is None else "result", of_tensor(o), [] if f is None else [(f, "")]
        variable = getattr(o, "variable", None)
        if isinstance(variable, Tensor):
            return "leaf", of_tensor(variable), []
        operands = [(f, "") for f, _ in o.next_functions if f is not None]
        return "op", [o.name().removesuffix("0").removesuffix("Backward")], operands

    return walk(roots, look, max_nodes)


def of_program(picture: tuple[Any, ...], inputs: list[str], max_nodes: int) -> Graph:
    """A captured scalar program, with the values and gradients of its last forward."""
    first_input, n_inputs, steps, outputs, constants, values, adjoints = picture
    first_step = first_input + n_inputs
    slots: dict[int, list[int]] = {}  # one object for each, whose identity counts

    def slot(i: int) -> list[int]:
        return slots.setdefault(i, [i])

    def look(box: list[int]) -> Look:
        i = box[0]
        if i < first_input:
            return "leaf", [number(constants[i])], []
        figures = [] if values is None else [number(values[i]), f"grad {number(adjoints[i])}"]
        if i < first_step:
            return "leaf", [inputs[i - first_input], *figures], []
        name, operands = steps[i - first_step]
        return "op", [name, *figures], [(slot(k), "") for k in operands]

    return _marked(walk([slot(i) for i in dict.fromkeys(outputs)], look, max_nodes))
