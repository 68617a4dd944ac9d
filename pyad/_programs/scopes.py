"""Which names of torch a source file uses, read from its syntax alone.

Note [Names of programs]: imports are followed (`import torch.nn as nn`, `from torch import nn`,
`from torch.optim import Adam as A`), in the scope they stand in and those inside it. A name that a
scope binds otherwise, by a parameter or an assignment, is not torch's there, unless the same scope
imports it too (`try: import torch; except ImportError: torch = None`). Attributes of tensors count
where the receiver is known to be one: the result of a function that always returns a tensor, a
name of a scope all of whose assignments are such, a parameter annotated `torch.Tensor`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from pyad._programs.names import gives_tensor

__all__ = ["Use", "uses"]

TENSOR = "torch.Tensor"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LOOPS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Use(NamedTuple):
    """A name of torch, whole (`torch.nn.Linear`), and the line that uses it."""

    line: int
    name: str


def uses(source: str | bytes, filename: str = "<program>") -> list[Use]:
    r"""All names of torch in a source, in order of lines.

    Args:
        source: The text of a file.
        filename: For errors.

    Raises:
        SyntaxError: It is not Python of this interpreter's version.

    Example:
        >>> from pyad._programs.scopes import uses
        >>> [u.name for u in uses("from torch import nn as n\nn.Linear(2, 3)")]
        ['torch.nn', 'torch.nn.Linear']
    """
    tree = ast.parse(source, filename)
    reader = _Reader()
    reader.scope(tree, {})
    return sorted(set(reader.found))


# What a name means in a scope: a dotted name of torch, "=torch.Tensor" for a tensor, or something
# else (None).
Meanings = dict[str, str | None]
_A_TENSOR = f"={TENSOR}"


class _Reader:
    def __init__(self) -> None:
        self.found: list[Use] = []

    # ---- scopes

    def scope(self, node: ast.AST, outer: Meanings) -> None:
        """Reads one scope: first what its names mean, then what it uses."""
        here = dict(outer)
        bound, imported = self._bound(node)
        here.update(dict.fromkeys(bound))
        here.update(imported)
        self._annotated(node, here)
        self._tensors(node, here, bound - set(imported))
        # Functions in a class do not see the names of its body.
        inside = outer if isinstance(node, ast.ClassDef) else here
        for child in _body(node):
            self._read(child, here, inside)

    def _bound(self, scope: ast.AST) -> tuple[set[str], Meanings]:
        bound: set[str] = set()
        imported: Meanings = {}
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            a = scope.args
            every = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
            bound |= {arg.arg for arg in every if arg is not None}
        for node in _walk(scope):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    name = alias.asname or root
                    if root == "torch":
                        imported[name] = alias.name if alias.asname else root
                        self.found.append(Use(node.lineno, alias.name))
                    else:
                        bound.add(name)
            elif isinstance(node, ast.ImportFrom):
                self._from(node, bound, imported)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                bound.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.ExceptHandler):
                bound.add(node.name or "_")
        return bound, imported

    def _from(self, node: ast.ImportFrom, bound: set[str], imported: Meanings) -> None:
        module = node.module or ""
        ours = not node.level and module.partition(".")[0] == "torch"
        for alias in node.names:
            name = alias.asname or alias.name
            if not ours:
                bound.add(name)
            elif alias.name == "*":
                self.found.append(Use(node.lineno, module))
                imported |= {n: f"{module}.{n}" for n in _starred(module)}
            else:
                imported[name] = f"{module}.{alias.name}"
                self.found.append(Use(node.lineno, f"{module}.{alias.name}"))

    def _annotated(self, scope: ast.AST, here: Meanings) -> None:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            a = scope.args
            for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs]:
                if arg.annotation is not None and self._name(arg.annotation, here) == TENSOR:
                    here[arg.arg] = _A_TENSOR

    def _tensors(self, scope: ast.AST, here: Meanings, bound: set[str]) -> None:
        """Names whose every binding in the scope is a plain assignment of a tensor."""
        values: dict[str, list[ast.expr]] = {}
        stored: dict[str, int] = {}
        for node in _walk(scope):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        values.setdefault(target.id, []).append(node.value)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stored[node.id] = stored.get(node.id, 0) + 1
        plain = {n: v for n, v in values.items() if n in bound and len(v) == stored[n]}
        for _ in range(2):  # x = torch.zeros(2); y = x.exp()
            for name, given in plain.items():
                if here[name] is None and all(self._is_tensor(v, here) for v in given):
                    here[name] = _A_TENSOR

    # ---- expressions

    def _read(self, node: ast.AST, here: Meanings, inside: Meanings) -> None:
        if isinstance(node, ast.Attribute | ast.Name):
            name = self._name(node, here)
            if name is not None:
                self.found.append(Use(node.lineno, name))
                if not isinstance(_root(node), ast.Name):
                    self._read(_root(node), here, inside)
                return
        if isinstance(node, _SCOPES):
            for child in _outside(node):
                self._read(child, here, inside)
            self.scope(node, inside)
            return
        if isinstance(node, _LOOPS):
            here = dict(here)
            for loop in node.generators:
                for target in ast.walk(loop.target):
                    if isinstance(target, ast.Name):
                        here[target.id] = None
        for child in ast.iter_child_nodes(node):
            self._read(child, here, inside)

    def _name(self, node: ast.AST, here: Meanings) -> str | None:
        """The dotted name of torch that an expression is, or None."""
        if isinstance(node, ast.Name):
            meaning = here.get(node.id)
            return None if meaning is None or meaning.startswith("=") else meaning
        if not isinstance(node, ast.Attribute):
            return None
        if self._is_tensor(node.value, here):
            return f"{TENSOR}.{node.attr}"
        owner = self._name(node.value, here)
        return None if owner is None else f"{owner}.{node.attr}"

    def _is_tensor(self, node: ast.AST, here: Meanings) -> bool:
        if isinstance(node, ast.Name):
            return here.get(node.id) == _A_TENSOR
        if isinstance(node, ast.Call):
            name = self._name(node.func, here)
            return name is not None and gives_tensor(name)
        return False


def _root(node: ast.AST) -> ast.AST:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _body(scope: ast.AST) -> list[ast.AST]:
    """What is evaluated inside a scope."""
    if isinstance(scope, ast.Lambda):
        return [scope.body]
    return list(getattr(scope, "body", []))


def _outside(scope: ast.AST) -> Iterator[ast.AST]:
    """What of a definition is evaluated where it stands: decorators, defaults, annotations."""
    inner = {id(child) for child in _body(scope)}
    return (child for child in ast.iter_child_nodes(scope) if id(child) not in inner)


def _walk(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a scope, without those of the scopes inside it."""
    waiting = _body(scope)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _SCOPES):
            waiting += _outside(node)
        elif not isinstance(node, _LOOPS):
            waiting += ast.iter_child_nodes(node)


def _starred(module: str) -> list[str]:
    from pyad._programs.finder import own_module

    try:
        own = own_module(module)
    except ImportError:
        return []
    return list(getattr(own, "__all__", []))
