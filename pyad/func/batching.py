"""`vmap`: a function of one example applied to a whole batch at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.func.arguments import as_int, is_inner
from pyad.func.trees import Tree, flatten, spread, unflatten
from pyad.random import get_rng_state, set_rng_state

__all__ = ["vmap"]


def _name(func: Any) -> str:
    return getattr(func, "__name__", type(func).__name__)


def as_chunk(op: str, chunk_size: Any) -> int | None:
    """A chunk_size, checked."""
    size = as_int(chunk_size)
    if chunk_size is not None and (size is None or size <= 0):
        raise ValueError(
            f"{op}: chunk_size should be None or an int greater than 0. (got {chunk_size})"
        )
    return size


def _read_in_dims(
    in_dims: Any, args: tuple[Any, ...], func: Any
) -> tuple[list[Any], list[Any], Tree]:
    """The leaves of the arguments, the dim of the batch in each (or None), their nesting."""
    name = _name(func)
    what = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, tuple) and as_int(in_dims) is None:
        raise ValueError(
            f"{what}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"{what}: got no inputs. Maybe you forgot to add inputs, or you are trying to vmap "
            "over a function with no inputs. The latter is unsupported."
        )
    leaves, tree = flatten(args)
    dims = spread(in_dims, tree)
    if dims is None:
        raise ValueError(
            f"{what}: in_dims is not compatible with the structure of inputs. in_dims has "
            f"structure {flatten(in_dims)[1]} but inputs has structure {tree}."
        )
    checked: list[int | None] = []
    for leaf, said in zip(leaves, dims, strict=True):
        if said is None:
            checked.append(None)
            continue
        dim = as_int(said)
        if dim is None:
            raise ValueError(
                f"{what}: Got in_dim={said} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if type(leaf) is not Tensor and not isinstance(leaf, Tensor | np.ndarray):
            raise ValueError(
                f"{what}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We "
                "cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        n = leaf.ndim
        if not -n <= dim < n:
            raise ValueError(
                f"{what}: Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {n} so expected in_dim to satisfy -{n} <= dim < {n}."
            )
        checked.append(dim % n)
    return leaves, checked, tree


def _paths(tree: Tree, stem: str) -> list[str]:
    """A name for each leaf: `args[0]['a']`."""
    if tree.kind is None:
        return [stem]
    names = tree.names or range(len(tree.children))
    return [
        path
        for key, child in zip(names, tree.children, strict=True)
        for path in _paths(child, f"{stem}[{key!r}]")
    ]


def _batch_size(leaves: list[Any], dims: list[Any], tree: Tree) -> int:
    first: tuple[int, int] | None = None
    for i, (leaf, dim) in enumerate(zip(leaves, dims, strict=True)):
        if dim is None:
            continue
        size = leaf.shape[dim]
        if first is None:
            first = (i, size)
        elif size != first[1]:
            paths = _paths(tree, "args")
            sizes = [x.shape[d] for x, d in zip(leaves, dims, strict=True) if d is not None]
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got "
                f"sizes {sizes} for the mapped dimension: {paths[first[0]]} has {first[1]} along "
                f"dim {dims[first[0]]}, and {paths[i]} has {size} along dim {dim}"
            )
    if first is None:
        raise ValueError(
            "vmap: at least one argument must be mapped over; all in_dims are None, so that every "
            "example would be the same"
        )
    return first[1]


def _read_out_dims(out_dims: Any, tree: Tree, func: Any) -> list[int | None]:
    dims = spread(out_dims, tree)
    if dims is None or any(d is not None and as_int(d) is None for d in dims):
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): `out_dims` is not "
            f"compatible with the structure of the outputs, {tree}; give an int for each output, "
            "or one for all"
        )
    return [as_int(d) for d in dims]


def _leave(y: Any, dim: int | None, level: int, func: Any) -> Any:
    if not isinstance(y, Tensor):
        raise ValueError(
            f"vmap({_name(func)}, ...): `{_name(func)}` must only return Tensors, got type "
            f"{type(y)} as a return."
        )
    if dim is None:
        if _core.in_batch(y, level):
            raise ValueError(
                f"vmap({_name(func)}, ...): `{_name(func)}` can not return a batched tensor when "
                "out_dim is None"
            )
        return y
    if not -y.ndim - 1 <= dim <= y.ndim:
        raise ValueError(
            f"vmap({_name(func)}, ...): out_dim={dim} is out of range for an output of "
            f"{y.ndim} dims; expected {-y.ndim - 1} <= out_dim <= {y.ndim}"
        )
    return _core.from_batch(y, level, dim)


def _run(
    func: Callable[..., Any],
    leaves: list[Any],
    dims: list[Any],
    tree: Tree,
    size: int,
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
) -> tuple[list[Any], Tree, list[int | None]]:
    level = _core.enter_batch(size, randomness)
    _core.open_transform([])
    try:
        inside = [
            x if d is None else _core.to_batch(x, d, level)
            for x, d in zip(leaves, dims, strict=True)
        ]
        result = func(*unflatten(tree, inside), **kwargs)
        made, out_tree = flatten(result)
        said = _read_out_dims(out_dims, out_tree, func)
        return [_leave(y, d, level, func) for y, d in zip(made, said, strict=True)], out_tree, said
    finally:
        _core.close_transform()
        _core.exit_batch(level)


def _chunks(
    func: Callable[..., Any],
    leaves: list[Any],
    dims: list[Any],
    tree: Tree,
    size: int,
    chunk_size: int,
    rest: tuple[Any, str, dict[str, Any]],
) -> tuple[list[Any], Tree]:
    parts: list[list[Any]] = []
    out_tree = tree
    said: list[int | None] = []
    state = get_rng_state() if rest[1] == "same" else None
    for start in range(0, size, chunk_size):
        if state is not None:  # all examples see the same numbers, of whichever chunk they are
            set_rng_state(state)
        n = min(chunk_size, size - start)
        piece = [
            x if d is None else x.narrow(d, start, n) for x, d in zip(leaves, dims, strict=True)
        ]
        made, out_tree, said = _run(func, piece, dims, tree, n, *rest)
        parts.append(made)
    joined = [
        ys[0] if d is None else _core.cat(list(ys), d)
        for ys, d in zip(zip(*parts, strict=True), said, strict=True)
    ]
    return joined, out_tree


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that applies `func`, written for one example, to all examples of a batch at once.

    Args:
        func: From tensors, nested in tuples, lists, dicts, named tuples and dataclasses, to tensors
            nested alike. Inside it a tensor has the shape of one example.
        in_dims: The dim of each argument along which its examples lie; None for an argument that is
            the same for all. One int for all arguments, or a tuple nested as they are.
        out_dims: Where the examples lie in each result; nested as the result, or one for all.
        randomness: What random functions do inside: "error" refuses them, "same" draws once for all
            examples, "different" draws for each.
        chunk_size: How many examples are computed at once; None: all.

    Returns:
        The function of whole batches. NumPy arrays are taken too; where no argument is a tensor the
        results are NumPy arrays.

    Raises:
        ValueError: in_dims or out_dims do not fit; sizes along them differ; there is nothing to map
            over; `func` returns something else than tensors.
        RuntimeError: `func` asks for values (`item()`, `if x > 0`), or writes values of a batch
            into a tensor that is the same for all.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> pyad.vmap(pyad.dot)(x, x)
        tensor([ 5., 25.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )
    chunk_size = as_chunk("vmap", chunk_size)

    @functools.wraps(func)
    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, dims, tree = _read_in_dims(in_dims, args, func)
        size = _batch_size(leaves, dims, tree)
        numpy = not any(isinstance(x, Tensor) for x in leaves)
        leaves = [_core.tensor(x) if isinstance(x, np.ndarray) else x for x in leaves]
        if chunk_size is None or chunk_size >= size:
            made, out_tree, _ = _run(func, leaves, dims, tree, size, out_dims, randomness, kwargs)
        else:
            rest = (out_dims, randomness, kwargs)
            made, out_tree = _chunks(func, leaves, dims, tree, size, chunk_size, rest)
        if numpy:
            made = [y if is_inner(y) else y.detach().numpy() for y in made]
        return unflatten(out_tree, made)

    return batched
