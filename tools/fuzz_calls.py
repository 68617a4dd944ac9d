"""Every public callable with fitting, random and hostile arguments: the worker of `fuzz.py calls`.

Run by `fuzz.py` in a process that may die of it. A case is (seed, number): its random choices
depend on nothing else. What the parameters are called and which types they take is read from the
module's stub, or from the signature of a Python function, never from a list kept here.
"""

from __future__ import annotations

import ast
import contextlib
import faulthandler
import functools
import gc
import importlib
import inspect
import itertools
import json
import os
import pathlib
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import fuzz_arguments as arguments
import pyad
import pyad.func
import pyad.nn.utils.rnn
import pyad.optim.lr_scheduler
import pyad.utils.checkpoint
import pyad.utils.data
from fuzz_arguments import HostileError, World

MODULES = [
    "pyad",
    "pyad.nn",
    "pyad.nn.functional",
    "pyad.nn.init",
    "pyad.nn.utils",
    "pyad.nn.utils.rnn",
    "pyad.optim",
    "pyad.optim.lr_scheduler",
    "pyad.autograd",
    "pyad.autograd.functional",
    "pyad.autograd.forward_ad",
    "pyad.func",
    "pyad.random",
    "pyad.estimators",
    "pyad.viz",
    "pyad.serialization",
    "pyad.utils.data",
    "pyad.utils.checkpoint",
    "pyad._core",
]
# What acts on the process or the machine as it is meant to.
LEFT_OUT = {
    "render",
    "exit_dual_level",
    "enter_dual_level",
    "enter_batch",
    "exit_batch",
    "skip_levels",
    "open_transform",
    "reopen_transform",
    "close_transform",
    "builtin",
}
LEFT_OUT |= {"set_repr", "_set_value_arrays", "_set_largest_grain", "begin_run_log", "end_run_log"}
FINE = (HostileError, TypeError, ValueError, IndexError, KeyError, RuntimeError, MemoryError)
FINE += (NotImplementedError, OverflowError, ZeroDivisionError, AttributeError, OSError)
FINE += (StopIteration, LookupError, BufferError, ImportError, EOFError)
# Of those, the ones that mean a mistake of ours.
NOT_FINE = (RecursionError, UnboundLocalError)
# What the binding library would say of wrong arguments: no text for users.
RAW = ("incompatible function arguments", "incompatible constructor arguments", "Unable to cast")
OPERATORS = [
    f"__{n}__"
    for n in [
        "getitem",
        "setitem",
        "delitem",
        "len",
        "iter",
        "contains",
        "add",
        "radd",
        "iadd",
        "sub",
        "rsub",
        "mul",
        "rmul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "rpow",
        "matmul",
        "neg",
        "abs",
        "invert",
        "and",
        "or",
        "xor",
        "eq",
        "lt",
        "bool",
        "float",
        "int",
        "index",
        "repr",
        "format",
        "hash",
        "reduce_ex",
        "copy",
        "deepcopy",
        "setstate",
        "array",
        "array_ufunc",
        "call",
        "init",
        "new",
    ]
]


class Parameter(NamedTuple):
    """A parameter of something called: its name, its annotation, how it may be given."""

    name: str
    annotation: str
    keyword_only: bool
    optional: bool


class Target(NamedTuple):
    """Something to call: `make` gives the callable anew, and the object that it is a method of."""

    name: str
    make: Callable[[random.Random], tuple[Any, Any]]


@functools.cache
def stubs() -> dict[str, list[list[Parameter]]]:
    """Parameters by qualified name, an entry for each overload, from the module's stub."""
    found: dict[str, list[list[Parameter]]] = {}

    def read(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                read(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                a = node.args
                given = [*a.posonlyargs, *a.args]
                first_default = len(given) - len(a.defaults)
                optional = [i >= first_default for i in range(len(given))]
                optional += [default is not None for default in a.kw_defaults]
                listed = [
                    Parameter(
                        x.arg, ast.unparse(x.annotation or ast.Constant("")), i >= len(given), known
                    )
                    for i, (x, known) in enumerate(
                        zip([*given, *a.kwonlyargs], optional, strict=True)
                    )
                    if x.arg not in ("self", "cls")
                ]
                found.setdefault(prefix + node.name, []).append(listed)

    path = pathlib.Path(pyad.__file__).with_name("_core")
    for page in sorted(path.rglob("*.pyi")):
        prefix = "" if page.stem == "__init__" else f"{page.stem}."
        read(ast.parse(page.read_text()).body, prefix)
    return found


def parameters(r: random.Random, f: Any, name: str) -> list[Parameter] | None:
    """What `f` takes, or None where nobody says it."""
    known = stubs()
    for key in (".".join(name.split(".")[-2:]), name.split(".")[-1]):
        if key in known:
            return r.choice(known[key])
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return None
    listed = []
    for p in signature.parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.name == "self":
            continue
        only = p.kind is p.KEYWORD_ONLY
        listed.append(Parameter(p.name, str(p.annotation), only, p.default is not p.empty))
    return listed


def instances() -> dict[str, Callable[[random.Random], Any]]:
    """Objects of the public types, whose methods are called too."""
    nn, optim = pyad.nn, pyad.optim

    def optimizer(kind: str) -> Callable[[random.Random], Any]:
        def make(r: random.Random) -> Any:
            parameters = arguments.optimizer_parameters(r)
            if kind == "Muon":  # for matrices alone
                parameters = [p for p in parameters if p.ndim == 2]
            made = getattr(optim, kind)(parameters, lr=0.1)
            if r.random() < 0.5:
                made.step(lambda: pyad.ones(()))
            return made

        return make

    def scheduler(kind: str, *args: Any) -> Callable[[random.Random], Any]:
        return lambda r: getattr(optim.lr_scheduler, kind)(optimizer("SGD")(r), *args)

    made: dict[str, Callable[[random.Random], Any]] = {
        "Tensor": arguments.tensor,
        "Value": lambda r: pyad.Value(r.choice((0.0, 1.0, -2.0))) * r.choice((1, 2)),
        "Generator": lambda r: pyad.Generator(),
        "Size": lambda r: pyad.Size([2, 3]),
        "Node": lambda r: (pyad.ones(2, requires_grad=True) * 2).grad_fn,
        "dtype": lambda r: r.choice(arguments.DTYPES),
        "device": lambda r: pyad.device("cpu"),
        "finfo": lambda r: pyad.finfo(pyad.float32),
        "RemovableHandle": lambda r: pyad.ones(1, requires_grad=True).register_hook(lambda g: g),
        "compiled": lambda r: pyad.compile(lambda x, y: x * y + pyad.sin(x)),
        "_ScalarTrace": lambda r: pyad._core._ScalarTrace.__new__(pyad._core._ScalarTrace),
        "Linear": lambda r: nn.Linear(3, 2),
        "Conv2d": lambda r: nn.Conv2d(2, 4, 2),
        "LSTM": lambda r: nn.LSTM(3, 2),
        "MultiheadAttention": lambda r: nn.MultiheadAttention(4, 2),
        "BatchNorm1d": lambda r: nn.BatchNorm1d(3),
        "Embedding": lambda r: nn.Embedding(3, 2),
        "Sequential": lambda r: nn.Sequential(nn.Linear(3, 2), nn.ReLU()),
        "ModuleList": lambda r: nn.ModuleList([nn.Linear(3, 2)]),
        "ModuleDict": lambda r: nn.ModuleDict({"a": nn.Linear(3, 2)}),
        "ParameterList": lambda r: nn.ParameterList([pyad.ones(2)]),
        "ParameterDict": lambda r: nn.ParameterDict({"a": pyad.ones(2)}),
        "Parameter": lambda r: nn.Parameter(pyad.ones(2, 3)),
        "StepLR": scheduler("StepLR", 2),
        "OneCycleLR": scheduler("OneCycleLR", 0.1, 10),
        "ReduceLROnPlateau": scheduler("ReduceLROnPlateau"),
        "DataLoader": lambda r: pyad.utils.data.DataLoader(
            pyad.utils.data.TensorDataset(pyad.arange(6.0)), batch_size=2
        ),
        "PackedSequence": lambda r: nn.utils.rnn.pack_sequence([pyad.ones(3, 2), pyad.ones(2, 2)]),
    }
    kinds = (k for k in dir(optim) if isinstance(getattr(optim, k), type))
    made.update({k: optimizer(k) for k in kinds if k != "Optimizer"})
    return made


@functools.cache
def targets() -> list[Target]:
    """Everything that is called, always in one order."""
    found: list[Target] = []
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in sorted(dir(module)):
            private = name.startswith("_") and module_name != "pyad._core"
            f = getattr(module, name, None)
            if private or name.startswith("__") or not callable(f) or name in LEFT_OUT:
                continue
            found.append(Target(f"{module_name}.{name}", lambda r, f=f: (f, None)))
            if isinstance(f, type) and module_name == "pyad._core":
                for special in ("__new__", "__init__"):
                    made = functools.partial(unbound, f, special)
                    found.append(Target(f"{module_name}.{name}.{special}", made))
    r = random.Random(0)
    for name, make in instances().items():
        try:
            one = make(r)
        except TypeError:
            continue  # a type that refuses to be made is tried as a function above
        kind = type(one)
        members = [m for m in sorted(dir(kind)) if not m.startswith("_") or m in OPERATORS]
        for member in members:
            if member in LEFT_OUT:
                continue
            found.append(Target(f"{name}.{member}", functools.partial(bound, make, member)))
    return found


@functools.cache
def shuffled(seed: int) -> list[Target]:
    """The targets in an order of the seed: cases go through them all, again and again."""
    mixed = targets().copy()
    random.Random(seed).shuffle(mixed)
    return mixed


def unbound(kind: Any, special: str, r: random.Random) -> tuple[Any, Any]:
    """`T.__new__` and `T.__init__`, for themselves, given a T more often than not."""
    f = getattr(kind, special)
    return (functools.partial(f, kind) if r.random() < 0.7 else f), None


def bound(make: Callable[[random.Random], Any], member: str, r: random.Random) -> tuple[Any, Any]:
    """A method of a new object, now and then unbound; a property as a call that reads or sets."""
    one = make(r)
    owner = getattr(type(one), member, None)
    if owner is not None and not callable(owner):
        return (lambda *a, **k: setattr(one, member, a[0]) if a else getattr(one, member)), one
    if r.random() < 0.06 and callable(owner):
        return owner, one
    return getattr(one, member), one


def make_arguments(
    r: random.Random, f: Any, name: str, one: Any
) -> tuple[World, list[Any], dict[str, Any]]:
    """Arguments of one call, and the world in which its hostile ones act."""
    world = World(r)
    known = parameters(r, f, name)
    if known is None or r.random() < 0.2:
        args = [arguments.anything(r) for _ in range(r.randrange(4))]
        kwargs: dict[str, Any] = {}
        if known and r.random() < 0.4:
            kwargs[r.choice(known).name] = arguments.anything(r)
        if r.random() < 0.05:
            kwargs[r.choice(arguments.WORDS)] = 1
    else:
        args, kwargs = [], {}
        for p in known:
            if p.optional and r.random() < 0.6:
                continue
            value = arguments.fitting(r, p.annotation, p.name)
            if p.keyword_only or kwargs or (p.optional and r.random() < 0.5):
                kwargs[p.name] = value
            else:
                args.append(value)
    world.things += [x for x in [*args, *kwargs.values(), one] if x is not None]
    for _ in range(r.choice((0, 0, 1, 1, 2))):
        if args and (not kwargs or r.random() < 0.7):
            at = r.randrange(len(args))
            args[at] = arguments.spoil(world, args[at])
        elif kwargs:
            key = r.choice(list(kwargs))
            kwargs[key] = arguments.spoil(world, kwargs[key])
    return world, args, kwargs


def use(y: Any, depth: int = 0) -> None:
    """Looks at a result as a program would: what is wrong inside comes to light."""
    if isinstance(y, pyad.Tensor):
        if y.numel() < 1000:
            repr(y)
            y.tolist()
            if y.requires_grad and y.dtype.is_floating_point:
                y.sum().backward()
    elif isinstance(y, (list, tuple)) and depth < 2:
        for x in y[:4]:
            use(x, depth + 1)
    elif isinstance(y, pyad.Value):
        y.backward()
    elif isinstance(y, Iterator):
        for _ in itertools.islice(y, 4):
            pass


@contextlib.contextmanager
def modes_kept() -> Iterator[None]:
    """Puts back what a call may set for the whole process."""
    dtype, threads, grad = pyad.get_default_dtype(), pyad.get_num_threads(), pyad.is_grad_enabled()
    try:
        yield
    finally:
        if pyad.is_grad_enabled() != grad:
            pyad.set_grad_enabled(grad)
        if pyad.get_default_dtype() is not dtype:
            pyad.set_default_dtype(dtype)
        if pyad.get_num_threads() != threads:
            pyad.set_num_threads(threads)


def judge(error: BaseException) -> str | None:
    """What is wrong about an exception, or None."""
    if isinstance(error, AssertionError) and str(error):
        return None  # where PyTorch asserts
    raw = type(error) in (TypeError, RuntimeError) and any(text in str(error) for text in RAW)
    if raw or isinstance(error, NOT_FINE) or not isinstance(error, FINE):
        return f"{type(error).__name__}: {error}"
    return None


def run_case(seed: int, number: int, log: Callable[[str], None]) -> tuple[str, str | None]:
    """One case: what became of it (returned, raised), and what is wrong about it, if anything."""
    r = random.Random(f"{seed}/{number}")
    everything = shuffled(seed)
    target = everything[number % len(everything)]
    with modes_kept():
        try:
            f, one = target.make(r)
            _, args, kwargs = make_arguments(r, f, target.name, one)
        except FINE:
            return "unmade", None
        shown = ", ".join([*map(arguments.describe, args), arguments.describe(kwargs)])
        text = f"{target.name}({shown})"
        log(text)
        try:
            y = f(*args, **kwargs)
            use(y)
            if one is not None:
                use(one)
            if hasattr(one, "param_groups"):
                one.step(lambda: pyad.ones(()))
            outcome = "returned"
        except BaseException as error:
            wrong = judge(error)
            if wrong:
                return "raised", f"{text}: {wrong}"
            outcome = "raised"
    return outcome, None


def main(seed: int, first: int, count: int, log_path: str, seconds: int) -> None:
    """Runs `count` cases from `first` on; a JSON line for every finding, and one for the sums."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    descriptor = os.open(log_path, os.O_CREAT | os.O_WRONLY, 0o600)
    counts = {"returned": 0, "raised": 0, "unmade": 0}
    shuffled(seed)
    pyad.ones(2, 2) @ pyad.ones(2, 2)  # what is loaded at the first product is no leak
    gc.collect()
    before = pyad._core.live_counts()
    for number in range(first, first + count):

        def log(text: str, number: int = number) -> None:
            line = f"{number} {text}".encode("utf-8", "replace").ljust(600)[:600]
            os.pwrite(descriptor, line, 0)

        log("(being made)")
        faulthandler.dump_traceback_later(seconds, exit=True)
        outcome, wrong = run_case(seed, number, log)
        faulthandler.cancel_dump_traceback_later()
        counts[outcome] += 1
        if wrong:
            print(json.dumps({"case": number, "what": wrong[:600]}), flush=True)
        if number % 50 == 0:
            gc.collect()
    for _ in range(3):  # what a finaliser of a hostile object lets go
        gc.collect()
    after = pyad._core.live_counts()
    lost = {k: after[k] - before[k] for k in before if after[k] != before[k]}
    if lost:
        what = f"objects that stay after cases {first} to {first + count - 1}: {lost}"
        print(json.dumps({"case": first, "what": what}))
    print(json.dumps({"counts": counts}), flush=True)
    sys.stdout.flush()
    os._exit(0)  # the case at hand is over; what threads of a case still do is not ours


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
