"""What once ended the process, each in a process of its own: types of the engine asked for objects
without parts, objects changed during their own use, descriptions from outside."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import pyad


def survives(code):
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr[-3000:]


def test_types_of_the_engine_make_no_broken_objects():
    """Each type and each base, by call and by `__new__`; what is made is then used at random."""
    survives("""
        import pyad
        core = pyad._core
        types = [t for t in vars(core).values() if isinstance(t, type)]
        assert len(types) > 15
        def tried(f, *args):
            try:
                return f(*args)
            except Exception:
                return None
        for t in types:
            for b in t.__mro__[:-1]:
                for made in (tried(b), tried(b.__new__, b), tried(b.__new__, t),
                             tried(object.__new__, b)):
                    if made is None:
                        continue
                    for name in dir(made):
                        f = tried(getattr, made, name)
                        if name == "__class__" or not callable(f):
                            continue
                        for args in ((), (1,), (made,), ([1],), (1, 2), ("a", None), (1, 2, 3)):
                            tried(f, *args)
        """)


def test_objects_do_not_become_of_another_type():
    survives("""
        import pyad
        class A(pyad.Tensor): pass
        class B(pyad.Value): pass
        class C(pyad.Generator): pass
        types = [t for t in vars(pyad._core).values() if isinstance(t, type)] + [A, B, C]
        for make in (lambda: pyad.ones(2), lambda: pyad.Value(1.0), pyad.Generator,
                     lambda: A([1.0]), lambda: B(1.0), C):
            for t in types:
                o = make()
                try:
                    o.__class__ = t
                except TypeError:
                    continue
                repr(o)
                del o
        """)


def test_methods_called_as_functions_of_anything():
    survives("""
        import pyad
        for name in dir(pyad.Tensor):
            f = getattr(pyad.Tensor, name)
            if not callable(f) or name in ("__class__", "__subclasshook__"):
                continue
            for first in ([1], "a", 3.0, None, object()):
                for rest in ((), (1,), (0.5, 2)):
                    try:
                        f(first, *rest)
                    except Exception:
                        pass
        """)


class Named(pyad.Generator):
    pass


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [pyad.Generator, Named])
def test_a_generator_survives_every_protocol(kind, protocol):
    g = kind().manual_seed(7)
    pyad.randn(5, generator=g)
    copies = [pickle.loads(pickle.dumps(g, protocol)), copy.copy(g), copy.deepcopy(g)]
    wanted = pyad.randn(9, generator=g).tolist()
    for c in copies:
        assert type(c) is kind
        assert c.initial_seed() == 7
        assert pyad.randn(9, generator=c).tolist() == wanted


def test_attributes_of_a_generator_are_kept():
    g = Named()
    g.name = ["a"]
    assert pickle.loads(pickle.dumps(g)).name == ["a"]


def test_a_generator_of_an_earlier_release_is_read():
    g = pyad.Generator().manual_seed(3)
    state = g.__getstate__()

    class Earlier:
        def __reduce__(self):
            return copy_new, (pyad.Generator,), state

    h = pickle.loads(pickle.dumps(Earlier()))
    assert pyad.rand(4, generator=h).tolist() == pyad.rand(4, generator=g).tolist()


def copy_new(cls):
    return cls.__new__(cls)


OPTIMIZERS = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam",
              "RAdam", "Rprop"]  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_settings_that_change_the_groups(name):
    survives(f"""
        import pyad
        class Hostile:
            def __init__(self, o, value, act):
                self.o, self.value, self.act = o, value, act
            def do(self):
                if self.act == "clear":
                    self.o.param_groups.clear()
                elif self.act == "empty":
                    self.o.param_groups[0].clear()
                elif self.act == "params":
                    self.o.param_groups[0]["params"].clear()
                elif self.act == "raise":
                    raise ZeroDivisionError
                else:
                    self.o.state.clear()
            def __float__(self):
                self.do()
                return float(self.value)
            def __bool__(self):
                self.do()
                return bool(self.value)
        probe = pyad.optim.{name}([pyad.ones(1, requires_grad=True)], lr=0.1)
        for key, value in probe.param_groups[0].items():
            if key == "params":
                continue
            for act in ("clear", "empty", "params", "state", "raise"):
                ps = [pyad.ones(3, requires_grad=True) for _ in range(3)]
                o = pyad.optim.{name}(ps, lr=0.1)
                for p in ps:
                    p.grad = pyad.ones(3)
                bad = Hostile(o, 1 if isinstance(value, (tuple, type(None))) else value, act)
                o.param_groups[0][key] = (bad, bad) if isinstance(value, tuple) else bad
                try:
                    o.step()
                except Exception as e:
                    assert type(e) is not SystemError, (key, act, e)
        """)


def test_state_keys_that_compare_with_a_side_effect():
    survives("""
        import pyad
        p = pyad.ones(3, requires_grad=True)
        p.grad = pyad.ones(3)
        state, groups = {}, [dict(pyad.optim.Adam([p]).param_groups[0])]
        class Key:
            def __hash__(self):
                return hash(p)
            def __eq__(self, other):
                state.clear()
                groups.clear()
                return False
        state[Key()] = {}
        try:
            pyad._core.optim_step("adam", groups, state)
        except RuntimeError as e:
            assert "changed" in str(e)
        """)


def test_a_value_that_begins_again_during_its_own_use():
    survives("""
        import numpy as np, pyad
        ops = [r for r in pyad._core.op_table() if r.get("scalar")]
        class Again(np.float64):
            pass
        class Real(float):
            def __float__(self):
                for v in vs:
                    v.__init__(5.0)
                    v.__init__(6.0)
                return 2.0
        class Index(int):
            def __float__(self):
                return Real.__float__(self)
        for bad in (Real(2.0), Index(2)):
            for f in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__lt__", "__eq__",
                      "__radd__", "__rpow__", "__floordiv__", "__mod__"):
                vs = [pyad.Value(1.5) for _ in range(3)]
                getattr(vs[0] * 1.0 if f == "x" else vs[0], f)(bad)
            for r in ops:
                f = getattr(pyad, r["name"], None) or getattr(pyad._core.steps, r["name"])
                for k in range(1, 4):
                    vs = [pyad.Value(1.5) for _ in range(3)]
                    try:
                        f(*vs[:k], bad)
                    except Exception:
                        pass
            vs = [pyad.Value(1.5) for _ in range(3)]
            pyad.Value.record(1.0, [(v, bad) for v in vs]).backward()
        """)


def test_the_name_of_a_hook_is_asked_for_once():
    class Hook:
        def __call__(self, g):
            return 3

        @property
        def __name__(self):
            return "".join(["a long name ", str(id(self)), "x" * 50])

    x = pyad.ones(2, requires_grad=True)
    x.register_hook(Hook())
    with pytest.raises(TypeError, match=r"hook 'a long name \d+x{50}' must return"):
        (x * 2).sum().backward()


def test_data_set_while_a_list_is_made():
    survives("""
        import gc, pyad
        x = pyad.ones(300, 300)
        def act(phase, info):
            x.data = pyad.zeros(1)
        gc.callbacks.append(act)
        gc.set_threshold(1)
        for f in (x.tolist, x.numpy, x.__array__):
            x.data = pyad.full((300, 300), 7.0)
            got = f()
        x.data = pyad.full((300, 300), 7.0)
        """)


DESCRIPTION = {
    "constants": [b"", b"abc", bytes(8), bytes(64)],
    "inputs": [0, 1, 2, 2**31, 2**32 - 1],
    "steps": [
        [],
        [()],
        [1],
        [("add", True, 0, 1, 0, 0)],
        [("add", True, 0, 1, 2**32 - 1, 0)],
        [("add", True, 9, 1, 0, 0)],
        [("nothing", True, 0, 0, 0, 0)],
        [("elu", True, 0, 0, 0, 2**32 - 1)],
        [("matmul", True, 0, 0, 0, 0)],
        [("where", True, 0, 0, 7, 0)],
        [("add", True)],
        [(b"add", 1, 2, 3, 4, 5)],
    ],
    "outputs": [[], [0], [2**32 - 1], [-1]],
    "structure": [
        "n",
        "x",
        1,
        None,
        (),
        ("a",),
        ("a", 3),
        ("a", (-1, -1)),
        ("a", (2**40, 2**40)),
        ("d", 3, "n"),
        ("d", ("k",), "n"),
        ("d", ("k",)),
        ("z", "n"),
        ("t", "n"),
        ("s", 1),
        (None, "n"),
    ],
}


def test_descriptions_of_programs_from_outside():
    """Every combination is refused, or makes a program that can be called."""
    survives(f"""
        import itertools, pyad
        d = {DESCRIPTION!r}
        deep = "n"
        for _ in range(100_000):
            deep = ("t", deep)
        made = 0
        args = [1.0, (1.0,), [1.0], {{"k": 1.0}}, {{}}, None, 1]
        shapes = d.pop("structure") + [deep]
        cases = [*itertools.product(*d.values(), ["n", ("t",)], ["n", ("t",)]),
                 *itertools.product([b""], [0, 1], [[]], [[], [0]], shapes, shapes)]
        for c, n, s, o, a, r in cases:
            try:
                p = pyad._core._load_scalar_program(c, n, s, o, a, r)
            except (ValueError, TypeError, IndexError, RuntimeError, OverflowError) as e:
                assert type(e) is not SystemError
                continue
            made += 1
            if made % 7:
                continue
            for name in ("call", "forward", "value_and_grad", "gradient", "into", "jacobian",
                         "backward", "many", "accumulated", "zero_grad", "text", "state",
                         "picture"):
                for k in range(4):
                    for x in args:
                        try:
                            getattr(p, name)(*[x] * k)
                        except Exception:
                            pass
        assert made
        """)


def test_sweeps_without_gradients():
    x = pyad.ones(3, requires_grad=True)
    (g,) = pyad._core.grad((x * 2).sum(), x)
    assert g.tolist() == [2.0] * 3
    pyad._core.backward((x * 2).sum())
    pyad._core.backward((x * 2).sum(), inputs=[x])
    assert x.grad.tolist() == [4.0] * 3


@pytest.mark.parametrize(
    "junk",
    [None, 1, 1.0, "a", [1.0], (), {}, object(), int, np.float32(1), np.ndarray, pyad.Size([1])],
    ids=lambda v: type(v).__name__,
)
def test_pickles_of_tensors_look_at_what_they_hold(junk):
    rebuild = pyad.ones(1).__reduce_ex__(2)[0]
    with pytest.raises(TypeError):
        rebuild(pyad.Tensor, junk, False)
    with pytest.raises(TypeError):
        rebuild(junk, np.ones(1, np.float32), False)
    for order in ((0, 0), (0,), (1, 2), (0, 1, 2), (-1, 0), (junk, 1)):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            rebuild(pyad.Tensor, np.ones((2, 3), np.float32), False, order)
