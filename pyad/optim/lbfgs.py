"""L-BFGS, with a line search for the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pyad
from pyad import _core
from pyad._core import Tensor
from pyad.optim.optimizer import Closure, Optimizer, check_lr

__all__ = ["LBFGS"]

Number = Any  # a float, or a 0-d tensor in the dtype of the parameters


class _Point(NamedTuple):
    """What is known of the function at a point of the line."""

    t: Number
    value: float
    grad: Tensor
    slope: Number


def _interpolated(a: _Point, b: _Point, bounds: tuple[Number, Number] | None = None) -> Number:
    """Where the cubic through two points with their slopes has its minimum, within bounds."""
    if bounds is None:
        bounds = (a.t, b.t) if a.t <= b.t else (b.t, a.t)
    low, high = bounds
    d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    root = square.sqrt()
    if a.t <= b.t:
        place = b.t - (b.t - a.t) * ((b.slope + root - d1) / (b.slope - a.slope + 2 * root))
    else:
        place = a.t - (a.t - b.t) * ((a.slope + root - d1) / (a.slope - b.slope + 2 * root))
    return min(max(place, low), high)


class _LineSearch:
    """The search along a direction for a point that satisfies the strong Wolfe conditions."""

    decrease = 1e-4
    curvature = 0.9
    tolerance = 1e-9

    def __init__(
        self, evaluate: Callable[[Number], _Point], start: _Point, width: Number, limit: int
    ) -> None:
        self.evaluate = evaluate
        self.start = start
        self.width = width  # the largest element of the direction
        self.limit = limit  # of rounds
        self.rounds = 0
        self.evaluations = 0

    def run(self, t: Number) -> _Point:
        """The best point found, beginning at t."""
        bracket, done = self._bracket(t)
        return bracket[0] if len(bracket) == 1 else self._zoom(bracket, done)

    def _at(self, t: Number) -> _Point:
        self.evaluations += 1
        return self.evaluate(t)

    def _too_high(self, p: _Point) -> bool:
        start = self.start
        return bool(p.value > start.value + self.decrease * p.t * start.slope)

    def _flat(self, p: _Point) -> bool:
        return bool(abs(p.slope) <= -self.curvature * self.start.slope)

    def _bracket(self, t: Number) -> tuple[list[_Point], bool]:
        """Two points around one that will do, or one that does."""
        before, now = self.start, self._at(t)
        while self.rounds < self.limit:
            if self._too_high(now) or (self.rounds > 1 and now.value >= before.value):
                return [before, now], False
            if self._flat(now):
                return [now], True
            if now.slope >= 0:
                return [before, now], False
            bounds = (now.t + 0.01 * (now.t - before.t), now.t * 10)
            t = _interpolated(before, now, bounds)
            before, now = now, self._at(t)
            self.rounds += 1
        return [self.start, now], False

    def _zoom(self, bracket: list[_Point], done: bool) -> _Point:
        """Narrows the bracket down."""
        low, high = _order(bracket)
        stuck = False  # the last round came too close to an end of the bracket
        while not done and self.rounds < self.limit:
            left, right = bracket[0].t, bracket[1].t
            if abs(right - left) * self.width < self.tolerance:
                break
            t = _interpolated(bracket[0], bracket[1])
            first, last = min(left, right), max(left, right)
            margin = 0.1 * (last - first)
            if min(last - t, t - first) < margin:
                if stuck or t >= last or t <= first:
                    t = last - margin if abs(t - last) < abs(t - first) else first + margin
                    stuck = False
                else:
                    stuck = True
            else:
                stuck = False
            now = self._at(t)
            self.rounds += 1
            if self._too_high(now) or now.value >= bracket[low].value:
                bracket[high] = now
                low, high = _order(bracket)
                continue
            if self._flat(now):
                done = True
            elif now.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = now
        return bracket[low]


def _order(bracket: list[_Point]) -> tuple[int, int]:
    """The places of the lower and of the higher point."""
    return (0, 1) if bracket[0].value <= bracket[1].value else (1, 0)


class LBFGS(Optimizer):
    """Quasi-Newton steps: curvature is learnt from the last changes of the gradient.

    A step evaluates the closure several times.

    Args:
        params: Parameters, in one group.
        lr: Step size; with a line search, where the search begins.
        max_iter: Iterations of one step.
        max_eval: Evaluations of one step; 1.25 times `max_iter`, if None.
        tolerance_grad: Ends the step when no element of the gradient is larger.
        tolerance_change: Ends the step when parameters or the value change by less.
        history_size: Changes that are remembered.
        line_search_fn: "strong_wolfe", or None for steps of lr.

    Raises:
        ValueError: lr is negative, or there are several groups.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([3.0, -2.0]))
        >>> optimizer = pyad.optim.LBFGS([w], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = ((w - pyad.tensor([1.0, 2.0])) ** 2).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item()
        20.0
        >>> w.detach().round().tolist()
        [1.0, 2.0]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        params: list[Tensor] = self.param_groups[0]["params"]
        return params

    def _flat_grad(self) -> Tensor:
        """All gradients in one vector; zeros for those that are missing."""
        return pyad.cat(
            [
                pyad.zeros(p.numel(), dtype=p.dtype) if p.grad is None else p.grad.reshape(-1)
                for p in self._params
            ]
        )

    def _move(self, t: Number, direction: Tensor) -> None:
        begin = 0
        for p in self._params:
            end = begin + p.numel()
            p.add_(direction[begin:end].reshape(p.shape), alpha=float(t))
            begin = end

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Iterates until the gradient vanishes, nothing changes, or a limit is reached.

        Args:
            closure: Clears gradients, computes the loss and its gradients, and returns the loss.

        Returns:
            The loss at the beginning.

        Raises:
            RuntimeError: The line search is unknown.
        """

        def evaluate() -> Any:
            with _core.EnableGrad():
                return closure()

        with _core.NoGrad():
            return self._iterate(evaluate)

    def _iterate(self, closure: Closure) -> Any:
        group = self.param_groups[0]
        lr = group["lr"].item() if isinstance(group["lr"], Tensor) else group["lr"]
        # The state is that of all parameters; with the first it is saved like others' state.
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss = float(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        grad = self._flat_grad()
        if grad.abs().max() <= group["tolerance_grad"]:
            return first_loss

        d, t = state.get("d"), state.get("t")
        last_grad, last_loss = state.get("prev_flat_grad"), state.get("prev_loss")
        n = 0
        while n < group["max_iter"]:
            n += 1
            state["n_iter"] += 1
            first = state["n_iter"] == 1
            if first:
                d = grad.neg()
                state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            else:
                self._remember(state, grad.sub(last_grad), d.mul(t), group["history_size"])
                d = self._direction(state, grad, group["history_size"])
            last_grad, last_loss = grad.clone(), loss

            t = min(1.0, 1.0 / grad.abs().sum()) * lr if first else lr
            slope = grad.dot(d)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = _Point(0, loss, grad, slope)
                found, used = self._search(closure, d, start, t, group["max_eval"] - evaluations)
                t, loss, grad = found.t, found.value, found.grad
                self._move(t, d)
            else:
                self._move(t, d)
                if n != group["max_iter"]:  # the value after the last move is not asked for
                    loss = float(closure())
                    grad = self._flat_grad()
                    used = 1
            evaluations += used
            state["func_evals"] += used
            if (
                n == group["max_iter"]
                or evaluations >= group["max_eval"]
                or grad.abs().max() <= group["tolerance_grad"]
                or d.mul(t).abs().max() <= group["tolerance_change"]
                or abs(loss - last_loss) < group["tolerance_change"]
            ):
                break
        state.update(d=d, t=t, prev_flat_grad=last_grad, prev_loss=last_loss)
        return first_loss

    @staticmethod
    def _remember(state: dict[str, Any], y: Tensor, s: Tensor, size: int) -> None:
        """Adds a change of the gradient, y, and of the parameters, s, to the history."""
        ys = y.dot(s)
        if not ys > 1e-10:
            return
        if len(state["old_dirs"]) == size:
            for name in ("old_dirs", "old_stps", "ro"):
                state[name].pop(0)
        state["old_dirs"].append(y)
        state["old_stps"].append(s)
        state["ro"].append(1.0 / ys)
        state["H_diag"] = ys / y.dot(y)

    @staticmethod
    def _direction(state: dict[str, Any], grad: Tensor, size: int) -> Tensor:
        """Minus the gradient, times the inverse of the Hessian as the history shows it."""
        changes = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
        al = state.setdefault("al", [None] * size)
        q = grad.neg()
        for i in range(len(changes) - 1, -1, -1):
            y, s, ro = changes[i]
            al[i] = s.dot(q) * ro
            q.add_(y, alpha=-float(al[i]))
        r = q.mul(state["H_diag"])
        for i, (y, s, ro) in enumerate(changes):
            r.add_(s, alpha=float(al[i] - y.dot(r) * ro))
        return r

    def _search(
        self, closure: Closure, d: Tensor, start: _Point, t: Number, limit: int
    ) -> tuple[_Point, int]:
        """The point of the line search, and the number of evaluations."""
        origin = [p.clone() for p in self._params]

        def evaluate(t: Number) -> _Point:
            self._move(t, d)
            value = float(closure())
            grad = self._flat_grad()
            for p, x in zip(self._params, origin, strict=True):
                p.copy_(x)
            return _Point(t, value, grad, grad.dot(d))

        search = _LineSearch(evaluate, start, d.abs().max(), limit)
        return search.run(t), search.evaluations
