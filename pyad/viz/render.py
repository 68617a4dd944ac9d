"""The forms of a drawing: Graphviz's language, and text for where Graphviz is not."""

from __future__ import annotations

import contextlib
import importlib
import shutil
from typing import Any

from pyad.viz.graph import Graph

_STYLES = {
    "leaf": 'shape=box, style="rounded,filled", fillcolor="#e8f1fa"',
    "op": "shape=box",
    "result": 'shape=box, style=filled, fillcolor="#fdf0d5"',
    "more": "shape=plaintext",
}
_DEEPEST = 60  # levels of the text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def dot_lines(graph: Graph) -> list[str]:
    """The drawing in Graphviz's language, without the frame around it."""
    lines = ["\trankdir=LR", '\tnode [fontname="monospace", fontsize=10]', "\tedge [fontsize=9]"]
    for i, node in enumerate(graph.nodes):
        lines.append(f"\tn{i} [label={_quoted(chr(10).join(node.lines))}, {_STYLES[node.kind]}]")
    for i, node in enumerate(graph.nodes):
        for j, text in node.operands:
            label = f" [label={_quoted(text)}]" if text else ""
            lines.append(f"\tn{j} -> n{i}{label}")
    return lines


def tree(graph: Graph) -> str:
    """The drawing as an indented tree, results first; what is used twice is written once."""
    uses = [0] * len(graph.nodes)
    for node in graph.nodes:
        for j, _ in node.operands:
            uses[j] += 1
    marks: dict[int, int] = {}
    lines: list[str] = []
    # Of each node: what stands before it on its line and on the lines below, and its edge.
    stack = [(root, "", "", "") for root in reversed(graph.roots)]
    while stack:
        i, before, below, edge = stack.pop()
        node = graph.nodes[i]
        text = before + (f"({edge}) " if edge else "") + "  ".join(node.lines)
        if i in marks:
            head = "  ".join(node.lines[:1])
            lines.append(f"{before}{f'({edge}) ' if edge else ''}{head}  ↑ [{marks[i]}]")
            continue
        if uses[i] > 1:
            marks[i] = len(marks) + 1
            text += f"  [{marks[i]}]"
        lines.append(text)
        operands = node.operands
        if operands and len(below) >= 3 * _DEEPEST:
            lines.append(below + "└─ …")
            continue
        for k, (j, label) in reversed(list(enumerate(operands))):
            last = k + 1 == len(operands)
            stack.append(
                (j, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), label)
            )
    return "\n".join(lines)


class Drawing:
    """A drawing where Graphviz is missing: it prints as text, and says what a picture needs.

    Attributes:
        source: The drawing in Graphviz's language.
        text: The drawing as an indented tree.
        missing: What to install.
    """

    def __init__(self, source: str, text: str, missing: str) -> None:
        self.source = source
        self.text = text
        self.missing = missing

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ImportError, which says what to install; so do `view`, `pipe` and `save`."""
        raise ImportError(
            f"draw: a picture needs Graphviz: {self.missing}. Without it a drawing has `text` and "
            "`source` (Graphviz's language)"
        )

    view = pipe = save = unflatten = render

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text}


def drawn(graph: Graph) -> Any:
    """A `graphviz.Digraph` where package and program are there, else a `Drawing`."""
    body = dot_lines(graph)
    graphviz: Any = None
    with contextlib.suppress(ImportError):
        graphviz = importlib.import_module("graphviz")
    wanted = [] if graphviz is not None else ["its Python package (pip install graphviz)"]
    if shutil.which("dot") is None:
        wanted.append("its program dot (apt install graphviz, brew install graphviz)")
    if wanted:
        source = "\n".join(["digraph pyad {", *body, "}", ""])
        return Drawing(source, tree(graph), f"install {' and '.join(wanted)}")
    return graphviz.Digraph("pyad", body=[line + "\n" for line in body])
