"""Every other row of the table, by the calls of op_cases/."""

from __future__ import annotations

import pytest

import op_cases
import op_drivers as drivers
import pyad

# Rows that draw are compared in test_random_streams.py; what has a face of its own, in many places.
TABLE = [
    e
    for e in pyad._core.op_table()
    if e["kind"] not in ("unary", "binary", "ternary") and not e["generator"] and e["face"] == "row"
]
NAMES = sorted({n for e in TABLE for n in [e["name"], *e["aliases"]] if "." not in n})
DIFFERENTIABLE = [n for n in NAMES if n not in op_cases.NOT_DIFFERENTIABLE]


def cases(name):
    for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
        yield drivers.Case(
            f"{name}#{k}", op_cases.arrays(inputs), call, rtol=op_cases.RTOL.get(name, {})
        )


def test_every_row_has_a_case():
    assert set(NAMES) == set(op_cases.ROWS)


def test_every_row_is_documented():
    for e in pyad._core.op_table():
        assert e["doc"].strip(), e["name"]
        if e["kind"] != "plain":
            assert e["derivative"], f"{e['name']}: no derivative in the table"
            assert e["kinks"], f"{e['name']}: no policy at kinks in the table"


X = pyad.tensor([[1.0, 3.0, 2.0], [0.0, 5.0, 4.0]])
IMAGE = {n: pyad.ones(1, 1, *[4] * n) for n in (1, 2, 3)}
F = pyad.nn.functional


def stack(name, gates, *states):
    weights = [pyad.ones(gates * 2, 3), pyad.ones(gates * 2, 2)]
    hx = tuple(pyad.zeros(1, 4, 2) for _ in states)
    return getattr(pyad, name)(
        pyad.ones(5, 4, 3), hx[0] if len(hx) == 1 else hx, weights, False, 1, 0.0, False, False
    )


# Of rows that return something else than a tensor, calls for each alternative, in their order.
CALLS = {
    **{
        name: [lambda name=name: getattr(pyad, name)(X, 1)]
        for name in [
            "chunk",
            "tensor_split",
            "split",
            "unbind",
            "cummax",
            "cummin",
            "sort",
            "topk",
            "kthvalue",
            "mode",
        ]
    },
    "split_with_sizes": [lambda: X.split_with_sizes([1, 2], 1)],
    "hsplit": [lambda: pyad.hsplit(X, 3)],
    "vsplit": [lambda: pyad.vsplit(X, 2)],
    "dsplit": [lambda: pyad.dsplit(IMAGE[1], 2)],
    "broadcast_tensors": [lambda: pyad.broadcast_tensors(X, X[0])],
    "meshgrid": [lambda: pyad.meshgrid(X[0], X[1], indexing="ij")],
    "var_mean": [lambda: pyad.var_mean(X)],
    "std_mean": [lambda: pyad.std_mean(X)],
    "aminmax": [lambda: pyad.aminmax(X)],
    "allclose": [lambda: pyad.allclose(X, X)],
    "cholesky_ex": [lambda: pyad.linalg.cholesky_ex(pyad.eye(3))],
    "equal": [lambda: pyad.equal(X, X)],
    **{
        name: [lambda name=name: getattr(pyad, name)(X), lambda name=name: getattr(X, name)(dim=0)]
        for name in ("max", "min", "median", "nanmedian")
    },
    "nonzero": [lambda: X.nonzero(), lambda: X.nonzero(as_tuple=True)],
    "where": [lambda: pyad.where(X > 1), lambda: pyad.where(X > 1, X, 0.0)],
    **{
        f"atleast_{n}d": [
            lambda n=n: getattr(pyad, f"atleast_{n}d")(X),
            lambda n=n: getattr(pyad, f"atleast_{n}d")(X, X),
        ]
        for n in (1, 2, 3)
    },
    "unique": [lambda: X.unique(), lambda: X.unique(return_counts=True)],
    "unique_consecutive": [
        lambda: X.unique_consecutive(),
        lambda: X.unique_consecutive(return_counts=True),
    ],
    **{
        f"{kind}max_pool{n}d": [
            lambda kind=kind, n=n: getattr(F, f"{kind}max_pool{n}d")(IMAGE[n], 2),
            lambda kind=kind, n=n: getattr(F, f"{kind}max_pool{n}d")(
                IMAGE[n], 2, return_indices=True
            ),
        ]
        for kind in ("", "adaptive_")
        for n in (1, 2, 3)
    },
    **{
        f"{kind}max_pool{n}d_with_indices": [
            lambda kind=kind, n=n: getattr(F, f"{kind}max_pool{n}d_with_indices")(IMAGE[n], 2)
        ]
        for kind in ("", "adaptive_")
        for n in (1, 2, 3)
    },
    "gru": [lambda: stack("gru", 3, "h")],
    "lstm": [lambda: stack("lstm", 4, "h", "c")],
    "rnn_relu": [lambda: stack("rnn_relu", 1, "h")],
    "rnn_tanh": [lambda: stack("rnn_tanh", 1, "h")],
    "lstm_cell": [
        lambda: pyad.lstm_cell(
            pyad.ones(4, 3), (pyad.zeros(4, 2),) * 2, pyad.ones(8, 3), pyad.ones(8, 2)
        )
    ],
}
RETURNS = {e["name"]: e["returns"] for e in TABLE if e["returns"] != "Tensor"}


def is_a(answer, kind):
    """Whether a result is of a kind that rows say."""
    if kind == "Tensor":
        return isinstance(answer, pyad.Tensor)
    if kind == "Tensors":
        return type(answer) is tuple and all(isinstance(x, pyad.Tensor) for x in answer)
    if kind.startswith("("):
        parts = kind[1:-1].split(", ")
        names = tuple(part.partition(":")[0] for part in parts if ":" in part)
        return getattr(answer, "_fields", ()) == names and len(answer) == len(parts)
    return type(answer).__name__ == kind


@pytest.mark.parametrize("name", NAMES)
def test_result_is_what_the_row_says(name):
    if name in RETURNS:
        kinds = RETURNS[name].partition(" if ")[0].split(" | ")
        for kind, call in zip(kinds, CALLS[name], strict=True):
            assert is_a(call(), kind), f"{kind} is said"
        return
    for case in cases(name):
        xs = [drivers.to_pyad(x, "float64", "contiguous", False) for x in case.inputs]
        assert isinstance(case.call(pyad, *xs), pyad.Tensor)


def test_every_other_result_is_looked_at():
    assert set(CALLS) == set(RETURNS)


# A composite's kinds are those of what it calls.
OF_A_KIND = sorted({e["name"] for e in TABLE if e["kind"] != "composite"})


@pytest.mark.parametrize("name", OF_A_KIND)
def test_kind_is_that_of_an_op_that_runs(name):
    (kind,) = {e["kind"] for e in TABLE if e["name"] == name}
    records = {(r["name"], r["part"]): r["kind"] for r in pyad._core.op_records()}
    ran = {}
    for case in cases(name):
        xs = [drivers.to_pyad(x, "float32", "contiguous", False) for x in case.inputs]
        pyad._core.begin_run_log()
        try:
            case.call(pyad, *xs)
        finally:
            runs, *_ = pyad._core.end_run_log()
        # A row that is no op by itself is plain.
        ran |= {op: records.get((op, part), "plain") for op, part, *_ in runs}
    assert kind in ran.values() or not ran, ran


def test_records_of_rows():
    rows = {e["name"]: e for e in pyad._core.op_table()}
    assert rows["softmax"]["record"]["saved_outputs"] == [0]
    assert rows["transpose"]["record"] is None
    assert rows["permute"]["record"]["view"]
    assert rows["sort"]["record"]["differentiable_outputs"] == [0]
    assert rows["softmax"]["record"]["batch"] != "example by example"
    assert rows["tanh"]["record"]["batch"] == "lined up"
    for e in rows.values():
        if e["face"] == "row" and e["record"]:
            assert e["record"]["kind"] == e["kind"], e["name"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_value(name, dtype):
    for case in cases(name):
        for layout in drivers.LAYOUTS:
            drivers.check_value(case, dtype, layout)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "name", [n for n in DIFFERENTIABLE if n not in op_cases.NO_TORCH_DERIVATIVE]
)
def test_vjp(name, dtype, rng):
    for case in cases(name):
        for layout in drivers.LAYOUTS:
            drivers.check_vjp(case, dtype, layout, rng)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_jvp(name, dtype, rng):
    for case in cases(name):
        drivers.check_jvp(case, dtype, "transposed", rng)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "name", [n for n in DIFFERENTIABLE if n not in op_cases.NO_TORCH_SECOND_DERIVATIVE]
)
def test_vjp_of_vjp(name, dtype, rng):
    for case in cases(name):
        drivers.check_vjp_of_vjp(case, dtype, "strided", rng)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_jvp_of_vjp(name, dtype, rng):
    for case in cases(name):
        drivers.check_jvp_of_vjp(case, dtype, "contiguous", rng)


@pytest.mark.parametrize("name", [n for n in DIFFERENTIABLE if n not in op_cases.NO_DIFFERENCES])
def test_differences(name, rng):
    for case in cases(name):
        drivers.check_differences(case, rng)
