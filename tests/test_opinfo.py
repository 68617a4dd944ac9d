"""PyTorch's own op database as a test: its float64 samples, our functions of the same names.

Each `OpInfo` whose name is a function of pyad (module, `nn.functional` or method) is called with up
to `LIMIT` of the database's samples; value, dtype, shape and vjp must be PyTorch's. What pyad does
not do yet stands in `opinfo_gaps.py`, sample by sample with a reason; what passes must not.
"""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
import torch

import op_drivers as drivers
import opinfo_gaps
import pyad

with warnings.catch_warnings():
    # The database touches deprecated corners of torch while it is read.
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

LIMIT = 15
RTOL = 1e-7
# Nothing to compare: results are uninitialised; PyTorch records gradients that are zero (bernoulli,
# normal); the database calls randn_like (rand_like). test_random_streams.py has the last three.
NO_ORACLE = {"empty", "empty_like", "new_empty", "bernoulli", "normal", "rand_like"}
DTYPES = {
    torch.float32: pyad.float32, torch.float64: pyad.float64, torch.int64: pyad.int64,
    torch.int32: pyad.int32, torch.uint8: pyad.uint8, torch.bool: pyad.bool,
}  # fmt: skip


class UnsupportedError(Exception):
    """A sample needs something that cannot be said to pyad, such as a dtype."""


def function(info):
    """Pyad's function of that name, or None."""
    where = pyad
    for part in info.name.split("."):
        where = getattr(where, part, None)
        if where is None:
            break
    if callable(where):
        return where
    method = getattr(pyad.Tensor, info.name, None)
    return method if callable(method) else None


def full_name(info) -> str:
    return f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name


def dtype_of(info):
    """The dtype of the samples; None where the entry is about complex numbers alone."""
    return next((d for d in (torch.float64, torch.int64, torch.bool) if d in info.dtypes), None)


ROWS = {
    full_name(info): info
    for info in op_db
    if function(info) is not None and info.name not in NO_ORACLE and dtype_of(info) is not None
}
# Where the entry does more than call the function with the sample.
CALLS = {
    "where": lambda f, x, condition, other: f(condition, x, other),
    "polygamma": lambda f, x, n: f(n, x),
    "special.polygamma": lambda f, x, n: f(n, x),
    "zero_": lambda f, x: f(x.clone()),
    "einsum": lambda f, operands, equation: f(equation, operands),
    # The samples' distance is the one PyTorch takes by default.
    "nn.functional.triplet_margin_with_distance_loss": (
        lambda f, *args, distance_function, **kw: f(*args, **kw)
    ),
    "nn.functional.embedding": lambda f, weight, indices, **kw: f(indices, weight, **kw),
}


def samples(info) -> list:
    torch.manual_seed(0)
    dtype = dtype_of(info)
    grad = info.supports_autograd and dtype is torch.float64
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=grad), LIMIT))


def convert(x, leaves: list):
    """The same argument for pyad; a tensor that requires grad joins `leaves` beside its twin."""
    if isinstance(x, torch.Tensor):
        if x.dtype not in DTYPES:
            raise UnsupportedError(f"dtype {x.dtype}")
        y = pyad.tensor(x.detach().numpy().copy())
        if x.requires_grad:
            y.requires_grad_()
            leaves.append((x, y))
        return y
    if isinstance(x, torch.dtype):
        if x not in DTYPES:
            raise UnsupportedError(f"dtype {x}")
        return DTYPES[x]
    if isinstance(x, torch.Size):
        return tuple(x)
    if isinstance(x, (list, tuple)):
        return type(x)([convert(e, leaves) for e in x])
    return x


def flat(result) -> list:
    if isinstance(result, (list, tuple)):
        return [y for part in result for y in flat(part)]
    return [result]


def compare(ours, theirs, what: str) -> None:
    if not isinstance(theirs, torch.Tensor):
        assert ours == theirs, f"{what}: {ours!r}, PyTorch gives {theirs!r}"
        return
    assert isinstance(ours, pyad.Tensor), f"{what}: {type(ours)}, PyTorch gives a tensor"
    names = str(ours.dtype).split(".")[-1], str(theirs.dtype).split(".")[-1]
    assert names[0] == names[1], f"{what}: dtype {names[0]}, PyTorch gives {names[1]}"
    a, b = drivers.array(ours), drivers.array(theirs)
    assert a.shape == b.shape, f"{what}: shape {a.shape}, PyTorch gives {b.shape}"
    np.testing.assert_allclose(a, b, rtol=RTOL, atol=RTOL, err_msg=what)


def check(info, sample) -> None:
    """One call in both packages; raises where they differ."""
    leaves: list = []
    args = [convert(x, leaves) for x in (sample.input, *sample.args)]
    # There is one device, and no argument for it.
    kwargs = {k: convert(x, leaves) for k, x in sample.kwargs.items() if k != "device"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = flat(info.op(sample.input, *sample.args, **sample.kwargs))
        pyad.manual_seed(42)  # the database's own, before every call that draws
        call = CALLS.get(info.name, lambda f, *a, **k: f(*a, **k))
        ours = flat(call(function(info), *args, **kwargs))
    assert len(ours) == len(theirs), f"{len(ours)} results, PyTorch gives {len(theirs)}"
    for k, (y, z) in enumerate(zip(ours, theirs, strict=True)):
        compare(y, z, f"result {k}")
    pairs = [
        (y, z)
        for y, z in zip(ours, theirs, strict=True)
        if isinstance(z, torch.Tensor) and z.requires_grad
    ]
    if not pairs:
        assert not any(isinstance(y, pyad.Tensor) and y.requires_grad for y in ours)
        return
    rng = np.random.default_rng(0)
    seeds = [np.asarray(rng.standard_normal(z.shape), drivers.array(z).dtype) for _, z in pairs]
    gs = pyad.autograd.grad(
        [y for y, _ in pairs],
        [y for _, y in leaves],
        [pyad.tensor(s).to(y.dtype) for s, (y, _) in zip(seeds, pairs, strict=True)],
        allow_unused=True,
    )
    hs = torch.autograd.grad(
        [z for _, z in pairs],
        [z for z, _ in leaves],
        [torch.tensor(s).to(z.dtype) for s, (_, z) in zip(seeds, pairs, strict=True)],
        allow_unused=True,
    )
    for k, (g, h) in enumerate(zip(gs, hs, strict=True)):
        # A gradient that is nothing but zeros may be None in one of the two.
        if g is None or h is None:
            other = h if g is None else g
            assert other is None or not other.detach().numpy().any(), f"gradient {k} is None"
        else:
            compare(g, h, f"gradient {k}")


def outcomes(name: str) -> tuple[int, dict[int, BaseException]]:
    """How many samples there are, and what those that failed raised."""
    info, failed = ROWS[name], {}
    drawn = samples(info)
    for k, sample in enumerate(drawn):
        try:
            check(info, sample)
        except Exception as error:  # any difference, and any refusal
            failed[k] = error.with_traceback(None)
    return len(drawn), failed


@pytest.mark.parametrize("name", sorted(ROWS))
def test_op(name):
    gaps = {k: reason for reason, ks in opinfo_gaps.GAPS.get(name, {}).items() for k in ks}
    count, failed = outcomes(name)
    assert count > 0
    for k, error in failed.items():
        if k not in gaps:
            raise AssertionError(f"{name}: sample {k} differs from PyTorch") from error
    stale = sorted(set(gaps) - set(failed))
    assert not stale, f"{name}: samples {stale} pass now; take them out of opinfo_gaps.py"


def test_gaps_name_rows():
    assert set(opinfo_gaps.GAPS) <= set(ROWS)


def test_count(capsys):
    """Says how much of the database is covered, and that it does not shrink."""
    whole = [name for name in ROWS if name not in opinfo_gaps.GAPS]
    with capsys.disabled():
        print(
            f"\nop database: {len(ROWS)} entries have a function of pyad, {len(whole)} pass whole"
        )
    assert len(whole) == opinfo_gaps.PASSING, "entries came or went: count them in opinfo_gaps.py"
