"""Masks of attention in every combination, against a softmax written out; queries that see nothing,
scores that are NaN, no keys at all; derivatives of the second order there.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

import pyad

F = pyad.nn.functional
NAN = math.nan


def written_out(lib, q, k, v, mask=None, causal=False):
    """softmax(q k^T / sqrt(E) + mask) v; zeros where nothing is seen; NaN scores stay NaN."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        seen = lib.ones(q.shape[-2], k.shape[-2], dtype=lib.bool).tril()
        scores = scores.masked_fill(~seen, -math.inf)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == lib.bool else scores + mask
    nothing = (scores == -math.inf).all(-1, keepdim=True)
    weights = lib.softmax(scores.masked_fill(nothing, 0.0), -1).masked_fill(nothing, 0.0)
    return weights @ v


MASKS = {
    "none": None,
    "causal": "causal",
    "bool": "bool",
    "additive": "additive",
    "a row hidden": "hidden",
    "all hidden": "all",
}


def mask_of(name, rng, l, s):
    if name == "bool":
        return rng.random((l, s)) > 0.4
    if name == "additive":
        return rng.standard_normal((l, s))
    if name in ("hidden", "all"):
        mask = np.ones((l, s), bool)
        mask[0 if name == "hidden" else slice(None)] = False
        return mask
    return None


@pytest.mark.parametrize("where_nan", ["nowhere", "query", "key", "value"])
@pytest.mark.parametrize("name", MASKS)
def test_values_and_derivatives(name, where_nan, rng):
    """First and second derivatives are those of the formula, NaN where it has NaN."""
    q, k, v = (rng.standard_normal((2, n, 3)) for n in (4, 5, 5))
    if where_nan != "nowhere":
        {"query": q, "key": k, "value": v}[where_nan][1, 2, 0] = NAN
    seeds = rng.standard_normal((2, 4, 3)), [rng.standard_normal(x.shape) for x in (q, k, v)]
    found = []
    for lib in (pyad, torch):
        xs = [lib.tensor(x, requires_grad=True) for x in (q, k, v)]
        mask = mask_of(name, np.random.default_rng(1), 4, 5)
        mask = None if mask is None else lib.tensor(mask)
        if lib is pyad:
            y = F.scaled_dot_product_attention(*xs, mask, is_causal=name == "causal")
        else:
            y = written_out(lib, *xs, mask, name == "causal")
        first = lib.autograd.grad(y, xs, lib.tensor(seeds[0]), create_graph=True)
        total = sum((g * lib.tensor(w)).sum() for g, w in zip(first, seeds[1], strict=True))
        second = lib.autograd.grad(total, xs, allow_unused=True)
        second = [lib.zeros_like(x) if g is None else g for g, x in zip(second, xs, strict=True)]
        found.append([t.detach().numpy() for t in (y, *first, *second)])
    for mine, its in zip(*found, strict=True):
        if where_nan == "nowhere":
            np.testing.assert_allclose(mine, its, rtol=1e-10, atol=1e-12)
        else:  # batch 0 has no part in it; NaN is where the formula has it
            np.testing.assert_allclose(mine[0], its[0], rtol=1e-10, atol=1e-12)
            if name in ("none", "additive"):
                np.testing.assert_array_equal(np.isnan(mine[1]), np.isnan(its[1]))
    if where_nan in ("query", "key") and name in ("none", "additive"):
        assert np.isnan(found[0][0][1]).any()
        assert all(np.isnan(t[1]).any() for t in found[0][4:6])


@pytest.mark.parametrize("shape", [(3, 4, 2), (1, 4, 2), (4, 2), (2, 3, 4, 2), (0, 4, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_keys(shape, dtype):
    """Sums over nothing: zeros, whatever the memory held before."""
    dtype = getattr(pyad, dtype)
    for _ in range(4):
        junk = [pyad.full((*shape[:-1], 5), 7.0, dtype=dtype) for _ in range(3)]
        del junk
        q = pyad.ones(shape, dtype=dtype, requires_grad=True)
        k = pyad.ones(*shape[:-2], 0, 2, dtype=dtype, requires_grad=True)
        v = pyad.ones(*shape[:-2], 0, 5, dtype=dtype, requires_grad=True)
        y = F.scaled_dot_product_attention(q, k, v)
        assert y.shape == (*shape[:-1], 5)
        assert (y == 0).all()
        gs = pyad.autograd.grad(y.sum(), [q, k, v])
        assert (gs[0] == 0).all()
        assert gs[1].shape == k.shape
        assert gs[2].shape == v.shape


L, S, BATCH, E, HEADS = 4, 5, 3, 6, 2


def masks_of_modules(kind, shape, rng):
    mask = rng.random(shape) > 0.7
    mask[..., 0] = False  # everything sees something
    return mask if kind == "bool" else np.where(mask, -np.inf, rng.standard_normal(shape))


CASES = list(
    itertools.product(
        [None, "2-d", "3-d"],
        [None, "bool", "float"],
        [{}, {"add_bias_kv": True}, {"add_zero_attn": True}],
    )
)


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize(("attention", "padding", "options"), CASES)
def test_masks_of_the_module(attention, padding, options, need_weights, rng):
    """A 3-d mask is one for each head of each case, in this order; added keys are seen by all."""
    x = rng.standard_normal((L, BATCH, E)), rng.standard_normal((S, BATCH, E))
    kind = padding or "bool"
    mask = {None: None, "2-d": (L, S), "3-d": (BATCH * HEADS, L, S)}[attention]
    mask = None if mask is None else masks_of_modules(kind, mask, rng)
    pad = None if padding is None else masks_of_modules(padding, (BATCH, S), rng)
    found = []
    for lib in (pyad, torch):
        lib.manual_seed(0)
        module = lib.nn.MultiheadAttention(E, HEADS, **options, dtype=lib.float64)
        q, k = (lib.tensor(t, requires_grad=True) for t in x)
        y, weights = module(
            q,
            k,
            k * 0.5,
            key_padding_mask=None if pad is None else lib.tensor(pad),
            attn_mask=None if mask is None else lib.tensor(mask),
            need_weights=need_weights,
        )
        gs = lib.autograd.grad((y * y).sum(), [q, k])
        found.append([t.detach().numpy() for t in (y, *gs, *([weights] if need_weights else []))])
    for mine, its in zip(*found, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("padding", [False, True])
def test_the_causal_hint_needs_its_mask(padding, need_weights, rng):
    module = pyad.nn.MultiheadAttention(E, HEADS)
    x = pyad.tensor(rng.standard_normal((L, BATCH, E)), dtype=pyad.float32)
    pad = pyad.zeros(BATCH, L, dtype=pyad.bool) if padding else None
    options = {"key_padding_mask": pad, "need_weights": need_weights}
    with pytest.raises(RuntimeError, match="attn_mask"):
        module(x, x, x, is_causal=True, **options)
    mask = pyad.nn.Transformer.generate_square_subsequent_mask(L)
    hinted = module(x, x, x, attn_mask=mask, is_causal=True, **options)[0]
    np.testing.assert_allclose(
        hinted.detach().numpy(),
        module(x, x, x, attn_mask=mask, **options)[0].detach().numpy(),
        rtol=1e-5,
        atol=1e-6,
    )


TRANSFORMER_MASKS = {
    "src_mask": (S, S),
    "tgt_mask": (L, L),
    "memory_mask": (L, S),
    "src_key_padding_mask": (BATCH, S),
    "tgt_key_padding_mask": (BATCH, L),
    "memory_key_padding_mask": (BATCH, S),
}


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")  # torch, of what it does not do
@pytest.mark.parametrize("name", TRANSFORMER_MASKS)
def test_every_mask_of_a_transformer_counts(name, rng):
    """Alone: as PyTorch, and other than without it."""
    src, tgt = rng.standard_normal((S, BATCH, E)), rng.standard_normal((L, BATCH, E))
    mask = masks_of_modules("bool", TRANSFORMER_MASKS[name], rng)
    mask[..., -1] = True
    found = {}
    for lib in (pyad, torch):
        lib.manual_seed(0)
        module = lib.nn.Transformer(E, HEADS, 2, 2, 7, 0.0, dtype=lib.float64)
        found[lib] = module(lib.tensor(src), lib.tensor(tgt), **{name: lib.tensor(mask)})
        found[lib] = found[lib].detach().numpy()
        without = module(lib.tensor(src), lib.tensor(tgt)).detach().numpy()
        assert np.abs(without - found[lib]).max() > 1e-3
    np.testing.assert_allclose(found[pyad], found[torch], rtol=1e-9, atol=1e-11)
