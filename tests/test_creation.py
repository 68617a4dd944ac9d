"""Tensors are made as PyTorch makes them: values, dtypes, shapes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad

DATA = [
    1,
    True,
    2.5,
    -(2**62),
    [],
    [[], []],
    [1, 2, 3],
    (1, 2.5),
    [True, False],
    [True, 2],
    [[1.0, 2.0], [3, 4]],
    [[[1], [2]], [[3], [4]]],
    range(5),
    [range(3), (4, 5, 6)],
    [np.float64(1.5), 2],
    [np.int64(3)],
    np.float32(2.5),
    np.int64(4),
    np.bool_(True),
    float("inf"),
    [float("nan"), 1],
]
DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool"]


def same(ours: pyad.Tensor, theirs: torch.Tensor) -> None:
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert str(ours.dtype) == str(theirs.dtype).replace("torch", "pyad")
    assert a.shape == b.shape
    np.testing.assert_array_equal(a, b)
    assert ours.is_contiguous()


@pytest.mark.parametrize("data", DATA, ids=repr)
def test_tensor(data) -> None:
    same(pyad.tensor(data), torch.tensor(data))
    same(pyad.as_tensor(data), torch.as_tensor(data))
    same(pyad.tensor(data, dtype=pyad.float64), torch.tensor(data, dtype=torch.float64))
    x = pyad.tensor(data, dtype=pyad.float32, requires_grad=True)
    assert x.requires_grad
    assert x.is_leaf


@pytest.mark.filterwarnings("ignore:.*To copy construct")
@pytest.mark.parametrize("name", DTYPES)
def test_tensor_of_tensors_and_arrays(name: str) -> None:
    a = np.array([[1, 0, 3], [4, 5, 6]]).astype(name)
    same(pyad.tensor(a), torch.tensor(a))
    same(pyad.tensor(a.T), torch.tensor(a.T))
    same(pyad.tensor(a[:, ::-1]), torch.tensor(a[:, ::-1].copy()))
    same(pyad.tensor(a, dtype=pyad.float64), torch.tensor(a, dtype=torch.float64))
    x = pyad.tensor(a)
    y = pyad.tensor(x)
    assert y.data_ptr() != x.data_ptr()
    same(y, torch.tensor(a))
    assert pyad.as_tensor(x) is x
    assert pyad.asarray(x) is x
    same(pyad.tensor([pyad.tensor(1.5), 2]), torch.tensor([torch.tensor(1.5), 2]))
    a[0, 0] = 0
    assert x[0, 0].item() == 1


def test_default_dtype() -> None:
    assert pyad.get_default_dtype() is pyad.float32
    pyad.set_default_dtype(pyad.float64)
    try:
        for make in (
            lambda: pyad.tensor(1.0),
            lambda: pyad.zeros(2),
            lambda: pyad.rand(2),
            lambda: pyad.linspace(0, 1, 3),
            lambda: pyad.arange(0.5),
            lambda: pyad.tensor([]),
            lambda: pyad.nn.Linear(1, 1).weight,
            lambda: pyad.tensor([1]) / 2,
        ):
            assert make().dtype is pyad.float64
    finally:
        pyad.set_default_dtype(pyad.float32)
    with pytest.raises((TypeError, ValueError, RuntimeError), match="float"):
        pyad.set_default_dtype(pyad.int64)


def test_names_of_dtypes() -> None:
    assert pyad.float is pyad.float32
    assert pyad.double is pyad.float64
    assert pyad.int is pyad.int32
    assert pyad.long is pyad.int64
    for kind, expected in [
        (float, pyad.float64),
        (int, pyad.int64),
        (bool, pyad.bool),
        (np.float64, pyad.float64),
        (np.dtype("int32"), pyad.int32),
        ("uint8", pyad.uint8),
    ]:
        assert pyad.zeros(1, dtype=kind).dtype is expected


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3)])
def test_filled(shape: tuple[int, ...], name: str) -> None:
    p, t = {"dtype": getattr(pyad, name)}, {"dtype": getattr(torch, name)}
    for f in ("zeros", "ones"):
        same(getattr(pyad, f)(shape, **p), getattr(torch, f)(shape, **t))
        if shape:
            same(getattr(pyad, f)(*shape), getattr(torch, f)(*shape))
        x, u = getattr(pyad, f)(shape), getattr(torch, f)(shape)
        same(getattr(pyad, f + "_like")(x, **p), getattr(torch, f + "_like")(u, **t))
        same(
            getattr(pyad.ones(1, **p), "new_" + f)(shape),
            getattr(torch.ones(1, **t), "new_" + f)(shape),
        )
    same(pyad.full(shape, 1, **p), torch.full(shape, 1, **t))
    same(pyad.full(shape, 2.5), torch.full(shape, 2.5))
    same(pyad.full(shape, 2), torch.full(shape, 2))
    same(pyad.full(shape, True), torch.full(shape, True))
    same(pyad.full_like(pyad.zeros(shape), 3), torch.full_like(torch.zeros(shape), 3))
    same(pyad.zeros(1, **p).new_full(shape, 1), torch.zeros(1, **t).new_full(shape, 1))
    for e in (
        pyad.empty(shape, **p),
        pyad.empty_like(pyad.zeros(shape), **p),
        pyad.ones(1, **p).new_empty(shape),
    ):
        assert e.shape == shape
        assert e.dtype is p["dtype"]
    assert pyad.zeros(shape, requires_grad=True).requires_grad


ARANGES = [
    (5,),
    (0,),
    (2, 7),
    (7, 2, -1),
    (0, 10, 3),
    (0.0, 1.0, 0.1),
    (1.5,),
    (0, 1, 0.3),
    (5, 5),
    (-3, 3),
    (10, 0, -2.5),
    (0, 2**40, 2**38),
    (1, 2, 0.7),
]


@pytest.mark.parametrize("args", ARANGES, ids=str)
def test_arange(args: tuple) -> None:
    same(pyad.arange(*args), torch.arange(*args))
    same(pyad.arange(*args, dtype=pyad.float64), torch.arange(*args, dtype=torch.float64))


@pytest.mark.parametrize(
    "args",
    [(0, 1, 5), (0, 1, 1), (0, 1, 0), (-2.5, 7, 10), (3, -3, 7), (0, 10, 11), (0, 1, 1000)],
    ids=str,
)
def test_spaced(args: tuple) -> None:
    for name, other in [("float32", torch.float32), ("float64", torch.float64)]:
        p, t = {"dtype": getattr(pyad, name)}, {"dtype": other}
        eps = np.finfo(name).eps
        # PyTorch's vector loop fuses a product and a sum: an ulp of the largest number.
        bound = {"rtol": 2 * eps, "atol": 2 * eps * max(map(abs, args[:2]))}
        np.testing.assert_allclose(
            pyad.linspace(*args, **p).numpy(), torch.linspace(*args, **t).numpy(), **bound
        )
        # The rounding of the exponent is magnified by the power.
        np.testing.assert_allclose(
            pyad.logspace(*args, **p).numpy(), torch.logspace(*args, **t).numpy(), rtol=60 * eps
        )
    if args[2] > 1:
        assert pyad.linspace(*args)[-1].item() == args[1]
    same(pyad.logspace(0, 3, 4, base=2.0), torch.logspace(0, 3, 4, base=2.0))


@pytest.mark.parametrize("args", [(3,), (2, 4), (4, 2), (0,), (3, 0)], ids=str)
def test_eye(args: tuple) -> None:
    same(pyad.eye(*args), torch.eye(*args))
    same(pyad.eye(*args, dtype=pyad.bool), torch.eye(*args, dtype=torch.bool))


def test_queries() -> None:
    assert pyad.is_tensor(pyad.zeros(1))
    assert pyad.is_tensor(pyad.nn.Parameter(pyad.zeros(1)))
    assert not pyad.is_tensor(np.zeros(1))
    assert pyad.numel(pyad.zeros(3, 4)) == 12
    assert pyad.is_floating_point(pyad.zeros(1))
    assert not pyad.is_floating_point(pyad.tensor(1))


@pytest.mark.parametrize("value", [3, 2.5, True])
def test_scalar_tensor(value: float) -> None:
    same(pyad.scalar_tensor(value), torch.scalar_tensor(value))
    same(pyad.scalar_tensor(value, dtype=pyad.int64), torch.scalar_tensor(value, dtype=torch.int64))
    assert pyad.scalar_tensor(value, requires_grad=True).requires_grad


def test_devices() -> None:
    assert pyad.zeros(2, device="cpu").device == "cpu"
    assert pyad.tensor(1.0, device="cpu").device == "cpu"
    for make in (pyad.zeros, pyad.empty, pyad.rand):
        with pytest.raises(RuntimeError, match="CPU"):
            make(2, device="cuda")


BAD = [
    (lambda: pyad.tensor([[1, 2], [3]]), ValueError, "ragged"),
    (lambda: pyad.tensor([1, [2]]), ValueError, "ragged"),
    (lambda: pyad.tensor([[1], 2]), ValueError, "ragged"),
    (lambda: pyad.tensor("text"), TypeError, "str"),
    (lambda: pyad.tensor(["a"]), TypeError, "str"),
    (lambda: pyad.tensor(None), TypeError, "NoneType"),
    (lambda: pyad.tensor({}), TypeError, "dict"),
    (lambda: pyad.tensor(object()), TypeError, "object"),
    (lambda: pyad.tensor([pyad.ones(2)]), ValueError, "stack"),
    (lambda: pyad.tensor(1j), TypeError, "complex"),
    (lambda: pyad.tensor([1j]), TypeError, "complex"),
    (lambda: pyad.tensor(2**70), (ValueError, OverflowError, RuntimeError), "64"),
    (lambda: pyad.tensor([2**70]), (ValueError, OverflowError, RuntimeError), "64"),
    (lambda: pyad.tensor(1, requires_grad=True), RuntimeError, "floating"),
    (lambda: pyad.tensor([1.0], dtype="complex64"), TypeError, "complex64"),
    (lambda: pyad.tensor(np.zeros(2, np.longdouble)), TypeError, "astype"),
    (lambda: pyad.tensor(np.zeros(2, np.complex128)), TypeError, "astype"),
    (lambda: pyad.tensor(np.zeros(2, np.uint16)), TypeError, "astype"),
    (lambda: pyad.tensor(np.array(["a"])), TypeError, "astype"),
    (lambda: pyad.tensor(np.array([{}])), TypeError, "astype"),
    (lambda: pyad.zeros(-1), (RuntimeError, ValueError), "zeros"),
    (lambda: pyad.zeros(2**40, 2**40), (RuntimeError, ValueError), "zeros"),
    (lambda: pyad.zeros(2**62), (RuntimeError, ValueError, MemoryError), None),
    (lambda: pyad.zeros(2.5), TypeError, "zeros"),
    (lambda: pyad.zeros(2, colour=1), TypeError, "colour"),
    (lambda: pyad.full((2,), "x"), TypeError, "full"),
    (lambda: pyad.full((2,)), TypeError, "full"),
    (lambda: pyad.zeros(2, dtype=pyad.int64, requires_grad=True), RuntimeError, "floating"),
    (lambda: pyad.arange(0, 1, 0), RuntimeError, "nonzero"),
    (lambda: pyad.arange(0, 5, -1), RuntimeError, "step sign"),
    (lambda: pyad.arange(0, float("inf")), RuntimeError, "finite"),
    (lambda: pyad.arange(0, float("nan")), RuntimeError, "finite"),
    (lambda: pyad.arange(0, 1e300, 1e-5), (RuntimeError, MemoryError, ValueError), "arange"),
    (lambda: pyad.linspace(0, 1, -1), RuntimeError, "steps"),
    (lambda: pyad.linspace(0, 1, 2**62), (RuntimeError, MemoryError, ValueError), None),
    (lambda: pyad.eye(-1), RuntimeError, "negative"),
    (lambda: pyad.eye(2**40), (RuntimeError, MemoryError, ValueError), None),
]


@pytest.mark.parametrize(("call", "error", "text"), BAD)
def test_bad_input(call, error, text) -> None:
    with pytest.raises(error, match=text):
        call()


def test_deep_nesting_ends() -> None:
    data: list = []
    for _ in range(200):
        data = [data]
    with pytest.raises(ValueError, match="nested"):
        pyad.tensor(data)
    loop: list = []
    loop.append(loop)
    with pytest.raises(ValueError, match="nested"):
        pyad.tensor(loop)


def test_a_list_that_shrinks_while_it_is_read() -> None:
    class Number:
        def __float__(self) -> float:
            data.clear()
            return 1.0

    data: list = [Number(), 2.0, 3.0]
    with pytest.raises((TypeError, ValueError)):
        pyad.tensor(data)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (300, "uint8"),
        (-300, "uint8"),
        (2**31, "int32"),
        (-(2**31) - 1, "int32"),
        (1e20, "int64"),
        (float("nan"), "int64"),
        (float("inf"), "int32"),
    ],
)
def test_numbers_that_do_not_fit(value: float, name: str) -> None:
    for lib in (torch, pyad):
        with pytest.raises(RuntimeError, match="overflow"):
            lib.tensor(value, dtype=getattr(lib, name))
        with pytest.raises(RuntimeError, match="overflow"):
            lib.tensor([[value]], dtype=getattr(lib, name))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0, "uint8"),
        (255, "uint8"),
        (-(2**31), "int32"),
        (2.7, "int64"),
        (-2.7, "int64"),
        (2.7, "bool"),
        (1e300, "float32"),
    ],
)
def test_numbers_that_just_fit(value: float, name: str) -> None:
    for data in (value, [value]):
        same(
            pyad.tensor(data, dtype=getattr(pyad, name)),
            torch.tensor(data, dtype=getattr(torch, name)),
        )


@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like", "rand_like"])
def test_like_takes_a_memory_format(name: str) -> None:
    # Every optimizer written after PyTorch's own makes its state in this way.
    x = pyad.zeros(2, 3, dtype=pyad.float64)
    y = getattr(pyad, name)(x, memory_format=pyad.preserve_format)
    assert (tuple(y.shape), y.dtype) == ((2, 3), pyad.float64)


def test_full_like_and_randn_like_take_a_memory_format() -> None:
    x = pyad.zeros(2, 3)
    assert (pyad.full_like(x, 2.0, memory_format=pyad.preserve_format) == 2).all()
    assert pyad.randn_like(x, memory_format=pyad.contiguous_format).shape == x.shape
