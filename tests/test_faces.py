"""Functions of the module that stand in no op table: each has a face of its own (Note [Faces])."""

import copy
import importlib
import inspect
import pickle
import re
import subprocess
import sys
import types
from fractions import Fraction

import numpy as np
import pytest

import pyad
from pyad import _core


def members(owner):
    """Names and callables in a module or type, those behind properties too."""
    for name, member in sorted(vars(owner).items()):
        if isinstance(member, property):
            yield from ((f"{name}.{f.__name__}", f) for f in (member.fget, member.fset) if f)
        elif callable(member) and not isinstance(member, type):
            yield name, member


def everything():
    """(name, callable) of the module, its submodule and all of its types."""
    yield from members(_core)
    for space in sorted({space for row in _core.op_table() for space in row["namespaces"]} - {""}):
        page = importlib.import_module(f"pyad._core.{space}")
        yield from ((f"{space}.{name}", f) for name, f in members(page))
    for kind_name, kind in sorted(vars(_core).items()):
        if isinstance(kind, type) and not issubclass(kind, BaseException):
            yield from ((f"{kind_name}.{name}", f) for name, f in members(kind))


# Methods written in Python (pyad/_tensor_methods.py) have Python's own checks of arguments.
FACES = [
    (n, f)
    for n, f in everything()
    if type(f).__name__ in ("function", "method") and not isinstance(f, types.FunctionType)
]
NAMES = [name for name, _ in FACES]


def test_there_are_faces_in_the_module_and_in_types():
    assert len(FACES) > 70
    assert {"tensor", "Generator.__init__", "Generator.seed", "manual_seed"} <= set(NAMES)


def test_no_function_of_the_binding_library_is_left():
    found = []
    for name, f in everything():
        f = getattr(f, "__func__", f)
        owner = type(getattr(f, "__self__", None)).__name__
        if "pybind11" in owner or "pybind11" in type(f).__name__ or "PyCapsule" in owner:
            found.append(name)
    assert found == []


def test_a_keyword_without_utf8_form_is_a_type_error_of_every_callable():
    # In a process of its own, which may end of it.
    program = """
import sys
sys.path.insert(0, "tests")
from test_faces import everything
import pyad
wrong = []
for name, f in everything():
    for args in [(), (pyad.ones(2),), (pyad.ones(2), 1)]:
        try:
            f(*args, **{"\\ud800": 1})
        except TypeError:
            pass
        except BaseException as error:
            wrong.append((name, repr(error)))
        else:
            wrong.append((name, "taken"))
print(ascii(wrong), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    # What takes anything and says that there is no such device.
    assert [w for w in eval(done.stdout) if not w[0].endswith(".cuda")] == []


class Foreign:
    """Is of no type that a function asks for."""


@pytest.mark.parametrize(("name", "f"), FACES, ids=NAMES)
def test_an_argument_of_the_wrong_type_is_named(name, f):
    head = f.__doc__.splitlines()[0]
    listed = re.findall(r"(\w+): (int|float|bool|str|Tensor|Generator)\b", head)
    own = name.partition(".")[0] if "." in name else None
    rest = {"object": pyad.ones(2), "list": [], "tuple": (), "bytes": b"", "Sequence[int]": []}
    rest["_EliminationGraph"] = pyad.jacobian_plan(lambda x, y: x * y, 1.0, 2.0)._graph
    rest["_ScalarTrace"] = _core._ScalarTrace()
    for wrong, _ in listed:
        given = {}
        for other, kind in listed:
            fitting = {"int": 1, "float": 0.5, "bool": True, "str": "x"}.get(kind)
            if kind == "Tensor":
                fitting = pyad.ones(2)
            if kind == "Generator":
                fitting = pyad.Generator()
            given[other] = fitting
        given[wrong] = Foreign()
        for other, kind in re.findall(r"(\w+): ([\w\[\]]+)(?! =)(?=[,)])", head):
            given.setdefault(other, rest.get(kind))
        if own == "Tensor":
            given["self"] = given.get("self", pyad.ones(2))
        with pytest.raises(TypeError, match=rf"argument '{wrong}' must be [\w |]+, not Foreign"):
            f(**given)


@pytest.mark.parametrize(("name", "f"), FACES, ids=NAMES)
def test_too_many_arguments_are_counted(name, f):
    if "*args" in f.__doc__.splitlines()[0]:
        pytest.skip("its signature takes any number of arguments, so none is too many")
    with pytest.raises(TypeError, match=r"\(\) takes at most \d+ positional arguments? but 99"):
        f(*range(99))


def test_what_an_argument_raises_passes():
    class Raises:
        def __float__(self):
            raise ZeroDivisionError("asked")

        def __index__(self):
            raise ZeroDivisionError("asked")

    x = pyad.ones(2)
    for call in [
        lambda: x.normal_(Raises()),
        lambda: x.random_(Raises()),
        lambda: pyad.randperm(Raises()),
        lambda: pyad.set_num_threads(Raises()),
        lambda: pyad.Generator().manual_seed(Raises()),
    ]:
        with pytest.raises(ZeroDivisionError, match="asked"):
            call()


def test_names_are_matched_as_python_does():
    with pytest.raises(TypeError, match="multiple values for argument 'mean'"):
        pyad.ones(2).normal_(0.0, mean=1.0)
    with pytest.raises(TypeError, match="missing required argument 'num_samples'; signature"):
        pyad.multinomial(pyad.ones(2))
    with pytest.raises(TypeError, match="takes at most 1 positional argument but 2"):
        pyad.manual_seed(3, None)


def test_numbers_are_read_wherever_they_come_from():
    pyad.manual_seed(3)
    expected = pyad.ones(4).normal_(0.5, 2.0)
    for mean in (Fraction(1, 2), pyad.tensor(0.5), pyad.tensor([0.5])):
        pyad.manual_seed(3)
        assert pyad.ones(4).normal_(mean, std=2).tolist() == expected.tolist()
    with pytest.raises(OverflowError):
        pyad.randperm(2**64)


PLAN = pyad.jacobian_plan(lambda x, y: x * y, 1.0, 2.0)._graph
# Calls with an integer; the bits of its type; whether it has a sign.
INTEGERS = {
    "set_num_threads n": (pyad.set_num_threads, 32, True),
    "named budget": (lambda n: PLAN.named("greedy", n, 0, False, False), 64, False),
    "named seed": (lambda n: PLAN.named("greedy", 1, n, False, False), 64, False),
    "program budget": (lambda n: PLAN.program(PLAN.vertices, n, 0), 64, False),
    "program seed": (lambda n: PLAN.program(PLAN.vertices, 1, n), 64, False),
    "_load_scalar_program inputs": (
        lambda n: _core._load_scalar_program(b"", n, [], [], None, None),
        32,
        False,
    ),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_are_read_within_their_type(name):
    """What the type holds, the function judges itself, and else the argument is named."""
    call, bits, signed = INTEGERS[name]
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    function, argument = name.split()
    for n in (low - 1, high + 1, 2**100, -(2**100)):
        with pytest.raises(
            OverflowError, match=rf"^{function}\(\): argument '{argument}' must lie"
        ):
            call(n)
    for n in (low, -1) if signed else (low, high):
        said = ""
        try:
            call(n)
        except (RuntimeError, ValueError) as error:
            said = str(error)
        assert "must lie in" not in said


def test_sequences_of_numbers_are_read_as_numbers_are():
    """Sequence[float] in a signature takes what float takes, from a generator too."""
    trace = _core._ScalarTrace()
    numbers = [2, True, 0.5, Fraction(1, 4), np.float32(0.125), np.int64(3), pyad.tensor(4.0)]
    for several in (numbers, tuple(numbers), (x for x in numbers)):
        read = trace.inputs(several)
        assert [x.data for x in read] == [2.0, 1.0, 0.5, 0.25, 0.125, 3.0, 4.0]
    with pytest.raises(TypeError, match=r"inputs\(\): argument 'x' must be Sequence\[float\]"):
        trace.inputs([1.0, None])


def test_a_generator_that_was_never_begun_is_refused():
    g = pyad.Generator.__new__(pyad.Generator)
    for call in [g.seed, g.get_state, lambda: pyad.rand(2, generator=g), lambda: g.manual_seed(1)]:
        with pytest.raises(TypeError, match="never begun"):
            call()
    g.__init__()
    g.manual_seed(5)
    g.__init__()  # once begun it stays
    assert g.initial_seed() == 5


def test_a_generator_begun_while_its_arguments_are_read():
    class Begins:
        def __str__(self):
            g.__init__()
            g.manual_seed(7)
            return "cpu"

    g = pyad.Generator.__new__(pyad.Generator)
    g.__init__(Begins())
    assert g.initial_seed() == 7


def test_faces_say_what_they_are():
    assert pickle.loads(pickle.dumps(pyad.rand)) is pyad.rand
    assert copy.deepcopy(pyad.rand) is pyad.rand
    assert str(inspect.signature(pyad.randperm)).startswith("(n, *, generator=None")
    assert repr(pyad.rand) == "<built-in function rand>"
    assert pyad.Generator.seed.__qualname__ == "Generator.seed"

    class Holder:
        draw = pyad.randperm  # no method: as a builtin function, it is not bound

    assert Holder().draw(3).shape == (3,)


def test_bound_types_are_sealed():
    """Nobody hangs attributes on the engine's types, or takes their C++ objects by pybind11."""
    bound = [t for t in vars(pyad._core).values() if type(t).__name__ == "pybind11_type"]
    assert pyad.Generator in bound
    for t in bound:
        assert not hasattr(t, "_pybind11_conduit_v1_")
        with pytest.raises(TypeError, match="immutable"):
            t.something = 1
        assert not hasattr(t, "something")
