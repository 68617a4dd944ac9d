"""Derivatives against finite differences: the test that needs no second implementation."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyad import _core
from pyad._core import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

if TYPE_CHECKING:
    # numpy.typing costs more at import than the rest of this package.
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """Derivatives that disagree with finite differences."""


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _values(t: Tensor) -> Array:
    return np.array(t.detach().numpy(), dtype=np.float64)


def _tensor(values: Array, like: Tensor) -> Tensor:
    """A tensor of the dtype of `like` that owns its memory."""
    import pyad

    return pyad.from_numpy(np.array(values, order="C")).to(like.dtype, copy=True)


def _tensor_like(values: Array, like: Tensor) -> Tensor:
    return _tensor(values.reshape(tuple(like.shape)), like)


def _outputs(fn: Function, inputs: Sequence[Any]) -> tuple[Tensor, ...]:
    outputs = _as_tuple(fn(*inputs))
    return tuple(o for o in outputs if isinstance(o, Tensor) and o.is_floating_point())


class _Check:
    """One run of gradcheck: the function, its inputs, and the tolerances."""

    def __init__(
        self, fn: Function, inputs: Any, eps: float, atol: float, rtol: float, nondet_tol: float
    ) -> None:
        self.fn = fn
        self.inputs = _as_tuple(inputs)
        self.eps, self.atol, self.rtol, self.nondet_tol = eps, atol, rtol, nondet_tol
        self.places = [
            i
            for i, x in enumerate(self.inputs)
            if isinstance(x, Tensor) and x.requires_grad and x.is_floating_point()
        ]
        if not self.places:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, "
                "but none of them have requires_grad=True"
            )
        for i in self.places:
            x = self.inputs[i]
            if x.element_size() < 8:
                warnings.warn(
                    f"gradcheck: input {i} has dtype {x.dtype}; finite differences need float64, "
                    "so this check will likely fail",
                    stacklevel=3,
                )
            strides = [s for n, s in zip(x.shape, x.stride(), strict=True) if n > 1]
            if 0 in strides:
                raise RuntimeError(
                    f"gradcheck: input {i} has elements that share one memory location, so they "
                    "cannot be moved one by one; pass a .clone() of it"
                )
        self.outputs = _outputs(fn, self.inputs)

    def evaluate(self) -> list[Array]:
        return [_values(o) for o in _outputs(self.fn, self.inputs)]

    def moved(self, i: int, entry: tuple[int, ...]) -> Array:
        """Central differences of all outputs, concatenated, in one entry of input `i`."""
        memory = self.inputs[i].detach()
        original = memory[entry].item()
        memory[entry] = original + self.eps
        above = self.evaluate()
        memory[entry] = original - self.eps
        below = self.evaluate()
        memory[entry] = original
        step = (original + self.eps) - (original - self.eps)
        return self.joined([(a - b) / step for a, b in zip(above, below, strict=True)])

    @staticmethod
    def joined(parts: Sequence[Array]) -> Array:
        return np.concatenate([p.reshape(-1) for p in parts]) if parts else np.zeros(0)

    def entries(self, i: int) -> Iterator[tuple[int, ...]]:
        return iter(np.ndindex(*self.inputs[i].shape))

    def numerical(self) -> dict[int, Array]:
        """For each input the Jacobian: a row an entry of the outputs, a column one of the input."""
        rows = sum(o.numel() for o in self.outputs)
        result = {}
        for i in self.places:
            columns = [self.moved(i, entry) for entry in self.entries(i)]
            result[i] = np.stack(columns, axis=1) if columns else np.zeros((rows, 0))
        return result

    def reverse(self) -> dict[int, Array]:
        wanted = [self.inputs[i] for i in self.places]
        rows: dict[int, list[Array]] = {i: [] for i in self.places}
        for output in self.outputs:
            for entry in range(output.numel()):
                seed = np.zeros(output.numel())
                seed[entry] = 1.0
                grads: Sequence[Tensor | None] = [None] * len(wanted)
                if output.requires_grad:
                    grads = _core.grad(
                        output, wanted, _tensor_like(seed, output), True, False, True
                    )
                for i, g in zip(self.places, grads, strict=True):
                    n = self.inputs[i].numel()
                    rows[i].append(np.zeros(n) if g is None else _values(g).reshape(-1))
        return {
            i: np.stack(r) if r else np.zeros((0, self.inputs[i].numel())) for i, r in rows.items()
        }

    def forward(self) -> dict[int, Array]:
        from pyad.autograd import forward_ad

        result = {}
        for i in self.places:
            columns = []
            for entry in self.entries(i):
                seed = np.zeros(tuple(self.inputs[i].shape))
                seed[entry] = 1.0
                with forward_ad.dual_level():
                    inputs = list(self.inputs)
                    inputs[i] = forward_ad.make_dual(inputs[i], _tensor_like(seed, inputs[i]))
                    columns.append(self.tangents(_outputs(self.fn, inputs)))
            rows = sum(o.numel() for o in self.outputs)
            result[i] = np.stack(columns, axis=1) if columns else np.zeros((rows, 0))
        return result

    def tangents(self, outputs: Sequence[Tensor]) -> Array:
        from pyad.autograd import forward_ad

        parts = []
        for o in outputs:
            t = forward_ad.unpack_dual(o).tangent
            parts.append(np.zeros(o.numel()) if t is None else _values(t))
        return self.joined(parts)

    def place_of(self, row: int) -> tuple[int, tuple[int, ...]]:
        """Which output, and which entry of it, a row of the Jacobian belongs to."""
        for k, o in enumerate(self.outputs):
            if row < o.numel():
                return k, tuple(int(j) for j in np.unravel_index(row, tuple(o.shape)))
            row -= o.numel()
        raise IndexError(row)

    def compare(self, how: str, analytical: dict[int, Array], numerical: dict[int, Array]) -> None:
        for i in self.places:
            a, n = analytical[i], numerical[i]
            bad = ~np.isclose(a, n, rtol=self.rtol, atol=self.atol, equal_nan=True)
            if not bad.any():
                continue
            excess = np.where(bad, np.nan_to_num(np.abs(a - n), nan=np.inf), -1.0)
            row, column = (int(j) for j in np.unravel_index(np.argmax(excess), excess.shape))
            k, out_entry = self.place_of(row)
            shape = tuple(self.inputs[i].shape)
            entry = tuple(int(j) for j in np.unravel_index(column, shape))
            raise GradcheckError(
                f"gradcheck: Jacobian mismatch for output {k} with respect to input {i}: the "
                f"derivative of output entry {out_entry} by input entry {entry} is "
                f"{a[row, column]:.10g} by {how}, but {n[row, column]:.10g} by finite differences "
                f"({int(bad.sum())} of {bad.size} derivatives differ; atol={self.atol}, "
                f"rtol={self.rtol})\n"
                f"numerical:\n{n}\nanalytical:\n{a}"
            )

    def compare_directions(self, backward: bool, forward: bool) -> None:
        """fast_mode: one random direction instead of every entry."""
        from pyad.autograd import forward_ad

        rng = np.random.default_rng(0)
        directions = {i: rng.standard_normal(tuple(self.inputs[i].shape)) for i in self.places}
        originals = {i: _values(self.inputs[i]) for i in self.places}
        shifted = []
        for sign in (1.0, -1.0):
            for i in self.places:
                values = originals[i] + sign * self.eps * directions[i]
                self.inputs[i].detach().copy_(_tensor_like(values, self.inputs[i]))
            shifted.append(self.evaluate())
        for i in self.places:
            self.inputs[i].detach().copy_(_tensor_like(originals[i], self.inputs[i]))
        numerical = self.joined([(a - b) / (2 * self.eps) for a, b in zip(*shifted, strict=True)])
        weights = rng.standard_normal(numerical.shape)
        expected = float(weights @ numerical)
        if backward:
            jacobians_product = 0.0
            start = 0
            for o in self.outputs:
                seed = weights[start : start + o.numel()]
                start += o.numel()
                if not o.requires_grad:
                    continue
                wanted = [self.inputs[i] for i in self.places]
                grads = _core.grad(o, wanted, _tensor_like(seed, o), True, False, True)
                for i, g in zip(self.places, grads, strict=True):
                    if g is not None:
                        jacobians_product += float((_values(g) * directions[i]).sum())
            self.compare_numbers("backward", jacobians_product, expected)
        if forward:
            with forward_ad.dual_level():
                inputs = list(self.inputs)
                for i in self.places:
                    inputs[i] = forward_ad.make_dual(
                        inputs[i], _tensor_like(directions[i], inputs[i])
                    )
                tangent = self.tangents(_outputs(self.fn, inputs))
            self.compare_numbers("forward mode", float(weights @ tangent), expected)

    def compare_numbers(self, how: str, analytical: float, numerical: float) -> None:
        if not np.isclose(analytical, numerical, rtol=self.rtol, atol=self.atol):
            raise GradcheckError(
                f"gradcheck: Jacobian mismatch in a random direction: {analytical:.10g} by {how}, "
                f"but {numerical:.10g} by finite differences; run with fast_mode=False to see the "
                "entry"
            )

    def check_reentrant(self, first: dict[int, Array]) -> None:
        again = self.reverse()
        for i in self.places:
            difference = float(np.max(np.abs(again[i] - first[i]), initial=0.0))
            if difference > self.nondet_tol:
                raise GradcheckError(
                    "gradcheck: backward is not reentrant: run twice with the same values, it gave "
                    f"gradients for input {i} that differ by {difference:.3g} "
                    f"(nondet_tol={self.nondet_tol})"
                )

    def run(self, backward: bool, forward: bool, fast: bool) -> None:
        if fast:
            self.compare_directions(backward, forward)
            return
        numerical = self.numerical()
        if backward:
            analytical = self.reverse()
            self.compare("backward", analytical, numerical)
            self.check_reentrant(analytical)
        if forward:
            self.compare("forward mode", self.forward(), numerical)


def gradcheck(
    func: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compares derivatives with central finite differences.

    Every output is differentiated alone, so rules also meet absent gradients of the others; that
    gradients have their input's dtype is checked by the engine in every pass. Therefore
    `check_undefined_grad`, `check_grad_dtypes` and `masked` are accepted and change nothing.

    Args:
        func: Takes the inputs, returns a tensor or several; must give the same result every time.
        inputs: A tensor or a tuple; those that require grad are checked and should be float64. They
            are moved in place, and put back.
        eps: Step of the differences.
        atol: Absolute tolerance.
        rtol: Relative tolerance.
        raise_exception: Raises on a mismatch instead of returning False.
        nondet_tol: By how much two backward passes may differ.
        check_undefined_grad: See above.
        check_grad_dtypes: See above.
        check_batched_grad: Not supported; must be False.
        check_batched_forward_grad: Not supported; must be False.
        check_forward_ad: Checks forward mode too.
        check_backward_ad: Checks reverse mode.
        fast_mode: Checks one random direction instead of every entry.
        masked: See above.

    Returns:
        Whether all derivatives agree.

    Raises:
        GradcheckError: They do not; the text names output, input and entries.
        ValueError: No input requires grad.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([0.5, 1.5], dtype=pyad.float64, requires_grad=True)
        >>> pyad.autograd.gradcheck(lambda t: (t * t).sin(), (x,), check_forward_ad=True)
        True
    """
    if not check_forward_ad and not check_backward_ad:
        raise ValueError("gradcheck: expected check_forward_ad or check_backward_ad to be True")
    if check_batched_grad or check_batched_forward_grad:
        raise NotImplementedError("gradcheck: batched gradients are not supported")
    check = _Check(func, inputs, eps, atol, rtol, nondet_tol)
    try:
        check.run(check_backward_ad, check_forward_ad, fast_mode)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Function,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compares second derivatives with finite differences of the first.

    Args:
        func: As for `gradcheck`.
        inputs: As for `gradcheck`.
        grad_outputs: Cotangents of the outputs. Default: random ones.
        eps: Step of the differences.
        atol: Absolute tolerance.
        rtol: Relative tolerance.
        gen_non_contig_grad_outputs: Makes the random cotangents non-contiguous.
        raise_exception: Raises on a mismatch instead of returning False.
        nondet_tol: By how much two backward passes may differ.
        check_undefined_grad: Changes nothing, see `gradcheck`.
        check_grad_dtypes: Changes nothing, see `gradcheck`.
        check_batched_grad: Not supported; must be False.
        check_fwd_over_rev: Checks forward mode over the backward pass too.
        check_rev_over_rev: Checks reverse mode over the backward pass.
        fast_mode: Checks one random direction instead of every entry.
        masked: Changes nothing.

    Returns:
        Whether all second derivatives agree.

    Raises:
        GradcheckError: They do not.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([0.5, 1.5], dtype=pyad.float64, requires_grad=True)
        >>> pyad.autograd.gradgradcheck(lambda t: t * t * t, (x,))
        True
    """
    arguments = _as_tuple(inputs)
    outputs = [o for o in _outputs(func, arguments) if o.requires_grad]
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        seeds = []
        for o in outputs:
            if gen_non_contig_grad_outputs:
                seed = _tensor(rng.standard_normal((*o.shape, 2)), o)[..., 0].detach()
            else:
                seed = _tensor_like(rng.standard_normal(tuple(o.shape)), o)
            seeds.append(seed.requires_grad_())
        cotangents = tuple(seeds)
    else:
        cotangents = _as_tuple(grad_outputs)

    def first(*args: Any) -> tuple[Tensor, ...]:
        xs, gs = args[: len(arguments)], args[len(arguments) :]
        ys = [o for o in _outputs(func, xs) if o.requires_grad]
        wanted = [
            x for x in xs if isinstance(x, Tensor) and x.requires_grad and x.is_floating_point()
        ]
        grads = _core.grad(ys, wanted, gs, True, True, True)
        return tuple(g for g in grads if g is not None and g.requires_grad)

    return gradcheck(
        first,
        (*arguments, *cotangents),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )
