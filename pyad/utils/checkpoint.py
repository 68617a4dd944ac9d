"""Checkpoints of activations: memory is saved by computing a piece of the program twice.

A function called through `checkpoint` keeps its arguments only; what it computes on the way is
dropped, and computed again when the backward pass comes to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn"]

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function gave other tensors than the first."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing: the default `context_fn` of `checkpoint`.

    Example:
        >>> from pyad.utils.checkpoint import noop_context_fn
        >>> len(noop_context_fn())
        2
    """
    return contextlib.nullcontext(), contextlib.nullcontext()


def _flatten(value: Any, found: list[Tensor]) -> None:
    """Collects the tensors of nested lists, tuples and dicts."""
    if isinstance(value, Tensor):
        found.append(value)
    elif isinstance(value, list | tuple):
        for v in value:
            _flatten(v, found)
    elif isinstance(value, Mapping):
        for v in value.values():
            _flatten(v, found)


def _rebuild(value: Any, tensors: Iterator[Tensor]) -> Any:
    """The same nested value with other tensors."""
    if isinstance(value, Tensor):
        return next(tensors)
    if isinstance(value, tuple):
        items = [_rebuild(v, tensors) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [_rebuild(v, tensors) for v in value]
    if type(value) is dict:
        return {key: _rebuild(v, tensors) for key, v in value.items()}
    if isinstance(value, Mapping):
        return type(value)((key, _rebuild(v, tensors)) for key, v in value.items())  # type: ignore[call-arg]
    return value


@contextlib.contextmanager
def _random_state(state: Tensor | None) -> Iterator[None]:
    """Inside, the default generator goes on from `state`; afterwards from where it was."""
    if state is None:
        yield
        return
    now = _core.get_rng_state()
    _core.set_rng_state(state)
    try:
        yield
    finally:
        _core.set_rng_state(now)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Calls a function and keeps nothing of what it computed but its results.

    The backward pass calls it again, on the arguments as they were and with the same random
    numbers. Gradients reach everything the function used, arguments and captured tensors, by
    `backward()` and by `grad()`, of any order.

    Args:
        function: Must compute the same each time.
        args: Its arguments, tensors or not.
        use_reentrant: Accepted: there is one way, which can do what both of PyTorch's can.
        context_fn: Makes two contexts, for the first and for the second run.
        determinism_check: "default" compares shapes and dtypes of the results of both runs;
            "none" does not.
        debug: Accepted.
        early_stop: Accepted.
        preserve_rng_state: Whether the second run draws the random numbers of the first.
        kwargs: Its arguments by name.

    Returns:
        What the function returns.

    Raises:
        ValueError: `determinism_check` is unknown.
        CheckpointError: In the backward pass: the second run gave other shapes or dtypes.

    Example:
        >>> import pyad
        >>> from pyad.utils.checkpoint import checkpoint
        >>> x = pyad.tensor([1.0, 2.0], requires_grad=True)
        >>> y = checkpoint(lambda t: (t * t).exp().sum(), x, use_reentrant=False)
        >>> y.backward()
        >>> x.grad
        tensor([  5.4366, 218.3926])
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
        )
    first, second = context_fn()
    if not _core.is_grad_enabled():
        with first:
            return function(*args, **kwargs)
    state = _core.get_rng_state() if preserve_rng_state else None
    names = list(kwargs)
    given = [*args, *kwargs.values()]
    tensors = [a for a in given if isinstance(a, Tensor)]
    rest = [None if isinstance(a, Tensor) else a for a in given]
    places = [i for i, a in enumerate(given) if isinstance(a, Tensor)]
    kept = _core.keep_arguments(tensors)
    with first:
        result = function(*args, **kwargs)
    del args, kwargs, given, tensors
    found: list[Tensor] = []
    _flatten(result, found)
    if not found:
        return result
    expected = [(y.shape, y.dtype) for y in found]

    def again(kept_tensors: list[Tensor]) -> list[Tensor]:
        values = list(rest)
        for i, x in zip(places, kept_tensors, strict=True):
            values[i] = x
        split = len(values) - len(names)
        keywords = dict(zip(names, values[split:], strict=True))
        with _random_state(state), second:
            repeated: list[Tensor] = []
            _flatten(function(*values[:split], **keywords), repeated)
        if len(repeated) != len(expected):
            raise CheckpointError(
                f"checkpoint: the function returned {len(expected)} tensors at first and "
                f"{len(repeated)} when it was called again; it must do the same each time"
            )
        for i, (y, (shape, dtype)) in enumerate(zip(repeated, expected, strict=True)):
            if determinism_check == "default" and (y.shape != shape or y.dtype != dtype):
                raise CheckpointError(
                    "checkpoint: Recomputed values for the following tensors have different "
                    f"metadata than during the forward pass: result {i} had shape {shape} and "
                    f"dtype {dtype}, now {y.shape} and {y.dtype}; the function must do the same "
                    "each time"
                )
        return repeated

    sealed = _core.seal_checkpoint(kept, found, again)
    return _rebuild(result, iter(sealed))


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Calls functions one after the other, all segments of them but the last checkpointed.

    Args:
        functions: A `Sequential`, or a list of modules or functions.
        segments: In how many pieces they are divided.
        input: What the first takes.
        use_reentrant: Accepted, as by `checkpoint`.
        kwargs: `preserve_rng_state`.

    Returns:
        What the last returns.

    Raises:
        ValueError: Other keywords are given, or more pieces than functions are asked for, or none.

    Example:
        >>> import pyad
        >>> from pyad.utils.checkpoint import checkpoint_sequential
        >>> model = pyad.nn.Sequential(pyad.nn.Linear(2, 3), pyad.nn.Tanh(), pyad.nn.Linear(3, 1))
        >>> checkpoint_sequential(model, 2, pyad.ones(4, 2), use_reentrant=False).shape
        (4, 1)
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def run(start: int, stop: int) -> Callable[[Any], Any]:
        def piece(value: Any) -> Any:
            for step in steps[start:stop]:
                value = step(value)
            return value

        return piece

    if not 1 <= segments <= max(len(steps), 1):
        raise ValueError(
            f"checkpoint_sequential: segments must be from 1 to {len(steps)}, the number of "
            f"functions, got {segments}"
        )
    size = len(steps) // segments
    start = 0
    for _ in range(segments - 1):
        input = checkpoint(
            run(start, start + size),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )
        start += size
    return run(start, len(steps))(input)
