"""Transforms of functions: derivatives, batches, and modules as functions of their parameters."""

from pyad.func.batching import vmap
from pyad.func.derivatives import (
    grad,
    grad_and_value,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from pyad.func.linear import LinearMap, linear_transpose, linearize
from pyad.func.modules import functional_call, functionalize, stack_module_state

__all__ = [
    "LinearMap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "linear_transpose",
    "linearize",
    "stack_module_state",
    "value_and_grad",
    "vjp",
    "vmap",
]
