"""Arguments for the fuzzer: fitting ones by annotation, and hostile ones.

A hostile argument is an object whose special methods raise, return something of another kind,
change the containers and tensors of the very call they are arguments of, or call back into pyad.
Everything is drawn from one `random.Random`, so that a seed is a case.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import pyad


class HostileError(Exception):
    """What hostile objects raise: it may come out of a call as it is."""


DTYPES = (pyad.float32, pyad.float64, pyad.int64, pyad.int32, pyad.uint8, pyad.bool)
SHAPES = [(), (0,), (1,), (3,), (2, 3), (3, 2), (2, 2), (0, 3), (3, 0), (2, 1, 3), (1, 2, 4, 4)]
# Sizes past 2**33 cannot be had in any dtype, so nothing here takes long.
INTEGERS = [-1, 0, 1, 2, 3, -7, 2**33, 2**62, 2**63 - 1, 2**63, -(2**63), 2**70]
NUMBERS = [*INTEGERS, 0.5, -0.0, 1e300, math.nan, math.inf, -math.inf, True, False]
WORDS = ["", "sum", "mean", "none", "floor", "tanh", "ij", "ij,jk->ik", "float32", "é\0", "\ud800"]
SMALL = (0, 1, 2, 3, -1, -2)


def tensor(r: random.Random, dtypes: tuple[pyad.dtype, ...] = DTYPES) -> pyad.Tensor:
    """A small tensor of any layout; some ask for gradients, some have a graph behind them."""
    shape, dtype = r.choice(SHAPES), r.choice(dtypes)
    x = pyad.full(shape, r.choice((0, 1, 2, 3)), dtype=dtype)
    how = r.random()
    if how < 0.15 and x.dim():
        x = x.transpose(0, -1)
    elif how < 0.25:
        x = x.expand(2, *shape)
    elif how < 0.3 and x.dim() and shape[0]:
        x = x[1:]
    elif how < 0.55 and dtype.is_floating_point:
        x.requires_grad_()
        if how > 0.45:
            x = x * 1
    return x


def array(r: random.Random) -> np.ndarray[Any, Any]:
    """A NumPy array of a kind that a binding may not have thought of."""
    a = np.arange(6.0).reshape(2, 3)
    kinds: list[Callable[[], Any]] = [
        lambda: a,
        lambda: a[::-1, ::-2],
        lambda: a.astype(">f4"),
        lambda: a.astype(np.float16),
        lambda: a.astype(complex),
        lambda: np.array([object(), 1], dtype=object),
        lambda: np.zeros(2, dtype=[("a", "f4"), ("b", "i8")]),
        lambda: np.broadcast_to(a[:1], (4, 3)),
        lambda: np.array("2020-01-01", dtype="datetime64[D]"),
        lambda: np.array(["a", "b"]),
        lambda: np.float32(2.5),
        lambda: np.int64(2),
        lambda: np.bool_(True),
        lambda: np.array(3),
        lambda: np.frombuffer(b"12345678", dtype=np.uint8),
        lambda: np.ma.masked_array([1.0, 2.0], mask=[0, 1]),
    ]
    return r.choice(kinds)()


class World:
    """What the arguments of one call can reach and change, and how often they still may."""

    def __init__(self, r: random.Random) -> None:
        self.random = r
        self.things: list[Any] = []
        self.left = 20

    def strike(self) -> None:
        """One hostile act upon something of the call."""
        if self.left <= 0:
            return
        self.left -= 1
        r = self.random
        thing = r.choice(self.things) if self.things else None
        if isinstance(thing, list):
            r.choice([thing.clear, lambda: thing.append(thing), lambda: thing and thing.pop()])()
        elif isinstance(thing, dict):
            thing.clear()
        elif isinstance(thing, pyad.Tensor):
            self.strike_tensor(thing)
        elif hasattr(thing, "param_groups"):
            r.choice([thing.param_groups.clear, thing.state.clear, thing.step])()
        elif isinstance(thing, pyad.nn.Module):
            r.choice([thing._parameters.clear, thing._modules.clear, thing.eval])()
        else:
            gc.collect()

    def strike_tensor(self, x: pyad.Tensor) -> None:
        """Changes a tensor that is an argument of the call going on."""
        acts: list[Callable[[], object]] = [
            lambda: setattr(x, "data", pyad.zeros(1, dtype=x.dtype)),
            lambda: setattr(x, "data", pyad.zeros(7, 7)),
            lambda: setattr(x, "grad", None),
            lambda: x.requires_grad_(),
            lambda: x.detach_(),
            lambda: x.zero_(),
            lambda: x.sum().backward(),
            lambda: x.squeeze(),
            lambda: x.register_hook(lambda g: self.strike()),
            gc.collect,
        ]
        r = self.random
        with contextlib.suppress(RuntimeError, TypeError, ValueError, AttributeError):
            r.choice(acts)()


def hostile(world: World, plain: Any) -> Any:
    """An object that stands for `plain` and misbehaves when it is asked what it is."""
    r = world.random
    answer = r.choice(
        [plain, plain, plain, None, "x", -1, 2**70, 2**40, math.nan, 1.5, object(), [], world]
    )
    raises = r.random() < 0.35
    strikes = r.random() < 0.8

    asked = itertools.count()

    def act(fallback: Any = answer) -> Any:
        if next(asked) > 100:
            raise HostileError("asked without end")
        if strikes:
            world.strike()
        if raises:
            raise HostileError("asked")
        return fallback

    def method(self: Any, *args: Any) -> Any:
        return act()

    def hashed(self: Any) -> int:
        answer = act()
        # Python itself keeps for ever what is no number here.
        return answer if isinstance(answer, int) else 7

    names = [
        ["__index__"],
        ["__float__"],
        ["__index__", "__float__", "__int__", "__bool__"],
        ["__bool__"],
        ["__len__", "__getitem__"],
        ["__iter__", "__len__"],
        ["__array__"],
        ["__eq__", "__hash__"],
        ["__array_interface__"],
        ["__call__"],
        ["__str__", "__repr__", "__fspath__"],
        ["__getattr__"],
        ["__radd__", "__rmul__", "__add__", "__mul__", "__array_ufunc__"],
        ["__torch_function__", "__array_priority__"],
    ]
    chosen = r.choice(names)
    base: Any = r.choice([object, object, object, int, float, str, list, tuple, dict])
    members: dict[str, Any] = dict.fromkeys(chosen, method)
    if "__hash__" in members:
        members["__hash__"] = hashed
    for name in ("__array_interface__", "__array_priority__"):
        if name in members:
            members[name] = property(method)
    if r.random() < 0.1:
        members["__module__"] = "numpy"
    if r.random() < 0.1:
        members["__class__"] = property(lambda self: r.choice([int, float, list, pyad.Tensor]))
    name = r.choice(["Evil", "ndarray", "float64", "Tensor", "Value"])
    try:
        return type(name, (base,), members)()
    except (TypeError, HostileError):
        return type(name, (), {k: v for k, v in members.items() if k in chosen})()


def spoil(world: World, value: Any) -> Any:
    """Puts a hostile object in the place of `value` or of something within it."""
    r = world.random
    if isinstance(value, (list, tuple)) and r.random() < 0.8:
        items: list[Any] = list(value) or [1, 2]
        at = r.randrange(len(items))
        items[at] = spoil(world, items[at])
        if isinstance(value, tuple):
            return tuple(items)
        world.things += [items] * 3
        return items
    if isinstance(value, dict) and value and r.random() < 0.8:
        key = r.choice(list(value))
        made = {**value, key: spoil(world, value[key])}
        world.things.append(made)
        return made
    return hostile(world, value)


def anything(r: random.Random) -> Any:
    """Something of a random kind, more often than not a tensor."""
    kind = r.random()
    if kind < 0.4:
        return tensor(r)
    if kind < 0.6:
        return r.choice(NUMBERS)
    if kind < 0.66:
        return r.choice(WORDS)
    if kind < 0.72:
        return [r.choice(NUMBERS) for _ in range(r.randrange(4))]
    if kind < 0.78:
        return tuple(r.choice((-1, 0, 1, 2)) for _ in range(r.randrange(4)))
    if kind < 0.84:
        return [tensor(r) for _ in range(r.randrange(3))]
    if kind < 0.9:
        return array(r)
    more: list[Any] = [None, object, {}, {"a": 1}, {1, 2}, 1j, b"x", bytearray(4), slice(None), ...]
    more += [pyad.float32, pyad.Value(1.0), range(3), iter([1, 2]), [[]], [[1], [2, 3]], int, len]
    more += [pyad.Size([2, 3]), pyad.device("cpu"), (), ((), ()), np.float32, "cpu", 10**400]
    return r.choice(more)


def optimizer_parameters(r: random.Random) -> list[pyad.Tensor]:
    """Leaves with gradients."""
    parameters = [pyad.ones(2, 3, requires_grad=True), pyad.ones(3, requires_grad=True)]
    for p in parameters:
        p.grad = pyad.full_like(p, r.choice((0.0, 1.0, math.nan)))
    return parameters


def fitting(r: random.Random, annotation: str, name: str) -> Any:
    """Something that fits a parameter of that annotation: what is wrong is only in its value."""
    if r.random() < 0.06:
        return anything(r)
    lowered = annotation.lower()
    if name in ("num_workers", "prefetch_factor"):
        return r.choice((0, 0, 0, -1, None))
    if name.startswith("num_") and name.endswith("layers"):
        return r.choice((0, 1, 2, -1))  # as many layers as are asked for are made, as in PyTorch
    if name in ("params", "parameters"):
        return optimizer_parameters(r)
    if name == "optimizer":
        return pyad.optim.SGD(optimizer_parameters(r), lr=0.1)
    if "module" in lowered or name == "module":
        return r.choice(
            [pyad.nn.Linear(3, 2), pyad.nn.Sequential(pyad.nn.ReLU()), pyad.nn.GRU(3, 2)]
        )
    if "dataset" in lowered or name in ("dataset", "data_source"):
        return pyad.utils.data.TensorDataset(pyad.arange(6.0))
    if "callable" in lowered or name in ("f", "fn", "func", "function", "closure", "hook"):
        return r.choice(
            [lambda *a, **k: a[0] if a else None, lambda *a: pyad.ones(()), pyad.sin, len]
        )
    if "sequence[tensor" in lowered or "iterable[tensor" in lowered or "tensors" in lowered:
        return [tensor(r) for _ in range(r.randrange(4))]
    if "tensor" in lowered or "operand" in lowered:
        return tensor(r) if r.random() < 0.85 else r.choice(NUMBERS)
    if "sequence" in lowered or "_dims" in lowered or "_shape" in lowered or "tuple" in lowered:
        few = [r.choice(SMALL) for _ in range(r.randrange(4))]
        return few if r.random() < 0.8 else [*few, r.choice(INTEGERS)]
    if lowered.startswith(("sizes", "ints", "dims")):
        few = [r.choice(SMALL) for _ in range(r.randrange(4))]
        return few if r.random() < 0.8 else [*few, r.choice(INTEGERS)]
    if "bool" in lowered:
        return r.random() < 0.5
    if "int" in lowered:
        return r.choice(SMALL) if r.random() < 0.8 else r.choice(INTEGERS)
    if "float" in lowered or "number" in lowered or "scalar" in lowered:
        return r.choice((0.0, 0.5, 1.0, 2.0)) if r.random() < 0.6 else r.choice(NUMBERS)
    if "str" in lowered or "literal" in lowered:
        return r.choice(WORDS)
    if "dtype" in lowered:
        return r.choice(DTYPES)
    if "generator" in lowered:
        return r.choice([None, pyad.Generator()])
    if "dict" in lowered or "mapping" in lowered:
        return r.choice([{}, {"a": tensor(r)}, {"weight": pyad.ones(2, 3), "bias": pyad.ones(2)}])
    return anything(r)


def describe(x: Any, depth: int = 0) -> str:
    """A text for a finding; never calls what a hostile argument defines."""
    if type(x) is pyad.Tensor:
        flag = ", grad" if x.requires_grad else ""
        return f"Tensor({tuple(x.shape)}, {x.stride()}, {x.dtype}{flag})"
    if type(x) in (list, tuple) and depth < 3:
        return f"[{', '.join(describe(y, depth + 1) for y in x[:6])}]"
    if type(x) is dict and depth < 3:
        return ", ".join(f"{k!r}: {describe(v, depth + 1)}" for k, v in list(x.items())[:6])
    if type(x) in (int, float, bool, str, bytes, type(None), slice, range):
        return repr(x)[:60]
    own = [k for k in type(x).__dict__ if k.startswith("__") and callable(type(x).__dict__[k])]
    if type(x).__module__ in ("fuzz_arguments", "numpy") and own and len(own) < 9:
        return f"<{type(x).__mro__[1].__name__} with {'/'.join(own)}>"
    return f"<{type(x).__module__}.{type(x).__name__}>"
