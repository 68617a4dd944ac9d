"""Linear maps as objects: what a function is near a point, and the transpose of a linear function.

A linear map is a recorded call. Its transpose is a backward sweep, which is linear in what it
starts from; recorded itself, and swept back, it is the map again. So forward mode costs two sweeps
here, and one program serves all tangents and cotangents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.autograd.grad_mode import enable_grad, no_grad
from pyad.func.arguments import Chosen, as_given
from pyad.func.derivatives import (
    Sweep,
    as_cotangents,
    as_tangents,
    function_name,
    is_watched,
    tensors_of,
)
from pyad.func.trees import unflatten

__all__ = ["LinearMap", "linear_transpose", "linearize"]


class _Recorded:
    """A call whose tangents and cotangents can be asked for again and again."""

    def __init__(
        self, op: str, func: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool
    ) -> None:
        if not primals:
            raise RuntimeError(f"{op}: got no primals; pass the arguments of the function after it")
        self.op = op
        self.chosen = Chosen(op, tuple(range(len(primals))), primals)
        self.sweep = Sweep(op, func, self.chosen, {}, has_aux)
        roots, self.tree = tensors_of(op, self.sweep.value)
        self.sweep.close(roots)
        # Stand-ins for cotangents and the gradients they lead to, made at the level of the call.
        with enable_grad():
            self.seeds = [_core.fresh_input(_core.ones_like(y)) for y in roots]
            _core.reopen_transform(self.sweep.number)
            try:
                self.swept = self._gradients(roots, self.sweep.inputs, self.seeds, create=True)
            finally:
                _core.close_transform()
        self.sweep.finish()
        for x in self.seeds:
            _core.finish_input(x)

    def _gradients(
        self,
        outputs: Sequence[Tensor | None],
        inputs: Sequence[Tensor],
        seeds: Sequence[Tensor],
        *,
        create: bool,
    ) -> Sequence[Tensor | None]:
        kept = [i for i, y in enumerate(outputs) if y is not None and y.requires_grad]
        if not kept:
            return [None] * len(inputs)
        chosen = [y for y in outputs if y is not None and y.requires_grad]
        return _core.grad(chosen, inputs, [seeds[i] for i in kept], True, create, True)

    def pushed(self, tangents: Sequence[Tensor]) -> list[Tensor]:
        """The Jacobian times tangents of the inputs."""
        found = self._gradients(
            self.swept, self.seeds, tangents, create=self.sweep.watched or is_watched(tangents)
        )
        return [
            _core.without_history(_core.zeros_like(y)) if t is None else t
            for t, y in zip(found, self.sweep.roots, strict=True)
        ]

    def pulled(self, cotangents: Sequence[Tensor]) -> list[Tensor]:
        """Cotangents of the outputs times the Jacobian."""
        return self.sweep.gradients(cotangents, True)


def _kind(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('pyad.')}{list(x.shape)}"


def _steps(sources: Sequence[Tensor | None], targets: Sequence[Tensor]) -> str:
    """A sweep from `sources` to `targets`: a line for each node on the way, then what it gives."""
    # Nodes are those of all examples.
    sources = [None if t is None else _core.all_examples(t) for t in sources]
    targets = list(map(_core.all_examples, targets))
    ends = {id(t.grad_fn): i for i, t in enumerate(targets) if t.grad_fn is not None}
    names = {id(t): i for i, t in enumerate(targets)}
    arrivals: list[list[str]] = [[] for _ in targets]

    def end_of(node: Any) -> int | None:
        variable = getattr(node, "variable", None)
        return ends.get(id(node)) if variable is None else names.get(id(variable))

    # Depth first, without recursion: a node stands before those it leads to.
    order: list[Any] = []
    useful: dict[int, bool] = {}
    stack = [
        (t.grad_fn, False) for t in reversed(sources) if t is not None and t.grad_fn is not None
    ]
    while stack:
        node, seen = stack.pop()
        nexts = [n for n, _ in node.next_functions if n is not None]
        if seen:
            useful[id(node)] = any(end_of(n) is not None or useful.get(id(n), False) for n in nexts)
            order.append(node)
        elif id(node) not in useful and end_of(node) is None:
            useful[id(node)] = False
            stack.append((node, True))
            stack += [(n, False) for n in reversed(nexts)]
    incoming: dict[int, list[str]] = {}

    def send(value: str, node: Any) -> None:
        if node is None:
            return
        end = end_of(node)
        if end is not None:
            arrivals[end].append(value)
        elif useful.get(id(node), False):
            incoming.setdefault(id(node), []).append(value)

    for i, t in enumerate(sources):
        if t is not None and t.requires_grad:
            end = names.get(id(t))
            if end is not None:
                arrivals[end].append(f"in{i}")
            else:
                send(f"in{i}", t.grad_fn)
    lines: list[str] = []
    for node in reversed(order):
        if not useful[id(node)] or id(node) not in incoming:
            continue
        value = f"v{len(lines)}"
        name = node.name().removesuffix("0").removesuffix("Backward")
        lines.append(f"  {value} = {name}({' + '.join(incoming[id(node)])})")
        for n, _ in node.next_functions:
            send(value, n)
    lines += [f"  out{i} = {' + '.join(a) or '0'}" for i, a in enumerate(arrivals)]
    return "\n".join(lines)


class LinearMap:
    """A linear function of tensors: what `linearize` and `linear_transpose` return.

    It can be applied many times, inside `vmap` too, and `transpose` gives it the other way round.
    Printed, it shows the sweep that applies it: steps are called as the operations that they were
    recorded from, and are the transposes of their derivatives.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([0.0, 1.0])
        >>> y, push = pyad.func.linearize(lambda x: 3 * x.flip(0), x)
        >>> push(pyad.tensor([2.0, 0.0]))
        tensor([0., 6.])
        >>> push.transpose()(pyad.tensor([2.0, 0.0]))
        (tensor([0., 6.]),)
        >>> push
        LinearMap: float32[2] -> float32[2]
          v0 = Flip(in0)
          v1 = Mul(v0)
          out0 = v1
    """

    def __init__(self, recorded: _Recorded, *, backward: bool = False) -> None:
        self._recorded = recorded
        self._backward = backward

    def __call__(self, *values: Any) -> Any:
        """The map at tangents, one for each primal; transposed, at cotangents of the output."""
        recorded, chosen = self._recorded, self._recorded.chosen
        sweep = recorded.sweep
        if not self._backward:
            tangents = as_tangents("LinearMap", chosen, values)
            return chosen.form.wrap(unflatten(recorded.tree, recorded.pushed(tangents)))
        if len(values) != 1:
            raise TypeError(
                "LinearMap: transposed, it takes one argument, nested as the output, got "
                f"{len(values)}"
            )
        seeds = as_cotangents("LinearMap", values[0], sweep.roots, recorded.tree)
        found = recorded.pulled(seeds)
        return chosen.result([as_given(g, x) for g, x in zip(found, chosen.given, strict=True)])

    def transpose(self) -> LinearMap:
        """The map from cotangents of outputs to those of inputs; transposed, this one again."""
        return LinearMap(self._recorded, backward=not self._backward)

    @property
    def T(self) -> LinearMap:  # noqa: N802
        """The transpose."""
        return self.transpose()

    def __repr__(self) -> str:
        sweep = self._recorded.sweep
        inputs, outputs = (", ".join(map(_kind, x)) for x in (sweep.inputs, sweep.roots))
        if self._backward:
            return f"LinearMap: {outputs} -> {inputs}\n{_steps(sweep.roots, sweep.inputs)}"
        steps = _steps(self._recorded.swept, self._recorded.seeds)
        return f"LinearMap: {inputs} -> {outputs}\n{steps}"


def linearize(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and the linear map that it is near there: its Jacobian.

    `jvp(func, primals, tangents)` runs the function for every direction, this once for all of them.

    Args:
        func: From tensors to tensors, nested at will.
        *primals: Where: tensors, NumPy arrays or numbers, nested; all are differentiated by.
        has_aux: Whether `func` returns something beside its value.

    Returns:
        (value, map), with `has_aux` (value, map, aux). The map is a `LinearMap`: it takes tangents
        nested as the primals and returns the value's; its `transpose()` is what `vjp` returns.

    Raises:
        RuntimeError: `func` returns something else than tensors; tangents do not fit the primals.

    Example:
        >>> import pyad
        >>> y, push = pyad.func.linearize(lambda x: x * x, 3.0)
        >>> y, push(1.0), push(0.5)
        (9.0, 6.0, 3.0)
    """
    recorded = _Recorded("linearize", func, primals, has_aux)
    wrap, sweep = recorded.chosen.form.wrap, recorded.sweep
    value = wrap(sweep.shown(sweep.value))
    if has_aux:
        return value, LinearMap(recorded), wrap(sweep.shown(sweep.aux))
    return value, LinearMap(recorded)


def linear_transpose(func: Callable[..., Any], *primals: Any) -> LinearMap:
    """The transpose of a function that is linear.

    Args:
        func: Linear in all its arguments together, from tensors to tensors, nested at will.
        *primals: Arguments whose shapes and dtypes are the function's; their values are not used.

    Returns:
        A `LinearMap` from cotangents, nested as the function's value, to a tuple of those of the
        arguments; its `transpose()` is the function.

    Raises:
        ValueError: The function is not linear.
        RuntimeError: It returns something else than tensors.

    Example:
        >>> import pyad
        >>> flip = pyad.func.linear_transpose(lambda x: 3 * x.cumsum(0), pyad.zeros(3))
        >>> flip(pyad.tensor([1.0, 0.0, 1.0]))
        (tensor([6., 3., 3.]),)
    """
    if not primals:
        raise RuntimeError(
            "linear_transpose: got no primals; pass the arguments of the function after it"
        )
    chosen = Chosen("linear_transpose", tuple(range(len(primals))), primals)
    draw = np.random.default_rng(0).standard_normal
    drawn = [draw(x.shape) for x in chosen.inputs]
    # Of the other sign everywhere, and of another size: a kink at zero is seen.
    others = [-np.sign(a) * np.abs(draw(a.shape)) for a in drawn]
    here, there = (
        tuple(
            chosen.nest(
                [_core.tensor(a, dtype=x.dtype) for a, x in zip(made, chosen.inputs, strict=True)]
            )
        )
        for made in (drawn, others)
    )
    recorded = _Recorded("linear_transpose", func, here, has_aux=False)
    # Results go where the primals came from.
    recorded.chosen.given, recorded.chosen.form = chosen.given, chosen.form
    pushed = recorded.pushed(as_tangents("linear_transpose", recorded.chosen, there))
    with no_grad():
        values, _ = tensors_of("linear_transpose", func(*there))
    for y, z in zip(values, pushed, strict=True):
        rounding = 1e-3 if y.dtype == _core.float32 else 1e-8
        if not y.numel():
            continue
        limit = rounding * _core.maximum(y.abs().amax(), z.abs().amax())
        if _core.any_true(((y - z).abs() <= limit).logical_not()):
            raise ValueError(
                f"linear_transpose: {function_name(func)!r} is not linear: its value differs from "
                "its derivative times the argument"
            )
    return LinearMap(recorded, backward=True)
