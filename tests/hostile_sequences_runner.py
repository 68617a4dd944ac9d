"""Gives every function lists that change while they are read, in a process that may die of it.

Prints a line before and one after each call: the last line names the call that ended the process.
"""

from __future__ import annotations

import itertools
import json
import operator
import warnings

import pyad
import pyad.nn.functional as F

SEQUENCES = {"dims", "sizes", "ints", "ints|str", "ints|None", "floats"}
GOOD = {
    "Tensor": lambda: pyad.ones(2, 3),
    "Operand": lambda: pyad.ones(2, 3),
    "Tensors": lambda: [pyad.ones(2, 3)],
    "Number": lambda: 1,
    "Number|str": lambda: 1,
    "int": lambda: 1,
    "float": lambda: 1.0,
    "bool": lambda: False,
    "str": lambda: "sum",
    "dtype": lambda: pyad.float32,
    "Generator": lambda: None,
    "device": lambda: "cpu",
    "layout": lambda: "strided",
    **dict.fromkeys(SEQUENCES, lambda: (1, 1)),
}
CORE = pyad._core
ENGINE = {"tensor", "as_tensor", "Tensor", "Size", "item", "copy_"}


class Hostile:
    """A number whose conversion changes the list that it came from."""

    def __init__(self, items, how):
        self.items, self.how = items, how

    def act(self):
        if self.how == "clear":
            self.items.clear()
        elif self.how == "grow":
            self.items.extend([1] * 1000)
        elif self.how == "replace":
            self.items[:] = [float("nan"), None, "x"] * 100
        else:
            raise ZeroDivisionError("hostile")

    def __index__(self):
        self.act()
        return 1

    def __float__(self):
        self.act()
        return 1.0

    def __bool__(self):
        self.act()
        return True

    def __len__(self):
        self.act()
        return 1

    def __array__(self, *args, **kwargs):
        self.act()
        raise TypeError("no array")


class Liar:
    """A sequence whose length is not the number of its items."""

    def __init__(self, says, has):
        self.says, self.has = says, has

    def __len__(self):
        return self.says

    def __getitem__(self, i):
        if not isinstance(i, int) or i >= self.has:
            raise IndexError
        return 1


def integer(items, how):
    """A NumPy-like object is refused where a float is wanted, so floats come as a subclass."""

    class Real(float):
        def __float__(self):
            Hostile(items, how).act()
            return 1.0

    return Real(1.0)


def lists():
    for how in ("clear", "grow", "replace", "raise"):
        for at in (0, 1, 2):
            items = []
            items.extend([1, 1, 1])
            items[at] = Hostile(items, how)
            yield f"{how}@{at}", items
    items = []
    items.extend([[1, 1], Hostile(items, "clear"), 1])
    yield "nested", items
    inner = []
    inner.extend([Hostile(inner, "clear"), 1])
    yield "inner", [inner, inner]
    yield "outer", (inner, [inner])
    yield "short", Liar(2, 1)
    yield "endless", Liar(2, 1 << 60)
    yield "huge", Liar(1 << 62, 3)


def parameters(signature):
    depth, piece, pieces = 0, "", []
    for c in signature + ",":
        depth += (c in "([") - (c in ")]")
        if c == "," and not depth:
            pieces.append(piece.strip())
            piece = ""
        else:
            piece += c
    keyword = False
    for p in pieces:
        if p == "*":
            keyword = True
        elif p:
            name, _, kind = p.partition(":")
            kind, _, default = kind.partition("=")
            yield name.strip(), kind.strip().rstrip("?!"), bool(default), keyword


def table_calls():
    """(name, type of the argument, call) for each parameter of each row."""
    for row in CORE.op_table():
        faces = []
        name = row["name"]
        for space in row["namespaces"]:
            label = f"{space}.{name}" if space else name
            faces.append((label, operator.attrgetter(label)(CORE)))
        if row["method"]:
            faces.append(("Tensor." + name, getattr(pyad.Tensor, name)))
        if row["inplace"]:
            faces.append((f"Tensor.{name}_", getattr(pyad.Tensor, name + "_")))
        known = list(parameters(row["signature"]))
        for label, function in faces:
            for at, (parameter, kind, _, keyword) in enumerate(known):

                def call(bad, known=known, function=function, at=at, name=parameter, key=keyword):
                    good = [GOOD[k]() for _, k, _, named in known[:at] if not named]
                    if key:
                        needed = [GOOD[k]() for _, k, d, named in known if not named and not d]
                        return function(*needed, **{name: bad})
                    return function(*good[:at], bad)

                yield f"{label}({parameter})", kind, call
                if not keyword:

                    def named(bad, known=known, function=function, at=at, parameter=parameter):
                        good = {n: GOOD[k]() for n, k, d, _ in known if not d}
                        return function(**{**good, parameter: bad})

                    yield f"{label}({parameter}=)", "any", named


def other_calls():
    x = pyad.ones(3, 3)
    leaf = pyad.ones(3, requires_grad=True)
    yield from (
        (name, "any", call)
        for name, call in {
            "tensor": pyad.tensor,
            "tensor(dtype)": lambda bad: pyad.tensor(bad, dtype=pyad.float64),
            "as_tensor": pyad.as_tensor,
            "asarray": pyad.asarray,
            "from_numpy": pyad.from_numpy,
            "Tensor": pyad.Tensor,
            "Tensor(n, bad)": lambda bad: pyad.Tensor(2, bad),
            "Size": pyad.Size,
            "multinomial": lambda bad: pyad.multinomial(x, bad),
            "bernoulli": pyad.bernoulli,
            "manual_seed": pyad.manual_seed,
            "set_rng_state": pyad.set_rng_state,
            "getitem": lambda bad: x[bad],
            "getitem pair": lambda bad: x[0, bad],
            "getitem slice": lambda bad: x[slice(bad)],
            "setitem": lambda bad: x.clone().__setitem__(bad, 1.0),
            "setitem value": lambda bad: x.clone().__setitem__(0, bad),
            "item": x.item,
            "item pair": lambda bad: x.item(bad, 0),
            "size": x.size,
            "stride": x.stride,
            "copy_": lambda bad: x.clone().copy_(bad),
            "fill_": lambda bad: x.clone().fill_(bad),
            "to": x.to,
            "to(copy=)": lambda bad: x.to(copy=bad),
            "type": x.type,
            "+": lambda bad: x + bad,
            "+=": lambda bad: x.clone().__iadd__(bad),
            "@": lambda bad: x @ bad,
            "**": lambda bad: x**bad,
            "in": lambda bad: bad in x,
            "==": lambda bad: x == bad,
            "grad outputs": lambda bad: pyad.autograd.grad(bad, leaf),
            "grad inputs": lambda bad: pyad.autograd.grad(leaf.sum(), bad),
            "grad grads": lambda bad: pyad.autograd.grad(leaf * 2, leaf, bad),
            "core grad": lambda bad: CORE.grad(bad, bad, bad),
            "core backward": lambda bad: CORE.backward(bad, bad),
            "core backward inputs": lambda bad: CORE.backward(leaf.sum(), inputs=bad),
            "backward": lambda bad: (leaf * 2).backward(bad),
            "zero_grads": CORE.zero_grads,
            "total_norm": lambda bad: CORE.total_norm(bad, 2.0, False),
            "total_norm p": lambda bad: CORE.total_norm([x], bad, False),
            "clip_grads_with_norm": lambda bad: CORE.clip_grads_with_norm([leaf], bad, x.sum()),
            "clip_grad_values": lambda bad: CORE.clip_grad_values([leaf], bad),
            "optim_step": lambda bad: CORE.optim_step("sgd", bad, {}),
            "Value": pyad.Value,
            "Value children": lambda bad: pyad.Value(1.0, bad),
            "Value +": lambda bad: pyad.Value(1.0) + bad,
            "compile": lambda bad: pyad.compile(lambda v: v[0])(bad),
            "interpolate": lambda bad: F.interpolate(pyad.ones(1, 1, 4, 4), size=bad),
            "interpolate scale": lambda bad: F.interpolate(pyad.ones(1, 1, 4, 4), scale_factor=bad),
            "pad": lambda bad: F.pad(x, bad),
            "layer_norm": lambda bad: F.layer_norm(x, bad),
            "unfold": lambda bad: F.unfold(pyad.ones(1, 1, 4, 4), bad),
            "new_zeros": lambda bad: x.new_zeros(bad),
            "new_tensor": lambda bad: x.new_tensor(bad),
            "new_full": lambda bad: x.new_full(bad, 1.0),
        }.items()
    )


def main():
    warnings.simplefilter("ignore")
    for source in (table_calls, other_calls):
        for label, kind, call in source():
            most = None if kind in SEQUENCES | {"floats", "Tensors"} or source is other_calls else 2
            for how, bad in itertools.islice(lists(), most):
                if how == "endless" and kind == "any" and label not in ENGINE:
                    continue  # a loop in Python is the caller's own to interrupt
                print("C", json.dumps([label, kind, how]), flush=True)
                try:
                    call(bad)
                    out = ""
                except BaseException as e:
                    out = f"{type(e).__name__}: {e}"
                print("R", json.dumps(out))
    print("END")


if __name__ == "__main__":
    main()
