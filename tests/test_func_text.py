"""What is said inside `vmap`: tensors printed, values refused, handles that left."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import pyad
from pyad import _core, func


def printed(transform, *args):
    texts = []

    def f(*xs):
        texts.extend(map(repr, xs))
        assert str(xs[0]) == repr(xs[0]) == f"{xs[0]!r}"
        return xs[0].sum() if xs[0].ndim else xs[0]

    transform(f)(*args)
    return texts


X = pyad.arange(6.0).reshape(3, 2)


def test_examples_are_printed_as_all_of_them():
    assert printed(func.vmap, X) == [
        "tensor([[0., 1.],\n        [2., 3.],\n        [4., 5.]], batch=(3,))"
    ]


def test_examples_of_another_dim_come_first():
    (text,) = printed(lambda f: func.vmap(f, in_dims=1), X)
    assert text == "tensor([[0., 2., 4.],\n        [1., 3., 5.]], batch=(2,))"


def test_batches_within_batches():
    inner = printed(lambda f: func.vmap(func.vmap(f), in_dims=1), X)
    assert inner == ["tensor([[0., 2., 4.],\n        [1., 3., 5.]], batch=(2, 3))"]


def test_what_is_the_same_for_all_is_no_batch():
    assert printed(lambda f: func.vmap(f, in_dims=(0, None)), X, X[0])[1] == "tensor([0., 1.])"


def test_dtypes_and_history():
    assert printed(func.vmap, pyad.tensor([1, 2], dtype=pyad.int32)) == [
        "tensor([1, 2], batch=(2,), dtype=pyad.int32)"
    ]
    (text,) = printed(lambda f: func.vmap(func.grad(f)), X)
    assert "batch=(3,)" in text
    assert "requires_grad=True" in text
    (text,) = printed(lambda f: func.vmap(func.grad(lambda x: f(x * 2))), X)
    assert "grad_fn=<MulBackward0>" in text


def test_empty_batches():
    assert printed(func.vmap, pyad.ones(3, 0)) == ["tensor([], size=(3, 0), batch=(3,))"]
    (text,) = printed(lambda f: lambda x: func.vmap(f)(x), pyad.ones(0, 2))
    assert text == "tensor([], size=(0, 2), batch=(0,))"


def test_large_ones_show_edges():
    (text,) = printed(func.vmap, pyad.arange(4000.0).reshape(4, 1000))
    assert "..." in text
    assert "batch=(4,)" in text


def test_with_other_transforms_around():
    def f(x):
        text = repr(x)
        assert "batch=(" in text
        assert "3" in text
        return x.sum()

    func.vmap(lambda x: func.jvp(f, (x,), (x,)))(X)
    func.jvp(func.vmap(f), (X,), (X,))
    func.grad(lambda x: func.vmap(f)(x).sum())(X)
    func.jacfwd(lambda x: func.vmap(f)(x))(X)


def escaped():
    kept = []
    func.vmap(lambda x: (kept.append(x), x)[1])(X)
    return kept[0]


def test_a_handle_that_left_is_printed():
    assert "batch=(3,)" in repr(escaped())


USES = {
    "add": lambda x: x + 1,
    "item": lambda x: x.sum().item(),
    "first": lambda x: x[0].item(),
    "tolist": lambda x: x.tolist(),
    "numpy": lambda x: x.numpy(),
    "bool": lambda x: bool(x[0] > 0),
    "float": lambda x: float(x[0]),
    "matmul": lambda x: x @ x,
    "cat": lambda x: pyad.cat([x, x]),
    "array": lambda x: np.asarray(x),
    "nonzero": lambda x: x.nonzero(),
}


@pytest.mark.parametrize("name", list(USES))
def test_a_handle_that_left_says_so(name):
    with pytest.raises(RuntimeError, match="left the function that vmap transforms"):
        USES[name](escaped())


@pytest.mark.parametrize("name", ["item", "tolist", "numpy", "bool", "float"])
def test_values_are_refused_inside(name):
    with pytest.raises(_core.BatchError, match="inside the function that vmap transforms"):
        func.vmap(USES[name])(X)


def test_one_class_for_what_a_batch_cannot_run():
    assert issubclass(_core.BatchError, RuntimeError)
    assert pickle.loads(pickle.dumps(_core.BatchError("a"))).args == ("a",)
    with pytest.raises(_core.BatchError, match="written in place"):
        func.vmap(lambda x: pyad.zeros(2).copy_(x))(X)


def test_jacfwd_falls_back_by_the_class_not_the_words():
    def speaks(x):
        raise RuntimeError("vmap: values cannot be read, and are written in place")

    with pytest.raises(RuntimeError, match="values cannot be read"):
        func.jacfwd(speaks)(pyad.ones(2))
    calls = []

    def looks(x):
        calls.append(1)
        out = pyad.zeros(2)
        out[0] = x[0] * x[1]
        return out * 2 if out[0] > 0 else out

    assert func.jacfwd(looks)(pyad.tensor([2.0, 3.0])).tolist() == [[6.0, 4.0], [0.0, 0.0]]
    assert len(calls) == 3


def test_linear_maps_are_printed_inside_too():
    def program(x):
        _, push = func.linearize(lambda x: 3 * x.flip(0), x)
        return repr(push), repr(push.T)

    outside = program(X[0])
    seen = []
    func.vmap(lambda x: (seen.append(program(x)), x)[1])(X)
    func.vmap(func.vmap(lambda x: (seen.append(program(x)), x)[1]))(X.reshape(1, 3, 2))
    assert seen == [outside] * 2
    assert "out0 = 0" not in outside[0]


def test_levels_begin_again_after_the_last_number():
    """But not inside a level of the old numbers: what is inside must have the higher one."""
    program = (
        "import pyad; from pyad import func, _core\n"
        "x = pyad.ones(2, 2)\n"
        "sums = func.vmap(func.vmap(lambda x: func.jvp(pyad.sin, (x,), (x,))[1]))\n"
        "right = sums(x)\n"
        "for start in (2**31 - 4, 2**31 - 3, 2**31 - 2, 2**31 - 1):\n"
        "    _core.skip_levels(start)\n"
        "    try:\n"
        "        y = sums(x)\n"
        "    except RuntimeError as e:\n"
        "        assert '2^31 levels' in str(e), e\n"
        "    else:\n"
        "        assert start not in (2**31 - 3, 2**31 - 2) and pyad.equal(y, right)\n"
        "    assert pyad.equal(sums(x), right)\n"
        "    assert func.grad(lambda x: (x * x).sum())(x).tolist() == [[2.0, 2.0]] * 2\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


NUMBERS = {
    "narrow": ("start", lambda x, k: x.narrow(0, k, 1)),
    "linspace": ("start", lambda x, k: pyad.linspace(x[0], 1.0, 3)),
    "logspace": ("end", lambda x, k: pyad.logspace(0.0, x[0], 3)),
    "arange": ("start", lambda x, k: pyad.arange(k, 3)),
    "full": ("fill_value", lambda x, k: pyad.full((2,), x[0])),
    "roll": ("shifts", lambda x, k: x.roll(k)),
    "reshape": ("shape", lambda x, k: x.reshape((k, -1))),
    "chunk": ("chunks", lambda x, k: x.chunk(k)),
}


@pytest.mark.parametrize("name", list(NUMBERS))
def test_numbers_are_the_same_for_all_examples(name):
    parameter, f = NUMBERS[name]
    with pytest.raises(_core.BatchError, match=f"vmap: {name}: argument '{parameter}' is one"):
        func.vmap(f)(X, pyad.tensor([0, 1, 0]))


def test_numbers_as_tensors_that_are_no_batch():
    k = pyad.tensor(1)
    assert func.vmap(lambda x: x.narrow(0, k, 1))(X).tolist() == [[1.0], [3.0], [5.0]]
    kept = escaped()
    with pytest.raises(RuntimeError, match="left"):
        func.vmap(lambda x: pyad.linspace(kept.sum(), 1.0, 3))(X)
