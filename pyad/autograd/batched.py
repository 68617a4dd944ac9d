"""One sweep for a batch of cotangents at once: `vmap` over `grad`."""

from __future__ import annotations

from collections.abc import Sequence

from pyad import _core
from pyad._core import Tensor

__all__: list[str] = []


def unit_vectors(leaves: Sequence[Tensor]) -> list[Tensor]:
    """For each tensor, the unit vectors of all elements of all of them, examples in front."""
    if len(leaves) == 1:
        (x,) = leaves
        return [_core.eye(x.numel(), dtype=x.dtype).reshape((x.numel(), *x.shape))]
    total = sum(x.numel() for x in leaves)
    made, start = [], 0
    for x in leaves:
        n = x.numel()
        block = _core.zeros((total, n), dtype=x.dtype)
        if n:
            block.narrow(0, start, n).copy_(_core.eye(n, dtype=x.dtype))
        made.append(block.reshape((total, *x.shape)))
        start += n
    return made


def _batch_size(outputs: Sequence[Tensor], grads: Sequence[Tensor | None]) -> int:
    """How many cotangents there are of each output, all being checked."""
    if len(outputs) != len(grads):
        raise RuntimeError(
            f"grad: got {len(outputs)} outputs and {len(grads)} grad_outputs; give one for each"
        )
    sizes = []
    for i, (y, g) in enumerate(zip(outputs, grads, strict=True)):
        if g is None:
            continue
        if not isinstance(g, Tensor):
            raise TypeError(f"grad: gradients can be either Tensors or None, but got {type(g)}")
        if g.shape[1:] != y.shape or g.ndim == 0:
            raise RuntimeError(
                "grad: If `is_grads_batched=True`, we interpret the first dimension of each "
                "grad_output as the batch dimension. The sizes of the remaining dimensions are "
                "expected to match the shape of corresponding output, but a mismatch was detected: "
                f"grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                f"{y.shape}. If you only want some tensors in `grad_output` to be considered "
                "batched, consider using vmap."
            )
        sizes.append(g.size(0))
    if not sizes:
        raise ValueError(
            "grad: is_grads_batched=True needs grad_outputs, whose first dim tells how many "
            "cotangents there are"
        )
    if min(sizes) != max(sizes):
        raise ValueError(
            "grad: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the first dims of grad_outputs"
        )
    return sizes[0]


def batched_gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grads: Tensor | Sequence[Tensor | None] | None,
    retain_graph: bool | None,
    create_graph: bool,
    allow_unused: bool,
) -> tuple[Tensor | None, ...]:
    """For each input its gradients by all cotangents, along a first dim; None where unused."""
    ys = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    if grads is None or isinstance(grads, Tensor):
        grads = (grads,) if grads is not None else (None,) * len(ys)
    level = _core.enter_batch(_batch_size(ys, grads), "error")
    try:
        seeds = [g if g is None else _core.to_batch(g, 0, level) for g in grads]
        found = _core.grad(ys, inputs, seeds, retain_graph, create_graph, allow_unused)
        return tuple(g if g is None else _core.from_batch(g, level, 0) for g in found)
    finally:
        _core.exit_batch(level)
