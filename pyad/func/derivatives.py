"""Derivatives as functions of functions: gradients, products with Jacobians, Jacobians, Hessians.

The names and signatures are torch.func's, and JAX's `value_and_grad` and `hvp`. Nothing is written
to `.grad`; transforms nest in any order, with each other and with `vmap`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.autograd.batched import unit_vectors
from pyad.autograd.grad_mode import enable_grad
from pyad.func.arguments import Chosen, as_given
from pyad.func.batching import as_chunk, vmap
from pyad.func.trees import Tree, flatten, spread, tree_map, unflatten

__all__ = [
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "value_and_grad",
    "vjp",
]

Function = Callable[..., Any]


def function_name(func: Any) -> str:
    return getattr(func, "__name__", type(func).__name__)


def tensors_of(op: str, value: Any) -> tuple[list[Tensor], Tree]:
    leaves, tree = flatten(value)
    for y in leaves:
        if not isinstance(y, Tensor):
            raise RuntimeError(
                f"{op}: expected the function to return only tensors, got {type(y).__name__!r}"
            )
    return leaves, tree


def _check_floating(op: str, func: Function, roots: Sequence[Tensor]) -> None:
    for y in roots:
        if not y.is_floating_point():
            raise RuntimeError(
                f"{op}: expected the function {function_name(func)!r} to return floating tensors, "
                f"got one of {y.dtype}, which has no derivative; convert it with .to(float32), or "
                "return it as aux (has_aux=True)"
            )


def _split_aux(op: str, value: Any, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return value, None
    if not (isinstance(value, tuple) and len(value) == 2):
        raise RuntimeError(
            f"{op}: output of the function should be a tuple (output, aux) if has_aux is True"
        )
    return value


def is_watched(seeds: Sequence[Tensor | None] | None) -> bool:
    """Whether what is computed from these can be differentiated by something."""
    if seeds is None or not _core.is_grad_enabled():
        return False
    return _core.leads_elsewhere([g for g in seeds if g is not None], [])


class Sweep:
    """A recorded call of a function at inputs of its own, from which gradients are taken."""

    def __init__(
        self, op: str, func: Function, chosen: Chosen, kwargs: dict[str, Any], has_aux: bool
    ) -> None:
        self.recording = _core.is_grad_enabled()
        self.joined = self.recording and any(x.requires_grad for x in chosen.inputs)
        self.inputs = [
            _core.fresh_input(x if self.recording else _core.without_history(x))
            for x in chosen.inputs
        ]
        self.number = _core.open_transform(self.inputs)
        try:
            with enable_grad():
                value, aux = _split_aux(op, chosen.call(func, self.inputs, kwargs), has_aux)
        finally:
            _core.close_transform()
        self.value = value
        self.aux = aux
        self.roots: list[Tensor] = []
        self.watched = False

    def close(self, roots: list[Tensor]) -> None:
        """To be called with the tensors of the value."""
        self.roots = roots
        self.watched = self.recording and (self.joined or _core.leads_elsewhere(roots, self.inputs))

    def shown(self, value: Any) -> Any:
        """A value as the caller gets it: with the history that does not end in this call."""

        def leaf(y: Any) -> Any:
            if not isinstance(y, Tensor):
                return y
            if any(y is root for root in self.roots):
                kept = self.watched
            else:  # of aux
                kept = self.joined or (self.recording and _core.leads_elsewhere([y], self.inputs))
            return y if kept else _core.without_history(y)

        return tree_map(leaf, value)

    def finish(self) -> None:
        """To be called when the transform returns; gradients can still be asked for."""
        for x in self.inputs:
            _core.finish_input(x)

    def gradients(self, seeds: Sequence[Tensor | None] | None, keep: bool = False) -> list[Tensor]:
        """At the inputs; zeros where nothing leads."""
        kept = [(i, y) for i, y in enumerate(self.roots) if y.requires_grad]
        watched = self.watched or is_watched(seeds)
        found: Sequence[Tensor | None] = (None,) * len(self.inputs)
        if kept:
            chosen = None if seeds is None else [seeds[i] for i, _ in kept]
            _core.reopen_transform(self.number)
            try:
                found = _core.grad(
                    [y for _, y in kept], self.inputs, chosen, keep or watched, watched, True
                )
            finally:
                _core.close_transform()
        return [
            _core.without_history(_core.zeros_like(x)) if g is None else g
            for g, x in zip(found, self.inputs, strict=True)
        ]


def grad_and_value(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of `func` and its value.

    Args:
        func: Returns a scalar tensor, or with `has_aux` a tuple of that and anything else.
        argnums: Which positional arguments to differentiate by: an int, or a tuple of them. They
            hold tensors, NumPy arrays or numbers, nested in tuples, lists, dicts, named tuples and
            dataclasses.
        has_aux: Whether `func` returns something beside the value.

    Returns:
        A function of the same arguments that returns (gradient, value), or (gradient, (value,
        aux)). The gradient is nested as the argument: a NumPy array for an array, a float for a
        number.

    Raises:
        RuntimeError: The value is no scalar tensor; argnums do not fit.

    Example:
        >>> import pyad
        >>> pyad.func.grad_and_value(lambda x: (x**2).sum())(pyad.tensor([1.0, 2.0]))
        (tensor([2., 4.]), tensor(5.))
    """

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        chosen = Chosen("grad", argnums, args)
        sweep = Sweep("grad", func, chosen, kwargs, has_aux)
        value = sweep.value
        if not isinstance(value, Tensor):
            raise RuntimeError(
                f"grad: expected the function {function_name(func)!r} to return a tensor, got "
                f"{type(value).__name__!r}"
            )
        if value.ndim != 0:
            raise RuntimeError(
                f"grad: expected the function {function_name(func)!r} to return a scalar tensor, "
                f"got one of {value.ndim} dims, shape {tuple(value.shape)}; use jacrev or vjp, or "
                "sum it"
            )
        _check_floating("grad", func, [value])
        sweep.close([value])
        found = sweep.gradients(None)
        sweep.finish()
        gradient = chosen.result([as_given(g, x) for g, x in zip(found, chosen.given, strict=True)])
        shown = chosen.form.wrap(sweep.shown(value))
        if has_aux:
            return gradient, (shown, chosen.form.wrap(sweep.shown(sweep.aux)))
        return gradient, shown

    return transformed


def value_and_grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """As `grad_and_value`, the value first: JAX's order.

    Args:
        func: Returns a scalar tensor, or with `has_aux` a tuple of that and anything else.
        argnums: Which positional arguments to differentiate by.
        has_aux: Whether `func` returns something beside the value.

    Returns:
        A function that returns (value, gradient), or ((value, aux), gradient).

    Raises:
        RuntimeError: As `grad_and_value`.

    Example:
        >>> import pyad
        >>> pyad.func.value_and_grad(lambda x: x * x)(3.0)
        (9.0, 6.0)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return value, gradient

    return transformed


def grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of `func`.

    Args:
        func: Returns a scalar tensor, or with `has_aux` a tuple of that and anything else.
        argnums: Which positional arguments to differentiate by: an int, or a tuple of them.
        has_aux: Whether `func` returns something beside the value.

    Returns:
        A function that returns the gradient, or (gradient, aux).

    Raises:
        RuntimeError: As `grad_and_value`.

    Example:
        >>> import pyad
        >>> pyad.func.grad(pyad.func.grad(pyad.sin))(pyad.tensor(0.0))
        tensor(-0.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return transformed


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and the function that multiplies vectors with its Jacobian.

    Args:
        func: From tensors to tensors, nested at will.
        *primals: Where; all of them are differentiated by.
        has_aux: Whether `func` returns something beside its value.

    Returns:
        (value, vjp_fn), with `has_aux` (value, vjp_fn, aux). `vjp_fn` takes cotangents nested as
        the value and returns a tuple of what belongs to each primal, or the one; it can be called
        again and inside `vmap`.

    Raises:
        RuntimeError: `func` returns something else than tensors; cotangents do not fit the value.

    Example:
        >>> import pyad
        >>> y, pull = pyad.func.vjp(pyad.sin, pyad.tensor([0.0, 1.0]))
        >>> pull(pyad.tensor([1.0, 0.0]))
        (tensor([1., 0.]),)
    """
    if not primals:
        raise RuntimeError("vjp: got no primals; pass the arguments of the function after it")
    chosen = Chosen("vjp", tuple(range(len(primals))), primals)
    sweep = Sweep("vjp", func, chosen, {}, has_aux)
    roots, tree = tensors_of("vjp", sweep.value)
    _check_floating("vjp", func, roots)
    sweep.close(roots)

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        made = as_cotangents("vjp_fn", cotangents, roots, tree)
        found = sweep.gradients(made, retain_graph)
        return chosen.result([as_given(g, x) for g, x in zip(found, chosen.given, strict=True)])

    sweep.finish()
    value = chosen.form.wrap(sweep.shown(sweep.value))
    if has_aux:
        return value, pull, chosen.form.wrap(sweep.shown(sweep.aux))
    return value, pull


def _push(
    op: str,
    call: Callable[[Sequence[Tensor]], Any],
    inputs: Sequence[Tensor],
    tangents: Sequence[Tensor],
    has_aux: bool,
    strict: bool = False,
) -> tuple[Any, Any, Any]:
    """Value, its tangents and aux of a call in forward mode."""
    level = _core.enter_dual_level()
    try:
        duals = list(map(_core.make_dual, inputs, tangents))
        _core.open_transform([])
        try:
            value, aux = _split_aux(op, call(duals), has_aux)
        finally:
            _core.close_transform()
        outputs, tree = tensors_of(op, value)
        primals, made = [], []
        for y in outputs:
            primal, tangent = _core.unpack_dual(y)
            if tangent is None and strict:
                raise RuntimeError(
                    f"{op}(f, primals, tangents, strict=True): the output of f is independent of "
                    "the inputs. This is not allowed with strict=True."
                )
            primals.append(primal)
            made.append(_core.zeros_like(primal) if tangent is None else tangent)

        def bare(y: Any) -> Any:
            return _core.unpack_dual(y)[0] if isinstance(y, Tensor) else y

        return unflatten(tree, primals), unflatten(tree, made), tree_map(bare, aux)
    finally:
        _core.exit_dual_level(level)


def as_tangents(op: str, chosen: Chosen, tangents: Any) -> list[Tensor]:
    wanted = Tree(tuple, tuple(chosen.trees))
    leaves = spread(tuple(tangents), wanted, whole=True)
    if leaves is None:
        raise RuntimeError(
            f"{op}: expected primals and tangents to have the same nesting, got {wanted} and "
            f"{flatten(tuple(tangents))[1]}"
        )
    made = []
    for t, x in zip(leaves, chosen.inputs, strict=True):
        t = t if isinstance(t, Tensor) else _core.tensor(t, dtype=x.dtype)
        if t.shape != x.shape:
            raise RuntimeError(
                f"{op}: a tangent has shape {tuple(t.shape)}, its primal {tuple(x.shape)}; they "
                "must be equal"
            )
        made.append(t)
    return made


def as_cotangents(op: str, cotangents: Any, roots: Sequence[Tensor], tree: Tree) -> list[Tensor]:
    """Cotangents of results, one for each of `roots`."""
    leaves = spread(cotangents, tree, whole=True)
    if leaves is None:
        raise RuntimeError(
            f"{op}: expected cotangents nested as the output of the function, {tree}, got "
            f"{flatten(cotangents)[1]}"
        )
    made = []
    for g, y in zip(leaves, roots, strict=True):
        g = g if isinstance(g, Tensor) else _core.tensor(g, dtype=y.dtype)
        if g.shape != y.shape:
            raise RuntimeError(
                f"{op}: a cotangent has shape {tuple(g.shape)}, its output {tuple(y.shape)}; they "
                "must be equal"
            )
        made.append(g)
    return made


def _fit(x: Any, t: Any) -> bool:
    """Whether both are floating tensors of one shape, of which nothing else is to be said."""
    return type(x) is Tensor and type(t) is Tensor and x.is_floating_point() and x.shape == t.shape


def jvp(
    func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """The value of a function and its Jacobian times a vector, in one forward pass.

    Args:
        func: From tensors to tensors, nested at will.
        primals: A tuple of arguments.
        tangents: The direction, nested as `primals`.
        strict: Whether an output that does not depend on the primals is an error instead of zeros.
        has_aux: Whether `func` returns something beside its value.

    Returns:
        (value, tangents), with `has_aux` (value, tangents, aux).

    Raises:
        RuntimeError: Primals and tangents do not fit.

    Example:
        >>> import pyad
        >>> pyad.func.jvp(lambda x: x * x, (3.0,), (1.0,))
        (9.0, 6.0)
    """
    if not isinstance(primals, tuple) or not primals:
        raise RuntimeError(
            "jvp(f, primals, tangents): expected primals to be a tuple, and not empty"
        )
    if not isinstance(tangents, tuple | list):
        raise RuntimeError("jvp(f, primals, tangents): expected tangents to be a tuple")
    return _forward("jvp", func, primals, tangents, has_aux, strict)


def _forward(
    op: str,
    func: Function,
    primals: tuple[Any, ...],
    tangents: Sequence[Any],
    has_aux: bool,
    strict: bool = False,
    *,
    as_primals: bool = False,
) -> Any:
    """`jvp`, checked; `as_primals`: the value is nested as the primals and takes their form."""
    if len(primals) == len(tangents) and all(map(_fit, primals, tangents)):
        found = _push(op, lambda duals: func(*duals), primals, tangents, has_aux, strict)
        return found if has_aux else found[:2]
    chosen = Chosen(op, tuple(range(len(primals))), primals)
    made = as_tangents(op, chosen, tangents)

    def call(duals: Sequence[Tensor]) -> Any:
        return chosen.call(func, duals, {})

    def wrap(nested: Any) -> Any:
        if not as_primals:
            return chosen.form.wrap(nested)
        leaves, tree = flatten(nested)
        return unflatten(tree, map(as_given, leaves, chosen.given))

    value, tangent, aux = _push(op, call, chosen.inputs, made, has_aux, strict)
    found = wrap(value), wrap(tangent), chosen.form.wrap(aux)
    return found if has_aux else found[:2]


def _rows(sweep: Sweep, basis: list[Tensor], chunk_size: int | None) -> Sequence[Tensor]:
    """The gradients for all cotangents of a basis."""
    if chunk_size is not None or not basis:
        pull = vmap(lambda *seeds: tuple(sweep.gradients(seeds, True)), chunk_size=chunk_size)
        rows: tuple[Tensor, ...] = pull(*basis)
        return rows
    level = _core.enter_batch(basis[0].size(0), "error")  # as vmap, whose arguments are known here
    try:
        seeds = [_core.to_batch(g, 0, level) for g in basis]
        return [_core.from_batch(g, level, 0) for g in sweep.gradients(seeds, True)]
    finally:
        _core.exit_batch(level)


def jacrev(
    func: Function,
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """A function that gives the Jacobian of `func` by reverse mode, all outputs in one sweep.

    Args:
        func: From tensors to tensors, nested at will.
        argnums: Which positional arguments to differentiate by: an int, or a tuple of them.
        has_aux: Whether `func` returns something beside its value.
        chunk_size: How many rows are computed at once; None: all.

    Returns:
        A function that returns the Jacobian: for each output, nested as `argnums` and the
        arguments, a tensor of the output's shape followed by the input's. With `has_aux` (Jacobian,
        aux).

    Raises:
        RuntimeError: `func` returns something else than tensors.
        ValueError: chunk_size is no positive int.

    Example:
        >>> import pyad
        >>> pyad.func.jacrev(pyad.sin)(pyad.zeros(2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    chunk_size = as_chunk("jacrev", chunk_size)

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        chosen = Chosen("jacrev", argnums, args)
        sweep = Sweep("jacrev", func, chosen, kwargs, has_aux)
        roots, tree = tensors_of("jacrev", sweep.value)
        _check_floating("jacrev", func, roots)
        sweep.close(roots)
        if len(roots) == 1 and roots[0].numel() == 1:  # a gradient
            rows: Sequence[Tensor] = [g.unsqueeze(0) for g in sweep.gradients(None)]
        else:
            rows = _rows(sweep, unit_vectors(roots), chunk_size)
        sweep.finish()
        blocks, start = [], 0
        for y in roots:
            n = y.numel()
            parts = [
                as_given(r.narrow(0, start, n).reshape((*y.shape, *x.shape)), given)
                if not isinstance(given, float | int)
                else _of_number(r.narrow(0, start, n).reshape((*y.shape, *x.shape)), chosen)
                for r, x, given in zip(rows, chosen.inputs, chosen.given, strict=True)
            ]
            blocks.append(chosen.result(parts))
            start += n
        jacobian = unflatten(tree, blocks)
        if has_aux:
            return jacobian, chosen.form.wrap(sweep.shown(sweep.aux))
        return jacobian

    return transformed


def _of_number(block: Tensor, chosen: Chosen) -> Any:
    return chosen.form.wrap(block)


def jacfwd(
    func: Function,
    argnums: Any = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Function:
    """A function that gives the Jacobian of `func` by forward mode: a pass for all inputs at once.

    Args:
        func: From tensors to tensors, nested at will.
        argnums: Which positional arguments to differentiate by: an int, or a tuple of them.
        has_aux: Whether `func` returns something beside its value.
        chunk_size: How many columns are computed at once; None: all.
        randomness: As in `vmap`.

    Returns:
        As `jacrev`.

    Raises:
        RuntimeError: `func` returns something else than tensors.
        ValueError: chunk_size is no positive int.

    Example:
        >>> import pyad
        >>> pyad.func.jacfwd(lambda x: x.sum() * x)(pyad.ones(2))
        tensor([[3., 1.],
                [1., 3.]])
    """
    chunk_size = as_chunk("jacfwd", chunk_size)

    @functools.wraps(func)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        chosen = Chosen("jacfwd", argnums, args)
        kept: dict[str, Any] = {}

        def push(*tangents: Tensor) -> Any:
            value, made, aux = _push(
                "jacfwd",
                lambda duals: chosen.call(func, duals, kwargs),
                chosen.inputs,
                tangents,
                has_aux,
            )
            kept["tree"] = flatten(value)[1]
            kept["aux"] = aux_leaves, _ = flatten(aux)
            # Of aux the tensors leave the batch, in which all examples of them are the same.
            extra = tuple(a for a in aux_leaves if isinstance(a, Tensor))
            return tuple(flatten(made)[0]), extra

        basis = unit_vectors(chosen.inputs)
        try:
            columns, extra = vmap(
                push, out_dims=(-1, 0), randomness=randomness, chunk_size=chunk_size
            )(*basis)
        except _core.BatchError:
            if not basis[0].size(0):
                raise
            # Only the tangents are of a batch: the function may look at values and write them.
            passes = [push(*(b.select(0, k) for b in basis)) for k in range(basis[0].size(0))]
            columns = tuple(
                _core.stack(list(c), -1) for c in zip(*(m for m, _ in passes), strict=True)
            )
            extra = tuple(a.unsqueeze(0) for a in passes[0][1])
        aux_leaves, aux_tree = kept["aux"]
        left = iter(extra)
        aux = unflatten(
            aux_tree,
            [next(left).select(0, 0) if isinstance(a, Tensor) else a for a in aux_leaves],
        )
        blocks = []
        for c in columns:
            parts, start = [], 0
            for x, given in zip(chosen.inputs, chosen.given, strict=True):
                n = x.numel()
                block = c.narrow(-1, start, n).reshape((*c.shape[:-1], *x.shape))
                parts.append(
                    _of_number(block, chosen)
                    if isinstance(given, float | int)
                    else as_given(block, given)
                )
                start += n
            blocks.append(chosen.result(parts))
        jacobian = unflatten(kept["tree"], blocks)
        return (jacobian, chosen.form.wrap(aux)) if has_aux else jacobian

    return transformed


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that gives the Hessian of `func`: a gradient, and one sweep for all of its rows.

    Args:
        func: Returns a scalar tensor.
        argnums: Which positional arguments to differentiate by: an int, or a tuple of them.

    Returns:
        A function that returns the second derivatives, nested twice as the arguments.

    Raises:
        RuntimeError: As `jacrev`.

    Example:
        >>> import pyad
        >>> pyad.func.hessian(lambda x: (x**3).sum())(pyad.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


def hvp(func: Function, primals: Any, tangents: Any, *, has_aux: bool = False) -> Any:
    """The gradient of a function and its Hessian times a vector: forward mode over reverse mode.

    Args:
        func: Returns a scalar tensor.
        primals: A tuple of arguments; all of them are differentiated by.
        tangents: The vector, nested as `primals`.
        has_aux: Whether `func` returns something beside its value.

    Returns:
        (gradient, product), each nested as `primals` (one argument: as that); with `has_aux` also
        aux.

    Raises:
        RuntimeError: As `grad` and `jvp`.

    Example:
        >>> import pyad
        >>> pyad.func.hvp(lambda x: (x**3).sum(), (pyad.tensor([1.0, 2.0]),), (pyad.ones(2),))
        (tensor([ 3., 12.]), tensor([ 6., 12.]))
    """
    if not isinstance(primals, tuple) or not primals:
        raise RuntimeError(
            "hvp(f, primals, tangents): expected primals to be a tuple, and not empty"
        )
    numbers: Any = 0 if len(primals) == 1 else tuple(range(len(primals)))
    if not isinstance(tangents, tuple | list):
        raise RuntimeError("hvp(f, primals, tangents): expected tangents to be a tuple")
    gradient = grad(func, numbers, has_aux)
    return _forward("hvp", gradient, primals, tangents, has_aux, as_primals=True)
