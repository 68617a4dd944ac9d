"""Custom functions inside `vmap`: their own rule for batches, or one made of their static methods.

Without a rule of its own a function is one node on the tensors of all examples. What its methods
see are examples: each of them runs inside a level of its own, where what was saved and what comes
in are put back into a batch. So the graph, tangents and derivatives of any order know nothing of
batches, as everywhere (the engine's Note [Batch rules]).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pyad import _core
from pyad._core import Tensor
from pyad.autograd.function import Function, FunctionMeta
from pyad.func.trees import Tree, flatten, spread, unflatten

__all__: list[str] = []


class VmapInfo(NamedTuple):
    """What a `vmap` static method is told of the batch."""

    batch_size: int
    randomness: str


def apply_batched(cls: FunctionMeta, args: tuple[Any, ...], level: int) -> Any:
    """The function of batched arguments."""
    info = VmapInfo(*_core.batch_info(level))
    if getattr(cls, "vmap", None) is not None:
        return _by_rule(cls, args, level, info)
    inside, whole, tree = _all_examples(args, level)
    call = _Call(cls, inside, tree, level, info)
    made = _OfExamples.apply(call, *whole)
    if not isinstance(made, tuple):
        return _core.to_batch(made, 0, level) if call.results[0] else made
    return tuple(
        _core.to_batch(y, 0, level) if b else y for y, b in zip(made, call.results, strict=True)
    )


def _all_examples(args: tuple[Any, ...], level: int) -> tuple[list[bool], list[Any], Tree]:
    """Which leaves are examples, the leaves with all examples in front, and how they nest."""
    leaves, tree = flatten(args)
    inside = [isinstance(x, Tensor) and _core.in_batch(x, level) for x in leaves]
    whole = [_core.from_batch(x, level, 0) if b else x for x, b in zip(leaves, inside, strict=True)]
    return inside, whole, tree


def _by_rule(cls: FunctionMeta, args: tuple[Any, ...], level: int, info: VmapInfo) -> Any:
    name = cls.__name__
    if cls.generate_vmap_rule:  # type: ignore[attr-defined]
        raise RuntimeError(
            f"You tried to vmap over {name}, but it has both generate_vmap_rule=True and an "
            "overriden vmap staticmethod. Please set generate_vmap_rule=False or delete the "
            "overriden vmap staticmethod to avoid ambiguity."
        )
    inside, whole, tree = _all_examples(args, level)
    in_dims = unflatten(tree, [0 if b else None for b in inside])
    returned = cls.vmap(info, in_dims, *unflatten(tree, whole))  # type: ignore[attr-defined]
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise RuntimeError(
            f"Expected the vmap staticmethod of {name} to have two returns, an output and out_dims "
            f"with nesting compatible with the output; got {type(returned).__name__}"
        )
    output, out_dims = returned
    made, made_tree = flatten(output)
    dims = spread(out_dims, made_tree)
    if dims is None or any(isinstance(d, bool) or not isinstance(d, int | None) for d in dims):
        raise RuntimeError(
            f"The vmap staticmethod of {name} returned out_dims {out_dims} that do not fit its "
            f"output, nested as {made_tree}; give an int or None for each, or one for all"
        )
    return unflatten(
        made_tree,
        [
            y if d is None or not isinstance(y, Tensor) else _core.to_batch(y, d, level)
            for y, d in zip(made, dims, strict=True)
        ],
    )


class _Place(NamedTuple):
    """Where a tensor is among those that were saved, and whether it was an example."""

    number: int
    batched: bool


class _Context:
    """What the methods of a function see as `ctx` while tensors are examples."""

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        self.saved_tensors = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        self._for_forward = tensors

    def set_materialize_grads(self, value: bool) -> None:
        self._materialize = value

    def mark_non_differentiable(self, *tensors: Any) -> None:
        self._constant = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        if tensors:
            raise RuntimeError(
                "mark_dirty: a custom function that writes into its arguments cannot be batched by "
                "itself; give it a vmap static method"
            )

    _for_forward: tuple[Any, ...] = ()
    _constant: tuple[Any, ...] = ()
    _materialize = True


class _Call:
    """One call: the function, how its arguments nest, and which leaves and results are batched."""

    def __init__(
        self, cls: FunctionMeta, batched: list[bool], tree: Tree, level: int, info: VmapInfo
    ) -> None:
        self.cls, self.batched, self.tree = cls, batched, tree
        self.level, self.info = level, info
        self.results: list[bool] = []
        # The leaf that is an argument itself, for each argument; -1 for those that hold others.
        starts, self.place = 0, []
        for child in tree.children:
            self.place.append(starts if child.kind is None else -1)
            starts += child.n_leaves

    @contextmanager
    def inside(self) -> Iterator[int]:
        """The level of the call, or another like it: what methods close over belongs to that."""
        counts = _core.resume_levels()
        try:
            if _core.is_open_level(self.level):
                yield self.level
                return
            level = _core.enter_batch(*self.info)
            try:
                yield level
            finally:
                _core.exit_batch(level)
        finally:
            _core.restore_levels(counts)

    def of_arguments(self, leaves: Sequence[Any], missing: Any) -> tuple[Any, ...]:
        """What is said of leaves, for each argument."""
        return tuple(leaves[at] if at >= 0 else missing for at in self.place)

    def method(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.cls, name)
        return found


def _keep(ctx: _Context, level: int, known: dict[int, Tensor]) -> tuple[list[Tensor], Any]:
    """What ctx carries, outside the level: all its tensors, and the rest with their places.

    Tensors go only where they are saved: a batch further out gives them to each method anew.
    """
    tensors: list[Tensor] = []

    def place(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        batched = _core.in_batch(x, level)
        whole = known.get(id(x))
        if whole is None:
            whole = _core.from_batch(x, level, 0) if batched else x
        tensors.append(whole)
        return _Place(len(tensors) - 1, batched)

    kept = {}
    for name, value in vars(ctx).items():
        leaves, tree = flatten(value)
        kept[name] = [place(x) for x in leaves], tree
    return tensors, kept


def _restore(kept: Any, tensors: Sequence[Any], level: int) -> _Context:
    """The ctx in another level."""

    def put(x: Any) -> Any:
        if not isinstance(x, _Place):
            return x
        tensor = tensors[x.number]
        return _core.to_batch(tensor, 0, level) if x.batched else tensor

    ctx = _Context()
    for name, (leaves, tree) in kept.items():
        setattr(ctx, name, unflatten(tree, [put(x) for x in leaves]))
    return ctx


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class _OfExamples(Function):
    """Another function, as one of the tensors of all examples."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *whole: Any) -> Any:
        inner = _Context()
        inner.needs_input_grad = call.of_arguments(ctx.needs_input_grad[1:], False)
        with call.inside() as level:
            leaves = [
                _core.to_batch(x, 0, level) if b else x
                for x, b in zip(whole, call.batched, strict=True)
            ]
            args = unflatten(call.tree, leaves)
            if call.cls._has_setup_context:
                returned = call.method("forward")(*args)
                call.method("setup_context")(inner, args, returned)
            else:
                returned = call.method("forward")(inner, *args)
            known = {id(a): x for a, x in zip(leaves, whole, strict=True) if isinstance(x, Tensor)}
            outputs = _as_tuple(returned)
            # One batched: all are, so that a cotangent is always that of each example.
            any_batched = any(isinstance(y, Tensor) and _core.in_batch(y, level) for y in outputs)
            call.results, made = [], []
            for y in outputs:
                batched = any_batched and isinstance(y, Tensor)
                call.results.append(batched)
                if isinstance(y, Tensor):
                    spread = batched and (id(y) not in known or not _core.in_batch(y, level))
                    if spread or id(y) not in known:
                        known[id(y)] = _core.from_batch(y, level, 0) if batched else y
                    y = known[id(y)]
                made.append(y)
            constant = [known[id(y)] for y in inner._constant if id(y) in known]
            inner._constant = ()
            tensors, ctx.kept = _keep(inner, level, known)
        ctx.call = call
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)
        ctx.set_materialize_grads(inner._materialize)
        if constant:
            ctx.mark_non_differentiable(*constant)
        return tuple(made) if isinstance(returned, tuple) else made[0]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        call: _Call = ctx.call
        rule = call.cls._backward_rule
        with call.inside() as level:
            inner = _restore(ctx.kept, ctx.saved_tensors, level)
            inner.needs_input_grad = call.of_arguments(ctx.needs_input_grad[1:], False)
            seeds = [
                _core.to_batch(g, 0, level) if isinstance(g, Tensor) and b else g
                for g, b in zip(cotangents, call.results, strict=True)
            ]
            found = _as_tuple(rule(inner, *seeds))
            made: list[Any] = [None] * len(call.batched)
            extra = [g for g in found[len(call.place) :] if g is not None]
            if extra or len(found) < len(call.place):
                return (None, *found)  # which says how many there should be
            for at, g in zip(call.place, found, strict=False):
                if at < 0 or not isinstance(g, Tensor):
                    made[at if at >= 0 else 0] = g if at >= 0 else made[0]
                elif call.batched[at]:
                    made[at] = _core.from_batch(g, level, 0)
                elif any(call.results) or _core.in_batch(g, level):
                    # One argument for all examples: the sum of what each gives.
                    made[at] = _core.from_batch(g, level, 0).sum(0)
                else:
                    made[at] = g
        return (None, *made)

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        call: _Call = ctx.call
        with call.inside() as level:
            inner = _restore(ctx.kept, ctx.saved_tensors, level)
            inner.saved_tensors = inner._for_forward
            inside = [
                _core.to_batch(t, 0, level) if isinstance(t, Tensor) and b else t
                for t, b in zip(tangents, call.batched, strict=True)
            ]
            found = _as_tuple(call.method("jvp")(inner, *call.of_arguments(inside, None)))
            made = [
                _core.from_batch(t, level, 0) if isinstance(t, Tensor) and b else t
                for t, b in zip(found, call.results, strict=False)
            ]
        return tuple(made)
