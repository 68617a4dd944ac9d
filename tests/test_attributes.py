"""Attributes that users hang on tensors, and tensors as numbers in text, sizes and loops."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref

import numpy as np
import pytest
import torch

import pyad
from same import same, same_error


class Marked(pyad.Tensor):
    """A subclass of the test's; pickle finds it here."""

    __slots__ = ("place",)


@pytest.fixture(autouse=True)
def collected():
    yield
    gc.collect()


# ---- attributes


def test_set_read_delete():
    def program(lib):
        t = lib.ones(1)
        seen = [vars(t), hasattr(t, "tag")]
        t.tag = 3
        t.require_grad = False  # a common slip, which must not hurt
        seen += [t.tag, dict(vars(t)), t.requires_grad]
        del t.tag
        seen += [hasattr(t, "tag"), t.__dict__]
        t.__dict__ = {"other": 1}
        seen += [t.other, t.__dict__, getattr(t, "tag", None)]
        return seen

    same(program)


def test_what_keeps_attributes_and_what_does_not():
    def program(lib):
        t = lib.arange(4.0)
        t.tag = "here"
        kept = [t.to(lib.float32), t.requires_grad_(), t.contiguous(), t.detach_()]
        t.mul_(2)
        t += 1
        t.data = lib.zeros(3)
        new = [t.clone(), t.detach(), t[:], t * 1, t.view(-1), t.data, t.double()]
        return [[k.tag for k in kept], t.tag, [hasattr(n, "tag") for n in new]]

    same(program)


@pytest.mark.parametrize("name", ["shape", "T", "grad_fn", "is_leaf", "ndim", "device"])
def test_the_tensors_own_are_read_only(name):
    same_error(lambda lib: setattr(lib.ones(1), name, 3))


def test_missing_ones():
    same_error(lambda lib: lib.ones(1).nope, "nope")
    same_error(lambda lib: delattr(lib.ones(1), "nope"))
    same_error(lambda lib: setattr(lib.ones(1), "__dict__", 3))


def test_a_method_can_be_hidden():
    def program(lib):
        t = lib.ones(3)
        t.sum = lambda: 5
        u = lib.ones(3)
        return [t.sum(), u.sum(), lib.sum(t)]

    same(program)


def test_copies():
    def program(lib):
        t = lib.tensor([1.0, 2.0], requires_grad=True)
        t.tag, t.list = 3, [1]
        shallow, deep = copy.copy(t), copy.deepcopy(t)
        shallow.more = 1
        with lib.no_grad():
            shallow[0] = 9.0
        return [
            shallow.tag,
            shallow.list is t.list,
            hasattr(t, "more"),
            shallow.requires_grad,
            shallow.is_leaf,
            t,  # on the same memory
            deep.tag,
            deep.list is t.list,
            deep.list,
            deep,
        ]

    same(program)


def test_copy_of_what_has_a_history():
    def program(lib):
        y = lib.ones(2, requires_grad=True) * 3
        y.tag = 1
        c = copy.copy(y)
        return [c, c.tag, c.is_leaf, c.requires_grad, type(c) is lib.Tensor]

    same(program)
    same_error(lambda lib: copy.deepcopy(lib.ones(2, requires_grad=True) * 3))


def test_copies_of_parameters():
    def program(lib):
        p = lib.nn.Parameter(lib.ones(2))
        p.tag = 1
        c = copy.copy(p)
        return [type(c) is lib.nn.Parameter, c.tag, c.requires_grad, copy.deepcopy(p)]

    same(program)


def test_pickles():
    def program(lib):
        t = lib.tensor([1.0, 2.0], requires_grad=True)
        t.tag = {"a": [1, 2]}
        plain = lib.ones(1)
        back, empty = (pickle.loads(pickle.dumps(x)) for x in (t, plain))
        y = pickle.loads(pickle.dumps(t * 2))
        return [back, back.tag, back.requires_grad, vars(empty), y, y.requires_grad, y.is_leaf]

    same(program)


def test_slots_of_a_subclass():
    t = Marked([1.0, 2.0])
    t.place, t.tag = "slot", "dict"
    for other in (copy.copy(t), copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert type(other) is Marked
        assert (other.place, other.tag, other.tolist()) == ("slot", "dict", [1.0, 2.0])
    only = Marked([1.0])
    only.place = 1
    assert copy.copy(only).place == copy.deepcopy(only).place == 1


def test_a_tensor_that_refers_to_itself():
    t = pyad.ones(3)
    t.self = t
    deep = copy.deepcopy(t)
    assert deep.self is deep
    gone = [weakref.ref(t), weakref.ref(deep)]
    del t, deep
    gc.collect()
    assert [r() for r in gone] == [None, None]


def test_longer_cycles_are_collected():
    a, b = pyad.ones(3), pyad.ones(3)
    a.other, b.list = b, [{"a": a}]
    vars(pyad.ones(1))["x"] = a  # by its dict, before any attribute was set
    gone = weakref.ref(a)
    del a, b
    gc.collect()
    assert gone() is None


def test_a_cycle_by_the_dict_is_collected():
    t = pyad.ones(3)
    vars(t)["self"] = t
    u = pyad.ones(3)
    u.__dict__ = {"self": u}
    gone = [weakref.ref(t), weakref.ref(u)]
    del t, u
    gc.collect()
    assert [r() for r in gone] == [None, None]


def test_attributes_end_with_the_object():
    class Value:
        pass

    value = Value()
    gone = weakref.ref(value)
    for _ in range(3):  # freed objects are used again
        t = pyad.ones(2)
        assert vars(t) == {}
        t.value = value
        del t
    del value
    assert gone() is None


def test_attributes_outlive_the_object_where_the_array_does():
    def program(lib):
        x = lib.ones(3, requires_grad=True)
        (x * x).sum().backward()
        x.grad.tag = "leaf's"
        y = x * 2
        y.retain_grad()
        (y * y).sum().backward()
        y.grad.tag = "retained"
        base = lib.ones(4)
        base.tag = "base's"
        view = base[1:]
        seen = [view._base.tag]
        del base
        gc.collect()
        seen += [x.grad.tag, y.grad.tag, view._base.tag]
        grad = x.grad
        grad.more = 1
        del grad
        seen += [vars(x.grad), hasattr(x.grad.clone(), "tag")]
        x.grad = None
        (x * x).sum().backward()
        return [*seen, hasattr(x.grad, "tag")]

    same(program)


def test_attributes_of_a_gradient_are_collected():
    x = pyad.ones(3, requires_grad=True)
    x.sum().backward()
    x.grad.owner = x
    x.tag = value = type("Value", (), {})()
    gone = weakref.ref(value)
    del x, value
    gc.collect()
    assert gone() is None


def test_what_ends_last_may_make_tensors():
    made = []

    class Last:
        def __del__(self):
            made.append(pyad.ones(2) + 1)

    for _ in range(20):
        t = pyad.ones(3)
        t.last = Last()
        del t
    assert [m.tolist() for m in made] == [[2.0, 2.0]] * 20


def test_attributes_of_parameters_survive_a_conversion():
    def program(lib):
        m = lib.nn.Linear(2, 1)
        m.weight.tag = 3
        m.double()
        return [m.weight.tag, m.weight.dtype == lib.float64]

    same(program)


def test_nothing_hangs_on_a_new_tensor():
    assert not any(vars(pyad.ones(1) * k) for k in range(300))


# ---- text


NUMBERS = ["0.5", "True", "3", "-1.5", "1e20", "0.1", "float('nan')", "float('inf')", "0.0"]
FORMATS = ["", ".3f", "d", ">8", "<8.2f", "+.1e", ".1%", "5.2f", "b", "q", ",", "08.3f", "s"]


@pytest.mark.parametrize("spec", FORMATS)
@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_in_text(number, spec):
    value = eval(number)

    def program(lib):
        return format(lib.tensor(value), spec)

    try:
        format(torch.tensor(value), spec)
    except Exception:
        same_error(program)
        return
    assert same(program) == format(pyad.tensor(value).item(), spec)


def test_other_tensors_in_text():
    def program(lib):
        p = lib.nn.Parameter(lib.tensor(0.5))
        t = lib.tensor(0.5, requires_grad=True)
        return [
            f"{t} {t:.2f} {t * 2:.1e} {t!r} {t!s:>40}",
            f"{p}",
            f"{lib.tensor([0.5, 2.0])}",
            "{:.2f} {}".format(lib.tensor(0.25), lib.tensor(2)),  # noqa: UP032
            "%.3f %d %s" % (lib.tensor(0.5), lib.tensor(3), lib.tensor(1)),  # noqa: UP031
            f"{lib.tensor(0.1, dtype=lib.float64)} {lib.tensor(5, dtype=lib.uint8)}",
            str(lib.tensor(0.5)),
        ]

    same(program)


@pytest.mark.parametrize(
    "make",
    [
        lambda lib: lib.ones(1),
        lambda lib: lib.ones(2, 2),
        lambda lib: lib.nn.Parameter(lib.tensor(0.5)),
    ],
)
def test_what_takes_no_format(make):
    same_error(lambda lib: f"{make(lib):.2f}", "unsupported format string")
    same_error(lambda lib: make(lib).__format__(3), "must be str")


# ---- numbers elsewhere


SIZES = {
    "zeros": lambda p, n: p.zeros(n),
    "zeros of two": lambda p, n: p.zeros(n, 2),
    "zeros of a tuple": lambda p, n: p.zeros((2, n)),
    "zeros of a list": lambda p, n: p.ones([n, n]),
    "full": lambda p, n: p.full((n,), 7.0),
    "view": lambda p, n: p.arange(6.0).view(n, -1),
    "view of a tuple": lambda p, n: p.arange(6.0).view((n, -1)),
    "reshape": lambda p, n: p.arange(6.0).reshape(-1, n),
    "expand": lambda p, n: p.ones(1, 2).expand(n, 2),
    "repeat": lambda p, n: p.ones(2).repeat(n),
    "narrow": lambda p, n: p.arange(6.0).narrow(0, n - 2, n),
    "arange": lambda p, n: p.arange(n),
    "eye": lambda p, n: p.eye(n),
    "range": lambda p, n: list(range(n)),
    "list repeated": lambda p, n: [0] * n,
    "item of a list": lambda p, n: [5, 6, 7, 8][n],
    "slice of a list": lambda p, n: [5, 6, 7, 8][:n],
    "slice": lambda p, n: p.arange(6.0)[:n],
    "step": lambda p, n: p.arange(6.0)[::n],
    "index": lambda p, n: p.arange(6.0)[n],
    "assigned": lambda p, n: assigned(p.zeros(4), n),
    "split": lambda p, n: list(p.arange(6.0).split(2)),
    "sum over a dim": lambda p, n: p.ones(2, 3, 4, 2).sum(n - 3),
    "chr": lambda p, n: chr(n),
    "hex": lambda p, n: hex(n),
    "floor": lambda p, n: math.floor(n),
    "new_zeros": lambda p, n: p.ones(1).new_zeros(n),
    "unflatten by size": lambda p, n: p.arange(6.0).view(p.Size([n, 2])),
}


def assigned(x, n):
    x[n] = 1.0
    x[n:] += 1.0
    return x


@pytest.mark.parametrize("kind", ["int64", "int32", "NumPy"])
@pytest.mark.parametrize("name", SIZES)
def test_numbers_as_sizes(name, kind):
    def program(lib):
        n = np.int64(3) if kind == "NumPy" else lib.tensor(3, dtype=getattr(lib, kind))
        return SIZES[name](lib, n)

    same(program)


@pytest.mark.parametrize("name", ["zeros", "view", "range", "item of a list", "index", "slice"])
def test_no_sizes(name):
    same_error(lambda lib: SIZES[name](lib, lib.tensor(3.0)))
    same_error(lambda lib: SIZES[name](lib, lib.tensor([3.0, 2.0])))
