"""`pyad.compile`: a function of numbers becomes a static program.

Separate from the programs themselves (`csrc/scalar`), which know slots and ops only: here is what
belongs to Python, the nesting of arguments and results, and the choice of the program for a call.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyad import _core
from pyad._core import Value
from pyad._nesting import (
    Named,
    Nesting,
    count,
    describe,
    describe_points,
    describe_result,
    fill,
    fill_rows,
    has_array,
    holds_value,
    input_names,
    nest_jacobian,
    plain,
    refuse_tensors,
    same,
)
from pyad._signature import all_names, found_by_name, positional_names
from pyad.autograd import enable_grad, is_grad_enabled

if TYPE_CHECKING:
    from pyad._jacobian import JacobianPlan, Order


# How Python and NumPy refuse a Value where they need a whole number.
_WHOLE_NUMBER = re.compile(
    r"'[\w.]*Value' object cannot be interpreted as an integer"
    r"|indices must be integers or slices, not [\w.]*Value"
    r"|slice indices must be integers|only integers, slices"
    r"|expected a sequence of integers or a single integer, got 'Value"
    r"|can't multiply sequence by non-int of type '[\w.]*Value'"
    r"|Value doesn't define __round__"
)


def compile(
    function: Callable[..., Any] | None = None,
    *,
    static_argnames: str | Sequence[str] = (),
    static_argnums: int | Sequence[int] = (),
    max_programs: int = 64,
    fullgraph: bool = True,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Any:
    """Turns a function of numbers into a static program, built once and run at many inputs.

    The first call runs `function` on Values and writes down what it does with them; from then on
    only this program runs: no Python, no graph, no memory is taken. Arguments are numbers, NumPy
    arrays (the function sees arrays of Values) and tuples, lists and dicts of them; other
    arguments, and those named static, are constants of the program. Another nesting, another shape
    or another constant captures another program.

    Inside the function use pyad's functions (`pyad.sin`) or the methods of Value. A number that the
    function reads from a Value, as a branch `if x > 0` does, is refused with an error, because it
    would hold for one input only; `pyad.where(x > 0, a, b)` chooses. Division by zero gives inf or
    nan, as in arrays. Values from outside are read again at every call, and `backward` adds to
    their `grad`. A global or nonlocal number of the function that is rebound leads to a new
    capture; what else it reads from outside (the contents of containers, attributes) is a constant.
    NumPy's functions work on arrays of Values where they call methods of the elements (`np.sin`,
    `np.dot`, `sum`), not where they compare them (`np.maximum`, `np.sort`).

    Args:
        function: The function. Without it, a decorator with these options is returned.
        static_argnames: Names of arguments that are constants of a program.
        static_argnums: Positions of such arguments.
        max_programs: How many programs to keep; the one that was captured first goes first.
        fullgraph: Accepted, as PyTorch's next four: there is one way to compile.
        dynamic: Accepted.
        backend: Accepted.
        mode: Accepted.
        options: Accepted.
        disable: Whether the function is returned as it is.

    Returns:
        A `Compiled` function, called as the original is.

    Raises:
        TypeError: `function` cannot be called.

    Example:
        >>> @pyad.compile
        ... def f(x, y):
        ...     return pyad.cos((x**2 + pyad.sin(y)) * x)
        >>> round(f(1.0, 2.0), 6)
        -0.332074
        >>> value, (dx, dy) = f.value_and_grad(1.0, 2.0)
        >>> round(dx, 6), round(dy, 6)
        (-3.687458, 0.392532)
    """
    if function is None:
        return functools.partial(
            compile,
            static_argnames=static_argnames,
            static_argnums=static_argnums,
            max_programs=max_programs,
            disable=disable,
        )
    if not callable(function):
        raise TypeError(f"compile: expects a function, got {type(function).__name__!r}")
    if disable:
        return function
    return Compiled(function, static_argnames, static_argnums, max_programs)


class Compiled:
    """A function with the programs that were captured from it; made by `pyad.compile`.

    Calling it evaluates. `forward` evaluates and remembers, `backward` differentiates there;
    `value_and_grad`, `gradient` and `jacobian` do both in one call and remember nothing.

    Example:
        >>> f = pyad.compile(lambda x: 2 * pyad.sin(x**3) ** 2)
        >>> for x in (10.0, 5.0, 3.0):
        ...     y = f.forward(x)
        ...     print(f"f({x}) = {y:.6f}, df/dx = {f.backward():.4f}")
        f(10.0) = 1.367460, df/dx = 558.0237
        f(5.0) = 0.759012, df/dx = -145.5792
        f(3.0) = 1.829310, df/dx = -30.1746
    """

    def __init__(
        self,
        function: Callable[..., Any],
        static_argnames: str | Sequence[str] = (),
        static_argnums: int | Sequence[int] = (),
        max_programs: int = 64,
    ) -> None:
        self._function: Callable[..., Any] | None = function
        functools.update_wrapper(self, function, updated=())
        self._name = str(getattr(function, "__name__", type(function).__name__))
        names = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames)
        numbers = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
        self._parameters = positional_names(function)
        unknown = [name for name in names if name not in all_names(function)]
        if unknown:
            raise ValueError(f"compile: {self._name} has no argument {unknown[0]!r}")
        self._static_names = frozenset(names)
        self._static = frozenset(numbers) | {
            i for i, name in enumerate(self._parameters) if name in self._static_names
        }
        if max_programs < 1:
            raise ValueError(f"compile: max_programs must be positive, got {max_programs}")
        self._max_programs = max_programs
        self._forwarded: Any = None  # the program of the last forward
        self._forget()

    def _forget(self) -> None:
        self._program: Any = None  # of the last call
        self._programs: list[Any] = []
        self._plans: list[tuple[Any, JacobianPlan]] = []  # by order
        self._globals: list[tuple[dict[str, Any], str, Any]] = []  # with what they were
        self._cells: list[tuple[types.CellType, Any]] = []
        self._watches = False  # there are some of these

    def _moved(self) -> bool:
        """Whether a number or Value that the function reads from outside is another by now."""
        for names, name, was in self._globals:
            if names.get(name) is not was:
                return True
        return any(_content(cell) is not was for cell, was in self._cells) if self._cells else False

    # ---- calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluates; the result is nested as the function's, with floats for Values.

        With Values among the arguments the results are Values too, each one node of the graph.
        """
        if self._program is not None and not kwargs and not (self._watches and self._moved()):
            result = self._program.call(*args)
            if result is not NotImplemented:
                return result
        if _core._tracing():  # a part of another capture
            return self._python()(*args, **kwargs)
        args = self._positional(args, kwargs)
        if holds_value(args):
            return self._recorded(args)
        return self._run("call", args)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluates and remembers the intermediate results, for `backward`.

        Example:
            >>> f = pyad.compile(lambda x, y: x * y)
            >>> f.forward(3.0, 4.0), f.backward()
            (12.0, (4.0, 3.0))
        """
        program = self._program
        if program is not None and not kwargs and not (self._watches and self._moved()):
            result = program.forward(*args)
            if result is not NotImplemented:
                self._forwarded = program
                return result
        result = self._run("forward", self._positional(args, kwargs))
        self._forwarded = self._program
        return result

    def backward(self, g: Any = None) -> Any:
        """Returns the gradient at the last `forward`, and adds it to `grad`.

        Args:
            g: The factors of the results, nested like them; for a single number 1.0 at first.

        Returns:
            The gradient with respect to each argument, nested like it: of one argument its own, of
            several a tuple. None stands for constants.

        Raises:
            RuntimeError: There was no `forward`, or there are several results and no `g`.
            ValueError: `g` is not nested like the result.

        Example:
            >>> f = pyad.compile(lambda v: (v["a"] * v["b"], pyad.exp(v["a"])))
            >>> f.forward({"a": 0.0, "b": 2.0})
            (0.0, 1.0)
            >>> f.backward((1.0, 10.0))
            {'a': 12.0, 'b': 0.0}
        """
        if self._forwarded is None:
            raise RuntimeError(f"backward: call {self._name}.forward first")
        return self._forwarded.backward(g)

    @property
    def grad(self) -> Any:
        """The sum of the gradients of all `backward` since `zero_grad`; None before a `forward`.

        Example:
            >>> f = pyad.compile(lambda x: x**2)
            >>> for x in (1.0, 2.0):
            ...     _ = f.forward(x), f.backward()
            >>> f.grad
            6.0
        """
        return None if self._forwarded is None else self._forwarded.accumulated()

    def zero_grad(self) -> None:
        """Sets `grad` to zero, and the `grad` of Values from outside that the function uses."""
        for program in {id(p): p for p in (*self._programs, self._forwarded) if p}.values():
            program.zero_grad()

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Returns the result, which must be one number, and the gradient as `backward` nests it.

        Example:
            >>> f = pyad.compile(lambda x: (x**2).sum())
            >>> f.value_and_grad(np.array([1.0, 2.0]))
            (5.0, array([2., 4.]))
        """
        if self._program is not None and not kwargs and not (self._watches and self._moved()):
            result: Any = self._program.value_and_grad(*args)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
        return self._run("value_and_grad", self._positional(args, kwargs))  # type: ignore[no-any-return]

    def gradient(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the gradient alone; see `value_and_grad`.

        Example:
            >>> pyad.compile(lambda x, y: x * y).gradient(3.0, 4.0)
            (4.0, 3.0)
        """
        if self._program is not None and not kwargs and not (self._watches and self._moved()):
            result = self._program.gradient(*args)
            if result is not NotImplemented:
                return result
        return self._run("gradient", self._positional(args, kwargs))

    def jacobian(self, *args: Any, order: Order | JacobianPlan | None = None, **kwargs: Any) -> Any:
        """Returns the derivatives of every result with respect to every argument.

        Args:
            args: Arguments of the function.
            order: None: a sweep from each number of the result, and nothing is planned. Else the
                order in which a program of its own accumulates the derivatives, see
                `pyad.jacobian_plan`; it is planned at the first call, and kept.
            kwargs: Arguments of the function, by name. Of a function with an argument `order` that
                is what `order=` means; `pyad.jacobian_plan` plans for it.

        Returns:
            Nested like the result; each number is replaced by its gradient, and an array of shape s
            by gradients whose numbers are arrays of shape s in front of the argument's. With an
            order the derivatives are accumulated by elimination of vertices (Griewank and Walther,
            "Evaluating Derivatives", chapter 9).

        Raises:
            ValueError: `order` is none of the function's graph, or that has no results.
            TypeError: An argument is a Tensor, or no number.

        Example:
            >>> polar = pyad.compile(lambda r, t: (r * pyad.cos(t), r * pyad.sin(t)))
            >>> polar.jacobian(2.0, 0.0)
            ((1.0, 0.0), (0.0, 2.0))
            >>> pyad.compile(lambda x: x * x).jacobian(np.array([1.0, 3.0]))
            array([[2., 0.],
                   [0., 6.]])
        """
        if order is not None and "order" in self._parameters:  # it is the function's own
            kwargs["order"], order = order, None
        return self._jacobian(self._positional(args, kwargs), order)

    def _jacobian(self, args: tuple[Any, ...], order: Order | JacobianPlan | None) -> Any:
        if order is not None:
            return self._eliminated(args, order)
        refuse_tensors(a for i, a in enumerate(args) if i not in self._static)
        _, matrix = self._run("jacobian", args)
        nesting = self._program.arguments
        return nest_jacobian(
            self._program.result, nesting[1] if len(args) == 1 else nesting, matrix
        )

    def into(self, out: Any, *args: Any, grad: Any = None) -> None:
        """Evaluates into given memory and takes none.

        Args:
            out: A float64 array for the numbers of the result, in their order; or None.
            args: Arguments of the function, by position.
            grad: A float64 array for the gradient of a result of one number; or None.

        Raises:
            TypeError: `out` or `grad` is not a float64 array.
            ValueError: It has another number of elements.

        Example:
            >>> f = pyad.compile(lambda x: (x**2).sum())
            >>> y, g = np.empty(()), np.empty(2)
            >>> f.into(y, np.array([1.0, 2.0]), grad=g)
            >>> y, g
            (array(5.), array([2., 4.]))
        """
        if (
            self._program is None
            or (self._watches and self._moved())
            or self._program.into(out, grad, *args) is NotImplemented
        ):
            self._run("into", args, out, grad)

    # ---- many points

    def map(self, *args: Any) -> Any:
        """Evaluates at n points at once, with vector instructions.

        Args:
            args: Arguments as in a call, in which each number is an array (n,), and each array has
                a further axis of length n in front. Plain numbers hold for all points.

        Returns:
            The result with the same axis in front of each number.

        Example:
            >>> f = pyad.compile(lambda x, y: pyad.hypot(x, y))
            >>> f.map(np.array([3.0, 6.0]), np.array([4.0, 8.0]))
            array([ 5., 10.])
        """
        return self._map(args, gradient=False)[0]

    def map_value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """Returns values and gradients at n points; see `map`. The result must be one number.

        Example:
            >>> f = pyad.compile(lambda x: x**2)
            >>> f.map_value_and_grad(np.array([1.0, 2.0, 3.0]))
            (array([1., 4., 9.]), array([2., 4., 6.]))
        """
        return self._map(args, gradient=True)

    def _map(self, args: tuple[Any, ...], gradient: bool) -> tuple[Any, Any]:
        leaves: list[Any] = []
        nesting = describe_points(args, leaves, self._static)
        lengths = {len(a) for a in leaves if a.ndim > 0}
        if len(lengths) != 1:
            what = "no array" if not lengths else f"arrays of {sorted(lengths)} points"
            raise ValueError(f"map: expects arrays with one axis of points in front, got {what}")
        (n,) = lengths
        first = [np.zeros(a.shape[1:]) if n == 0 else a[0] if a.ndim else a for a in leaves]
        point = fill(nesting, (v for a in first for v in a.ravel().tolist()), np.float64)
        program = self._find(point)
        rows = [
            np.broadcast_to(a, (n,)) if a.ndim == 0 else a.reshape(n, p.size).T
            for a, p in zip(leaves, first, strict=True)
        ]
        x = np.vstack(rows).astype(np.float64, copy=False)
        if gradient and count(program.result) != 1:
            raise RuntimeError(
                f"map_value_and_grad: {self._name} returned {count(program.result)} numbers, and "
                "a gradient is of one"
            )
        y, g = program.many(x, 0 if gradient else -1)
        value = fill_rows(program.result, iter(y), n)
        if not gradient:
            return value, None
        parts = fill_rows(program.arguments, iter(g), n, gradient=True)
        return value, parts[0] if len(parts) == 1 else parts

    # ---- what was captured

    def program(self, *args: Any, **kwargs: Any) -> str:
        """Returns the instructions for such arguments; without any, those of the last call.

        Example:
            >>> f = pyad.compile(lambda x, y: 2 * x * y + pyad.sin(2 * x))
            >>> print(f.program(1.0, 2.0))
            2 inputs, 4 steps, 1 output
            v0 = mul(x0, 2)
            v1 = mul(x1, v0)
            v2 = sin(v0)
            v3 = add(v1, v2)
            return v3
        """
        if not args and not kwargs:
            if self._program is None:
                raise RuntimeError(f"program: {self._name} has not been called yet")
            return str(self._program.text())
        return str(self._find(self._positional(args, kwargs)).text())

    def _picture(self) -> tuple[tuple[Any, ...], list[str]]:
        """What a drawing shows of the program of the last `forward`, or of the last call."""
        program = self._forwarded or self._program
        if program is None:
            raise RuntimeError(f"draw: {self._name} has not been called yet")
        parts = program.arguments[1:]
        given = [*self._parameters, *(f"x{i}" for i in range(len(self._parameters), len(parts)))]
        names = [n for name, p in zip(given, parts, strict=False) for n in input_names(p, name)]
        names += [v.label or f"outside{i}" for i, v in enumerate(program.outer)]
        return program.picture(), names

    def __repr__(self) -> str:
        n = len(self._programs)
        return f"<pyad.compile of {self._name}, {n} {'program' if n == 1 else 'programs'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the programs; the Python function only where it can be found by its name."""
        function = self._function
        if function is not None and not found_by_name(function):
            function = None
        state = [p.state() for p in self._programs]
        options = (self._static, self._static_names, self._parameters, self._max_programs)
        return _load, (function, self._name, options, state)

    # ---- the choice of a program

    def _python(self) -> Callable[..., Any]:
        if self._function is None:
            raise RuntimeError(
                f"compile: {self._name} was loaded without its Python function, and no program "
                "of it fits these arguments"
            )
        return self._function

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Arguments by position; those that cannot be are a dict at the end."""
        if kwargs:
            names = self._parameters
            args = (*args,)
            while len(args) < len(names) and names[len(args)] in kwargs:
                kwargs = dict(kwargs)
                args = (*args, kwargs.pop(names[len(args)]))
            if kwargs:
                return (*args, Named(kwargs))
        return args

    def _run(self, method: str, args: tuple[Any, ...], *first: Any) -> Any:
        """Calls a method of the program for `args`."""
        program = self._find(args)
        result = getattr(program, method)(*first, *plain(args))
        if result is NotImplemented:
            raise RuntimeError(f"compile: {self._name} read other arguments than were captured")
        return result

    def _find(self, args: tuple[Any, ...]) -> Any:
        if _core._tracing():
            raise RuntimeError(
                f"compile: derivatives of {self._name} inside a captured function are not "
                "captured yet; call it, and differentiate the outer function"
            )
        if self._moved():
            self._forget()
        numbers: list[Any] = []
        nesting = self._describe(args, numbers)
        if self._program is not None and same(self._program.arguments, nesting):
            return self._program
        for program in self._programs:
            if same(program.arguments, nesting):
                break
        else:
            program = self._capture(nesting, [float(x) for x in plain(numbers)])
            self._programs.append(program)
            del self._programs[: -self._max_programs]
        self._program = program
        return program

    def _describe(self, args: tuple[Any, ...], numbers: list[Any]) -> Nesting:
        parts = []
        for i, a in enumerate(args):
            if type(a) is Named:
                named = [
                    ("s", v) if k in self._static_names else describe(v, numbers, k)
                    for k, v in a.items()
                ]
                parts.append(("n", tuple(a), *named))
            elif i in self._static:
                parts.append(("s", a))
            else:
                name = self._parameters[i] if i < len(self._parameters) else str(i)
                parts.append(describe(a, numbers, name))
        return ("t", *parts)

    def _eliminated(self, args: tuple[Any, ...], order: Order | JacobianPlan) -> Any:
        """The Jacobian by a plan for this order, made before if there was a call like this."""
        from pyad._jacobian import JacobianPlan

        if self._moved():
            self._forget()
        if _core._tracing():
            raise RuntimeError(
                f"compile: derivatives of {self._name} inside a captured function are not "
                "captured yet; call it, and differentiate the outer function"
            )
        numbers = plain(args)
        if isinstance(order, JacobianPlan):
            # Looked at each time: plan.jacobian is the call that does not.
            if not order._fits(self._literal(args)):
                raise ValueError(
                    f"jacobian: {self._name} has another graph here than when the plan was made; "
                    "make a plan for this function and these arguments"
                )
            return order.jacobian(*numbers)
        key = tuple(order) if isinstance(order, list | tuple) else order
        for known, plan in self._plans:
            if _same_order(known, key):
                matrix = plan._matrix(numbers)
                if matrix is not None:
                    return plan._nested(matrix)
        plan = self._plan(args, order)
        self._plans.append((key, plan))
        del self._plans[: -self._max_programs]
        return plan.jacobian(*numbers)

    def _plan(self, args: tuple[Any, ...], order: Order, **search: Any) -> JacobianPlan:
        from pyad._jacobian import JacobianPlan

        return JacobianPlan(self._literal(args), order, **search)

    def _literal(self, args: tuple[Any, ...]) -> Any:
        """The program with one step for each operation that the function applies."""
        refuse_tensors(a for i, a in enumerate(args) if i not in self._static)
        numbers: list[Any] = []
        nesting = self._describe(args, numbers)
        if not numbers and not has_array(nesting):
            raise TypeError(
                f"jacobian: there is no number among the arguments of {self._name} to "
                "differentiate by; pass floats, NumPy arrays, or tuples, lists and dicts of them"
            )
        captured = self._capture(nesting, [float(x) for x in plain(numbers)], literal=True)
        if count(captured.result) == 0:
            raise ValueError(
                f"jacobian: {self._name} returned no number that could be differentiated; return "
                "floats, Values, arrays, or tuples, lists and dicts of them"
            )
        return captured

    def _capture(self, nesting: Nesting, numbers: list[float], literal: bool = False) -> Any:
        function = self._python()
        self._globals, self._cells = _outside(function)
        self._watches = bool(self._globals or self._cells)
        trace = _core._ScalarTrace(literal)
        values = trace.inputs(numbers)
        args = fill(nesting, iter(values))
        kwargs = {}
        if nesting[-1][0] == "n":
            *args, kwargs = args
        outputs: list[Any] = []
        trace.open()
        try:
            with enable_grad():
                result = function(*args, **kwargs)
        except (TypeError, IndexError) as error:
            if _WHOLE_NUMBER.search(str(error)) is None:
                raise
            raise type(error)(
                f"{error}; compile: {self._name} uses a number that is captured as a count, index "
                "or size; arguments that are not differentiated go into static_argnames"
            ) from error
        finally:
            trace.close()
        described = describe_result(result, outputs)
        return trace.program(outputs, nesting, described)

    def _recorded(self, args: tuple[Any, ...]) -> Any:
        """The results as Values, each with the derivatives of the program as partials."""
        numbers: list[Any] = []
        self._describe(args, numbers)
        y, matrix = self._run("jacobian", args)
        program = self._program
        leaves = [*numbers, *program.outer]
        columns = [j for j, leaf in enumerate(leaves) if isinstance(leaf, Value)]
        if not is_grad_enabled():
            columns = []
        results = [
            Value.record(v, [(leaves[j], float(row[j])) for j in columns], op=self._name)
            for v, row in zip(y, matrix, strict=True)
        ]
        return fill(program.result, iter(results))


def _same_order(known: Any, key: Any) -> bool:
    if known is key:
        return True
    if type(known) is not type(key) or not isinstance(key, str | tuple):
        return False
    try:
        return bool(known == key)
    except Exception:  # of what is no order at all
        return False


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound
        return _content


def _outside(
    function: Callable[..., Any],
) -> tuple[list[tuple[dict[str, Any], str, Any]], list[tuple[types.CellType, Any]]]:
    """Finds the numbers and Values that a function, or one that it calls, reads by name."""
    found: list[tuple[dict[str, Any], str, Any]] = []
    cells: list[tuple[types.CellType, Any]] = []
    seen: set[int] = set()
    waiting: list[Any] = [function]
    while waiting:
        f = waiting.pop()
        f = f.func if isinstance(f, functools.partial) else getattr(f, "__func__", f)
        if isinstance(f, Compiled):
            f = f._function
        if not isinstance(f, types.FunctionType) or id(f) in seen:
            continue
        seen.add(id(f))
        for cell in f.__closure__ or ():
            value = _content(cell)
            if isinstance(value, int | float | Value):
                cells.append((cell, value))
            elif callable(value):
                waiting.append(value)
        for name in _names(f.__code__):
            value = f.__globals__.get(name)
            if isinstance(value, int | float | Value):
                found.append((f.__globals__, name, value))
            elif callable(value):
                waiting.append(value)
    return found, cells


def _names(code: types.CodeType) -> Iterator[str]:
    """Names that code uses, with those of functions inside it."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield from code.co_names
        waiting += [c for c in code.co_consts if isinstance(c, types.CodeType)]


def _load(
    function: Callable[..., Any] | None, name: str, options: tuple[Any, ...], state: list[Any]
) -> Compiled:
    made = Compiled(function if function is not None else _missing)
    made._function, made._name = function, name
    made._static, made._static_names, made._parameters, made._max_programs = options
    made._programs = [_core._load_scalar_program(*s) for s in state]
    if made._programs:
        made._program = made._programs[-1]
    return made


def _missing() -> None:
    """Stands for a function that a pickle does not hold."""
