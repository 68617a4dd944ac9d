"""no_grad and its kin, as contexts and decorators; detach."""

import pytest

import pyad
from same import same, tensor

# --- modes ----------------------------------------------------------------------------------------


def test_modes_as_contexts():
    def program(lib):
        seen = [lib.is_grad_enabled()]
        with lib.no_grad():
            seen.append(lib.is_grad_enabled())
            with lib.enable_grad():
                seen.append(lib.is_grad_enabled())
                with lib.set_grad_enabled(False):
                    seen.append(lib.is_grad_enabled())
                seen.append(lib.is_grad_enabled())
            seen.append(lib.is_grad_enabled())
        with lib.inference_mode():
            seen.append(lib.is_grad_enabled())
        with lib.inference_mode(False):
            seen.append(lib.is_grad_enabled())
        with lib.no_grad(), lib.inference_mode(False):
            seen.append(lib.is_grad_enabled())
        lib.set_grad_enabled(False)
        seen.append(lib.is_grad_enabled())
        lib.set_grad_enabled(True)
        return seen

    same(program)


def test_one_context_entered_twice():
    context = pyad.no_grad()
    with context:
        with context:
            assert not pyad.is_grad_enabled()
        assert not pyad.is_grad_enabled()
    assert pyad.is_grad_enabled()


def test_contexts_end_with_exceptions():
    with pytest.raises(KeyError), pyad.no_grad():
        raise KeyError
    assert pyad.is_grad_enabled()


def test_modes_as_decorators():
    def program(lib):
        @lib.no_grad()
        def a():
            return lib.is_grad_enabled()

        @lib.no_grad
        def b():
            return lib.is_grad_enabled()

        @lib.set_grad_enabled(False)
        def c():
            return lib.is_grad_enabled()

        @lib.enable_grad()
        def d():
            return lib.is_grad_enabled()

        @lib.inference_mode()
        def e():
            return lib.is_grad_enabled()

        with lib.no_grad():
            on = d()
        return [a(), b(), c(), lib.is_grad_enabled(), d(), on, e(), a.__name__]

    same(program)


def test_modes_around_generators():
    def program(lib):
        seen = []

        @lib.no_grad()
        def count():
            try:
                got = yield lib.is_grad_enabled()
                seen.append([got, lib.is_grad_enabled()])
                try:
                    yield lib.is_grad_enabled()
                except KeyError:
                    seen.append(lib.is_grad_enabled())
                yield 3
                return 4
            finally:
                seen.append(lib.is_grad_enabled())

        g = count()
        seen.append(next(g))
        seen.append(lib.is_grad_enabled())
        seen.append(g.send("hello"))
        seen.append(g.throw(KeyError))
        try:
            next(g)
        except StopIteration as stop:
            seen.append(stop.value)
        h = count()
        next(h)
        h.close()
        seen.append(lib.is_grad_enabled())
        return seen

    same(program)


def test_nothing_is_recorded_without_grad():
    x = tensor(pyad, [1.0, 2.0])
    before = pyad._core.live_counts()["nodes"]
    with pyad.no_grad():
        y = x * 2 + x
        assert not y.requires_grad
        assert y.grad_fn is None
        assert pyad._core.live_counts()["nodes"] == before


def test_detach():
    def program(lib):
        x = tensor(lib, [1.0, 2.0])
        y = x * 2
        d = y.detach()
        d[0] = 10
        y.detach_()
        return [y, y.requires_grad, y.is_leaf, d.requires_grad, x.detach() is x]

    same(program)
