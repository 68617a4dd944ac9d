"""Runs the op matrix in one process, whose instruction set the environment chose.

A file of its own because the set is fixed when the package is imported: `test_isa.py` starts it
once for each set. Arguments: the file to write the results to. Prints one JSON object: the set, the
number of checks and what failed.
"""

from __future__ import annotations

import json
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "ops")]

import test_elementwise as elementwise  # noqa: E402
import torch  # noqa: E402

import op_cases  # noqa: E402
import op_drivers as drivers  # noqa: E402
import op_names  # noqa: E402
import pyad  # noqa: E402

# Whole registers, a rest, and a block boundary of every width.
SHAPES = {"long": ((67,),) * 3, "block": ((1031,),) * 3, "broadcast": ((3, 1), (5,), (1, 5))}


def elementwise_cases(entry):
    rng = np.random.default_rng(0)
    for shape, shapes in SHAPES.items():
        ours, theirs = op_names.function_of(entry), elementwise.torch_function(entry["name"])
        params = elementwise.params_of(entry)

        def call(package, *xs, ours=ours, theirs=theirs, params=params):
            return (ours if package is pyad else theirs)(*xs, **params)

        yield drivers.Case(
            f"{entry['name']}[{shape}]",
            elementwise.samples(entry, shapes, rng),
            call,
            rtol=elementwise.RTOL.get(entry["name"], {}),
        )


def row_cases(name):
    for k, (inputs, call) in enumerate(op_cases.ROWS[name]):
        yield drivers.Case(
            f"{name}#{k}", op_cases.arrays(inputs), call, rtol=op_cases.RTOL.get(name, {})
        )


def long_rows():
    """Reductions and products long enough for every width, with a rest."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 1031))
    for name in ("sum", "mean", "amax", "amin", "logsumexp", "softmax", "cumsum"):
        for dim in (0, 1):
            yield drivers.Case(
                f"{name}[5x1031, {dim}]",
                [x],
                lambda p, x, name=name, dim=dim: getattr(p, name)(x, dim),
                # Sums of a thousand terms in another order than PyTorch's.
                rtol={"float32": 1e-5, "float64": 1e-11},
            )
    a, b = rng.standard_normal((67, 131)), rng.standard_normal((131, 35))
    yield drivers.Case("mm[67x131x35]", [a, b], lambda p, x, y: p.mm(x, y), rtol={"float32": 1e-5})


def all_cases():
    for entry in elementwise.OPS:
        if entry["name"] in elementwise.FLOATING:
            for case in elementwise_cases(entry):
                yield case, any(entry["differentiable"])
    for name in op_cases.ROWS:
        differentiable = name not in op_cases.NOT_DIFFERENTIABLE | op_cases.NO_TORCH_DERIVATIVE
        for case in row_cases(name):
            yield case, differentiable
    for case in long_rows():
        yield case, True


def integer_results():
    """Integer arithmetic of every dtype, which must agree to the bit."""
    for entry in elementwise.OPS:
        name = entry["name"]
        if name not in elementwise.INTEGERS or entry["arity"] != 2:
            continue
        for dtype in ("uint8", "int32", "int64"):
            # Both operands are in the range of every op, shifts included.
            x = (np.arange(67) % 7).astype(dtype)
            y = (np.arange(67) % 3 + 1).astype(dtype)
            yield (
                f"{name}[{dtype}]",
                op_names.function_of(elementwise.BY_NAME[name])(pyad.tensor(x), pyad.tensor(y)),
            )


def main(path: str) -> None:
    torch.set_num_threads(1)
    checks, failed, results, tolerances = 0, [], {}, {}
    for case, differentiable in all_cases():
        for dtype in ("float32", "float64"):
            key = f"{case.name} {dtype}"
            try:
                checks += 1
                for layout in ("contiguous", "strided"):
                    drivers.check_value(case, dtype, layout)
                xs = [drivers.to_pyad(x, dtype, "contiguous", False) for x in case.inputs]
                for k, y in enumerate(drivers.flat(case.call(pyad, *xs))):
                    results[f"{key} {k}"] = drivers.array(y).copy()
                    tolerances[f"{key} {k}"] = case.tolerance(dtype)
                if differentiable:
                    checks += 1
                    drivers.check_vjp(case, dtype, "contiguous", np.random.default_rng(2))
            except Exception as error:  # every failure is reported, not only the first
                failed.append(f"{key}: {type(error).__name__}: {str(error)[:500]}")
    for key, y in integer_results():
        checks += 1
        results[key], tolerances[key] = y.numpy().copy(), 0.0
    keys = list(results)
    np.savez(
        path,
        keys=np.array(keys),
        tolerances=np.array([tolerances[k] for k in keys]),
        **{f"r{i}": results[k] for i, k in enumerate(keys)},
    )
    print(json.dumps({"isa": pyad._core.isa(), "checks": checks, "failed": failed}))


if __name__ == "__main__":
    main(sys.argv[1])
