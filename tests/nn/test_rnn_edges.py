"""Recurrent layers where sizes end: whose memory gradients are, what batch sizes and projections
are accepted, and empty batches.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad

KINDS = ["RNN", "LSTM", "GRU"]


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_parameters_never_share_a_gradient(kind, cell):
    module = getattr(pyad.nn, kind + "Cell" * cell)(3, 4)
    y = module(pyad.ones(2, 3) if cell else pyad.ones(5, 2, 3))
    (y[0] if isinstance(y, tuple) else y).sum().backward()
    params = list(module.parameters())
    before = [p.grad.tolist() for p in params]
    for p, old in zip(params, before, strict=True):
        p.grad.fill_(7.0)
        assert [q.grad.tolist() for q in params if q is not p] == [
            b for b, q in zip(before, params, strict=True) if q is not p
        ]
        p.grad.copy_(pyad.tensor(old))


BAD_SIZES = {
    "rising": [1, 2],
    "rising later": [3, 1, 2],
    "zero": [3, 0],
    "negative": [4, -1],
    "too few": [1],
    "too many": [4, 3],
    "huge": [2**62, 2**62, 3],
}


@pytest.mark.parametrize("name", BAD_SIZES)
@pytest.mark.parametrize("kind", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_batch_sizes_that_do_not_fit(kind, name):
    sizes = pyad.tensor(BAD_SIZES[name], dtype=pyad.int64)
    rows = 3 if name in ("rising", "zero", "negative") else 6
    if name == "rising later":
        rows = 6
    module = {"lstm": pyad.nn.LSTM, "gru": pyad.nn.GRU}.get(kind, pyad.nn.RNN)(3, 4)
    packed = pyad.nn.utils.rnn.PackedSequence(pyad.ones(rows, 3), sizes)
    with pytest.raises((ValueError, RuntimeError), match="batch_sizes"):
        module(packed)


@pytest.mark.parametrize("size", [4, 5, 100])
def test_a_projection_that_is_not_smaller(size):
    with pytest.raises(ValueError, match="smaller"):
        pyad.nn.LSTM(3, 4, proj_size=size)
    # The row itself, whoever calls it.
    x, h, c = pyad.ones(5, 2, 3), pyad.zeros(1, 2, size), pyad.zeros(1, 2, 4)
    params = [pyad.ones(16, 3), pyad.ones(16, size), pyad.ones(size, 4)]
    with pytest.raises(ValueError, match="smaller"):
        pyad._core.lstm(x, [h, c], params, False, 1, 0.0, False, False, False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}])
def test_an_empty_batch_has_zeros_for_gradients(kind, options):
    """PyTorch's values: nothing comes out, and every parameter's gradient is zero."""
    found = []
    for lib in (pyad, torch):
        x = lib.ones(5, 0, 3, requires_grad=True)
        module = getattr(lib.nn, kind)(3, 4, **options)
        # Memory that was used before: what is not written shows.
        junk = [lib.full(p.shape, 7.0) for p in module.parameters()]
        del junk
        y, state = module(x)
        h = state[0] if isinstance(state, tuple) else state
        (y.sum() + h.sum()).backward()
        found.append(
            [y.shape, h.shape, x.grad.shape, [tuple(p.grad.shape) for p in module.parameters()]]
        )
        for p in module.parameters():
            assert (p.grad == 0).all()
    assert [tuple(s) for s in found[0][:3]] == [tuple(s) for s in found[1][:3]]
    assert found[0][3] == found[1][3]
    assert np.isfinite(found[0][0]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch_of_a_cell(kind):
    module = getattr(pyad.nn, kind + "Cell")(3, 4)
    for _ in range(3):
        junk = [pyad.full(p.shape, 7.0) for p in module.parameters()]
        del junk
        y = module(pyad.ones(0, 3))
        (y[0] if isinstance(y, tuple) else y).sum().backward()
        assert all((p.grad == 0).all() for p in module.parameters())
        module.zero_grad()


@pytest.mark.parametrize("cell", ["RNNCell", "GRUCell", "LSTMCell"])
@pytest.mark.parametrize("bad", ["input", "hidden"])
@pytest.mark.parametrize("shape", [(), (1, 1, 4), (1, 1, 1, 4)])
def test_cells_take_rows_or_one(cell, bad, shape):
    said = []
    for lib in (pyad, torch):
        x = lib.zeros(shape if bad == "input" else (1, 4))
        h = lib.zeros(shape if bad == "hidden" else (1, 4))
        with pytest.raises(ValueError, match="to be 1D or 2D") as caught:
            getattr(lib.nn, cell)(4, 4)(x, (h, h) if cell == "LSTMCell" else h)
        said.append(str(caught.value))
    assert said[0] == said[1]
