"""Every function that draws, against PyTorch: equal numbers, and an equal state afterwards.

One table of calls is run over seeds, dtypes and sizes, alone and interleaved.
"""

from __future__ import annotations

import copy
import pickle
import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import pyad

SIZES = [1, 5, 15, 16, 33, 700]
SEEDS = [0, 1, 12345]

# name -> call(lib, n, dtype)
Call = Callable[[Any, int, Any], Any]

FLOATING: dict[str, Call] = {
    "rand": lambda m, n, t: m.rand(n, dtype=t),
    "_standard_gamma": lambda m, n, t: m._standard_gamma(m.full((n,), 2.5, dtype=t)),
    "_standard_gamma below 1": lambda m, n, t: m._standard_gamma(m.full((n,), 0.5, dtype=t)),
    "_sample_dirichlet": lambda m, n, t: m._sample_dirichlet(m.full((n, 3), 1.5, dtype=t)),
    "randn": lambda m, n, t: m.randn(n, dtype=t),
    "uniform_": lambda m, n, t: m.empty(n, dtype=t).uniform_(-0.3, 0.7),
    "uniform_ wide": lambda m, n, t: m.empty(n, dtype=t).uniform_(1e-3, 33.3),
    "normal_": lambda m, n, t: m.empty(n, dtype=t).normal_(-0.3, 0.7),
    "normal_ transposed": lambda m, n, t: m.empty(n, 3, dtype=t).t().normal_(1, 2),
    "normal of tensors": lambda m, n, t: m.normal(m.rand(n, 3, dtype=t), m.rand(3, dtype=t)),
    "rand_like transposed": lambda m, n, t: m.rand_like(m.zeros(n, 3, dtype=t).t()),
    "rand_like permuted": lambda m, n, t: m.rand_like(m.zeros(2, n, 3, dtype=t).permute(2, 0, 1)),
    "rand_like expanded": lambda m, n, t: m.rand_like(m.zeros(n, 1, dtype=t).expand(n, 4)),
    "randn_like": lambda m, n, t: m.randn_like(m.zeros(n, dtype=t)),
    "randn_like transposed": lambda m, n, t: m.randn_like(m.zeros(n, 3, dtype=t).t()),
    "randn_like sliced": lambda m, n, t: m.randn_like(m.zeros(n, 6, dtype=t)[:, ::2]),
    "randn_like sliced transposed": lambda m, n, t: m.randn_like(m.zeros(n, 6, dtype=t).t()[::2]),
    "randint_like transposed": lambda m, n, t: m.randint_like(m.zeros(n, 6, dtype=t).t(), -3, 40),
    "bernoulli": lambda m, n, t: m.bernoulli(m.rand(n, dtype=t)),
    "bernoulli transposed": lambda m, n, t: m.bernoulli(m.rand(n, 3, dtype=t).t()),
    "bernoulli p": lambda m, n, t: m.bernoulli(m.rand(n, 3, dtype=t).t(), 0.3),
    "bernoulli method": lambda m, n, t: m.zeros(n, dtype=t).bernoulli(0.3),
    "bernoulli_ 0": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(0.0),
    "bernoulli_ 0.1": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(0.1),
    "bernoulli_ 0.5": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(),
    "bernoulli_ 1": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(1),
    "bernoulli_ tensor": lambda m, n, t: (
        m.empty(n, 6, dtype=t).t().bernoulli_(m.rand(6, n, dtype=t))
    ),
    "bernoulli_ column": lambda m, n, t: (
        m.empty(n, 6, dtype=t).t().bernoulli_(m.rand(6, 1, dtype=t))
    ),
    "bernoulli_ double p": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(
        m.tensor(0.3, dtype=m.float64)
    ),
    "exponential_": lambda m, n, t: m.empty(n, dtype=t).exponential_(),
    "exponential_ rate": lambda m, n, t: m.empty(n, 2, dtype=t).t().exponential_(0.7),
    "log_normal_": lambda m, n, t: m.empty(n, dtype=t).log_normal_(),
    "log_normal_ narrow": lambda m, n, t: m.empty(n, dtype=t).log_normal_(0.3, 0.7),
    "cauchy_": lambda m, n, t: m.empty(n, dtype=t).cauchy_(),
    "cauchy_ moved": lambda m, n, t: m.empty(n, dtype=t).cauchy_(1.3, 0.7),
    "geometric_": lambda m, n, t: m.empty(n, dtype=t).geometric_(0.3),
    "geometric_ rare": lambda m, n, t: m.empty(n, dtype=t).geometric_(0.01),
    "poisson": lambda m, n, t: m.poisson(m.rand(n, dtype=t) * 5),
    "poisson large": lambda m, n, t: m.poisson(m.rand(2, n, dtype=t) * 500),
    "poisson zero": lambda m, n, t: m.poisson(m.zeros(n, dtype=t)),
    "binomial": lambda m, n, t: m.binomial(
        m.rand(n, dtype=t).mul_(30).floor_(), m.rand(n, dtype=t)
    ),
    "binomial many": lambda m, n, t: m.binomial(
        m.full((2, n), 1000.0, dtype=t), m.rand(n, dtype=t)
    ),
    "binomial ends": lambda m, n, t: m.binomial(
        m.tensor([0.0, 7.0, 7.0, 5.0], dtype=t), m.tensor([0.5, 0.0, 1.0, float("nan")], dtype=t)
    ),
    "multinomial": lambda m, n, t: m.multinomial(m.rand(n, dtype=t), 7, True),
    "multinomial one": lambda m, n, t: m.multinomial(m.rand(n, dtype=t), 1),
    "multinomial rows": lambda m, n, t: m.multinomial(m.rand(4, n, dtype=t), n),
    "multinomial method": lambda m, n, t: m.rand(n, 4, dtype=t).t().multinomial(5, True),
    "multinomial transposed": lambda m, n, t: m.rand(n, 4, dtype=t).t().multinomial(1),
    "multinomial holes": lambda m, n, t: m.multinomial(
        m.bernoulli(m.full((n + 1,), 0.9, dtype=t)), 2, True
    ),
    "random_": lambda m, n, t: m.empty(n, dtype=t).random_(),
    "random_ to": lambda m, n, t: m.empty(n, dtype=t).random_(5),
    "random_ from": lambda m, n, t: m.empty(n, dtype=t).random_(5, None),
    "random_ between": lambda m, n, t: m.empty(n, dtype=t).random_(-7, 2**20),
    "rrelu": lambda m, n, t: m.rrelu(m.randn(n, dtype=t), 0.1, 0.3, True),
    "rrelu transposed": lambda m, n, t: m.rrelu(m.randn(n, 2, dtype=t).t(), 0.1, 0.3, True),
    "rrelu in evaluation": lambda m, n, t: m.rrelu(m.randn(n, dtype=t), 0.1, 0.3),
}
INTEGERS: dict[str, Call] = {
    "bernoulli_": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(0.3),
    "bernoulli_ tensor": lambda m, n, t: m.empty(n, dtype=t).bernoulli_(m.rand(n)),
    "random_": lambda m, n, t: m.empty(n, dtype=t).random_(),
    "random_ 2": lambda m, n, t: m.empty(n, dtype=t).random_(2),
    "random_ from": lambda m, n, t: m.empty(n, dtype=t).random_(1, None),
    "randint": lambda m, n, t: m.randint(0, 2, (n,), dtype=t),
}
WHOLE: dict[str, Call] = {
    "geometric_": lambda m, n, t: m.empty(n, dtype=t).geometric_(0.3),
    "randint": lambda m, n, t: m.randint(3, 101, (n, 2), dtype=t),
    "randint_like": lambda m, n, t: m.randint_like(m.zeros(n, dtype=t), 101),
    "randint_like low": lambda m, n, t: m.randint_like(m.zeros(n, 2, dtype=t).t(), 3, high=101),
    "randperm": lambda m, n, t: m.randperm(min(n, 200), dtype=t),
}


def seed(value: int) -> None:
    pyad.manual_seed(value)
    torch.manual_seed(value)


def same(ours: pyad.Tensor, theirs: torch.Tensor) -> None:
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


def same_state() -> None:
    same(pyad.get_rng_state(), torch.get_rng_state())


def run(call: Call, n: int, dtype: str) -> None:
    same(call(pyad, n, getattr(pyad, dtype)), call(torch, n, getattr(torch, dtype)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FLOATING)
def test_floating(name: str, dtype: str) -> None:
    for n in SIZES:
        for value in SEEDS:
            seed(value)
            run(FLOATING[name], n, dtype)
            same_state()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_integers(dtype: str) -> None:
    table = INTEGERS if dtype == "bool" else {**INTEGERS, **WHOLE}
    for call in table.values():
        for n in SIZES:
            seed(n)
            run(call, n, dtype)
            same_state()


@pytest.mark.parametrize("value", range(40))
def test_interleaved(value: int) -> None:
    """In any order of calls: the second normal of a pair is kept, and the place in a block."""
    calls = random.Random(value)
    seed(value)
    for _ in range(25):
        call = FLOATING[calls.choice(sorted(FLOATING))]
        run(call, calls.choice([1, 2, 3, 15, 16, 17, 40]), calls.choice(["float32", "float64"]))
        same_state()


@pytest.mark.parametrize(
    ("low", "high"), [(-(2**63), None), (2**62, None), (0, 2**63 - 1), (-(2**40), 2**41), (7, 8)]
)
def test_wide_integers(low: int, high: int | None) -> None:
    seed(4)
    mine, its = pyad.empty(50, dtype=pyad.int64), torch.empty(50, dtype=torch.int64)
    same(mine.random_(low, high), its.random_(low, high))
    same_state()


@pytest.mark.parametrize("n", [1, 2, 1000, 30_000])
@pytest.mark.parametrize("dtype", ["int64", "int32", "float32", "float64"])
def test_permutations(n: int, dtype: str) -> None:
    seed(n)
    run(lambda m, n, t: m.randperm(n, dtype=t), n, dtype)
    g, h = pyad.Generator().manual_seed(n), torch.Generator().manual_seed(n)
    same(pyad.randperm(n, generator=g), torch.randperm(n, generator=h))
    same(g.get_state(), h.get_state())
    same_state()


def test_large() -> None:
    for name in ["rand", "randn", "bernoulli_ 0.1", "exponential_", "cauchy_", "multinomial one"]:
        for dtype in ["float32", "float64"]:
            seed(8)
            run(FLOATING[name], 100_001, dtype)
            same_state()


WITH_GENERATOR: dict[str, Callable[[Any, Any], Any]] = {
    "rand": lambda m, g: m.rand(5, generator=g),
    "randn": lambda m, g: m.randn(20, generator=g),
    "_standard_gamma": lambda m, g: m._standard_gamma(m.full((4,), 1.5), generator=g),
    "_sample_dirichlet": lambda m, g: m._sample_dirichlet(m.full((2, 4), 1.5), generator=g),
    "randint": lambda m, g: m.randint(9, (4,), generator=g),
    "randperm": lambda m, g: m.randperm(9, generator=g),
    "normal": lambda m, g: m.normal(0.0, 2.0, (4,), generator=g),
    "normal of tensors": lambda m, g: m.normal(m.zeros(3), m.ones(3), generator=g),
    "bernoulli": lambda m, g: m.bernoulli(m.full((9,), 0.5), generator=g),
    "multinomial": lambda m, g: m.multinomial(m.ones(5), 3, generator=g),
    "multinomial again": lambda m, g: m.multinomial(m.ones(5), 9, True, generator=g),
    "binomial": lambda m, g: m.binomial(m.full((5,), 40.0), m.full((5,), 0.4), generator=g),
    "poisson": lambda m, g: m.poisson(m.ones(5), generator=g),
    "uniform_": lambda m, g: m.empty(5).uniform_(generator=g),
    "normal_": lambda m, g: m.empty(5).normal_(generator=g),
    "random_": lambda m, g: m.empty(5).random_(generator=g),
    "random_ to": lambda m, g: m.empty(5).random_(9, generator=g),
    "bernoulli_": lambda m, g: m.empty(5).bernoulli_(0.5, generator=g),
    "exponential_": lambda m, g: m.empty(5).exponential_(generator=g),
    "log_normal_": lambda m, g: m.empty(5).log_normal_(generator=g),
    "cauchy_": lambda m, g: m.empty(5).cauchy_(generator=g),
    "geometric_": lambda m, g: m.empty(5).geometric_(0.5, generator=g),
}


def test_every_row_that_draws_is_compared() -> None:
    rows = {row["name"] for row in pyad._core.op_table() if row["generator"]}
    assert {"rand", "randint", "uniform_", "multinomial"} <= rows
    compared = {name.split()[0] for name in [*FLOATING, *INTEGERS, *WHOLE]}
    assert rows <= compared
    # PyTorch's functions of another tensor's shape take none.
    assert rows - {n for n in rows if n.endswith("_like")} <= {n.split()[0] for n in WITH_GENERATOR}


def test_rows_say_what_they_do_beside_computing() -> None:
    rows = {row["name"]: row for row in pyad._core.op_table()}
    for name, row in rows.items():
        assert row["writes"] == (row["signature"].partition(",")[0][-1:] == "!"), name
        assert not row["writes"] or (name.endswith("_") and row["method"]), name
    assert rows["uniform_"]["writes"]
    assert not rows["bernoulli"]["writes"]
    assert rows["rand"]["device"]
    assert not rows["poisson"]["device"]


def test_a_function_with_overloads_says_all_of_them() -> None:
    with pytest.raises(TypeError, match=r"\(int\); signatures: randint\(high.* or randint\(low"):
        pyad.randint(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"combination of arguments \(pyad.Tensor, str, to=int\)"):
        pyad.randint_like(pyad.ones(2), "3", to=1)  # type: ignore[call-overload]


@pytest.mark.parametrize("name", WITH_GENERATOR)
def test_generator_argument(name: str) -> None:
    call = WITH_GENERATOR[name]
    seed(1)
    before = pyad.get_rng_state()
    g, h = pyad.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    same(call(pyad, g), call(torch, h))
    same(g.get_state(), h.get_state())
    assert (pyad.get_rng_state() == before).all()


def test_generators_are_copied() -> None:
    g = pyad.Generator().manual_seed(3)
    pyad.randn(1, generator=g)
    copies = [g.clone_state(), copy.deepcopy(g), pickle.loads(pickle.dumps(g))]
    expected = pyad.randn(5, generator=g)
    for c in copies:
        assert c is not g
        assert c.initial_seed() == 3
        assert (pyad.randn(5, generator=c) == expected).all()
    assert str(pyad.Generator("cpu").device) == "cpu"
    with pytest.raises(RuntimeError, match="cuda"):
        pyad.Generator("cuda")


def test_random_module() -> None:
    assert set(pyad.random.__all__) >= set(torch.random.__all__)
    seed(2)
    with pyad.random.fork_rng(), torch.random.fork_rng():
        same(pyad.rand(3), torch.rand(3))
    same(pyad.rand(3), torch.rand(3))
    with pyad.random.fork_rng(enabled=False), torch.random.fork_rng(enabled=False):
        same(pyad.rand(3), torch.rand(3))
    same(pyad.rand(3), torch.rand(3))

    @pyad.random.fork_rng(devices=[])
    def draws_and_fails() -> None:
        pyad.rand(3)
        raise KeyError

    with pytest.raises(KeyError):
        draws_and_fails()
    same_state()
    assert pyad.random.manual_seed(4) is pyad.random.default_generator
    assert pyad.random.initial_seed() == 4
    pyad.random.set_rng_state(pyad.random.get_rng_state())
    assert pyad.random.seed() == pyad.initial_seed()
    assert pyad.random.thread_safe_generator() is None


def test_threads() -> None:
    """Threads share the default stream without repeating numbers, and do not disturb their own."""
    pyad.manual_seed(0)
    expected = np.sort(pyad.rand(8 * 50 * 400, dtype=pyad.float64).numpy())
    pyad.manual_seed(0)
    shared: list[np.ndarray] = []
    own: list[bool] = []

    def work(k: int) -> None:
        g = pyad.Generator().manual_seed(k)
        for _ in range(50):
            shared.append(pyad.rand(400, dtype=pyad.float64).numpy())
            pyad.randn(100, generator=g)
        h = pyad.Generator().manual_seed(k)
        for _ in range(50):
            pyad.randn(100, generator=h)
        own.append(bool((g.get_state() == h.get_state()).all()))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert own == [True] * 8
    np.testing.assert_array_equal(np.sort(np.concatenate(shared)), expected)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pyad.multinomial(pyad.ones(3), 4), RuntimeError, "without replacement"),
        (lambda: pyad.multinomial(pyad.ones(3), 0), RuntimeError, "n_sample"),
        (lambda: pyad.multinomial(pyad.zeros(3), 1), RuntimeError, "sum of probabilities"),
        (lambda: pyad.multinomial(pyad.tensor([1.0, -1.0]), 1), RuntimeError, "element < 0"),
        (lambda: pyad.multinomial(pyad.tensor([1.0, float("nan")]), 1), RuntimeError, "nan"),
        (lambda: pyad.multinomial(pyad.ones(1, 1, 1), 1), RuntimeError, "1 or 2 dim"),
        (lambda: pyad.multinomial(pyad.ones(3, dtype=pyad.int64), 1), RuntimeError, "floating"),
        (lambda: pyad.multinomial(pyad.ones(2, 0), 1), RuntimeError, "multinomial"),
        (lambda: pyad.multinomial(pyad.ones(2, 0), 1, True), RuntimeError, "multinomial"),
        (lambda: pyad.poisson(pyad.tensor([-1.0])), RuntimeError, "rate"),
        (lambda: pyad.poisson(pyad.tensor([float("nan")])), RuntimeError, "rate"),
        (lambda: pyad.poisson(pyad.ones(2, dtype=pyad.int32)), TypeError, "floating"),
        (lambda: pyad.bernoulli(pyad.ones(2), 1.5), RuntimeError, "expects p"),
        (lambda: pyad.empty(2).cauchy_(0, 0), RuntimeError, "sigma"),
        (lambda: pyad.empty(2).log_normal_(0, 0), RuntimeError, "std"),
        (lambda: pyad.empty(2).geometric_(0), RuntimeError, "expects p"),
        (lambda: pyad.empty(2).geometric_(1), RuntimeError, "expects p"),
        (lambda: pyad.empty(2).exponential_(0), RuntimeError, "lambda"),
        (lambda: pyad.empty(2, dtype=pyad.int64).cauchy_(), TypeError, "floating"),
        (lambda: pyad.zeros(3, 1).expand(3, 4).uniform_(), RuntimeError, "memory"),
        (lambda: pyad.randint_like(pyad.zeros(2)), TypeError, "high"),
        (lambda: pyad.randint_like(pyad.zeros(2), 3, 3), RuntimeError, "less than"),
        (lambda: pyad.empty(2, dtype=pyad.uint8).random_(300, None), RuntimeError, "fit"),
        (lambda: pyad.empty(2, dtype=pyad.uint8).random_(-1, 5), RuntimeError, "fit"),
        (lambda: pyad.rrelu(pyad.zeros(2), 0.5, 0.1), RuntimeError, "bound"),
    ],
)  # fmt: skip
def test_bad_input(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    state = pyad.get_rng_state()
    with pytest.raises(error, match=text):
        call()
    assert (pyad.get_rng_state() == state).all()
