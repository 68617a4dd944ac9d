"""One derivative found in four ways, and what the fourth way gives beyond it.

Run it as `python examples/four_derivatives.py`. The derivative of 3 x² + exp 2x is found by hand,
by differences, by rewriting formulas (where SymPy is installed) and automatically. Forward and
reverse mode walk through (a b)(b + 1); operations get gradients of their own making; a Jacobian and
a Hessian follow. It writes `four_derivatives.png`: the error of differences against their step.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import pyad
from pyad.autograd import Function, forward_ad, functional

try:
    import sympy
except ImportError:
    sympy = None


def f(x: Any, exp: Any = pyad.exp) -> Any:
    return 3 * x**2 + exp(2 * x)


def by_hand(x: float) -> float:
    return 6 * x + 2 * math.exp(2 * x)


def by_differences(x: float, h: float) -> float:
    return (f(x + h, math.exp) - f(x - h, math.exp)) / (2 * h)


def by_formulas(x: float) -> tuple[str, float]:
    """The derivative as text and at x; without SymPy, what was found by hand."""
    if sympy is None:
        return "SymPy is not installed; by hand: 6*x + 2*exp(2*x)", by_hand(x)
    symbol = sympy.Symbol("x")
    formula = sympy.diff(f(symbol, sympy.exp), symbol)
    return str(formula), float(formula.subs(symbol, x))


def automatically(x: float) -> float:
    t = pyad.tensor(x, dtype=pyad.float64, requires_grad=True)
    f(t).backward()
    return t.grad.item()


def product(a: pyad.Tensor, b: pyad.Tensor) -> tuple[pyad.Tensor, pyad.Tensor, pyad.Tensor]:
    """Returns c = a b, d = b + 1 and e = c d."""
    c, d = a * b, b + 1
    return c, d, c * d


def both_modes(a: float = 2.0, b: float = 3.0) -> dict[str, list[float]]:
    """Derivatives of c, d, e by b (forward), and of e by a, b, c, d (reverse)."""
    x, y = (pyad.tensor(v, dtype=pyad.float64) for v in (a, b))
    with forward_ad.dual_level():
        duals = product(x, forward_ad.make_dual(y, pyad.ones_like(y)))
        forward = [forward_ad.unpack_dual(v).tangent.item() for v in duals]
    x.requires_grad_()
    y.requires_grad_()
    c, d, e = product(x, y)
    reverse = [g.item() for g in pyad.autograd.grad(e, [x, y, c, d])]
    return {"forward": forward, "reverse": reverse}


class Softplus(Function):
    """log(1 + exp x) that neither overflows nor has a gradient of inf / inf."""

    @staticmethod
    def forward(ctx: Any, x: pyad.Tensor) -> pyad.Tensor:
        """The larger of x and 0, and what is missing."""
        ctx.save_for_backward(x)
        return x.clamp(min=0) + pyad.log1p(pyad.exp(-x.abs()))

    @staticmethod
    def backward(ctx: Any, g: pyad.Tensor) -> pyad.Tensor:
        """The derivative of softplus is the sigmoid."""
        (x,) = ctx.saved_tensors
        return g * x.sigmoid()


class RoundStraight(Function):
    """Rounds, but passes gradients on as if it did not, so that rounded things can learn."""

    @staticmethod
    def forward(ctx: Any, x: pyad.Tensor) -> pyad.Tensor:
        """The nearest whole numbers."""
        return x.round()

    @staticmethod
    def backward(ctx: Any, g: pyad.Tensor) -> pyad.Tensor:
        """The gradient as it comes."""
        return g


def own_gradients() -> dict[str, list[float]]:
    x = pyad.tensor([-800.0, 0.0, 800.0], dtype=pyad.float64, requires_grad=True)
    (naive,) = pyad.autograd.grad((1 + x.exp()).log().sum(), x)
    (stable,) = pyad.autograd.grad(Softplus.apply(x).sum(), x)
    near = pyad.linspace(-3, 3, 7, dtype=pyad.float64, requires_grad=True)
    assert pyad.autograd.gradcheck(Softplus.apply, (near,))

    learned = pyad.tensor([0.2, 5.1], dtype=pyad.float64, requires_grad=True)
    wanted = pyad.tensor([3.0, -2.0], dtype=pyad.float64)
    optimizer = pyad.optim.SGD([learned], lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        (RoundStraight.apply(learned) - wanted).square().sum().backward()
        optimizer.step()
    rounded = RoundStraight.apply(learned)
    return {"naive": naive.tolist(), "stable": stable.tolist(), "rounded": rounded.tolist()}


def polar(p: pyad.Tensor) -> pyad.Tensor:
    """Takes radius and angle (2,); returns the point (2,)."""
    radius, angle = p
    return pyad.stack([radius * angle.cos(), radius * angle.sin()])


def valley(p: pyad.Tensor) -> pyad.Tensor:
    """Rosenbrock's function of (2,)."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def tables_of_derivatives() -> dict[str, Any]:
    p = pyad.tensor([2.0, math.pi / 6], dtype=pyad.float64)
    q = pyad.tensor([-1.0, 2.0], dtype=pyad.float64)
    v = pyad.tensor([1.0, 0.5], dtype=pyad.float64)
    return {
        "jacobian": functional.jacobian(polar, p).tolist(),
        "hessian": functional.hessian(valley, q).tolist(),
        "jvp": functional.jvp(polar, p, v)[1].tolist(),
        "vjp": functional.vjp(polar, p, v)[1].tolist(),
        "hvp": functional.hvp(valley, q, v)[1].tolist(),
    }


def draw(x: float, path: Path) -> float:
    """Draws the error of differences for steps from 1 to 1e-15; returns the best step."""
    steps = [10 ** (-k / 4) for k in range(61)]
    errors = [abs(by_differences(x, h) / by_hand(x) - 1) for h in steps]
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    axis.loglog(steps, [max(e, 1e-17) for e in errors], ".-", label="differences")
    automatic = max(abs(automatically(x) / by_hand(x) - 1), 1e-17)
    axis.axhline(automatic, color="tab:green", label="automatically")
    axis.set(xlabel="step", ylabel="relative error", title="Derivative of 3 x² + exp 2x")
    axis.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return steps[errors.index(min(errors))]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="as without: nothing is long")
    parser.add_argument("--out", type=Path, default=Path("four_derivatives.png"))
    options = parser.parse_args(arguments)

    x = 0.7
    formula, symbolic = by_formulas(x)
    ways = {
        "by hand": by_hand(x),
        "by differences": by_differences(x, 1e-5),
        "by formulas": symbolic,
        "automatically": automatically(x),
    }
    for way, value in ways.items():
        print(f"{way:15} {value:.15f}")
    print(f"the formula: {formula}")

    modes = both_modes()
    print("\n(a b)(b + 1) at a = 2, b = 3, with c = a b, d = b + 1")
    print("  forward, by b:     dc {:g}, dd {:g}, de {:g}".format(*modes["forward"]))
    print("  reverse, e by all: a {:g}, b {:g}, c {:g}, d {:g}".format(*modes["reverse"]))

    own = own_gradients()
    print(f"\ngradient of log(1 + exp x) at -800, 0, 800: {own['naive']}")
    print(f"with a gradient of its own:                 {own['stable']}")
    print(f"learned through rounding, 3 and -2 wanted:  {own['rounded']}\n")
    tables = tables_of_derivatives()
    for name, value in tables.items():
        print(f"{name:8} {value}")
    best = draw(x, options.out)
    print(f"\ndifferences are best with steps near {best:.0e}; wrote {options.out}")
    return {"ways": ways, "modes": modes, "own": own, "tables": tables, "best step": best}


if __name__ == "__main__":
    main()
