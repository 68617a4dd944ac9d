"""Differentiation: backward passes, gradients as values, custom functions, forward mode, checks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyad import _core
from pyad._core import Node, Tensor
from pyad._lazy import lazy
from pyad.autograd import forward_ad, function, functional, grad_mode
from pyad.autograd.batched import batched_gradients
from pyad.autograd.function import Function
from pyad.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from pyad.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

if TYPE_CHECKING:
    from pyad.autograd import variable
    from pyad.autograd.variable import Variable

    TensorOrTensors = Tensor | Sequence[Tensor]
    OptionalTensors = Tensor | Sequence[Tensor | None] | None
else:
    __getattr__, __dir__ = lazy(
        globals(),
        dict.fromkeys(("Variable", "variable"), "pyad.autograd.variable"),
    )

__all__ = [
    "Function",
    "GradcheckError",
    "Node",
    "Variable",
    "backward",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
    "variable",
]


def backward(
    tensors: TensorOrTensors,
    grad_tensors: OptionalTensors = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: TensorOrTensors | None = None,
) -> None:
    """Accumulates derivatives of several tensors at once into the `.grad` of leaves.

    Args:
        tensors: What to differentiate.
        grad_tensors: For each its cotangent, of the same shape; None for one-element tensors.
        retain_graph: Keeps what the graph saved, for another pass. Default: `create_graph`.
        create_graph: Records the pass itself, for higher derivatives.
        inputs: Accumulates into these tensors only. Default: all leaves that require grad.

    Raises:
        RuntimeError: A tensor does not require grad; a cotangent is missing or of another shape;
            the graph was freed by an earlier pass.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([1.0, 2.0], requires_grad=True)
        >>> pyad.autograd.backward([x.sum(), (x * x).sum()])
        >>> x.grad.tolist()
        [3.0, 5.0]
    """
    _core.backward(tensors, grad_tensors, retain_graph, create_graph, inputs)


def grad(
    outputs: TensorOrTensors,
    inputs: TensorOrTensors,
    grad_outputs: OptionalTensors = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """Derivatives of outputs with respect to inputs, as values; no `.grad` is touched.

    Args:
        outputs: What to differentiate; several are summed.
        inputs: With respect to what: leaves or intermediate results.
        grad_outputs: For each output its cotangent; None for one-element outputs.
        retain_graph: Keeps what the graph saved, for another pass. Default: `create_graph`.
        create_graph: Records the pass itself, so that the result can be differentiated again.
        only_inputs: Without effect, as in PyTorch; False warns.
        allow_unused: Whether an input that the outputs do not depend on gets None instead of
            raising. Default: `materialize_grads`.
        is_grads_batched: Whether each of `grad_outputs` is a batch of cotangents, along a first dim
            that its output has not. One sweep serves all, as under `pyad.vmap`.
        materialize_grads: Zeros instead of None for such inputs.

    Returns:
        One gradient for each input, of its shape and dtype; with `is_grads_batched` all of them
        along a first dim.

    Raises:
        RuntimeError: As for `backward`; or an input is not used by the outputs.
        ValueError: `materialize_grads` together with `allow_unused=False`, or no inputs;
            `is_grads_batched` without cotangents, or with more of one output than of another.

    Example:
        >>> import pyad
        >>> x = pyad.tensor(3.0, requires_grad=True)
        >>> (g,) = pyad.autograd.grad(x**3, x, create_graph=True)
        >>> g.item(), pyad.autograd.grad(g, x)[0].item()
        (27.0, 18.0)
        >>> x = pyad.tensor([1.0, 2.0], requires_grad=True)
        >>> pyad.autograd.grad(x**2, x, pyad.eye(2), is_grads_batched=True)
        (tensor([[2., 0.],
                [0., 4.]]),)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To "
            "accumulate gradient for other parts of the graph, please use "
            "torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "grad: expected allow_unused to be True or not passed when materialize_grads=True, "
            "but got allow_unused=False"
        )
    unused = materialize_grads if allow_unused is None else allow_unused
    pull = batched_gradients if is_grads_batched else _core.grad
    result: tuple[Any, ...] = pull(
        outputs, inputs, grad_outputs, retain_graph, create_graph, unused
    )
    if materialize_grads:
        wanted = (inputs,) if isinstance(inputs, Tensor) else inputs
        result = tuple(
            _core.zeros_like(x) if g is None else g for x, g in zip(wanted, result, strict=True)
        )
    return result
