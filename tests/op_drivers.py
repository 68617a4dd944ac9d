"""Drivers of the op matrix: value, vjp, jvp, vjp of vjp, jvp of vjp, each against an oracle.

A `Case` is one way to call one function: NumPy inputs of which some are differentiated, and the
same call for both packages. PyTorch is the oracle of values, first and second reverse derivatives.
Forward mode is held to the adjoint identity <v, Ju> = <J'v, u> with the reverse mode that was just
checked, so that PyTorch's known errors there cannot leak in; finite differences in a random
direction check both against the function itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

import pyad
from pyad.autograd import forward_ad

# Relative to the largest entry of the expected array; a looser one stands in the case, with its
# reason.
RTOL = {"float64": 1e-12, "float32": 1e-6}
# Functions whose results or derivatives are small against what they are the difference of, or zero
# where PyTorch has the rounding of a cancellation: these are held absolutely.
CANCELS = {
    "gelu": "PyTorch's float32 tail is 1 + erf",
    "gelu_tanh": "PyTorch's float32 tail is 1 + tanh",
    "blackman_window": "its ends are what is left of 0.42 - 0.5 + 0.08",
    "copysign": "the second derivative is zero",
    "batch_norm": "gradients are orthogonal to the constant",
    "instance_norm": "gradients are orthogonal to the constant",
    "cross": "the gradient of a vector by itself is zero",
    "conv1d": "a bias gradient is a sum of both signs",
    "lstm": "gate gradients are sums of both signs",
}
TORCH = {"float32": torch.float32, "float64": torch.float64}
PYAD = {"float32": pyad.float32, "float64": pyad.float64}


@dataclass
class Case:
    """One call: `call(package, *tensors)` gives a tensor or a tuple of tensors."""

    name: str
    inputs: list[np.ndarray]
    call: Callable
    rtol: dict[str, float] = field(default_factory=dict)

    @property
    def floor(self) -> float:
        """The least scale of errors."""
        return 1.0 if self.name.partition("[")[0].partition("#")[0] in CANCELS else 0.0

    def tolerance(self, dtype: str) -> float:
        return self.rtol.get(dtype, RTOL[dtype])


LAYOUTS = ("contiguous", "strided", "transposed")


def lay_out(x: np.ndarray, layout: str) -> np.ndarray:
    """The same values in other memory: every second element of a larger array, or Fortran order."""
    if layout == "strided" and x.ndim:
        wide = np.repeat(x, 2, axis=x.ndim - 1)
        return wide[..., ::2]
    if layout == "transposed" and x.ndim > 1:
        return np.asfortranarray(x)
    return x


def is_float(x: np.ndarray) -> bool:
    """Whether the input is differentiated; a `Fixed` one only follows the dtype."""
    return x.dtype.kind == "f" and type(x) is np.ndarray


def typed(x: np.ndarray, dtype: str) -> np.ndarray:
    return np.asarray(x, dtype if x.dtype.kind == "f" else None)


def to_pyad(x: np.ndarray, dtype: str, layout: str, grad: bool):
    data = lay_out(typed(x, dtype), layout)
    t = pyad.from_numpy(data.copy(order="K") if layout == "contiguous" else data)
    return t.requires_grad_() if grad and is_float(x) else t


def to_torch(x: np.ndarray, dtype: str, grad: bool):
    t = torch.tensor(typed(x, dtype))
    return t.requires_grad_() if grad and is_float(x) else t


def outputs(result) -> list:
    """The floating outputs, which carry gradients."""
    many = result if isinstance(result, (tuple, list)) else (result,)
    return [y for y in many if y.is_floating_point()]


def flat(result) -> list:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def array(x) -> np.ndarray:
    if "bfloat16" in str(x.dtype):  # which NumPy has not
        x = x.float()
    return x.detach().numpy(force=True)  # a torch zero tensor has no memory until it is forced


def assert_same(actual, expected: np.ndarray, rtol: float, what: str, floor: float = 0.0) -> None:
    got = array(actual)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    assert got.dtype == expected.dtype, f"{what}: dtype {got.dtype}, expected {expected.dtype}"
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, expected, err_msg=what)
        return
    finite = expected[np.isfinite(expected)]
    scale = float(np.abs(finite).max(initial=floor))
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * scale, err_msg=what)


def directions(rng, arrays) -> list[np.ndarray]:
    return [np.asarray(rng.standard_normal(np.shape(a))) for a in arrays]


def check_value(case: Case, dtype: str, layout: str) -> None:
    ours = flat(case.call(pyad, *[to_pyad(x, dtype, layout, False) for x in case.inputs]))
    theirs = flat(case.call(torch, *[to_torch(x, dtype, False) for x in case.inputs]))
    assert len(ours) == len(theirs)
    for k, (y, z) in enumerate(zip(ours, theirs)):
        assert_same(y, array(z), case.tolerance(dtype), f"{case.name}: output {k}", case.floor)


def reverse(package, case: Case, xs, seeds, create_graph: bool):
    ys = outputs(case.call(package, *xs))
    leaves = [x for x in xs if x.requires_grad]
    make = pyad.tensor if package is pyad else torch.tensor
    vs = [make(np.asarray(v, array(y).dtype)) for v, y in zip(seeds, ys)]
    pairs = [(y, v) for y, v in zip(ys, vs) if y.requires_grad]
    assert pairs, f"{case.name}: no output requires grad"
    grads = package.autograd.grad(
        [y for y, _ in pairs],
        leaves,
        [v for _, v in pairs],
        create_graph=create_graph,
        allow_unused=True,
    )
    return leaves, grads


def seeds_for(case: Case, dtype: str, rng) -> list[np.ndarray]:
    ys = outputs(case.call(torch, *[to_torch(x, dtype, False) for x in case.inputs]))
    return directions(rng, [array(y) for y in ys])


def check_vjp(case: Case, dtype: str, layout: str, rng) -> None:
    seeds = seeds_for(case, dtype, rng)
    _, ours = reverse(
        pyad, case, [to_pyad(x, dtype, layout, True) for x in case.inputs], seeds, False
    )
    _, theirs = reverse(torch, case, [to_torch(x, dtype, True) for x in case.inputs], seeds, False)
    for k, (g, h) in enumerate(zip(ours, theirs)):
        assert (g is None) == (h is None), f"{case.name}: gradient {k} is {g}, PyTorch's is {h}"
        if g is not None:
            assert_same(
                g, array(h), case.tolerance(dtype), f"{case.name}: gradient {k}", case.floor
            )


def check_vjp_of_vjp(case: Case, dtype: str, layout: str, rng) -> None:
    seeds = seeds_for(case, dtype, rng)
    second = []
    ws = None
    for package in (torch, pyad):
        if package is torch:
            xs = [to_torch(x, dtype, True) for x in case.inputs]
        else:
            xs = [to_pyad(x, dtype, layout, True) for x in case.inputs]
        leaves, grads = reverse(package, case, xs, seeds, True)
        if ws is None:
            ws = directions(rng, [array(g) if g is not None else 0.0 for g in grads])
        make = pyad.tensor if package is pyad else torch.tensor
        pairs = [
            (g, make(np.asarray(w, array(g).dtype)))
            for g, w in zip(grads, ws)
            if g is not None and g.requires_grad
        ]
        if pairs:
            second.append(
                package.autograd.grad(
                    [g for g, _ in pairs], leaves, [w for _, w in pairs], allow_unused=True
                )
            )
        else:
            second.append([None] * len(leaves))
    for k, (h, g) in enumerate(zip(*second)):
        shape = case.inputs[[i for i, x in enumerate(case.inputs) if is_float(x)][k]].shape
        zero = np.zeros(shape, dtype)
        expected = zero if h is None else array(h)
        actual = pyad.tensor(zero) if g is None else g
        # Second derivatives are sums of products of first ones: one more digit of rounding.
        assert_same(
            actual, expected, 10 * case.tolerance(dtype), f"{case.name}: second {k}", case.floor
        )


def dual_call(case: Case, dtype: str, layout: str, tangents):
    """Outputs and their tangents, for tangents of the floating inputs."""
    with forward_ad.dual_level():
        duals, left = [], list(tangents)
        for x in case.inputs:
            t = to_pyad(x, dtype, layout, False)
            if is_float(x):
                t = forward_ad.make_dual(t, pyad.tensor(np.asarray(left.pop(0), dtype)))
            duals.append(t)
        ys = outputs(case.call(pyad, *duals))
        pairs = [forward_ad.unpack_dual(y) for y in ys]
        return [(array(p).copy(), None if t is None else array(t).copy()) for p, t in pairs]


def floats(case: Case) -> list[np.ndarray]:
    return [x for x in case.inputs if is_float(x)]


def check_jvp(case: Case, dtype: str, layout: str, rng) -> None:
    us = directions(rng, floats(case))
    pairs = dual_call(case, dtype, layout, us)
    values = outputs(case.call(pyad, *[to_pyad(x, dtype, layout, False) for x in case.inputs]))
    vs = directions(rng, [p for p, _ in pairs])
    left = size = 0.0
    for v, (p, t), y in zip(vs, pairs, values):
        np.testing.assert_array_equal(p, array(y), err_msg=f"{case.name}: primal of the dual")
        if t is not None:
            assert t.shape == p.shape, f"{case.name}: tangent {t.shape} for output {p.shape}"
            left += float((v * t).sum())
            size += float(np.abs(v * t).sum())
    _, grads = reverse(
        pyad, case, [to_pyad(x, dtype, layout, True) for x in case.inputs], vs, False
    )
    right = 0.0
    for u, g in zip(us, grads):
        if g is not None:
            right += float((u * array(g)).sum())
            size += float(np.abs(u * array(g)).sum())
    tolerance = 10 * case.tolerance(dtype) * max(size, 1.0)
    assert abs(left - right) <= tolerance, f"{case.name}: <v, Ju> = {left}, <J'v, u> = {right}"


def check_jvp_of_vjp(case: Case, dtype: str, layout: str, rng) -> None:
    """Forward over reverse: <w, H u> from duals equals <H w, u> from reverse over reverse."""
    seeds = seeds_for(case, dtype, rng)
    xs = [to_pyad(x, dtype, layout, True) for x in case.inputs]
    leaves, grads = reverse(pyad, case, xs, seeds, True)
    us = directions(rng, floats(case))
    ws = directions(rng, floats(case))
    pairs = [
        (g, pyad.tensor(np.asarray(w, dtype)))
        for g, w in zip(grads, ws)
        if g is not None and g.requires_grad
    ]
    right = size = 0.0
    if pairs:
        for u, h in zip(
            us,
            pyad.autograd.grad(
                [g for g, _ in pairs], leaves, [w for _, w in pairs], allow_unused=True
            ),
        ):
            if h is not None:
                right += float((u * array(h)).sum())
                size += float(np.abs(u * array(h)).sum())
    with forward_ad.dual_level():
        duals, left_us = [], list(us)
        for x in case.inputs:
            t = to_pyad(x, dtype, layout, True)
            if is_float(x):
                t = forward_ad.make_dual(t, pyad.tensor(np.asarray(left_us.pop(0), dtype)))
            duals.append(t)
        dual_leaves = [d for d, x in zip(duals, case.inputs) if is_float(x)]
        ys = outputs(case.call(pyad, *duals))
        live = [
            (y, pyad.tensor(np.asarray(v, dtype))) for y, v in zip(ys, seeds) if y.requires_grad
        ]
        first = pyad.autograd.grad(
            [y for y, _ in live], dual_leaves, [v for _, v in live], allow_unused=True
        )
        left = 0.0
        for w, g in zip(ws, first):
            tangent = None if g is None else forward_ad.unpack_dual(g).tangent
            if tangent is not None:
                left += float((w * array(tangent)).sum())
                size += float(np.abs(w * array(tangent)).sum())
    tolerance = 50 * case.tolerance(dtype) * max(size, 1.0)
    assert abs(left - right) <= tolerance, f"{case.name}: <w, Hu> = {left}, <Hw, u> = {right}"


def check_differences(case: Case, rng) -> None:
    """The vjp against a central difference in a random direction, float64."""
    us = directions(rng, floats(case))
    values = outputs(
        case.call(pyad, *[to_pyad(x, "float64", "contiguous", False) for x in case.inputs])
    )
    vs = directions(rng, [array(y) for y in values])
    _, grads = reverse(
        pyad, case, [to_pyad(x, "float64", "contiguous", True) for x in case.inputs], vs, False
    )
    analytic = sum(float((u * array(g)).sum()) for u, g in zip(us, grads) if g is not None)

    def at(step: float) -> float:
        moved, left = [], list(us)
        for x in case.inputs:
            moved.append(x + step * left.pop(0) if is_float(x) else x)
        ys = outputs(case.call(pyad, *[to_pyad(x, "float64", "contiguous", False) for x in moved]))
        return sum(float((v * array(y)).sum()) for v, y in zip(vs, ys))

    def slope(h: float) -> float:
        return (at(h) - at(-h)) / (2 * h)

    # Richardson's step removes the quadratic error: about eight digits are left.
    h = 1e-4
    numeric = (4 * slope(h / 2) - slope(h)) / 3
    scale = max(abs(analytic), abs(numeric), 1.0)
    assert abs(analytic - numeric) <= 2e-7 * scale, f"{case.name}: {analytic} against {numeric}"
