"""Whatever is asked wrongly gets an exception: the type, the words, and nothing changed before it.

The tables are text (`bad_shapes.txt`, `bad_calls.txt`), two lines a case, so that they can be read.
What nobody would write stands in `test_fuzz.py`.
"""

from __future__ import annotations

import builtins
import pathlib
import re

import numpy as np
import pytest

import pyad
import pyad.nn.functional as F

HERE = pathlib.Path(__file__).parent


def ones(*sizes, **kwargs):
    return pyad.ones(*sizes, **kwargs)


def ints(*values):
    return pyad.tensor(list(values))


def leaf():
    return pyad.ones(3, requires_grad=True)


def table(name):
    """The cases of one file: statements, the exception's name, the text in it."""
    lines = [x for x in (HERE / name).read_text().splitlines() if x and not x.startswith("#")]
    assert len(lines) % 2 == 0, f"{name}: a case has two lines"
    for call, expected in zip(lines[::2], lines[1::2], strict=True):
        assert expected.startswith("    "), f"{name}: no exception stands below {call}"
        kind, text = expected.strip().split(": ", 1)
        yield pytest.param(call, kind, text, id=call)


NAMES = {"pyad": pyad, "np": np, "F": F, "ones": ones, "ints": ints, "leaf": leaf}
KINDS = {"ShapeError": pyad.ShapeError, "RangeError": pyad.RangeError}


@pytest.mark.parametrize(
    ("call", "kind", "text"), [*table("bad_shapes.txt"), *table("bad_calls.txt")]
)
def test_wrong_call(call, kind, text):
    expected = KINDS[kind] if kind in KINDS else getattr(builtins, kind)
    with pytest.raises(expected, match=re.escape(text)) as info:
        exec(call, dict(NAMES))
    assert type(info.value) is expected


def test_shape_error_serves_both():
    """PyTorch's users catch RuntimeError for a wrong shape, NumPy's catch ValueError."""
    assert issubclass(pyad.ShapeError, RuntimeError)
    assert issubclass(pyad.ShapeError, ValueError)
    for kind in (RuntimeError, ValueError, pyad.ShapeError):
        with pytest.raises(kind, match="add: shapes"):
            ones(2) + ones(3)


# Operations that fail after they have looked at some of their input: name, target, operation.
X = [1.0, 2.0, 3.0]
N = [4, 6, 8]
IN_PLACE = {
    "add_ of another shape": (X, lambda x: x.add_(ones(2))),
    "add_ of a larger shape": (X, lambda x: x.add_(ones(2, 3))),
    "+= of a larger shape": (X, lambda x: x.__iadd__(ones(2, 3))),
    "add_ of a float to ints": (N, lambda x: x.add_(0.5)),
    "mul_ of a float to ints": (N, lambda x: x.mul_(ones(3))),
    "div_ of ints": (N, lambda x: x.div_(2)),
    "sqrt_ of ints": (N, lambda x: x.sqrt_()),
    "floor_divide_ by zero at the end": (N, lambda x: x.floor_divide_(ints(2, 2, 0))),
    "remainder_ by zero at the end": (N, lambda x: x.remainder_(ints(3, 3, 0))),
    "fmod_ by zero at the end": (N, lambda x: x.fmod_(ints(3, 3, 0))),
    "copy_ of another shape": (X, lambda x: x.copy_(ones(2))),
    "fill_ with a text": (X, lambda x: x.fill_("a")),
    "fill_ with many": (X, lambda x: x.fill_(ones(3))),
    "masked_fill_ with another mask": (X, lambda x: x.masked_fill_(ones(2) > 0, 0.0)),
    "masked_fill_ with numbers as mask": (X, lambda x: x.masked_fill_(ones(3), 0.0)),
    "masked_scatter_ with too few": (X, lambda x: x.masked_scatter_(ones(3) > 0, ones(2) * 9)),
    "lerp_ of another shape": (X, lambda x: x.lerp_(ones(2), 0.5)),
    "addcmul_ of another shape": (X, lambda x: x.addcmul_(ones(3), ones(2))),
    "clamp_ of another shape": (X, lambda x: x.clamp_(min=ones(2))),
    "cumsum_ of another dim": (X, lambda x: x.cumsum_(1)),
    "tril_ of a vector": (X, lambda x: x.tril_()),
    "addmm_ of other shapes": (X, lambda x: x.addmm_(ones(2, 3), ones(3, 3))),
    "scatter_ past the end": (X, lambda x: x.scatter_(0, ints(0, 1, 3), ones(3) * 9)),
    "scatter_ of a number past the end": (X, lambda x: x.scatter_(0, ints(0, -1), 9.0)),
    "scatter_add_ past the end": (X, lambda x: x.scatter_add_(0, ints(0, 1, 3), ones(3))),
    "index_add_ past the end": (X, lambda x: x.index_add_(0, ints(0, 3), ones(2))),
    "index_copy_ past the end": (X, lambda x: x.index_copy_(0, ints(0, 3), ones(2) * 9)),
    "index_fill_ past the end": (X, lambda x: x.index_fill_(0, ints(0, 3), 9.0)),
    "index_put_ past the end": (X, lambda x: x.index_put_((ints(0, 3),), ones(2) * 9)),
    "index_put_ of another shape": (X, lambda x: x.index_put_((ints(0, 1),), ones(3))),
    "[i] = past the end": (X, lambda x: x.__setitem__(3, 9.0)),
    "[list] = past the end": (X, lambda x: x.__setitem__([0, 3], 9.0)),
    "[slice] = of another shape": (X, lambda x: x.__setitem__(slice(2), ones(3))),
    "[mask] = of another shape": (X, lambda x: x.__setitem__(ones(3) > 0, ones(2))),
    "[mask] = with another mask": (X, lambda x: x.__setitem__(ones(2) > 0, 9.0)),
    "[i] = a text": (X, lambda x: x.__setitem__(0, "a")),
    "[i] = None": (X, lambda x: x.__setitem__(0, None)),
    "[step] =": (X, lambda x: x.__setitem__(slice(None, None, -1), 9.0)),
    "del [i]": (X, lambda x: x.__delitem__(0)),
    "add_ into an expanded view": (X, lambda x: x.expand(2, 3).add_(1)),
    "copy_ into an expanded view": (X, lambda x: x.expand(2, 3).copy_(ones(2, 3))),
    "[i] = in an expanded view": (X, lambda x: x.expand(2, 3).__setitem__(slice(None), 9.0)),
    "data of another type": (X, lambda x: setattr(x, "data", [1.0])),
    "requires_grad_ of ints": (N, lambda x: x.requires_grad_()),
    "grad of another shape": (X, lambda x: setattr(x, "grad", ones(2))),
    "grad of another dtype": (X, lambda x: setattr(x, "grad", ones(3, dtype=pyad.float64))),
    "grad of another type": (X, lambda x: setattr(x, "grad", 1.0)),
    "view_ as more elements": (X, lambda x: x.view(4).add_(1)),
}
# The same on a leaf that requires gradients, where even right arguments are refused.
ON_LEAF = {
    "add_": lambda x: x.add_(1.0),
    "*=": lambda x: x.__imul__(2.0),
    "zero_": lambda x: x.zero_(),
    "relu_": lambda x: pyad.relu_(x),
    "copy_": lambda x: x.copy_(ones(3)),
    "[i] =": lambda x: x.__setitem__(0, 9.0),
    "[mask] =": lambda x: x.__setitem__(x.detach() > 0, 9.0),
    "index_add_": lambda x: x.index_add_(0, ints(0), ones(1)),
    "view": lambda x: x.view(3).add_(1.0),
    "row": lambda x: x[0].add_(1.0),
    "slice": lambda x: x[:2].fill_(9.0),
    "view of a view": lambda x: x.view(3, 1).squeeze(1)[1:].mul_(2.0),
    "unbind": lambda x: x.unbind()[0].add_(1.0),
    "expand": lambda x: x.expand(2, 3).add_(1.0),
    "diagonal": lambda x: x.view(3, 1).diagonal().zero_(),
    # A gradient of the wrong kind.
    "backward of many": lambda x: (x * 2).backward(),
    "backward, gradient's shape": lambda x: (x * 2).backward(ones(2)),
    "backward, gradient's type": lambda x: (x * 2).backward(1.0),
    "backward, second root": lambda x: pyad.autograd.backward([x.sum(), x * 2], [None, ones(2)]),
    "backward, a root without graph": lambda x: pyad.autograd.backward([x.sum(), ones(())]),
    "grad of an unused input": lambda x: pyad.autograd.grad(x.sum(), leaf()),
    "grad of another type": lambda x: pyad.autograd.grad(x.sum(), [x, 1.0]),
    "loss of a class out of range": lambda x: F.cross_entropy(x.view(1, 3), ints(3)).backward(),
    "matmul of other sizes": lambda x: (x @ ones(4)).backward(),
    "data of another dtype": lambda x: setattr(x, "data", ints(1, 2, 3)),
    "requires_grad of a result": lambda x: setattr(x * 2, "requires_grad", False),
}
FAILURES = (TypeError, ValueError, IndexError, RuntimeError)


def state(x):
    """All of a tensor that a failed operation could have changed."""
    grad = None if x.grad is None else (x.grad.data_ptr(), x.grad.tolist(), x.grad._version)
    where = (x.data_ptr(), tuple(x.shape), x.stride(), x.dtype)
    return x.detach().tolist(), x._version, grad, x.requires_grad, x.is_leaf, where


@pytest.mark.parametrize("name", IN_PLACE)
def test_failed_write_changes_nothing(name):
    values, operation = IN_PLACE[name]
    x = pyad.tensor(values)
    before = state(x)
    with pytest.raises(FAILURES):
        operation(x)
    assert state(x) == before
    # And it is as usable as before.
    x += 1
    assert x.tolist() == [v + 1 for v in values]


@pytest.mark.parametrize("with_grad", [False, True], ids=["fresh", "with a gradient"])
@pytest.mark.parametrize("name", ON_LEAF)
def test_failed_operation_leaves_a_leaf_alone(name, with_grad):
    x = pyad.tensor(X, requires_grad=True)
    if with_grad:
        (x * x).sum().backward()
    before = state(x)
    with pytest.raises(FAILURES):
        ON_LEAF[name](x)
    assert state(x) == before
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_failed_write_inside_a_graph_keeps_the_graph():
    """A refused write into an intermediate leaves its history and what others saved of it."""
    x = pyad.tensor(X, requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    version, node = y._version, y.grad_fn
    for write in (lambda: y.add_(ones(2)), lambda: y.__setitem__([0, 5], 1.0)):
        with pytest.raises(FAILURES):
            write()
    assert y._version == version
    assert y.grad_fn is node
    z.backward()
    assert x.grad.tolist() == [8.0, 16.0, 24.0]


def test_second_backward_adds_nothing():
    x = pyad.tensor(X, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    before = state(x)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()
    assert state(x) == before


def test_second_backward_through_a_shared_part_adds_nothing():
    """The freed node is behind a fresh one, whose leaf must not get its share first."""
    x, w = pyad.tensor(X, requires_grad=True), pyad.tensor(X, requires_grad=True)
    h = x.exp()
    h.sum().backward()
    loss = (h * w).sum()
    before = state(x)
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()
    assert state(x) == before


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_failed_step_changes_no_parameter(kind):
    """The gradient of the last parameter has gone stale: the first must not have moved."""
    first, last = (pyad.tensor(X, requires_grad=True) for _ in range(2))
    optimizer = getattr(pyad.optim, kind)([first, last], lr=0.1)
    (first * last).sum().backward()
    last.data = ones(4)
    before = state(first)
    with pytest.raises(FAILURES, match=r"\(4,\)"):
        optimizer.step()
    assert state(first) == before
    assert last.tolist() == [1.0] * 4


@pytest.mark.parametrize(
    "call",
    [
        lambda name: pyad.ones(1).type(name),
        lambda name: pyad.ones(1).type(**{name: 1}),
        lambda name: pyad.ones(1).to(**{name: 1}),
        lambda name: pyad.sum(pyad.ones(1), **{name: 1}),
        lambda name: pyad.ones(1, **{name: 1}),
    ],
)
def test_names_that_have_no_utf8_form(call):
    with pytest.raises((UnicodeEncodeError, TypeError)):
        call("\ud800")
