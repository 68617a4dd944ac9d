"""Lists that change while a function reads them: an exception that names the function.

A hostile list is given in every argument of every row of the op table and of the functions beside
it. The calls are made in one process of their own (`hostile_sequences_runner.py`).
"""

from __future__ import annotations

import functools
import json
import operator
import pathlib
import subprocess
import sys

import pytest

import pyad

HERE = pathlib.Path(__file__).parent
SEQUENCES = {"dims", "sizes", "ints", "ints|str", "ints|None"}


@functools.cache
def answers():
    """(label, type, how) → the exception's text, in the order of the calls."""
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(HERE / "hostile_sequences_runner.py")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = run.stdout.splitlines()
    if run.returncode or lines[-1] != "END":
        pytest.fail(f"ended ({run.returncode}) at {lines[-1]}\n{run.stderr[-3000:]}")
    calls = [json.loads(x[2:]) for x in lines if x.startswith("C ")]
    texts = [json.loads(x[2:]) for x in lines if x.startswith("R ")]
    assert len(calls) == len(texts)
    return [(*c, t) for c, t in zip(calls, texts, strict=True)]


def test_nothing_ends_the_process():
    assert len(answers()) > 10_000


def test_no_internal_error_comes_out():
    bad = [a for a in answers() if a[3].startswith("SystemError")]
    assert not bad, bad[:20]


@pytest.mark.parametrize("how", ["clear@0", "clear@1", "clear@2", "grow@0", "replace@1"])
def test_a_list_of_sizes_that_changes_is_named(how):
    """Where ints are wanted, every change of the length is seen, at whichever item it happens."""
    seen = [a for a in answers() if a[1] in SEQUENCES and a[2] == how]
    assert len(seen) > 100
    wrong = [
        a
        for a in seen
        if not (
            a[3].startswith("RuntimeError") and a[3].endswith("the list changed while it was read")
        )
    ]
    assert not wrong, wrong[:20]
    for label, *_, text in seen:
        name = label.partition("(")[0].split(".")[-1]
        assert text.split(": ")[1] == name, (label, text)


@pytest.mark.parametrize("how", ["raise@0", "raise@2"])
def test_an_exception_of_the_item_is_the_answer(how):
    seen = [a for a in answers() if a[1] in SEQUENCES and a[2] == how]
    wrong = [a for a in seen if a[3] != "ZeroDivisionError: hostile"]
    assert not wrong, wrong[:20]


@pytest.mark.parametrize("how", ["short", "endless", "huge"])
def test_a_length_that_is_not_the_number_of_items(how):
    seen = [a for a in answers() if a[1] in {"dims", "sizes", "ints"} and a[2] == how]
    wrong = [a for a in seen if "the list changed while it was read" not in a[3]]
    assert not wrong, wrong[:20]


def named_numpy(name, **slots):
    return type(name, (), {"__module__": "numpy", **slots})()


@pytest.mark.parametrize(
    "name", ["numpy.ndarray", "numpy.float32", "numpy.bool", "numpy.bool_", "numpy.int64"]
)
def test_a_type_is_not_what_its_name_says(name):
    x = pyad.ones(2, 2)

    class Raises:
        pass

    makers = [
        lambda: named_numpy(name),
        lambda: named_numpy(name, __float__=lambda self: 1 / 0),
        lambda: named_numpy(name, __bool__=lambda self: 1 / 0, __float__=lambda self: 1.0),
    ]
    calls = [
        pyad.tensor,
        lambda o: pyad.tensor([o]),
        pyad.as_tensor,
        lambda o: x + o,
        lambda o: x @ o,
        lambda o: pyad.add(x, o),
        lambda o: pyad.clamp(x, o),
        lambda o: x.fill_(o),
        lambda o: x.__setitem__(0, o),
        lambda o: x[o],
        lambda o: operator.iadd(x, o),
        lambda o: pyad.from_numpy(o),
    ]
    for make in makers:
        for call in calls:
            with pytest.raises((TypeError, IndexError)):
                call(make())


def test_an_empty_index_is_no_number():
    x = pyad.ones(2, 2)
    for call in (
        lambda: x.item((), ()),
        lambda: x.item((0,), []),
        lambda: x.item([0, 1], [1]),
        lambda: pyad.Tensor(2, ()),
        lambda: pyad.Tensor(2, [1, 2]),
        lambda: pyad.rand((), ()),
        lambda: pyad.randn(2, (3, 4)),
        lambda: pyad.zeros((), ()),
    ):
        with pytest.raises(TypeError):
            call()


def test_truth_that_raises_is_the_answer():
    class NoTruth:
        def __bool__(self):
            raise ZeroDivisionError("no truth")

    x = pyad.ones(2, requires_grad=True)
    calls = [
        lambda o: x.to(copy=o),
        lambda o: pyad._core.set_grad_enabled(o),
        lambda o: (x * 2).sum().backward(retain_graph=o),
        lambda o: (x * 2).sum().backward(create_graph=o),
        lambda o: pyad._core.grad((x * 2).sum(), x, allow_unused=o),
        lambda o: x.requires_grad_(o),
        lambda o: setattr(x, "requires_grad", o),
        lambda o: pyad._core.zero_grads([x], o),
        lambda o: x.numpy(force=o),
        lambda o: pyad._core.total_norm([x], 2.0, o),
    ]
    for call in calls:
        with pytest.raises((ZeroDivisionError, TypeError)):
            call(NoTruth())
