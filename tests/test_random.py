"""Random numbers are PyTorch's, one by one; generators keep, save and restore their streams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad

SIZES = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 100, 623, 624, 625, 1000, 4099]
SEEDS = [0, 1, 42, 2**31, 2**32 + 5, -1, 2**63, 2**64 - 1]
DTYPES = [("float32", torch.float32), ("float64", torch.float64)]


def same(ours: pyad.Tensor, theirs: torch.Tensor) -> None:
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    np.testing.assert_array_equal(a, b)


def seed(value: int) -> None:
    pyad.manual_seed(value)
    torch.manual_seed(value)


def same_stream() -> None:
    """Both generators stand at the same place."""
    same(pyad.get_rng_state(), torch.get_rng_state())


@pytest.mark.parametrize(("name", "other"), DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_rand_and_randn(name: str, other: torch.dtype, n: int) -> None:
    seed(n)
    dtype = getattr(pyad, name)
    same(pyad.rand(n, dtype=dtype), torch.rand(n, dtype=other))
    same(pyad.randn(n, dtype=dtype), torch.randn(n, dtype=other))
    same(pyad.randn(3, dtype=dtype), torch.randn(3, dtype=other))
    same(pyad.rand((2, n), dtype=dtype), torch.rand((2, n), dtype=other))
    same(pyad.randn(size=(n, 2), dtype=dtype), torch.randn(size=(n, 2), dtype=other))
    same_stream()


@pytest.mark.parametrize("value", SEEDS)
def test_seeds(value: int) -> None:
    seed(value)
    same(pyad.rand(700), torch.rand(700))
    same(pyad.randn(700), torch.randn(700))
    assert pyad.initial_seed() == torch.initial_seed()
    same_stream()


def test_long_streams() -> None:
    seed(7)
    same(pyad.randn(300_001), torch.randn(300_001))
    same(pyad.randn(200_003, dtype=pyad.float64), torch.randn(200_003, dtype=torch.float64))
    same(pyad.rand(300_001), torch.rand(300_001))


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0, 1),
        (0, 10),
        (-5, 6),
        (0, 2**28 - 1),
        (0, 2**28),
        (0, 2**31),
        (-(2**40), 2**40),
        (-(2**63), 2**63 - 1),
    ],
)
def test_randint(low: int, high: int) -> None:
    seed(3)
    same(pyad.randint(low, high, (1001,)), torch.randint(low, high, (1001,)))
    if low == 0:
        same(pyad.randint(high, (5, 3)), torch.randint(high, (5, 3)))
    if low > -(2**24) and high < 2**24:
        same(
            pyad.randint(low, high, (7,), dtype=pyad.float32),
            torch.randint(low, high, (7,), dtype=torch.float32),
        )
        same(
            pyad.randint(low, high, (7,), dtype=pyad.int32),
            torch.randint(low, high, (7,), dtype=torch.int32),
        )
    same_stream()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 100, 1797, 50_000])
def test_randperm(n: int) -> None:
    seed(n)
    same(pyad.randperm(n), torch.randperm(n))
    same(pyad.randperm(n, dtype=pyad.int32), torch.randperm(n, dtype=torch.int32))
    same_stream()


@pytest.mark.parametrize(("name", "other"), DTYPES)
@pytest.mark.parametrize("shape", [(), (5,), (16,), (17,), (4, 9), (3, 4, 5)])
def test_in_place(name: str, other: torch.dtype, shape: tuple[int, ...]) -> None:
    seed(11)
    x, y = pyad.empty(shape, dtype=getattr(pyad, name)), torch.empty(shape, dtype=other)
    same(x.uniform_(), y.uniform_())
    same(x.uniform_(-2, 5), y.uniform_(-2, 5))
    same(x.normal_(), y.normal_())
    same(x.normal_(3, 0.5), y.normal_(3, 0.5))
    same(x.random_(), y.random_())
    same(x.random_(100), y.random_(100))
    same(x.random_(-3, 4), y.random_(-3, 4))
    same_stream()


@pytest.mark.parametrize("name", ["uint8", "int32", "int64", "bool"])
def test_random_integers_in_place(name: str) -> None:
    seed(5)
    x, y = pyad.empty(100, dtype=getattr(pyad, name)), torch.empty(100, dtype=getattr(torch, name))
    same(x.random_(), y.random_())
    same(x.random_(2), y.random_(2))
    same_stream()


@pytest.mark.parametrize("shape", [(6, 2), (8, 10)])
def test_strided_in_place(shape: tuple[int, int]) -> None:
    seed(12)
    x, y = pyad.zeros(shape), torch.zeros(shape)
    for a, b in [(x.t(), y.t()), (x[:, ::2], y[:, ::2]), (x[::2], y[::2]), (x.t()[1:], y.t()[1:])]:
        a.normal_()
        b.normal_()
        same(x, y)
        a.uniform_()
        b.uniform_()
        same(x, y)
    same_stream()


@pytest.mark.parametrize(("name", "other"), DTYPES)
def test_bernoulli_of_tensors(name: str, other: torch.dtype) -> None:
    p = np.linspace(0, 1, 101)
    ours, theirs = pyad.tensor(p).to(getattr(pyad, name)), torch.tensor(p).to(other)
    seed(8)
    same(pyad.bernoulli(ours), torch.bernoulli(theirs))
    same(pyad.zeros(3, 101).bernoulli_(ours), torch.zeros(3, 101).bernoulli_(theirs))
    same_stream()


def test_normal() -> None:
    seed(2)
    mean, std = np.linspace(-3, 3, 40, dtype=np.float32), np.linspace(0, 2, 40, dtype=np.float32)
    same(pyad.normal(2.0, 3.0, (4, 5)), torch.normal(2.0, 3.0, (4, 5)))
    same(
        pyad.normal(pyad.tensor(mean), pyad.tensor(std)),
        torch.normal(torch.tensor(mean), torch.tensor(std)),
    )
    same(pyad.normal(pyad.tensor(mean), 2.0), torch.normal(torch.tensor(mean), 2.0))
    same(pyad.normal(0.5, pyad.tensor(std)), torch.normal(0.5, torch.tensor(std)))
    same_stream()


def test_like() -> None:
    seed(9)
    x, y = pyad.zeros(3, 7, dtype=pyad.float64), torch.zeros(3, 7, dtype=torch.float64)
    same(pyad.rand_like(x), torch.rand_like(y))
    same(pyad.randn_like(x, dtype=pyad.float32), torch.randn_like(y, dtype=torch.float32))
    assert pyad.randn_like(x, requires_grad=True).requires_grad


def test_states_are_interchangeable_with_torch() -> None:
    seed(6)
    pyad.randn(5)  # leaves a second normal behind
    state = pyad.get_rng_state()
    expected = pyad.randn(5), pyad.rand(1000)
    torch.set_rng_state(torch.tensor(state.tolist(), dtype=torch.uint8))
    same(expected[0], torch.randn(5))
    same(expected[1], torch.rand(1000))
    pyad.set_rng_state(state)
    assert (pyad.randn(5) == expected[0]).all()
    assert (pyad.rand(1000) == expected[1]).all()


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625, 1248])
def test_states_at_block_ends(drawn: int) -> None:
    seed(drawn)
    same(pyad.rand(drawn), torch.rand(drawn))
    same_stream()
    g = pyad.Generator().set_state(pyad.get_rng_state())
    assert (pyad.rand(2000, generator=g) == pyad.rand(2000)).all()


def test_generators_are_independent() -> None:
    g, h = pyad.Generator(), torch.Generator()
    assert g.initial_seed() == h.initial_seed()
    assert g.manual_seed(4) is g
    h.manual_seed(4)
    pyad.manual_seed(0)
    before = pyad.get_rng_state()
    same(pyad.rand(10, generator=g), torch.rand(10, generator=h))
    same(pyad.empty(20).normal_(generator=g), torch.empty(20).normal_(generator=h))
    same(pyad.randperm(9, generator=g), torch.randperm(9, generator=h))
    same(pyad.randint(9, (4,), generator=g), torch.randint(9, (4,), generator=h))
    assert (pyad.get_rng_state() == before).all()
    assert pyad.manual_seed(3) is pyad.manual_seed(3)
    assert isinstance(pyad.seed(), int)
    assert g.seed() == g.initial_seed()


def test_writes_keep_history() -> None:
    x = pyad.ones(3, requires_grad=True)
    y = x * 2
    y.normal_()
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pyad.manual_seed(2**64), RuntimeError, "seed"),
        (lambda: pyad.manual_seed("a"), TypeError, "int"),
        (lambda: pyad.rand(-1), (RuntimeError, ValueError), "rand"),
        (lambda: pyad.rand(2**62, 2**62), (RuntimeError, ValueError), "rand"),
        (lambda: pyad.rand(3, dtype=pyad.int64), TypeError, "floating"),
        (lambda: pyad.rand(3, device="cuda"), RuntimeError, "CPU"),
        (lambda: pyad.randint(5, 5, (3,)), RuntimeError, "less than"),
        (lambda: pyad.randint(300, (3,), dtype=pyad.uint8), RuntimeError, "fit"),
        (lambda: pyad.randint(3), TypeError, "size"),
        (lambda: pyad.rand(3, size=(2,)), TypeError, "size"),
        (lambda: pyad.randint(3, (2,), colour=1), TypeError, "colour"),
        (lambda: pyad.randperm(-1), RuntimeError, "negative"),
        (lambda: pyad.randperm(300, dtype=pyad.uint8), RuntimeError, "large"),
        (lambda: pyad.normal(0.0, -1.0, (3,)), RuntimeError, "std"),
        (lambda: pyad.normal(0.0, 1.0), TypeError, "size"),
        (lambda: pyad.empty(3).uniform_(2, 1), RuntimeError, "from"),
        (lambda: pyad.empty(3).normal_(0, -1), RuntimeError, "std"),
        (lambda: pyad.empty(3).bernoulli_(1.5), RuntimeError, "expects p"),
        (lambda: pyad.bernoulli(pyad.tensor([2.0])), RuntimeError, "probabilities"),
        (lambda: pyad.empty(3, dtype=pyad.int64).normal_(), TypeError, "floating"),
        (lambda: pyad.ones(3, requires_grad=True).normal_(), RuntimeError, "leaf"),
        (lambda: pyad.Generator().set_state(pyad.zeros(3)), RuntimeError, "uint8"),
        (
            lambda: pyad.Generator().set_state(pyad.zeros(5056, dtype=pyad.uint8)),
            RuntimeError,
            "state",
        ),
    ],
)
def test_bad_input(call, error, text) -> None:
    state = pyad.get_rng_state()
    with pytest.raises(error, match=text):
        call()
    assert (pyad.get_rng_state() == state).all()


def test_the_default_generator_is_one_like_others():
    """`manual_seed` hands out the default generator: named, it draws what it draws unnamed."""
    draws = {
        "rand": lambda **kw: pyad.rand(3, **kw),
        "randn_like": lambda **kw: pyad.randn_like(pyad.ones(3), **kw),
        "normal_": lambda **kw: pyad.ones(3).normal_(**kw),
        "random_": lambda **kw: pyad.empty((3,), dtype=pyad.int64).random_(**kw),
        "bernoulli": lambda **kw: pyad.bernoulli(pyad.full((3,), 0.5), **kw),
        "randperm": lambda **kw: pyad.randperm(5, **kw),
        "multinomial": lambda **kw: pyad.multinomial(pyad.ones(5), 3, **kw),
    }
    for name, draw in draws.items():
        pyad.manual_seed(3)
        unnamed = draw()
        assert draw(generator=pyad.manual_seed(3)).tolist() == unnamed.tolist(), name
