"""Dropout drops what PyTorch drops, scales alike, and has the mask's derivative of every order."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch

import pyad
from pyad import nn

SHAPES = [(1,), (7,), (3, 5), (32, 64), (2, 3, 4), (2, 3, 4, 5), (2, 2, 2, 3, 2), (0, 3)]
# name -> shapes
MODULES = {
    "Dropout": SHAPES,
    "AlphaDropout": SHAPES,
    "FeatureAlphaDropout": [s for s in SHAPES if len(s) > 1],
    "Dropout1d": [(3, 5), (4, 3, 5), (0, 3, 2)],
    "Dropout2d": [(4, 3, 5), (2, 3, 4, 5), (7, 3)],
    "Dropout3d": [(3, 4, 2, 2), (2, 3, 2, 2, 2), (7, 3)],
}
PROBABILITIES = [0.0, 0.1, 0.3, 0.5, 0.9, 1.0]


def seed(value: int) -> None:
    pyad.manual_seed(value)
    torch.manual_seed(value)


def same(ours, theirs) -> None:
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


def same_state() -> None:
    same(pyad.get_rng_state(), torch.get_rng_state())


def pair(shape: tuple, dtype: str, grad: bool = False) -> list:
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    return [lib.tensor(x, requires_grad=grad) for lib in (pyad, torch)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.filterwarnings("ignore:dropout.d")
def test_modules(name: str, p: float, dtype: str) -> None:
    ours, theirs = getattr(nn, name)(p), getattr(torch.nn, name)(p)
    assert repr(ours) == repr(theirs)
    assert ours.state_dict() == theirs.state_dict() == {}
    for shape in MODULES[name]:
        x, z = pair(shape, dtype, grad=True)
        for training in (True, False):
            ours.train(training)
            theirs.train(training)
            seed(3)
            a, b = ours(x), theirs(z)
            same(a, b)
            same_state()
            g, h = pair(shape, dtype)
            x.grad = z.grad = None
            a.backward(g)
            b.backward(h)
            same(x.grad, z.grad)
            same_state()


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore:dropout.d")
def test_in_place(name: str) -> None:
    shape = MODULES[name][1]
    for p in PROBABILITIES:
        x, z = pair(shape, "float32", grad=True)
        seed(1)
        results = []
        for lib, leaf in ((pyad, x), (torch, z)):
            y = leaf * 2
            layer = getattr(lib.nn, name)(p, inplace=True)
            out = layer(y)
            same_object = out is y or out.data_ptr() == y.data_ptr()
            (out * 3).sum().backward()
            results.append((out, y, same_object, leaf.grad))
        (a, y, shared, g), (b, w, their_shared, h) = results
        same(a, b)
        same(y, w)
        same(g, h)
        assert shared == their_shared
        same_state()


LAYOUTS = {
    "transposed": lambda m, t: m.ones(6, 70, dtype=t).t(),
    "permuted": lambda m, t: m.ones(4, 5, 6, dtype=t).permute(2, 0, 1),
    "permuted back": lambda m, t: m.ones(4, 5, 6, dtype=t).permute(1, 2, 0),
    "sliced": lambda m, t: m.ones(9, 8, dtype=t)[:, ::2],
    "sliced and permuted": lambda m, t: m.ones(4, 6, 5, dtype=t)[:, ::2].permute(2, 1, 0),
    "expanded": lambda m, t: m.ones(5, 1, 3, dtype=t).expand(5, 7, 3),
    "expanded first": lambda m, t: m.ones(5, 3, dtype=t).expand(4, 5, 3).permute(2, 0, 1),
    "heads": lambda m, t: m.ones(2, 5, 12, dtype=t).view(2, 5, 3, 4).transpose(1, 2),
    "size one": lambda m, t: m.ones(1, 5, 6, dtype=t).permute(2, 0, 1),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str) -> None:
    """Numbers are dealt out in the order of memory."""
    for function in ("dropout", "alpha_dropout", "feature_alpha_dropout"):
        for dtype in ("float32", "float64"):
            seed(6)
            a, b = (
                getattr(m.nn.functional, function)(
                    LAYOUTS[name](m, getattr(m, dtype)), 0.4, training=True
                )
                for m in (pyad, torch)
            )
            same(a, b)
            same_state()


def test_non_finite_values() -> None:
    x = np.array([np.inf, -np.inf, np.nan, -0.0, 0.0, -1.0] * 20, dtype=np.float32)
    for p in (0.5, 1.0):
        seed(2)
        a = nn.functional.dropout(pyad.tensor(x), p).numpy()
        b = torch.nn.functional.dropout(torch.tensor(x), p).numpy()
        seed(2)
        kept = torch.nn.functional.dropout(torch.ones(len(x)), p).numpy() > 0
        # What is dropped is 0, whatever it was; PyTorch multiplies it by 0.
        np.testing.assert_array_equal(a[kept], b[kept])
        np.testing.assert_array_equal(a[~kept], 0)
        finite = np.isfinite(x)
        np.testing.assert_array_equal(np.signbit(a)[finite], np.signbit(b)[finite])


def test_derivatives_of_every_order() -> None:
    x = pyad.linspace(-1, 1, 12, dtype=pyad.float64, requires_grad=True)

    def f(t):
        pyad.manual_seed(0)
        return nn.functional.dropout((t * t).exp(), 0.3) * t

    assert pyad.autograd.gradcheck(f, (x,))
    assert pyad.autograd.gradgradcheck(f, (x,))
    pyad.manual_seed(0)
    y = nn.functional.dropout(x**4, 0.4)
    mask = y.detach() / x.detach() ** 4
    for power, factor in ((3, 4), (2, 12), (1, 24)):
        (y,) = pyad.autograd.grad(y.sum(), x, create_graph=True)
        expected = factor * x**power * mask
        np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-12)


def test_one_node() -> None:
    x = pyad.ones(3, requires_grad=True)
    y = nn.functional.dropout(x, 0.5)
    (edge,) = [e for e in y.grad_fn.next_functions if e[0] is not None]
    assert edge[0].variable is x
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_nothing_happens() -> None:
    x = pyad.ones(3)
    assert nn.functional.dropout(x, 0.5, training=False) is x
    assert nn.functional.dropout(x, 0.0) is x
    assert nn.Dropout(0.5).eval()(x) is x


def test_rate_and_scale() -> None:
    pyad.manual_seed(0)
    y = nn.Dropout(0.25)(pyad.ones(40_000))
    assert np.unique(y.numpy()).tolist() == [0.0, np.float32(1) / np.float32(0.75)]
    assert abs(y.mean().item() - 1) < 0.02


@pytest.mark.parametrize("name", MODULES)
def test_copies(name: str) -> None:
    layer = getattr(nn, name)(0.3, inplace=True).eval()
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert repr(other) == repr(layer)
        assert (other.p, other.inplace, other.training) == (0.3, True, False)


def test_rrelu() -> None:
    for training in (True, False):
        for dtype in ("float32", "float64"):
            seed(4)
            x, z = pair((50,), dtype, grad=True)
            a = nn.functional.rrelu(x, 0.1, 0.4, training)
            b = torch.nn.functional.rrelu(z, 0.1, 0.4, training)
            same(a, b)
            a.sum().backward()
            b.sum().backward()
            same(x.grad, z.grad)
            same_state()
    x, z = pair((50,), "float32")
    same(
        nn.functional.rrelu(x, 0.1, 0.4, True, True), torch.nn.functional.rrelu_(z, 0.1, 0.4, True)
    )
    same(x, z)


def test_gumbel_softmax() -> None:
    for hard in (False, True):
        seed(4)
        x, z = pair((6, 5), "float64", grad=True)
        a = nn.functional.gumbel_softmax(x, tau=0.7, hard=hard)
        b = torch.nn.functional.gumbel_softmax(z, tau=0.7, hard=hard)
        g, h = pair((6, 5), "float64")
        a.backward(g)
        b.backward(h)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-10, atol=1e-14)
        same_state()


def test_rejects() -> None:
    x = pyad.ones(5)
    for p in (-0.1, 1.1, float("nan")):
        for name in MODULES:
            if p == p:
                with pytest.raises(ValueError, match="between 0 and 1, but got"):
                    getattr(nn, name)(p)
        for name in ("dropout", "alpha_dropout", "feature_alpha_dropout"):
            with pytest.raises(ValueError, match="between 0 and 1, but got"):
                getattr(nn.functional, name)(x, p)
    state = pyad.get_rng_state()
    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input"):
        nn.Dropout1d()(x)
    with pytest.raises(RuntimeError, match="at least 2 dimensions"):
        nn.FeatureAlphaDropout()(x)
    with pytest.raises(RuntimeError, match="float32"):
        nn.Dropout()(pyad.ones(3, dtype=pyad.int64))
    with pytest.raises(RuntimeError, match="leaf"):
        nn.Dropout(inplace=True)(pyad.ones(3, requires_grad=True))
    assert (pyad.get_rng_state() == state).all()
    for lib in (pyad, torch):
        with pytest.warns(UserWarning, match="dropout2d: Received a 3D input"):
            lib.nn.Dropout2d()(lib.ones(2, 2, 2))
        with pytest.warns(UserWarning, match="dropout3d: Received a 2-D input"):
            lib.nn.Dropout3d()(lib.ones(2, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.Dropout2d()(pyad.ones(2, 2, 2, 2))
