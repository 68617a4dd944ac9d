"""Upsampling: modules against PyTorch's, and what the op matrix does not ask of interpolation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import alike
import pyad
import pyad.nn.functional as F

SHAPES = {1: (2, 3, 7), 2: (2, 3, 5, 6), 3: (1, 2, 4, 5, 3)}


def sample(*shape):
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize(
    ("dims", "settings"),
    [
        (1, {"scale_factor": 2}),
        (2, {"scale_factor": 2.5, "mode": "nearest"}),
        (3, {"size": (3, 8, 5)}),
        (1, {"size": 11, "mode": "linear"}),
        (2, {"scale_factor": (2, 1.5), "mode": "bilinear", "align_corners": True}),
        (2, {"scale_factor": 0.7, "mode": "bilinear"}),
        (2, {"size": 4, "mode": "bicubic"}),
        (2, {"scale_factor": 2.3, "mode": "bicubic", "recompute_scale_factor": True}),
        (3, {"scale_factor": 2, "mode": "trilinear"}),
        (2, {"size": (9, 2), "mode": "area"}),
        (2, {"size": (9, 2), "mode": "nearest-exact"}),
    ],
)
def test_module(dims, settings):
    alike.check_module(lambda lib: lib.nn.Upsample(**settings), [sample(*SHAPES[dims])])


@pytest.mark.parametrize("name", ["UpsamplingNearest2d", "UpsamplingBilinear2d"])
@pytest.mark.parametrize("settings", [{"scale_factor": 2}, {"size": (7, 9)}])
def test_older_modules(name, settings):
    alike.check_module(lambda lib: getattr(lib.nn, name)(**settings), [sample(*SHAPES[2])])


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_size(mode, dtype):
    """Choices of elements and weights along one axis, for all small sizes."""
    for n in range(1, 17):
        x = sample(1, 1, n).astype(dtype)
        for size in range(1, 40):
            y = F.interpolate(pyad.tensor(x), size=size, mode=mode).numpy()
            z = torch.nn.functional.interpolate(torch.tensor(x), size=size, mode=mode).numpy()
            np.testing.assert_allclose(y, z, rtol=1e-6, atol=1e-6, err_msg=f"{n} to {size}")


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.9, 1.001, 1.1, 1.3, 2.0, 2.2, 3.7])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
def test_scales_of_images(mode, scale):
    for shape in ((1, 1, 12, 5), (2, 3, 4, 4), (1, 2, 9, 16), (1, 1, 30, 100)):
        x = sample(*shape)
        y = F.interpolate(pyad.tensor(x), scale_factor=scale, mode=mode).numpy()
        z = torch.nn.functional.interpolate(torch.tensor(x), scale_factor=scale, mode=mode).numpy()
        np.testing.assert_allclose(y, z, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_integers_are_moved(dtype):
    x = np.arange(12).reshape(1, 1, 3, 4).astype(dtype)
    for mode in ("nearest", "nearest-exact"):
        y = F.interpolate(pyad.tensor(x), size=(5, 2), mode=mode)
        z = torch.nn.functional.interpolate(torch.tensor(x.astype("uint8")), size=(5, 2), mode=mode)
        assert y.numpy().dtype == dtype
        np.testing.assert_array_equal(y.numpy(), z.numpy())


def test_gradient_is_the_transpose():
    """Also where PyTorch's gradient of a rounded scale belongs to another choice of elements."""
    x = pyad.randn(1, 1, 3, dtype=pyad.float64, requires_grad=True)
    y = F.interpolate(x, scale_factor=1.3)
    matrix = np.stack(
        [pyad.autograd.grad(y[0, 0, k], x, retain_graph=True)[0].numpy().ravel() for k in range(3)]
    )
    np.testing.assert_array_equal(matrix @ x.detach().numpy().ravel(), y.detach().numpy().ravel())


def test_not_a_number_stays_where_it_is():
    """Weights of zero do not reach beyond the edge or into neighbours' windows."""
    x = np.arange(5.0)
    x[2] = np.nan
    for mode, size in (("nearest", 10), ("linear", 10), ("area", 10)):
        t = pyad.tensor(x.reshape(1, 1, 5), requires_grad=True)
        y = F.interpolate(t, size=size, mode=mode)
        z = torch.nn.functional.interpolate(torch.tensor(x.reshape(1, 1, 5)), size=size, mode=mode)
        np.testing.assert_allclose(y.detach().numpy(), z.numpy())
        g = np.zeros((1, 1, size))
        g[0, 0, 0] = np.inf
        (gx,) = pyad.autograd.grad(y, t, pyad.tensor(g))
        assert np.isinf(gx.numpy()[0, 0, 0])
        assert not gx.numpy()[0, 0, 2:].any()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("corners", [False, True])
def test_antialias_along_each_dim(mode, corners):
    """All small sizes; one dim at a time, for PyTorch mixes rows where the width becomes 1."""
    for n in (1, 2, 5, 9, 17, 30):
        x = np.eye(n).reshape(1, n, 1, n)
        for m in (1, 2, 3, 7, 16, 40):
            settings = {"mode": mode, "align_corners": corners, "antialias": True}
            y = F.interpolate(pyad.tensor(x), size=(1, m), **settings).numpy()
            z = torch.nn.functional.interpolate(torch.tensor(x), size=(1, m), **settings).numpy()
            np.testing.assert_allclose(y, z, rtol=1e-12, atol=1e-12)
            turned = pyad.tensor(x.reshape(1, n, n, 1))
            w = F.interpolate(turned, size=(m, 1), **settings).numpy()
            np.testing.assert_allclose(w.reshape(y.shape), y, rtol=1e-12, atol=1e-12)
