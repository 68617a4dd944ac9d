"""Jacobians of functions of numbers, accumulated in the order that takes the fewest products.

The graph, the orders and the programs are the engine's (`csrc/scalar/elimination.hpp`, Note
[Elimination]); here is what belongs to Python: the plan as an object, and its drawing.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyad import _core
from pyad._nesting import Nesting, count, holds_value, nest_jacobian, refuse_tensors, same

if TYPE_CHECKING:
    from pyad._compile import Compiled

ORDERS = ("auto", "forward", "reverse", "markowitz", "exact")
Order = Any  # a name, a sequence of eliminations, or a plan

# Eliminations tried per vertex, and at most; for a hundred vertices some tenths of a second each,
# for the order and for its program.
_BUDGET_A_VERTEX = 10_000
_MOST_BUDGET = 1_000_000
_MOST_BYTES = 2**33
_PROGRAM_SHARE = 4  # the program's search is as much faster an elimination


def _function(op: str, f: Any) -> Any:
    if not callable(f):
        raise TypeError(f"{op}: expects a function of numbers first, got {type(f).__name__!r}")
    return f


def _count(name: str, value: Any, what: str) -> int:
    """A number that is no less than zero and fits the engine."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if isinstance(value, bool) or not 0 <= number < 2**62:
        raise ValueError(
            f"jacobian_plan: {name} ({what}) must be an integer from 0 to 2**62, got {value!r}"
        )
    return number


class JacobianPlan:
    """In which order a Jacobian is accumulated, and what that costs; made by `jacobian_plan`.

    The graph has one vertex for each operation on the way from the arguments to the results, as the
    function applies them. To eliminate a vertex takes |predecessors| · |successors| products
    (Griewank and Walther, "Evaluating Derivatives", chapter 9); `cost` is their sum.

    Attributes:
        cost: Products of this order.
        costs: Products of the orders "forward", "reverse" and "markowitz".
        order: The eliminations, one after the other: the name of a vertex, or an edge that goes
            alone, ("v3", "v7", "end") or (…, "start"): multiplied with what leaves its end, or
            with what enters its start, one product each.
        vertices: The names of the vertices to be eliminated, as they were made; `text` shows them.

    Example:
        >>> plan = pyad.jacobian_plan(lambda x: [x[0] * x[1] * x[2], x[0] * x[1]], [2.0, 3.0, 4.0])
        >>> plan.vertices, plan.costs, plan.cost
        (('v0',), {'forward': 2, 'reverse': 2, 'markowitz': 2}, 2)
        >>> plan.jacobian([2.0, 3.0, 4.0])
        [[12.0, 8.0, 6.0], [3.0, 2.0, 0.0]]
    """

    def __init__(
        self,
        captured: Any,
        order: Order,
        budget: int | None = None,
        seed: int = 0,
        exact: bool = True,
        edges: bool = True,
    ) -> None:
        self._captured = captured
        self._graph = _core._EliminationGraph(captured)
        self.vertices: tuple[str, ...] = self._graph.vertices
        if budget is None:
            n = len(self.vertices)
            size = n + self._inputs() + count(captured.result)
            graph = 16 * size * (size // 64 + 1)  # bytes, which each elimination tried copies
            budget = min(_MOST_BUDGET, _BUDGET_A_VERTEX * n, _MOST_BYTES // graph)
        for name, given in (("exact", exact), ("edges", edges)):
            if not isinstance(given, bool):
                raise TypeError(f"jacobian_plan: {name} must be True or False, got {given!r}")
        budget = _count("budget", budget, "eliminations that the search may try")
        seed = _count("seed", seed, "where the lots of the search begin")
        self.order: tuple[Any, ...] = self._chosen(order, budget, seed, exact, edges)
        self.cost: int = self._graph.cost(self.order)
        self._costs: dict[str, int] | None = None
        # The program of "auto" is searched for itself, see Note [Literal and merged graphs].
        searched = isinstance(order, str) and order == "auto"
        self._search = (_PROGRAM_SHARE * budget if searched else 0, seed)
        self._program: Any = None

    def _chosen(
        self, order: Order, budget: int, seed: int, exact: bool, edges: bool
    ) -> tuple[Any, ...]:
        if isinstance(order, str):
            if order not in ORDERS:
                raise ValueError(
                    f"jacobian_plan: unknown order {order!r}; expected one of "
                    f"{', '.join(map(repr, ORDERS))}, or a permutation of plan.vertices"
                )
            found: tuple[Any, ...] = self._graph.named(order, budget, seed, exact, edges)
            return found
        if isinstance(order, JacobianPlan):
            if not order._fits(self._captured):
                raise ValueError(
                    "jacobian_plan: the plan given as order was made for another graph; make one "
                    "for this function and these arguments"
                )
            return order.order
        if not isinstance(order, Sequence):
            raise TypeError(
                f"jacobian_plan: order must be one of {', '.join(map(repr, ORDERS))}, or a list or "
                f"tuple of plan.vertices, got {type(order).__name__!r}"
            )
        given = tuple(order)
        if all(isinstance(v, str) for v in given) and sorted(given) != sorted(self.vertices):
            times = Counter(given)
            known = set(self.vertices)
            faults = {
                "leaves out": [v for v in self.vertices if not times[v]],
                "has the foreign name": [v for v in given if v not in known],
                "repeats": [v for v in self.vertices if times[v] > 1],
            }
            said = [f"{what} {names[0]!r}" for what, names in faults.items() if names]
            raise ValueError(
                f"jacobian_plan: order is no permutation of plan.vertices ({len(self.vertices)} "
                f"names): it {' and '.join(said)}; has the function's graph changed since they "
                "were read?"
            )
        return given

    @property
    def costs(self) -> dict[str, int]:
        """Products of the orders that need no search.

        Example:
            >>> pyad.jacobian_plan(lambda x: pyad.sin(pyad.exp(x)), 1.0).costs
            {'forward': 1, 'reverse': 1, 'markowitz': 1}
        """
        if self._costs is None:
            self._costs = {
                name: self._graph.cost(self._graph.named(name, 0, 0, False, False))
                for name in ("forward", "reverse", "markowitz")
            }
        return dict(self._costs)

    # ---- the program

    def _accumulation(self) -> Any:
        if self._program is None:
            self._program = self._graph.program(self.order, *self._search)
        return self._program

    @property
    def operations(self) -> dict[str, int]:
        """How often the program applies each op: the function's own, partials, products, sums.

        Equal steps are computed once and products with one are left out, so that there may be
        fewer products than `cost` says.

        Example:
            >>> pyad.jacobian_plan(lambda x: pyad.sin(x * x), 3.0).operations
            {'add': 1, 'cos': 1, 'mul': 2}
        """
        return dict(_core._scalar_operations(self._accumulation()))

    def program(self) -> str:
        """The instructions of the static program that computes the Jacobian.

        Example:
            >>> print(pyad.jacobian_plan(lambda x: pyad.sin(x * x), 3.0).program())
            1 input, 4 steps, 1 output
            v0 = mul(x0, x0)
            v1 = cos(v0)
            v2 = add(x0, x0)
            v3 = mul(v1, v2)
            return v3
        """
        return str(self._accumulation().text())

    def _refuse(self, args: tuple[Any, ...]) -> None:
        refuse_tensors(args)
        if _core._tracing():
            raise RuntimeError(
                "jacobian_plan: derivatives inside a captured function are not captured yet; call "
                "the function, and differentiate the outer one"
            )
        if holds_value(args):
            raise TypeError(
                "jacobian_plan: a plan takes numbers and arrays, not Values; give v.data"
            )
        raise ValueError(
            "jacobian_plan: the plan was made for arguments of another nesting, shape or "
            "constants; make one for these"
        )

    def _matrix(self, args: tuple[Any, ...]) -> Any:
        """(results, inputs); None for arguments of another nesting."""
        y = self._accumulation().call(*args)
        if y is NotImplemented:
            return None
        return y.reshape(count(self._captured.result), self._inputs())

    def _nested(self, matrix: Any) -> Any:
        nesting: Nesting = self._captured.arguments
        argument = nesting[1] if len(nesting) == 2 else nesting
        return nest_jacobian(self._captured.result, argument, matrix)

    def _inputs(self) -> int:
        return count(self._captured.arguments)

    def jacobian(self, *args: Any) -> Any:
        """The derivatives of every result by every argument, at arguments like the plan's.

        Returns:
            Nested as by `Compiled.jacobian`: each number of the result is replaced by its gradient.

        Raises:
            ValueError: The arguments are nested or shaped otherwise than those of the plan.

        Example:
            >>> plan = pyad.jacobian_plan(lambda x: x * x, np.array([1.0, 3.0]))
            >>> plan.jacobian(np.array([2.0, 5.0]))
            array([[ 4.,  0.],
                   [ 0., 10.]])
        """
        matrix = self._matrix(args)
        if matrix is None:
            self._refuse(args)
        return self._nested(matrix)

    __call__ = jacobian

    def into(self, out: Any, *args: Any) -> None:
        """Writes the Jacobian into given memory, and takes none.

        Args:
            out: A float64 array of (numbers of the result, numbers of the arguments).
            args: Arguments like the plan's.

        Raises:
            TypeError: `out` is not a float64 array.
            ValueError: It has another number of elements, or the arguments are others.

        Example:
            >>> plan = pyad.jacobian_plan(lambda x: x[0] * x[1], np.ones(2))
            >>> out = np.empty((1, 2))
            >>> plan.into(out, np.array([2.0, 3.0]))
            >>> out
            array([[3., 2.]])
        """
        if out is None:
            raise TypeError("into: out must be a float64 array, got None")
        program = self._program or self._accumulation()
        if program.into(out, None, *args) is NotImplemented:
            self._refuse(args)

    def _fits(self, captured: Any) -> bool:
        """Whether a captured program has the graph, the nesting and the outside Values of this."""
        return (
            same(self._captured.arguments, captured.arguments)
            and bool(self._captured.text() == captured.text())
            and same(self._captured.result, captured.result)
            and all(a is b for a, b in zip(self._captured.outer, captured.outer, strict=True))
        )

    # ---- looking at it

    def text(self) -> str:
        """The graph: the operations as the function applies them, under the names of vertices.

        Example:
            >>> print(pyad.jacobian_plan(lambda x, y: pyad.sin(x * y), 1.0, 2.0).text())
            2 inputs, 2 steps, 1 output
            v0 = mul(x0, x1)
            v1 = sin(v0)
            return v1
        """
        return str(self._captured.text())

    def draw(self, after: int = 0) -> Any:
        """Draws the graph as it is after some of the eliminations.

        Args:
            after: How many eliminations of `order` have been done; negative ones count from the
                end, so that -1 shows the last step's graph before it and `len(plan.order)` the
                Jacobian.

        Returns:
            A graphviz drawing, or a `pyad.viz.Drawing` that prints as text where graphviz is
            missing.

        Raises:
            IndexError: There are fewer eliminations.

        Example:
            >>> plan = pyad.jacobian_plan(lambda x: pyad.exp(pyad.sin(x)), 1.0)
            >>> "v0" in plan.draw().source, "v0" in plan.draw(after=1).source
            (True, False)
        """
        from pyad.viz.graph import Graph
        from pyad.viz.render import drawn

        n = len(self.order)
        try:
            after = operator.index(after)
        except TypeError:
            raise TypeError(
                f"draw: after must be an integer, got {type(after).__name__!r}"
            ) from None
        if not -n <= after <= n:
            raise IndexError(f"draw: the order has {n} eliminations, got after={after}")
        vertices, edges = self._graph.left(self.order[: after + n if after < 0 else after])
        graph = Graph()
        numbers = {}
        for name, op, result in vertices:
            kind: Any = "result" if result else "op" if op else "leaf"
            numbers[name] = graph.add(kind, f"{name} = {op}" if op else name)
            if result:
                graph.roots.append(numbers[name])
        for start, end in edges:
            graph.nodes[numbers[end]].operands.append((numbers[start], ""))
        return drawn(graph)

    def __reduce__(self) -> Any:
        raise TypeError(
            "a JacobianPlan cannot be pickled or copied; keep plan.order, and give it to "
            "jacobian_plan(f, ..., order=order)"
        )

    def __repr__(self) -> str:
        costs = ", ".join(f"{k} {v}" for k, v in self.costs.items())
        return f"<JacobianPlan: {self.cost} products for {len(self.vertices)} vertices ({costs})>"


def jacobian_plan(
    f: Callable[..., Any],
    *args: Any,
    order: Order = "auto",
    budget: int | None = None,
    seed: int = 0,
    exact: bool = True,
    edges: bool = True,
) -> JacobianPlan:
    """Plans how the Jacobian of a function of numbers is accumulated, before anything is paid.

    The order in which the chain rule multiplies partial derivatives does not change the Jacobian,
    but the number of products. Forward and reverse mode are two of many orders, and finding the
    best is NP-complete (Naumann 2008). "markowitz" takes the vertex that is cheapest now, the first
    made of several. "auto" keeps the cheapest of these, and looks further: for graphs of up to 12
    vertices at all orders of vertices ("exact", which by itself takes up to 20), for larger ones by
    simulated annealing from Markowitz orders with ties drawn by lot; then at single edges.

    Args:
        f: A function of numbers, as `pyad.compile` takes them.
        args: Its arguments: numbers, NumPy arrays, and tuples, lists and dicts of them.
        order: "auto", "forward", "reverse", "markowitz", "exact", a permutation of the
            `vertices` of an earlier plan, or an earlier plan's `order`.
        budget: How many eliminations the search of "auto" may try for the order, and four times as
            many for the program. The search has no clock: the same budget and seed give the same
            plan. By default 10,000 for each vertex, and at most a million; fewer from some
            hundred vertices on, as each takes longer.
        seed: Where the lots of the search begin.
        exact: Whether "auto" computes the best order of vertices of small graphs outright.
        edges: Whether "auto" may eliminate single edges.

    Returns:
        A `JacobianPlan`.

    Raises:
        ValueError: The order is unknown or no permutation, or `f` returns no number.
        TypeError: An argument is no number.

    Example:
        >>> def f(x):  # many inputs, one number in the middle, many results
        ...     s = pyad.sin(x[0] * x[1] * x[2] * x[3])
        ...     return [s, s * x[0], pyad.exp(s), s * s]
        >>> pyad.jacobian_plan(f, [1.0, 2.0, 3.0, 4.0])
        <JacobianPlan: 18 products for 4 vertices (forward 21, reverse 27, markowitz 19)>
    """
    from pyad._compile import compile

    compiled: Compiled = compile(_function("jacobian_plan", f))
    return compiled._plan(args, order, budget=budget, seed=seed, exact=exact, edges=edges)


def jacobian(f: Callable[..., Any], *args: Any, order: Order | JacobianPlan = "auto") -> Any:
    """Returns the derivatives of every result by every argument of a function of numbers.

    This is `pyad.compile(f).jacobian(*args, order=order)`: f is captured anew at each call. Keep
    the compiled function, or a `jacobian_plan`, to capture and plan once.

    Args:
        f: A function of numbers.
        args: Its arguments: numbers, NumPy arrays, and tuples, lists and dicts of them.
        order: As for `jacobian_plan`; or a plan, which must have been made for this graph.

    Returns:
        Nested like the result; each number is replaced by its gradient, and an array of shape s by
        gradients whose numbers are arrays of shape s in front of the argument's. The derivatives
        are accumulated by elimination of vertices (Griewank and Walther, "Evaluating Derivatives",
        chapter 9).

    Raises:
        TypeError: An argument is a Tensor (use `autograd.functional.jacobian`), or there is no
            number among them.
        ValueError: The order is no permutation of the graph's vertices, or `f` returns no number.

    Example:
        >>> pyad.jacobian(lambda x: x * x[::-1], np.array([2.0, 3.0]))
        array([[3., 2.],
               [3., 2.]])
    """
    from pyad._compile import compile

    return compile(_function("jacobian", f))._jacobian(args, order)
