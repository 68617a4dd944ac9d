"""Every other row of the table, by the calls of op_cases/."""

from __future__ import annotations

import pytest

import op_cases
import op_drivers as drivers
import pyad

TABLE = [e for e in pyad._core.op_table() if e["kind"] not in ("unary", "binary", "ternary")]
NAMES = sorted({e["name"] for e in TABLE})
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
