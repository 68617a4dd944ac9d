"""Starting values are PyTorch's, number by number."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import pyad
from alike import start_alike
from pyad import nn

INITS = [
    ("uniform_", (-1.0, 2.0), {}),
    ("normal_", (1.0, 2.0), {}),
    ("constant_", (0.3,), {}),
    ("ones_", (), {}),
    ("zeros_", (), {}),
    ("eye_", (), {}),
    ("xavier_uniform_", (), {"gain": 2.0}),
    ("xavier_normal_", (), {}),
    ("kaiming_uniform_", (), {"a": 5**0.5}),
    ("kaiming_uniform_", (), {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", (), {"nonlinearity": "tanh"}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), INITS)
def test_init(name: str, args: tuple, kwargs: dict) -> None:
    mine, its = start_alike(lambda lib: lib.empty(9, 5, requires_grad=True))
    got = getattr(nn.init, name)(mine, *args, **kwargs)
    expected = getattr(torch.nn.init, name)(its, *args, **kwargs)
    assert got is mine
    assert mine.requires_grad
    assert mine.is_leaf
    np.testing.assert_array_equal(mine.detach().numpy(), expected.detach().numpy())


TRUNCATED = [
    (),
    (0, 1, -0.5, 0.5),
    (0, 1, -0.1, 0.1),  # by rejection of uniforms, as the next
    (1, 2, 3, 9),
    (0, 1, 1.5, 5),
    (0.0, 0.02, -2, 2),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("args", TRUNCATED)
@pytest.mark.parametrize("shape", [(2,), (3, 5), (30, 20)])
def test_trunc_normal(shape: tuple, args: tuple, dtype: str) -> None:
    for seed in range(5):
        mine, its = drawn(seed, "trunc_normal_", shape, dtype, *args)
        np.testing.assert_array_equal(mine, its)


def drawn(seed: int, name: str, shape: tuple, dtype: str, *args, **kwargs) -> list[np.ndarray]:
    """The values of both packages; their generators must stand alike afterwards."""
    out = []
    for lib in (pyad, torch):
        lib.manual_seed(seed)
        x = lib.empty(shape, dtype=getattr(lib, dtype), requires_grad=True)
        assert getattr(lib.nn.init, name)(x, *args, **kwargs) is x
        out.append(x.detach().numpy())
    np.testing.assert_array_equal(pyad.get_rng_state().numpy(), torch.get_rng_state().numpy())
    return out


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 3), (4, 9), (9, 4), (16, 3, 3), (3, 2, 5, 5), (40, 40)]
)
def test_orthogonal(shape: tuple) -> None:
    for seed in range(3):
        # Another library factorises: equal to rounding, times the condition of the drawn matrix.
        mine, its = drawn(seed, "orthogonal_", shape, "float32", 1.5)
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-5)
        mine, its = drawn(seed, "orthogonal_", shape, "float64")
        np.testing.assert_allclose(mine, its, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (10, 3), (7, 20)])
@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 1.0])
def test_sparse(shape: tuple, sparsity: float) -> None:
    for dtype in ("float32", "float64"):
        mine, its = drawn(3, "sparse_", shape, dtype, sparsity, std=0.3)
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize(
    ("shape", "groups"),
    [((4, 3, 3), 1), ((6, 4, 2), 3), ((2, 5, 3, 4), 1), ((4, 1, 3, 3), 4), ((6, 4, 3, 2, 1), 2)],
)
def test_dirac(shape: tuple, groups: int) -> None:
    mine, its = drawn(0, "dirac_", shape, "float32", groups)
    np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize(("name", "args", "kwargs"), INITS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_init_leaves_the_generator_alike(name: str, args: tuple, kwargs: dict, dtype: str) -> None:
    for shape in [(1, 1), (2, 3), (4, 4), (17, 5)]:
        np.testing.assert_array_equal(*drawn(7, name, shape, dtype, *args, **kwargs))


def test_generator_argument() -> None:
    for name in ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_",
                 "kaiming_uniform_", "kaiming_normal_", "orthogonal_"):  # fmt: skip
        out = []
        for lib in (pyad, torch):
            lib.manual_seed(0)
            g = lib.Generator().manual_seed(9)
            out.append(getattr(lib.nn.init, name)(lib.empty(4, 6), generator=g).numpy())
        np.testing.assert_allclose(*out, rtol=0 if name != "orthogonal_" else 1e-5)
        np.testing.assert_array_equal(pyad.get_rng_state().numpy(), torch.get_rng_state().numpy())


def test_old_names_warn() -> None:
    for name in ("uniform", "normal", "eye", "xavier_uniform", "kaiming_normal", "orthogonal"):
        with pytest.warns(FutureWarning, match=f"nn.init.{name}` is now deprecated"):
            getattr(nn.init, name)(pyad.empty(3, 3))
    with pytest.warns(UserWarning, match="no-op"):
        nn.init.kaiming_uniform_(pyad.empty(0, 3))
    with pytest.warns(UserWarning, match="more than 2 std"):
        nn.init.trunc_normal_(pyad.empty(3), 9, 1, -2, 2)
    here = {n for n in dir(torch.nn.init) if n.rstrip("_") in nn.init.__all__ or n.endswith("_")}
    assert {n for n in here if not n.startswith("_")} <= set(nn.init.__all__)


def test_init_rejects() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        nn.init.orthogonal_(pyad.empty(3))
    with pytest.raises(ValueError, match="2 dimensions"):
        nn.init.sparse_(pyad.empty(3), 0.1)
    with pytest.raises(ValueError, match="3, 4, or 5"):
        nn.init.dirac_(pyad.empty(3, 3))
    with pytest.raises(ValueError, match="divisible"):
        nn.init.dirac_(pyad.empty(3, 3, 3), 2)
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.xavier_uniform_(pyad.empty(3))
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_uniform_(pyad.empty(3, 3), mode="both")
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.init.calculate_gain("step")
    with pytest.raises(ValueError, match="negative_slope"):
        nn.init.calculate_gain("leaky_relu", True)
    with pytest.raises(ValueError, match="2 dimensions"):
        nn.init.eye_(pyad.empty(3))
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "conv_transpose2d"):
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("beyond", [1.5, 2.0, 2.5, 3.5])
def test_trunc_normal_warns_where_torchs_does(side: int, beyond: float) -> None:
    """The mean so many std outside of one bound."""
    bounds = (-1.0, 1.0)
    mean = side * (1.0 + 0.5 * beyond)
    said = []
    for lib in (pyad, torch):
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter("always")
            lib.nn.init.trunc_normal_(lib.empty(3), mean, 0.5, *bounds)
        said.append([str(x.message) for x in w])
    assert said[0] == said[1]
    assert bool(said[0]) == (beyond > 2)
