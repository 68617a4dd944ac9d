"""Every row of the table, and every op of PyTorch's database, under `vmap`.

All examples at once give what each gives alone, and none runs example by example. The oracle is the
function itself, called for one example after the other; that it is right is what the other tests of
its family say.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import op_cases
import op_drivers as drivers
import op_names
import pyad
import test_opinfo as database
from pyad.func import grad, jvp, vmap

SIZE = 3
# Draws have tests of their own.
TABLE = [e for e in pyad._core.op_table() if not e["generator"] and e["face"] == "row"]
ELEMENTWISE = ("unary", "binary", "ternary")
NAMES = sorted({e["name"] for e in TABLE if e["kind"] not in ELEMENTWISE})

SHAPE_OF_VALUES = {
    "argwhere",
    "bincount",
    "masked_select",
    "nonzero",
    "unique",
    "unique_consecutive",
}
PYTHON_ANSWERS = {"allclose", "equal"}
# Rows that draw: what one example alone draws is not what it gets among others.
RANDOM = {"alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout", "rrelu"}


def cases(name):
    for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
        if inputs:
            yield drivers.Case(f"{name}#{k}", op_cases.arrays(inputs), call)


BATCHED = [
    n
    for n in NAMES
    if n not in SHAPE_OF_VALUES | PYTHON_ANSWERS | RANDOM and next(cases(n), None) is not None
]


def examples(x: np.ndarray) -> np.ndarray:
    """Variations of an input: the same, and its elements in other orders."""
    rng = np.random.default_rng(x.size)
    many = [x]
    for _ in range(SIZE - 1):
        many.append(rng.permutation(x.ravel()).reshape(x.shape) if x.ndim else x)
    return np.stack(many)


def chosen(inputs) -> list[list[bool]]:
    """Which inputs are of the batch: all; each alone."""
    n = len(inputs)
    sets = [[True] * n]
    if n > 1:
        sets += [[j == i for j in range(n)] for i in range(n)]
    return sets


def batch_of(case, mask, dtype="float64"):
    """The inputs with their examples, and those of one example."""
    arrays = [
        pyad.tensor(drivers.typed(examples(x) if m else x, dtype))
        for x, m in zip(case.inputs, mask)
    ]
    alone = [[x[e].clone() if m else x for x, m in zip(arrays, mask)] for e in range(SIZE)]
    return arrays, alone


def in_dims(mask):
    return tuple(0 if m else None for m in mask)


@pytest.fixture(autouse=True)
def loops_warn():
    """What runs example by example warns of it once; here, where warnings are errors, always."""
    pyad._core.forget_loops()


def refused(name, call) -> bool:
    """Whether examples were to move running statistics that are the same for all."""
    if name not in ("batch_norm", "instance_norm"):
        return False
    try:
        call()
    except RuntimeError as e:
        return "running_mean or running_var, which move in place" in str(e)
    return False


@pytest.mark.parametrize("name", BATCHED)
def test_values(name):
    for case in cases(name):
        for mask in chosen(case.inputs):
            arrays, alone = batch_of(case, mask)

            def call(*xs, case=case):
                return tuple(drivers.flat(case.call(pyad, *xs)))

            each = [call(*one) for one in alone]
            batched = vmap(call, in_dims(mask))
            if refused(name, lambda batched=batched, arrays=arrays: batched(*arrays)):
                continue
            got = batched(*arrays)
            for k, y in enumerate(got):
                want = drivers.array(pyad.stack([one[k] for one in each]))
                drivers.assert_same(y, want, 1e-12, f"{case.name} {mask}: output {k}", 1e-3)


@pytest.mark.parametrize("name", [n for n in BATCHED if n not in op_cases.NOT_DIFFERENTIABLE])
@pytest.mark.parametrize("way", ["grad", "jvp"])
def test_derivatives(name, way):
    """Of each example, by a sweep or a push for all of them."""
    for case in cases(name):
        places = [i for i, x in enumerate(case.inputs) if drivers.is_float(x)]
        if not places:
            continue
        for mask in chosen(case.inputs):
            arrays, alone = batch_of(case, mask)

            def scalar(*xs, case=case):
                ys = drivers.outputs(case.call(pyad, *xs))
                weights = [pyad.cos(pyad.arange(float(y.numel()), dtype=y.dtype)) for y in ys]
                return sum((y.reshape(-1) * w).sum() for y, w in zip(ys, weights))

            if way == "grad":
                derive = grad(scalar, tuple(places))
            else:

                def derive(*xs, scalar=scalar, places=places):
                    def of(*chosen_xs):
                        full = list(xs)
                        for p, x in zip(places, chosen_xs):
                            full[p] = x
                        return scalar(*full)

                    point = tuple(xs[p] for p in places)
                    return (jvp(of, point, tuple(x.cos() for x in point))[1],)

            each = [derive(*one) for one in alone]
            batched = vmap(derive, in_dims(mask))
            if refused(name, lambda batched=batched, arrays=arrays: batched(*arrays)):
                continue
            got = batched(*arrays)
            for k, y in enumerate(got):
                want = drivers.array(pyad.stack([one[k] for one in each]))
                drivers.assert_same(y, want, 1e-11, f"{case.name} {mask}: {way} {k}", 1e-3)


@pytest.mark.parametrize("name", BATCHED)
def test_nested(name):
    """A batch of batches: examples of examples are as alone."""
    for case in cases(name):
        inner = [True] * len(case.inputs)
        arrays, alone = batch_of(case, inner)
        both = [pyad.stack([x, x.flip(0)]) for x in arrays]

        def call(*xs, case=case):
            return tuple(drivers.flat(case.call(pyad, *xs)))

        if refused(name, lambda call=call, arrays=arrays: vmap(call)(*arrays)):
            continue
        each = [call(*one) for one in alone]
        for k, y in enumerate(vmap(vmap(call))(*both)):
            want = np.stack([drivers.array(one[k]) for one in each])
            want = np.stack([want, want[::-1]])
            drivers.assert_same(y, want, 1e-12, f"{case.name}: output {k}", 1e-3)


@pytest.mark.parametrize("name", sorted(SHAPE_OF_VALUES))
def test_shapes_of_values_are_refused(name):
    x = pyad.tensor([[0, 1, 1], [2, 0, 3]])

    def call(a):
        return a.masked_select(a > 0) if name == "masked_select" else getattr(pyad, name)(a)

    with pytest.raises(RuntimeError, match=r"shape of the result depends on the values"):
        vmap(call)(x)


SHAPES = "the shape of the result depends on the values"
STATISTICS = "running_mean or running_var, which move in place"
PLACES = "is the same for all examples; make it inside the function"
DRAWS = "randomness='same' draws one number for all examples"
NUMBERS = "the values of a batched tensor cannot be read"
# What samples of these entries are refused with, some or all; whatever stands here must occur.
REFUSED: dict[str, tuple[str, ...]] = {
    "__getitem__": (SHAPES,),
    "argwhere": (SHAPES,),
    "bincount": (SHAPES,),
    "index_put": (SHAPES,),
    "linspace.tensor_overload": (NUMBERS,),
    "logspace.tensor_overload": (NUMBERS,),
    "masked_select": (SHAPES,),
    "multinomial": (DRAWS,),
    "narrow": (NUMBERS,),
    "nn.functional.batch_norm": (STATISTICS,),
    "nn.functional.instance_norm": (STATISTICS,),
    "nn.functional.rrelu": (DRAWS,),
    "nonzero": (SHAPES,),
    "repeat_interleave": (SHAPES,),
    "tensor_split": (NUMBERS,),
    "unique": (SHAPES,),
    "unique_consecutive": (SHAPES,),
}
DRAWING = {
    "multinomial",
    "nn.functional.multi_head_attention_forward",
    "nn.functional.rrelu",
    "nn.functional.scaled_dot_product_attention",
}


def tensors_in(x) -> list:
    """The tensors among arguments, in order."""
    if isinstance(x, pyad.Tensor):
        return [x]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [t for part in parts for t in tensors_in(part)]


def replaced(x, tensors):
    """The same arguments with the next tensors of an iterator."""
    if isinstance(x, pyad.Tensor):
        return next(tensors)
    if isinstance(x, dict):
        return {k: replaced(v, tensors) for k, v in x.items()}
    return type(x)(replaced(v, tensors) for v in x) if isinstance(x, (list, tuple)) else x


def database_calls(name):
    """For each sample: its tensors, and a function of them with a tuple of tensors."""
    info = database.ROWS[name]
    function = database.function(info)
    call = database.CALLS.get(info.name, lambda f, *a, **k: f(*a, **k))
    for sample in database.samples(info):
        try:
            args = [database.convert(x, []) for x in (sample.input, *sample.args)]
            kwargs = {k: database.convert(x, []) for k, x in sample.kwargs.items() if k != "device"}
        except database.UnsupportedError:
            continue

        def of(*xs, args=args, kwargs=kwargs):
            tensors = iter(xs)
            return tuple(
                database.flat(call(function, *replaced(args, tensors), **replaced(kwargs, tensors)))
            )

        yield [x.detach() for x in tensors_in([args, kwargs])], of


def two_examples(x):
    """The same and, of floating numbers, its elements in opposite order."""
    v = x.numpy()
    return pyad.tensor(np.stack([v, np.flip(v) if v.dtype.kind == "f" else v]))


def alone_or_none(of, examples):
    """What each example gives alone; None if that is refused, or no tensor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            each = [of(*xs) for xs in examples]
        except Exception:  # whatever an op refuses: the other tests know
            return None
    return each if all(isinstance(y, pyad.Tensor) for y in each[0]) else None


@pytest.mark.parametrize("name", sorted(database.ROWS))
def test_database(name):
    """No op of PyTorch's database runs example by example, and examples are as alone."""
    reasons, met = REFUSED.get(name, ()), set()
    draws = "rand" in name or "dropout" in name or name in DRAWING
    for inputs, of in database_calls(name):
        for mask in chosen(inputs) if inputs else ():
            both = [two_examples(x) if m else x for x, m in zip(inputs, mask, strict=True)]
            alone = [
                [x[e].clone() if m else x.clone() for x, m in zip(both, mask, strict=True)]
                for e in range(2)
            ]
            each = alone_or_none(of, alone)
            if each is None:
                continue
            batched = vmap(of, in_dims(mask), randomness="same" if draws else "error")
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of arguments, as PyTorch
                    warnings.filterwarnings("error", message="vmap: .* has no batching rule")
                    got = batched(*both)
            except RuntimeError as error:
                reason = next((r for r in reasons if r in str(error)), None)
                if reason is None:
                    raise
                met.add(reason)
                continue
            for k, y in enumerate(got):
                want = np.stack([drivers.array(one[k]) for one in each])
                assert y.shape == want.shape
                if not draws:
                    drivers.assert_same(y, want, 1e-11, f"{name} {mask}: output {k}", 1e-3)
    assert met == set(reasons), f"{name} no longer refuses: {set(reasons) - met}"


def test_refusals_name_ops():
    assert set(REFUSED) <= set(database.ROWS)


@pytest.mark.parametrize("name", sorted(PYTHON_ANSWERS))
def test_python_answers_are_refused(name):
    x = pyad.ones(3, 2)
    warnings.simplefilter("ignore")
    with pytest.raises(RuntimeError, match="Python value"):
        vmap(lambda a: getattr(pyad, name)(a, a))(x)


PARAMS = {"clamp": {"min": -1.0, "max": 1.5}, "threshold": {"threshold": 0.25, "value": -0.5}}


@pytest.mark.parametrize("entry", op_names.ELEMENTWISE, ids=lambda e: e["name"])
def test_elementwise(entry):
    """Operands of the batch and others, of different ranks."""
    rng = np.random.default_rng(0)
    function = op_names.function_of(entry)
    shapes = [(2, 3), (3,), (2, 1)][: entry["arity"]]
    params = PARAMS.get(entry["name"], {})
    dtypes = {"integral": ["int64"], "numeric": ["int64", "float32"], "any": ["int64", "float32"]}
    for dtype in dtypes.get(entry["accept"], ["float32", "float64"]):
        values = []
        for k, shape in enumerate(shapes):
            v = rng.uniform(*entry["domain"][k], (SIZE, *shape))
            v = np.ceil(np.abs(v) + 1) if dtype == "int64" else v
            values.append(v > np.median(v) if entry["name"] == "where" and k == 0 else v)
        for mask in chosen(values):
            arrays = [
                pyad.tensor(
                    v if m else v[0], dtype=None if v.dtype == bool else getattr(pyad, dtype)
                )
                for v, m in zip(values, mask)
            ]
            alone = [[x[e] if m else x for x, m in zip(arrays, mask)] for e in range(SIZE)]
            want = pyad.stack([function(*one, **params) for one in alone])
            got = vmap(lambda *xs: function(*xs, **params), in_dims(mask))(*arrays)
            assert got.dtype == want.dtype
            np.testing.assert_array_equal(got.numpy(), want.numpy())
