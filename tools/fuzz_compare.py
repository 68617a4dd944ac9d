"""Whether a program's numbers are PyTorch's: the judgement of `fuzz_programs.py`.

Values, first and second derivatives are compared. Apart from the programs, because most of it is
about which differences are no fault: where PyTorch is wrong, where rounding decides, and where the
derivative is no number.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import pyad
import pyad.nn.functional
import pyad.utils.checkpoint

# What is not smooth at 0, where its second derivative is NaN here: docs/derivatives.md, rule 2.
ROOTS = re.compile(r"\.(std|norm|dist|cdist)\(|normalize|cosine_similarity")
# Relative errors in float64, and where float32 is in the program.
VALUES, FIRST, SECOND = (1e-9, 1e-4), (1e-7, 2e-3), (1e-5, 2e-2)
DIFFERENT = ("values", "first wrong", "second wrong")
# A line that writes, and the tensors it reads.
WRITE = re.compile(r"(?!\w+ = )\w+")
OPERAND = re.compile(r"(?<=[ (])[vx]\d+\b")


def execute(lines: list[str], library: Any) -> dict[str, Any]:
    """Runs the text with `T` meaning `library`."""
    space: dict[str, Any] = {"T": library}
    for line in lines:
        exec(line, space)
    return space


def derivatives(
    library: Any, space: dict[str, Any], leaves: list[str], names: list[str]
) -> tuple[list[Any], list[Any] | str]:
    """Gradients of a sum over all that asks for them, and gradients of the sum of their squares."""
    inputs = [space[n] for n in leaves]
    whole = total(space, names)
    first = library.autograd.grad(whole, inputs, create_graph=True, allow_unused=True)
    again = [(g.double() * g.double()).sum() for g in first if g is not None and g.requires_grad]
    if not again:
        return list(first), []
    try:
        second = library.autograd.grad(sum(again), inputs, allow_unused=True)
    except RuntimeError as error:
        return list(first), f"{type(error).__name__}: {error}"
    return list(first), list(second)


def different(ours: Any, theirs: Any, loose: float) -> str | None:
    """What is different about two results, or None."""
    if ours is None or theirs is None:
        # No gradient and a gradient of zeros are the same statement.
        one = theirs if ours is None else ours
        return (
            None
            if one is None or not np.any(one.detach().numpy())
            else "gradient missing on one side"
        )
    if str(ours.dtype).split(".")[-1] != str(theirs.dtype).split(".")[-1]:
        return f"dtype {ours.dtype}, not {theirs.dtype}"
    if tuple(ours.shape) != tuple(theirs.shape):
        return f"shape {tuple(ours.shape)}, not {tuple(theirs.shape)}"
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    if a.dtype.kind != "f":
        return None if np.array_equal(a, b) else f"{a.tolist()}, not {b.tolist()}"
    # A NaN of PyTorch's where a derivative has a limit is no measure.
    known = ~np.isnan(b)
    a, b = a[known], b[known]
    digits = 2e-3 if b.dtype == np.float32 else loose
    scale = max(1.0, float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0)))
    if np.allclose(a, b, rtol=digits, atol=digits * scale, equal_nan=True):
        return None
    return f"{a.ravel()[:6].tolist()}, not {b.ravel()[:6].tolist()}"


def flags(ours: Any, theirs: Any) -> str | None:
    """What is different about a tensor's place in the graph, where PyTorch can tell it."""
    for what in ("requires_grad", "is_leaf"):
        try:
            right = getattr(theirs, what)
        except RuntimeError:
            continue  # a view of several that was written to, which PyTorch gives up
        if getattr(ours, what) != right:
            return f"{what} is {getattr(ours, what)}"
    return None


def compare(lines: list[str], leaves: list[str], names: list[str]) -> tuple[str, str | None]:
    """What became of one program, and what is wrong about it."""
    outcome, wrong = beside(lines, lines, leaves, names)
    if outcome not in DIFFERENT:
        return outcome, wrong
    apart = [OPERAND.sub(r"\g<0>.clone()", x) if WRITE.match(x) else x for x in lines]
    if apart != lines and beside(lines, apart, leaves, names)[1] is None:
        return "peer wrong", None  # PyTorch wrote over what it still had to read
    wide = [x.replace("float32", "float64") for x in lines]
    if wide != lines and compare(wide, leaves, names)[0] == "peer wrong":
        return "peer wrong", None  # which only float64 has the digits to show
    if unstable(lines, leaves, names):
        return "unstable", None
    return outcome, wrong


def beside(
    lines: list[str], peer_lines: list[str], leaves: list[str], names: list[str]
) -> tuple[str, str | None]:
    """As `compare`, of our program and one of PyTorch's, before any excuse."""
    theirs = execute(peer_lines, torch)
    try:
        ours = execute(lines, pyad)
    except Exception as error:
        if "single memory location" in str(error):
            return "refused here only", None  # overlapping elements: PyTorch writes in some order
        return "raised", f"{type(error).__name__}: {error}"
    low = any("float32" in line for line in lines)
    for name in names:
        wrong = different(ours[name], theirs[name], VALUES[low])
        if wrong:
            return "values", f"{name}: {wrong}"
        wrong = flags(ours[name], theirs[name])
        if wrong:
            return "values", f"{name}: {wrong}"
        if ours[name].stride() != theirs[name].stride() and os.environ.get("PYAD_FUZZ_STRIDES"):
            return "values", f"{name}: strides {ours[name].stride()}, not {theirs[name].stride()}"
    outputs = [n for n in names if theirs[n].requires_grad]
    if not outputs:
        return "constant", None
    try:
        first, second = derivatives(torch, theirs, leaves, names)
    except RuntimeError as error:
        try:
            derivatives(pyad, ours, leaves, names)
        except RuntimeError:
            return "refused", None
        return ("inplace", None) if "inplace" in str(error) else ("refused here only", None)
    try:
        mine, mine2 = derivatives(pyad, ours, leaves, names)
    except Exception as error:
        return "raised", f"gradient: {type(error).__name__}: {error}"
    for name, a, b in zip(leaves, mine, first, strict=True):
        wrong = different(a, b, FIRST[low])
        if wrong and any("hook" in x and theirs[x.split(".")[0]]._is_view() for x in lines):
            return "hook lost", None  # PyTorch forgets those on a view that is written to
        if wrong and right_by_differences(lines, leaves, lambda made: total(made, names), 1e-6):
            return "peer wrong", None
        if wrong:
            return "first wrong", f"gradient of {name}: {wrong}"
    if isinstance(second, str) or any("register_hook" in line for line in lines):
        # Which hooks a second sweep meets depends on what the first one's rules kept.
        return "first only", None
    if isinstance(mine2, str):
        return "raised", f"second derivative: {mine2}"
    nothing = [None] * len(leaves)
    for name, a, b in zip(leaves, mine2 or nothing, second or nothing, strict=True):
        wrong = different(a, b, SECOND[low])
        if wrong and is_nan(a) and at_a_root(lines, ours):
            return "singular", None
        if wrong and right_by_differences(
            lines, leaves, lambda made: squares(made, leaves, names), 1e-4
        ):
            return "peer wrong", None
        if wrong:
            return "second wrong", f"second derivative of {name}: {wrong}"
    return "equal", None


def is_nan(y: Any) -> bool:
    """Whether a result says of some element that it is no number."""
    return y is not None and bool(np.isnan(y.detach().numpy()).any())


def at_a_root(lines: list[str], space: dict[str, Any]) -> bool:
    """Whether a norm or a deviation in the program is 0."""
    made = [x.partition(" = ") for x in lines if ROOTS.search(x)]
    return any(name in space and bool((space[name].abs() < 1e-7).any()) for name, _, _ in made)


STEPS = re.compile(r"\.(floor|ceil|round|trunc|sign)\(\)$")


def unstable(lines: list[str], leaves: list[str], names: list[str]) -> bool:
    """Whether PyTorch's own numbers are others when the leaves change in their last digits."""

    def numbers(text: list[str]) -> list[tuple[Any, tuple[float, float]]]:
        space = execute(text, torch)
        found = [(space[n], VALUES) for n in names]
        if not any(space[n].requires_grad for n in names):
            return found
        with contextlib.suppress(RuntimeError):  # a saved tensor was written to
            first, second = derivatives(torch, space, leaves, names)
            found += [(g, FIRST) for g in first]
            found += [(g, SECOND) for g in second if not isinstance(second, str)]
        return found

    low = any("float32" in line for line in lines)
    r = random.Random(0)
    calm = numbers(lines)
    for _ in range(6):
        moved = list[str]()
        for line in lines:
            moved.append(line)
            name = line.split(" = ")[0]
            if STEPS.search(line):  # through which no change of a leaf comes
                moved.append(f"{name} = {name} * {1 + r.uniform(-1, 1) * 1e-12}")
            if name in leaves:
                step = 1e-6 if "float32" in line else 1e-12
                moved.append(
                    f"{name} = ({name}.detach() * T.tensor("
                    f"[1 + {step} * d for d in {[r.uniform(-1, 1) for _ in range(24)]}]"
                    f"[:{name}.numel()], dtype={name}.dtype).view({name}.shape)).requires_grad_()"
                )
        for (a, loose), (b, _) in zip(calm, numbers(moved), strict=True):
            if different(b, a, loose[low]):
                return True
    return False


def total(space: dict[str, Any], names: list[str]) -> Any:
    """The number whose gradients are compared."""
    outputs = [space[n] for n in names if space[n].requires_grad]
    terms = ((y.double() * (0.3 + 0.1 * k)).sin().sum() for k, y in enumerate(outputs))
    return sum(terms, start=0.0)


def squares(space: dict[str, Any], leaves: list[str], names: list[str]) -> Any:
    """The number whose gradients are second derivatives."""
    inputs = [space[n] for n in leaves]
    whole = total(space, names)
    first = pyad.autograd.grad(whole, inputs, create_graph=True, allow_unused=True)
    return sum((g.double() * g.double()).sum() for g in first if g is not None and g.requires_grad)


def right_by_differences(
    lines: list[str], leaves: list[str], number: Callable[[dict[str, Any]], Any], width: float
) -> bool:
    """Whether our gradient is the one that central differences give, whatever PyTorch says.

    PyTorch keeps what it needs of some operands as they are, and does not notice a write into them;
    and it loses what cancels beside a root of 0.
    """
    if any(word in line for line in lines for word in ("hook", "detach", "float32", "no_grad")):
        return False
    space = execute(lines, pyad)
    gradients = pyad.autograd.grad(number(space), [space[n] for n in leaves], allow_unused=True)
    for leaf, gradient in zip(leaves, gradients, strict=True):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{leaf} = "))
        for k in range(space[leaf].numel()):
            sides = []
            for step in (width, -width):
                text = f"{leaf} = {leaf}.detach().reshape(-1).index_add(0, T.tensor([{k}]), "
                text += f"T.tensor([{step}], dtype=T.float64)).view({leaf}.shape).requires_grad_()"
                moved = execute([*lines[: at + 1], text, *lines[at + 1 :]], pyad)
                sides.append(number(moved).item())
            ours = 0.0 if gradient is None else gradient.reshape(-1)[k].item()
            slope = (sides[0] - sides[1]) / (2 * width)
            if not abs(slope - ours) <= 1e-3 * max(1.0, abs(ours)):
                return False
    return True
