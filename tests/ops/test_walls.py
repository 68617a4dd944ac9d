"""No op reads or writes behind its operands: each ends before a page of memory without access.

What is read too much and not used changes no result, but ends a process whose array ends where its
mapping does, as one of a file may. All of it runs in a child, which says what it is at.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import os
import pathlib
import traceback
from collections.abc import Callable

import numpy as np
import pytest

import op_cases
import op_drivers as drivers
import op_names
import pyad
from ops import test_elementwise as elementwise

PAGE = mmap.PAGESIZE
NO_ACCESS = 0
# Lengths around those of vectors, rows and blocks; the last is cut into several of each.
SHAPES = [((n,),) * 3 for n in (1, 5, 17, 63, 1031)] + [
    ((33, 47),) * 3,
    ((33, 1), (1, 47), (33, 47)),
    ((145, 500),) * 3,
]


def before_a_wall(x: np.ndarray) -> np.ndarray:
    """The array, in its order of memory, at the end of pages of its own."""
    order = np.argsort([-s for s in x.strides], kind="stable")
    dense = x.transpose(order)
    pages = -(-x.nbytes // PAGE)
    memory = mmap.mmap(-1, (pages + 1) * PAGE)
    y = np.frombuffer(memory, x.dtype, x.size, pages * PAGE - x.nbytes).reshape(dense.shape)
    y[...] = dense
    if x.nbytes:
        wall = ctypes.c_void_p(y.ctypes.data + x.nbytes)
        assert ctypes.CDLL(None).mprotect(wall, ctypes.c_size_t(PAGE), NO_ACCESS) == 0
    return y.transpose(np.argsort(order))


def run(case: drivers.Case, dtype: str, layout: str, differentiable: bool) -> None:
    """Values, and gradients of cotangents that lie so too."""
    xs = []
    for k, x in enumerate(case.inputs):
        mixed = layout == "mixed" and k % 2 == 0
        laid = drivers.lay_out(drivers.typed(x, dtype), "transposed" if mixed else layout)
        t = pyad.from_numpy(before_a_wall(laid))
        xs.append(t.requires_grad_(differentiable and drivers.is_float(x)))
    ys = drivers.flat(case.call(pyad, *xs))
    if not differentiable:
        return
    ys = [y for y in drivers.outputs(ys) if y.requires_grad]
    gs = [pyad.from_numpy(before_a_wall(np.ones_like(drivers.array(y)))).to(y.dtype) for y in ys]
    leaves = [x for x in xs if x.requires_grad]
    pyad.autograd.grad(ys, leaves, gs, allow_unused=True)


def cases() -> list[tuple[drivers.Case, bool]]:
    found = []
    for name, calls in op_cases.ROWS.items():
        for k, (inputs, call) in enumerate(calls):
            case = drivers.Case(f"{name}#{k}", op_cases.arrays(inputs), call)
            found.append((case, name not in op_cases.NOT_DIFFERENTIABLE))
    rng = np.random.default_rng(0)
    for entry in elementwise.OPS:
        if entry["name"] in elementwise.FLOATING:
            function, params = op_names.function_of(entry), elementwise.params_of(entry)
            for shapes in SHAPES:
                case = drivers.Case(
                    f"{entry['name']} of {shapes}",
                    elementwise.samples(entry, shapes, rng),
                    lambda package, *xs, f=function, p=params: f(*xs, **p),
                )
                found.append((case, any(entry["differentiable"])))
    return found


def writes() -> list[drivers.Case]:
    """Elementwise methods that write into their first operand."""
    rng = np.random.default_rng(1)
    found = []
    for entry in elementwise.OPS:
        name, params = f"{entry['name']}_", elementwise.params_of(entry)
        if entry["name"] in elementwise.FLOATING and hasattr(pyad.Tensor, name):
            for shape in (shapes[-1] for shapes in SHAPES):
                xs = elementwise.samples(entry, (shape,) * 3, rng)
                found.append(drivers.Case(f"{name} of {shape}", xs, written(name, params)))
    return found


def written(name: str, params: dict) -> Callable:
    return lambda package, x, *rest: getattr(x, name)(*rest, **params)


def ends_well(work: Callable[[], None], place: pathlib.Path) -> bool:
    """Whether a child comes to the end of it; `place` gets the traceback if it fails."""
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        try:
            work()
            os._exit(0)
        except BaseException:
            place.write_text(place.read_text() + "\n" + traceback.format_exc())
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("layout", ["contiguous", "transposed", "mixed"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_is_read_behind_an_operand(dtype, layout, tmp_path):
    place = tmp_path / "at"

    def work():
        for case, differentiable in cases():
            place.write_text(case.name)
            run(case, dtype, layout, differentiable)

    assert ends_well(work, place), place.read_text()


@pytest.mark.parametrize("layouts", [("contiguous", "transposed"), ("transposed", "contiguous")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_is_written_behind_a_target(dtype, layouts, tmp_path):
    place = tmp_path / "at"

    def work():
        for case in writes():
            place.write_text(case.name)
            first, *rest = (drivers.typed(x, dtype) for x in case.inputs)
            arrays = [drivers.lay_out(first, layouts[0])]
            arrays += [drivers.lay_out(x, layouts[1]) for x in rest]
            case.call(pyad, *[pyad.from_numpy(before_a_wall(x)) for x in arrays])

    assert len(writes()) > 100
    assert ends_well(work, place), place.read_text()


def test_a_wall_is_felt(tmp_path):
    """What is read behind an array's end kills the child."""
    place = tmp_path / "at"
    place.write_text("the wall")
    x = before_a_wall(np.ones(3))
    wide = np.lib.stride_tricks.as_strided(x, (4,))
    assert ends_well(lambda: x.sum(), place)
    assert not ends_well(lambda: wide.sum(), place)
