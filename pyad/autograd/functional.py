"""Derivatives of functions as a whole: Jacobians, Hessians, and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyad import _core
from pyad._core import Tensor
from pyad.autograd.batched import batched_gradients, unit_vectors
from pyad.autograd.forward_ad import dual_level, make_dual, unpack_dual
from pyad.autograd.grad_mode import enable_grad, set_grad_enabled

if TYPE_CHECKING:
    Tensors = Tensor | tuple[Tensor, ...]

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]
Optional = Sequence[Tensor | None]


def _tuple_of(value: Any, what: str, op: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether a tuple was given, and the value as a tuple of tensors."""
    several = isinstance(value, tuple)
    values = value if several else (value,)
    for i, v in enumerate(values):
        if not isinstance(v, Tensor):
            which = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {op} must be either a Tensor or a tuple of Tensors but the "
                f"{which} has type {type(v)}."
            )
    return several, values


def _fresh(tensors: Sequence[Tensor], create_graph: bool, ask: bool) -> tuple[Tensor, ...]:
    """Other handles of the same values, joined to the history of the given ones where wanted.

    So tensors that the function has captured itself do not count as its inputs.
    """
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(ask)
        for x in tensors
    )


def _finished(tensors: Sequence[Tensor], several: bool, create_graph: bool) -> Tensors:
    """What the user gets: without history unless wanted, in the form of what was given."""
    made = tuple(tensors) if create_graph else tuple(x.detach() for x in tensors)
    return made if several else made[0]


def _check_v(v: Sequence[Tensor], like: Sequence[Tensor], several: bool) -> None:
    if len(v) != len(like):
        if several:
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}."
            )
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (mine, other) in enumerate(zip(v, like, strict=True)):
        if mine.shape != other.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(
                f"{entry}v has invalid size: should be {other.shape} but got {mine.shape}."
            )


_STRICT = {
    "outputs": (
        "Output {} of the user-provided function does not require gradients. The outputs must be "
        "computed in a differentiable manner from the input when running in strict mode."
    ),
    "grad_inputs": (
        "The gradient with respect to input {} is independent of the inputs of the user-provided "
        "function. This is not allowed in strict mode."
    ),
    "jacobian": (
        "While computing the hessian, found that the jacobian of the user-provided function with "
        "respect to input {} is independent of the input. This is not allowed in strict mode. You "
        "should ensure that your function is twice differentiable and that the jacobian depends "
        "on the inputs (this would be violated by a linear function for example)."
    ),
}
_INDEPENDENT = (
    "The output of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode."
)


def _check_dependent(tensors: Optional, kind: str, strict: bool) -> None:
    if not strict:
        return
    for i, x in enumerate(tensors):
        if x is None:
            raise RuntimeError(_INDEPENDENT.format(i))
        if not x.requires_grad:
            raise RuntimeError(_STRICT[kind].format(i))


def _gradients(
    outputs: Optional,
    inputs: Sequence[Tensor],
    grads: Sequence[Tensor] | None = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> tuple[Tensor | None, ...]:
    """Like `grad`, with outputs that may be None or depend on nothing."""
    kept = [(i, y) for i, y in enumerate(outputs) if y is not None and y.requires_grad]
    if not kept:
        return (None,) * len(inputs)
    roots = [y for _, y in kept]
    chosen = None if grads is None else [grads[i] for i, _ in kept]
    found: tuple[Tensor | None, ...] = _core.grad(
        roots, inputs, chosen, retain_graph, create_graph, True
    )
    return found


_MISSING = {
    "back": _INDEPENDENT,
    "back_trick": (
        "The gradient with respect to the input is independent of entry {} in the grad_outputs "
        "when using the double backward trick to compute forward mode gradients. This is not "
        "allowed in strict mode."
    ),
    "double_back": (
        "The jacobian of the user-provided function is independent of input {}. This is not "
        "allowed in strict mode."
    ),
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {} in the "
        "grad_jacobian. This is not allowed in strict mode as it prevents from using the double "
        "backward trick to replace forward mode AD."
    ),
}


def _filled(
    grads: Optional, like: Sequence[Tensor], strict: bool, create_graph: bool, stage: str
) -> tuple[Tensor, ...]:
    """Zeros where there is no gradient; in strict mode an error."""
    made = []
    for i, g in enumerate(grads):
        if g is None:
            if strict:
                raise RuntimeError(_MISSING[stage].format(i))
            g = _core.zeros_like(like[i])
        elif strict and create_graph and not g.requires_grad:
            which = "hessian" if "double" in stage else "jacobian"
            raise RuntimeError(
                f"The {which} of the user-provided function is independent of input {i}. This is "
                "not allowed in strict mode when create_graph=True."
            )
        made.append(g)
    return tuple(made)


def _vector(
    v: Any, like: Sequence[Tensor], several: bool, create_graph: bool, op: str, none: str
) -> tuple[Tensor, ...] | None:
    """The vector v, checked; None is welcome for one element."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the {none}.")
        return None
    _, values = _tuple_of(v, "v", op)
    made = _fresh(values, create_graph, False)
    _check_v(made, like, several)
    return made


_ONE_INPUT = "input to the user-provided function is a single Tensor with a single element"
_ONE_OUTPUT = "user-provided function returns a single Tensor with a single element"
_OUTPUTS = "outputs of the user-provided function"


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A vector times the Jacobian of a function: one backward pass.

    Args:
        func: From tensors to a tensor or a tuple of tensors.
        inputs: A tensor or a tuple of them.
        v: Of the form of the outputs. May be left out for one output of one element.
        create_graph: Whether the results can be differentiated.
        strict: Whether an output that does not depend on an input is an error instead of zeros.

    Returns:
        The function's outputs, and the product, of the form of the inputs.

    Raises:
        TypeError: Inputs, outputs or v are no tensors.
        RuntimeError: v does not fit the outputs; independence in strict mode.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import vjp
        >>> vjp(lambda x: x**2, pyad.tensor([1.0, 2.0]), pyad.tensor([1.0, 10.0]))
        (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several_in, given = _tuple_of(inputs, "inputs", "vjp")
        xs = _fresh(given, create_graph, True)
        several_out, ys = _tuple_of(func(*xs), _OUTPUTS, "vjp")
        _check_dependent(ys, "outputs", strict)
        vs = _vector(v, ys, several_out, create_graph, "vjp", _ONE_OUTPUT)
    with set_grad_enabled(create_graph or _core.is_grad_enabled()):
        grads = _gradients(ys, xs, vs, create_graph)
        found = _filled(grads, xs, strict, create_graph, "back")
    return _finished(ys, several_out, create_graph), _finished(found, several_in, create_graph)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The Jacobian of a function times a vector, by two backward passes.

    `forward_ad` gives the same in one pass, along with the function.

    Args:
        func: From tensors to a tensor or a tuple of tensors.
        inputs: A tensor or a tuple of them.
        v: Of the form of the inputs. May be left out for one input of one element.
        create_graph: Whether the results can be differentiated.
        strict: Whether an output that does not depend on an input is an error instead of zeros.

    Returns:
        The function's outputs, and the product, of the same form.

    Raises:
        TypeError: Inputs, outputs or v are no tensors.
        RuntimeError: v does not fit the inputs; independence in strict mode.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import jvp
        >>> jvp(lambda x: x**2, pyad.tensor([1.0, 2.0]), pyad.tensor([1.0, 10.0]))[1]
        tensor([ 2., 40.])
    """
    with enable_grad():
        several_in, given = _tuple_of(inputs, "inputs", "jvp")
        xs = _fresh(given, create_graph, True)
        vs = _vector(v, xs, several_in, create_graph, "jvp", _ONE_INPUT)
        several_out, ys = _tuple_of(func(*xs), _OUTPUTS, "jvp")
        _check_dependent(ys, "outputs", strict)
        # The product with a vector g is linear in g; its derivative by g is what is wanted.
        gs = tuple(_core.zeros_like(y).requires_grad_() for y in ys)
        pulled = _gradients(ys, xs, gs, create_graph=True)
        _check_dependent(pulled, "grad_inputs", strict)
    with set_grad_enabled(create_graph or _core.is_grad_enabled()):
        grads = _gradients(pulled, gs, vs, create_graph)
        found = _filled(grads, ys, strict, create_graph, "back_trick")
    return _finished(ys, several_out, create_graph), _finished(found, several_out, create_graph)


def _form(rows: Sequence[Sequence[Tensor]], several_out: bool, several_in: bool) -> Any:
    """One tensor, a tuple of tensors, or a tuple of tuples (output, then input)."""
    made = tuple(tuple(row) if several_in else row[0] for row in rows)
    return made if several_out else made[0]


def _pushed(
    func: Function, xs: Sequence[Tensor], seeds: Optional
) -> tuple[bool, list[Tensor], list[Tensor]]:
    """Whether there are several outputs, these, and how they move where inputs move by `seeds`."""
    with dual_level():
        duals = tuple(
            x if t is None else make_dual(x, t)
            for x, t in zip(_fresh(xs, False, False), seeds, strict=True)
        )
        several, ys = _tuple_of(func(*duals), _OUTPUTS, "jacobian")
        pairs = [unpack_dual(y) for y in ys]
        tangents = [(_core.zeros_like(p) if t is None else t).detach() for p, t in pairs]
        return several, [p for p, _ in pairs], tangents


def _columns(func: Function, xs: Sequence[Tensor]) -> tuple[bool, list[list[Tensor]]]:
    """Whether there are several outputs; for each what moves it, element after element."""
    columns: list[list[Tensor]] = []
    several = False
    for i, x in enumerate(xs):
        for k in range(x.numel()):
            unit = _core.zeros(x.numel(), dtype=x.dtype)
            unit[k] = 1
            seeds = [unit.reshape(x.shape) if j == i else None for j in range(len(xs))]
            several, _, tangents = _pushed(func, xs, seeds)
            columns = columns or [[] for _ in tangents]
            for column, t in zip(columns, tangents, strict=True):
                column.append(t)
    return several, columns


def _columns_at_once(func: Function, xs: Sequence[Tensor]) -> tuple[bool, list[Tensor]]:
    """The same as one pass, the elements of the inputs being the examples of a batch."""
    units = unit_vectors(xs)
    level = _core.enter_batch(units[0].size(0), "error")
    try:
        seeds = [_core.to_batch(t, 0, level) for t in units]
        several, _, tangents = _pushed(func, xs, seeds)
        return several, [_core.from_batch(t, level, 0) for t in tangents]
    finally:
        _core.exit_batch(level)


def _jacobian_forward(func: Function, inputs: Any, vectorize: bool) -> Any:
    """A forward pass for each element of the inputs, or one for all."""
    several_in, given = _tuple_of(inputs, "inputs", "jacobian")
    xs = _fresh(given, False, False)
    sizes = [x.numel() for x in xs]
    if sum(sizes) == 0:
        several, ys, _ = _pushed(func, xs, [None] * len(xs))
        columns = [_core.zeros((0, *y.shape), dtype=y.dtype) for y in ys]
    elif vectorize:
        several, columns = _columns_at_once(func, xs)
    else:
        several, parts = _columns(func, xs)
        columns = [_core.stack(part) for part in parts]
    rows = [
        [
            part.movedim(0, -1).reshape((*part.shape[1:], *x.shape))
            for part, x in zip(column.split(sizes), xs, strict=True)
        ]
        for column in columns
    ]
    return _form(rows, several, several_in)


def _rows_at_once(
    ys: Sequence[Tensor], xs: Sequence[Tensor], create_graph: bool
) -> list[list[Tensor]]:
    """The Jacobian of each output by each input, all rows by one sweep."""
    kept = [y for y in ys if y.requires_grad and y.numel() > 0]
    found: tuple[Tensor | None, ...] = (None,) * len(xs)
    if kept:
        found = batched_gradients(kept, xs, unit_vectors(kept), create_graph, create_graph, True)
    rows: list[list[Tensor]] = []
    start = 0
    for y in ys:
        n = y.numel() if y.requires_grad else 0
        rows.append(
            [
                _core.zeros((*y.shape, *x.shape), dtype=x.dtype)
                if g is None or n == 0
                else g.narrow(0, start, n).reshape((*y.shape, *x.shape))
                for x, g in zip(xs, found, strict=True)
            ]
        )
        start += n
    return rows


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of a function: every derivative of every output by every input.

    Args:
        func: From tensors to a tensor or a tuple of tensors.
        inputs: A tensor or a tuple of them.
        create_graph: Whether the result can be differentiated.
        strict: Whether an output that does not depend on an input is an error instead of zeros.
        vectorize: Whether all passes are one, on a batch of all elements, as under `pyad.vmap`:
            faster, for the memory of all of them. A function that is called so, in forward mode,
            must be one that `vmap` takes.
        strategy: "reverse-mode" (a backward pass for each element of the outputs) or
            "forward-mode" (a forward pass for each element of the inputs).

    Returns:
        For one input and output a tensor of shape (*output, *input); for several, tuples of them,
        outer by output, inner by input.

    Raises:
        TypeError: Inputs or outputs are no tensors.
        RuntimeError: Independence in strict mode; strict with forward mode or vectorize.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import jacobian
        >>> jacobian(lambda x: x.cumsum(0), pyad.ones(2))
        tensor([[1., 0.],
                [1., 1.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                "pyad.autograd.functional.jacobian: `create_graph=True` and "
                '`strategy="forward-mode"` are not supported together (yet). Please either set '
                '`create_graph=False` or `strategy="reverse-mode"`.'
            )
        if strict:
            raise RuntimeError(
                'pyad.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` '
                "are not supported together (yet). Please either set `strict=False` or "
                '`strategy="reverse-mode"`.'
            )
        return _jacobian_forward(func, inputs, vectorize)
    if strict and vectorize:
        raise RuntimeError(
            "pyad.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )
    with enable_grad():
        several_in, given = _tuple_of(inputs, "inputs", "jacobian")
        xs = _fresh(given, create_graph, True)
        several_out, ys = _tuple_of(func(*xs), _OUTPUTS, "jacobian")
        _check_dependent(ys, "outputs", strict)
        rows = _rows_at_once(ys, xs, create_graph) if vectorize else []
        for i, y in enumerate(() if vectorize else ys):
            columns: list[list[Tensor]] = [[] for _ in xs]
            flat = y.reshape(-1)
            for k in range(y.numel()):
                grads = _gradients((flat[k],), xs, None, create_graph, retain_graph=True)
                for j, g in enumerate(grads):
                    if strict and g is None:
                        raise RuntimeError(
                            f"Output {i} of the user-provided function is independent of input "
                            f"{j}. This is not allowed in strict mode."
                        )
                    if strict and create_graph and g is not None and not g.requires_grad:
                        raise RuntimeError(
                            "The jacobian of the user-provided function is independent of input "
                            f"{i}. This is not allowed in strict mode when create_graph=True."
                        )
                    columns[j].append(_core.zeros_like(xs[j]) if g is None else g)
            rows.append(
                [
                    _core.stack(column, 0).reshape((*y.shape, *x.shape))
                    if column
                    else _core.zeros((*y.shape, *x.shape), dtype=x.dtype)
                    for column, x in zip(columns, xs, strict=True)
                ]
            )
        if not create_graph:
            rows = [[entry.detach() for entry in row] for row in rows]
        return _form(rows, several_out, several_in)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function: all second derivatives of its one number.

    Args:
        func: From tensors to a tensor of one element.
        inputs: A tensor or a tuple of them.
        create_graph: Whether the result can be differentiated.
        strict: Whether independence of an input is an error instead of zeros.
        vectorize: Accepted, as by `jacobian`.
        outer_jacobian_strategy: How the gradient is differentiated: "reverse-mode" or
            "forward-mode".

    Returns:
        For one input a tensor of shape (*input, *input); for several, a tuple of tuples of them.

    Raises:
        TypeError: Inputs or outputs are no tensors.
        RuntimeError: The function returns something else; independence in strict mode.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import hessian
        >>> hessian(lambda x: x.prod(), pyad.tensor([2.0, 3.0, 4.0]))
        tensor([[0., 4., 3.],
                [4., 0., 2.],
                [3., 2., 0.]])
    """
    several_in, given = _tuple_of(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def one_number(*xs: Tensor) -> Tensor:
        y = func(*xs)
        several, ys = _tuple_of(y, _OUTPUTS, "hessian")
        _check_dependent(ys, "outputs", strict)
        return _single(ys, several, "hessian").squeeze()

    def gradient(*xs: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            xs = tuple(x.requires_grad_() for x in xs)
        found = jacobian(one_number, xs, create_graph=True)
        _check_dependent(found, "jacobian", strict)
        return found

    rows = jacobian(
        gradient,
        given,
        create_graph=create_graph,
        strict=strict,
        vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    return rows if several_in else rows[0][0]


def _single(ys: Sequence[Tensor], several: bool, op: str) -> Tensor:
    if several:
        raise RuntimeError(f"The function given to {op} should return a single Tensor")
    if ys[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {op} should contain a single element"
        )
    return ys[0]


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """A vector times the Hessian of a function: a backward pass over its gradient.

    Args:
        func: From tensors to a tensor of one element.
        inputs: A tensor or a tuple of them.
        v: Of the form of the inputs. May be left out for one input of one element.
        create_graph: Whether the results can be differentiated.
        strict: Whether independence of an input is an error instead of zeros.

    Returns:
        The function's output, and the product, of the form of the inputs.

    Raises:
        TypeError: Inputs, outputs or v are no tensors.
        RuntimeError: v does not fit the inputs; the function returns something else; independence
            in strict mode.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import vhp
        >>> vhp(lambda x: (x**3).sum(), pyad.tensor([1.0, 2.0]), pyad.ones(2))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several_in, given = _tuple_of(inputs, "inputs", "vhp")
        xs = _fresh(given, create_graph, True)
        vs = _vector(v, xs, several_in, create_graph, "vhp", _ONE_INPUT)
        several_out, ys = _tuple_of(func(*xs), _OUTPUTS, "vhp")
        _check_dependent(ys, "outputs", strict)
        _single(ys, several_out, "vhp")
        gradient = _gradients(ys, xs, create_graph=True)
        _check_dependent(gradient, "jacobian", strict)
    with set_grad_enabled(create_graph or _core.is_grad_enabled()):
        grads = _gradients(gradient, xs, vs, create_graph)
        found = _filled(grads, xs, strict, create_graph, "double_back")
    return _finished(ys, False, create_graph), _finished(found, several_in, create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The Hessian of a function times a vector. `vhp` gives the same and costs less.

    Args:
        func: From tensors to a tensor of one element.
        inputs: A tensor or a tuple of them.
        v: Of the form of the inputs. May be left out for one input of one element.
        create_graph: Whether the results can be differentiated.
        strict: Whether independence of an input is an error instead of zeros.

    Returns:
        The function's output, and the product, of the form of the inputs.

    Raises:
        TypeError: Inputs, outputs or v are no tensors.
        RuntimeError: v does not fit the inputs; the function returns something else; independence
            in strict mode.

    Example:
        >>> import pyad
        >>> from pyad.autograd.functional import hvp
        >>> hvp(lambda x: (x**3).sum(), pyad.tensor([1.0, 2.0]), pyad.ones(2))[1]
        tensor([ 6., 12.])
    """
    with enable_grad():
        several_in, given = _tuple_of(inputs, "inputs", "hvp")
        xs = _fresh(given, create_graph, True)
        vs = _vector(v, xs, several_in, create_graph, "hvp", _ONE_INPUT)
        several_out, ys = _tuple_of(func(*xs), _OUTPUTS, "hvp")
        _check_dependent(ys, "outputs", strict)
        _single(ys, several_out, "hvp")
        gradient = _gradients(ys, xs, create_graph=True)
        _check_dependent(gradient, "jacobian", strict)
        gs = tuple(_core.zeros_like(x).requires_grad_() for x in xs)
        pulled = _gradients(gradient, xs, gs, create_graph=True)
    with set_grad_enabled(create_graph or _core.is_grad_enabled()):
        grads = _gradients(pulled, gs, vs, create_graph)
        found = _filled(grads, xs, strict, create_graph, "double_back_trick")
    return _finished(ys, False, create_graph), _finished(found, several_in, create_graph)
