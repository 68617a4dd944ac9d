"""Calls every function of the op table with arguments at random, in a process that may die of it.

Arguments: the seed, and how often each function is called. Prints one JSON object. The address
space is limited, so that an allocation of any size is refused rather than tried. Each call is
written to the file that `PYAD_FUZZ_LOG` names, if any: after a crash the file holds the call.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import math
import os
import random
import resource
import sys
import warnings

import pyad

EXPECTED = (
    TypeError,
    ValueError,
    IndexError,
    RuntimeError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    ZeroDivisionError,
)
ADDRESS_SPACE = 4 << 30
DTYPES = (pyad.float32, pyad.float64, pyad.int64, pyad.int32, pyad.uint8, pyad.bool)
SHAPES = [(), (0,), (1,), (3,), (2, 3), (3, 2), (2, 2), (0, 3), (3, 0), (2, 1, 3), (1, 1, 1, 1)]
# Sizes past 2**33 cannot be had in any dtype, so nothing here takes long.
INTEGERS = [-1, 0, 1, 2, 3, -7, 2**33, 2**62, 2**63 - 1, 2**63, -(2**63), 2**70]
NUMBERS = [*INTEGERS, 0.5, -0.0, 1e300, math.nan, math.inf, -math.inf, True, False]
WORDS = ["", "sum", "mean", "none", "floor", "tanh", "ij", "ij,jk->ik", "float32", "é\0"]


LOG = None
if name := os.environ.get("PYAD_FUZZ_LOG"):
    LOG = os.open(name, os.O_CREAT | os.O_WRONLY, 0o600)


def tensor(r):
    shape, dtype = r.choice(SHAPES), r.choice(DTYPES)
    x = pyad.full(shape, r.choice((0, 1, 2, 3)), dtype=dtype)
    how = r.random()
    if how < 0.15 and x.dim():
        x = x.transpose(0, -1)
    elif how < 0.25:
        x = x.expand(2, *shape)
    elif how < 0.5 and dtype.is_floating_point:
        x.requires_grad_()
    return x


def argument(r):
    """Something of a random kind, more often than not a tensor."""
    kind = r.random()
    if kind < 0.45:
        return tensor(r)
    if kind < 0.7:
        return r.choice(NUMBERS)
    if kind < 0.76:
        return r.choice(WORDS)
    if kind < 0.82:
        return [r.choice(NUMBERS) for _ in range(r.randrange(4))]
    if kind < 0.88:
        return tuple(r.choice((-1, 0, 1, 2)) for _ in range(r.randrange(4)))
    if kind < 0.92:
        return [tensor(r) for _ in range(r.randrange(3))]
    return r.choice([None, object, {}, 1j, b"x", slice(None), ..., pyad.float32, pyad.Value(1.0)])


def describe(x) -> str:
    if isinstance(x, pyad.Tensor):
        return f"Tensor({tuple(x.shape)}, {x.stride()}, {x.dtype})"
    if isinstance(x, (list, tuple)):
        return f"[{', '.join(map(describe, x))}]"
    if isinstance(x, dict):
        return ", ".join(f"{k}={describe(v)}" for k, v in x.items())
    return repr(x)


def functions():
    """Every way to call every row: module, nn.functional, method, in place."""
    for e in pyad._core.op_table():
        name = e["name"]
        for where in (pyad, pyad.nn.functional, pyad.Tensor):
            for spelling in (name, name + "_"):
                f = getattr(where, spelling, None)
                if callable(f):
                    yield f"{getattr(where, '__name__', where)}.{spelling}", f, e["signature"]


def parameters(signature: str) -> list[tuple[str, str]]:
    """Names and types of a row's parameters, as the table writes them."""
    parts = (p.split(":") for p in signature.split(",") if ":" in p)
    return [(p[0].strip(), p[1].split("=")[0].strip()) for p in parts]


def fitting(r, kind: str):
    """Something the parser takes for a parameter of that type: the op itself has to refuse it."""
    if r.random() < 0.08:
        return argument(r)
    if kind.startswith("Tensors"):
        return [tensor(r) for _ in range(r.randrange(4))]
    if kind.startswith("Tensor"):
        return tensor(r)
    if kind.startswith("Operand"):
        return tensor(r) if r.random() < 0.8 else r.choice(NUMBERS)
    if kind.startswith(("sizes", "ints", "dims")):
        few = [r.choice((0, 1, 2, 3, -1, -2)) for _ in range(r.randrange(4))]
        return few if r.random() < 0.8 else [*few, r.choice(INTEGERS)]
    if kind.startswith("int"):
        return r.choice((0, 1, 2, -1)) if r.random() < 0.7 else r.choice(INTEGERS)
    if kind.startswith("bool"):
        return r.random() < 0.5
    if kind.startswith("str"):
        return r.choice(WORDS)
    if kind.startswith("dtype"):
        return r.choice(DTYPES)
    return r.choice(NUMBERS)


def arguments(r, signature: str):
    """Half of the calls are of the right form and wrong only in what is in them."""
    known = parameters(signature)
    if r.random() < 0.5:
        args = [argument(r) for _ in range(r.randrange(4))]
        names = [name for name, _ in known] + ["out"]
        return args, ({r.choice(names): argument(r)} if r.random() < 0.3 else {})
    # Parameters after the star are keywords; many calls leave all but the first ones out.
    head = signature.split("*")[0].count(":")
    n = r.randint(min(head, 1), head)
    args = [fitting(r, kind) for _, kind in known[:n]]
    kwargs = {k: fitting(r, kind) for k, kind in known[n:] if r.random() < 0.3}
    return args, kwargs


def call(name, f, args, kwargs, counts, unexpected) -> None:
    text = f"{name}({', '.join(map(describe, args))}, {describe(kwargs)})"
    # One line, overwritten by each call: after a crash it names the call.
    if LOG is not None:
        os.pwrite(LOG, text.encode("utf-8", "replace").ljust(500)[:500], 0)
    counts["calls"] += 1
    try:
        y = f(*args, **kwargs)
        counts["returned"] += 1
        if isinstance(y, pyad.Tensor) and y.requires_grad and y.numel() < 1000:
            y.sum().backward()
    except EXPECTED:
        counts["raised"] += 1
    except BaseException as error:  # a kind no user would think of
        unexpected.append(f"{text}: {type(error).__name__}: {error}")


def main(seed: int, times: int) -> None:
    faulthandler.enable()
    faulthandler.dump_traceback_later(240, exit=True)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    pyad.ones(2, 2) @ pyad.ones(2, 2)  # what is loaded at the first product is no leak
    gc.collect()
    before = pyad._core.live_counts()
    counts = {"calls": 0, "returned": 0, "raised": 0}
    unexpected = []
    r = random.Random(seed)
    for name, f, signature in functions():
        for _ in range(times):
            args, kwargs = arguments(r, signature)
            call(name, f, args, kwargs, counts, unexpected)
    del args, kwargs
    gc.collect()
    after = pyad._core.live_counts()
    leaked = {k: after[k] - before[k] for k in before if after[k] != before[k]}
    print(json.dumps({**counts, "unexpected": unexpected, "leaked": leaked}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
