"""Custom functions: the contract of autograd.Function, compared with PyTorch."""

import gc
import weakref

import pytest

import pyad
from same import same, same_error, tensor


def square(lib):
    class Square(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    return Square


def test_first_and_higher_derivatives():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = square(lib).apply(x.sin())
        result = [y]
        for _ in range(3):
            (y,) = lib.autograd.grad(y.sum(), x, create_graph=True)
            result.append(y)
        return result

    same(program)


def test_saved_output():
    def program(lib):
        class Exp(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, g):
                (y,) = ctx.saved_tensors
                return g * y

        x = tensor(lib, [1.0, 2.0])
        y = Exp.apply(x)
        (g,) = lib.autograd.grad(y.sum(), x, create_graph=True)
        (gg,) = lib.autograd.grad(g.sum(), x)
        return [y, g, gg]

    same(program)


def test_several_inputs_and_outputs():
    def program(lib):
        class Both(lib.autograd.Function):
            @staticmethod
            def forward(ctx, a, factor, b, name="x", none=None):
                ctx.save_for_backward(a, None, b)
                ctx.factor = factor
                ctx.seen = [ctx.needs_input_grad]
                return a * b * factor, "text", a + b

            @staticmethod
            def backward(ctx, g, text, h):
                a, none, b = ctx.saved_tensors
                assert text is None
                assert none is None
                return g * b * ctx.factor + h, None, g * a * ctx.factor + h, None, None

        a, b = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        y, text, z = Both.apply(a, 3.0, b.detach(), "name", None)
        needs = y.grad_fn.needs_input_grad
        only = lib.autograd.grad((y * z).sum(), a)[0]
        y, text, z = Both.apply(a, 3.0, b)
        return [y, text, z, only, list(needs), *lib.autograd.grad((y * z).sum(), [a, b])]

    same(program)


def test_setup_context():
    def program(lib):
        class Scale(lib.autograd.Function):
            @staticmethod
            def forward(x, factor=2.0):
                return x * factor

            @staticmethod
            def setup_context(ctx, inputs, output):
                x, ctx.factor = inputs
                ctx.save_for_backward(x, output)

            @staticmethod
            def backward(ctx, g):
                _, y = ctx.saved_tensors
                return g * ctx.factor + 0 * y, None

        x = tensor(lib, [1.0, 2.0])
        results = [Scale.apply(x, 3.0), Scale.apply(x), Scale.apply(x, factor=5.0)]
        return [*results, *lib.autograd.grad(sum(r.sum() for r in results), x)]

    same(program)


def test_vjp_is_backward():
    class Double(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

    x = tensor(pyad, [1.0, 2.0])
    assert pyad.autograd.grad(Double.apply(x).sum(), x)[0].tolist() == [2.0, 2.0]

    class Two(Double):
        @staticmethod
        def backward(ctx, g):
            return g * 2

    with pytest.raises(RuntimeError, match="keep one"):
        pyad.autograd.grad(Two.apply(x).sum(), x)


def test_a_class_of_functions_derived_from_another():
    def program(lib):
        class Cube(square(lib)):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x * x

            @staticmethod
            def backward(ctx, g):
                return 3 * square(lib).apply(ctx.saved_tensors[0]) * g

        x = tensor(lib, [1.0, 2.0])
        y = Cube.apply(x)
        (g,) = lib.autograd.grad(y.sum(), x, create_graph=True)
        return [y, y.grad_fn.name(), g, *lib.autograd.grad(g.sum(), x)]

    same(program)


def test_forward_is_not_recorded():
    def program(lib):
        seen = []

        class Peek(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x * 2
                seen.append([lib.is_grad_enabled(), y.requires_grad, x.requires_grad])
                return y

            @staticmethod
            def backward(ctx, g):
                seen.append([lib.is_grad_enabled(), (g * 2).requires_grad])
                return g * 2

        x = tensor(lib, [1.0])
        Peek.apply(x).backward(lib.ones(1, dtype=lib.float64))
        lib.autograd.grad(Peek.apply(x).sum(), x, create_graph=True)
        with lib.no_grad():
            seen.append(Peek.apply(x).requires_grad)
        seen.append(Peek.apply(x.detach()).requires_grad)
        return seen

    same(program)


def test_absent_gradients():
    def program(lib):
        seen = []

        def make(materialize):
            class Two(lib.autograd.Function):
                @staticmethod
                def forward(ctx, x):
                    ctx.set_materialize_grads(materialize)
                    return x * 2, x.sum()

                @staticmethod
                def backward(ctx, g, h):
                    seen.append([g, h])
                    return None if g is None else g * 2

            return Two

        x = tensor(lib, [1.0, 2.0])
        for materialize in (True, False):
            a, b = make(materialize).apply(x)
            a.sum().backward()
            a, b = make(materialize).apply(x)
            b.backward()
        return [seen, x.grad]

    same(program)


def test_no_gradient_at_all():
    def program(lib):
        class Stop(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x * y

            @staticmethod
            def backward(ctx, g):
                return None, g

        x, y = tensor(lib, [1.0, 2.0]), tensor(lib, [1.0, 2.0])
        Stop.apply(x * 2, y).sum().backward()
        return [x.grad, y.grad]

    same(program)


def test_non_differentiable_outputs():
    def program(lib):
        class Sort(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                half = x * 0.5
                index = (x > 1.5).to(lib.int64)
                ctx.mark_non_differentiable(half)
                return x * 3, half, index

            @staticmethod
            def backward(ctx, g, h, i):
                return g * 3

        x = tensor(lib, [1.0, 2.0])
        a, b, c = Sort.apply(x)
        flags = [a.requires_grad, b.requires_grad, c.requires_grad]
        return [a, b, c, flags, *lib.autograd.grad((a * b).sum(), x)]

    same(program)


def test_inputs_returned_as_they_are():
    def program(lib):
        class Reverse(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x, y

            @staticmethod
            def backward(ctx, g, h):
                return -g, -h

        x, c = tensor(lib, [1.0, 2.0]), lib.ones(2, dtype=lib.float64)
        y, d = Reverse.apply(x, c)
        flags = [y is x, x.is_leaf, y.is_leaf, c.requires_grad]
        return [y, flags, *lib.autograd.grad((y * 3).sum() + d.sum(), x)]

    same(program)


def test_views_of_inputs_returned():
    def program(lib):
        class Row(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x[0]

            @staticmethod
            def backward(ctx, g):
                return lib.stack([g * 10, lib.zeros_like(g)])

        x = tensor(lib, [[1.0, 2.0], [3.0, 4.0]])
        y = Row.apply(x)
        return [y, *lib.autograd.grad(y.sum(), x)]

    same(program)


def test_dirty_inputs():
    def program(lib):
        class Twice(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = tensor(lib, [[1.0, 2.0], [3.0, 4.0]])
        y = x * 3
        z = Twice.apply(y)
        same_object = z is y
        y.add_(1)
        v = (x * 5)[0] if lib is pyad else None
        first = lib.autograd.grad((y * y).sum(), x)[0]
        constant = lib.ones(2, dtype=lib.float64)
        Twice.apply(constant)
        return [y, same_object, first, v is None or True, constant]

    same(program)


def test_a_dirty_view():
    class Twice(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = tensor(pyad, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 3
    row = y[0]
    Twice.apply(row)
    assert y.tolist() == [[6.0, 12.0], [9.0, 12.0]]
    (g,) = pyad.autograd.grad(
        (y * pyad.tensor([1.0, 10.0], dtype=pyad.float64)).sum() + row.sum(), x
    )
    assert g.tolist() == [[12.0, 66.0], [3.0, 30.0]]


def test_dirty_leaves_are_refused():
    def program(lib):
        class Twice(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        Twice.apply(tensor(lib, [1.0]))

    same_error(program, "leaf")


def test_saved_values_survive_writes():
    Square = square(pyad)
    x = tensor(pyad, [1.0, 2.0])
    y = x * 1
    z = Square.apply(y)
    y.zero_()
    z.zero_()
    assert pyad.autograd.grad(Square.apply(x).sum(), x)[0].tolist() == [2.0, 4.0]
    y = x * 1
    loss = Square.apply(y).sum()
    y.zero_()
    assert pyad.autograd.grad(loss, x)[0].tolist() == [2.0, 4.0]


def test_freed_after_backward():
    def program(lib):
        x = tensor(lib, [1.0])
        y = square(lib).apply(x).sum()
        y.backward()
        y.backward()

    same_error(program, "a second time")


def test_retained_graph():
    def program(lib):
        x = tensor(lib, [1.0])
        y = square(lib).apply(x).sum()
        y.backward(retain_graph=True)
        y.backward()
        return [x.grad]

    same(program)


def bad(lib, rule, n=1):
    class Bad(lib.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            return args[0] * 2

        @staticmethod
        def backward(ctx, g):
            return rule(lib, g)

    return Bad


BAD_RULES = {
    "too few": lambda lib, g: (g,),
    "too many": lambda lib, g: (g, g, g),
    "gradient of a number": lambda lib, g: (g, g),
    "number": lambda lib, g: (1.0, None),
    "shape": lambda lib, g: (lib.ones(3, dtype=lib.float64), None),
}


@pytest.mark.parametrize("case", BAD_RULES)
def test_wrong_results_of_backward(case):
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        bad(lib, BAD_RULES[case]).apply(x, 3.0).sum().backward()

    text = same_error(program)
    assert "BadBackward" in text


def test_forgiven_results_of_backward():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        bad(lib, lambda lib, g: (g, None, None, None)).apply(x, 3.0).sum().backward()
        bad(lib, lambda lib, g: (lib.ones(4, 2, dtype=lib.float64), None)).apply(
            x, 3.0
        ).sum().backward()
        bad(lib, lambda lib, g: (g.to(lib.float32), None)).apply(x, 3.0).sum().backward()
        return [x.grad]

    same(program)


def forwarding(lib, does):
    """A function that does something with its context and returns its input."""

    def forward(ctx, x):
        does(ctx, x)
        return x * 2

    return type("F", (lib.autograd.Function,), {"forward": staticmethod(forward)}).apply(
        tensor(lib, 1.0)
    )


ERRORS = {
    "no forward": lambda lib: type("F", (lib.autograd.Function,), {}).apply(tensor(lib, 1.0)),
    "no backward": lambda lib: (
        type("F", (lib.autograd.Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
        .apply(tensor(lib, 1.0))
        .backward()
    ),
    "saves a number": lambda lib: forwarding(lib, lambda ctx, x: ctx.save_for_backward(3)),
    "saves a list": lambda lib: forwarding(lib, lambda ctx, x: ctx.save_for_backward([x])),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    same_error(ERRORS[case])


@pytest.mark.parametrize("door", ["for_backward", "for_forward", "dirty", "non_differentiable"])
@pytest.mark.parametrize("what", [3, [1.0], "x"])
def test_a_context_takes_tensors(door, what):
    """Each tells what it got, and at which place."""
    call = f"save_{door}" if door.startswith("for") else f"mark_{door}"
    with pytest.raises(TypeError, match=rf"{call} can only .*argument 1 is of type"):
        forwarding(pyad, lambda ctx, x: getattr(ctx, call)(x, what))


def test_not_instantiable():
    with pytest.raises(RuntimeError, match="apply"):
        square(pyad)()


def test_keywords_without_setup_context():
    with pytest.raises(TypeError, match="position"):
        square(pyad).apply(x=tensor(pyad, 1.0))


def test_exceptions_pass_through():
    class Fail(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x, where):
            if where == "forward":
                raise ZeroDivisionError(where)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError("backward")

    x = tensor(pyad, [1.0])
    with pytest.raises(ZeroDivisionError, match="forward"):
        Fail.apply(x, "forward")
    with pytest.raises(ZeroDivisionError, match="backward"):
        Fail.apply(x, "").sum().backward()
    assert pyad.is_grad_enabled()
    assert x.grad is None
    assert pyad.autograd.grad((x * 2).sum(), x)[0].item() == 2.0


def test_backward_inside_a_function():
    def program(lib):
        class Checkpoint(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x.sin().exp()

            @staticmethod
            def backward(ctx, g):
                x = ctx.saved_tensors[0].detach().requires_grad_()
                with lib.enable_grad():
                    y = x.sin().exp()
                y.backward(g)
                return x.grad

        x = tensor(lib, [1.0, 2.0])
        y = Checkpoint.apply(Checkpoint.apply(x * 2)).sum()
        y.backward()
        return [x.grad]

    same(program)


def test_once_differentiable():
    def program(lib):
        class Double(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            @lib.autograd.function.once_differentiable
            def backward(ctx, g):
                assert not lib.is_grad_enabled()
                return g * 2

        x = tensor(lib, [1.0, 2.0])
        (g,) = lib.autograd.grad((Double.apply(x) ** 2).sum(), x, create_graph=True)
        return g

    same(program)

    def second(lib):
        lib.autograd.grad(program(lib).sum(), tensor(lib, 1.0))

    x = tensor(pyad, [1.0, 2.0])

    class Square(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @pyad.autograd.function.once_differentiable
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    for y in (Square.apply(x).sum(), (Square.apply(x) ** 2).sum()):
        (g,) = pyad.autograd.grad(y, x, create_graph=True)
        with pytest.raises(RuntimeError, match="once_differentiable"):
            pyad.autograd.grad(g.sum(), x)


def test_the_node_of_a_function():
    Square = square(pyad)
    x = tensor(pyad, [1.0, 2.0])
    y = Square.apply(x)
    assert y.grad_fn is y.grad_fn
    assert y.grad_fn.name() == "SquareBackward"
    assert type(y.grad_fn).__name__ == "SquareBackward"
    assert y.grad_fn.saved_tensors[0] is x
    ((leaf, nr),) = y.grad_fn.next_functions
    assert leaf.variable is x
    assert nr == 0
    node = y.grad_fn
    del y, leaf
    with pytest.raises(RuntimeError, match="gone"):
        node.name()


def test_contexts_do_not_leak():
    class Mark:
        pass

    alive = []

    class Keep(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark = Mark()
            alive.append(weakref.ref(ctx.mark))
            ctx.save_for_forward(x)
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = tensor(pyad, [1.0])
    y = Keep.apply(x)
    assert alive[0]() is not None
    del y
    assert alive[0]() is None


def test_cycles_through_a_context_are_collected():
    class Mark:
        pass

    class Keep(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.result = y
            ctx.mark = Mark()
            return y

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = Keep.apply(tensor(pyad, [1.0]))
    alive = weakref.ref(y.grad_fn.mark)
    del y
    gc.collect()
    assert alive() is None


def test_what_is_written_is_differentiable():
    """An output that was marked as written cannot be marked as without a derivative."""

    def twice(both):
        class Twice(pyad.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.mark_dirty(x)
                if both:
                    ctx.mark_non_differentiable(x)
                return x.mul_(2)

            @staticmethod
            def backward(ctx, g):
                return 2 * g

        return Twice.apply(pyad.ones(3, requires_grad=True) * 1)

    assert twice(False).requires_grad
    with pytest.raises(RuntimeError, match="both dirty and non-differentiable"):
        twice(True)
