"""The fourth document: a network of letters and its gradients by hand, each beside autograd's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad
from same import plain

PARAMETERS = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"]
STEPS = [
    "logprobs",
    "probs",
    "counts",
    "counts_sum",
    "counts_sum_inv",
    "norm_logits",
    "logit_maxes",
    "logits",
    "h",
    "hpreact",
    "bnraw",
    "bnvar_inv",
    "bnvar",
    "bndiff2",
    "bndiff",
    "hprebn",
    "bnmeani",
    "embcat",
    "emb",
]
# What the blocks find already there: the sizes of the network and a batch of letters.
PROLOGUE = """
import torch
import torch.nn.functional as F
torch.manual_seed(5)
vocab_size, block_size, n = 27, 3, 32
Xb = torch.randint(0, vocab_size, (n, block_size))
Yb = torch.randint(0, vocab_size, (n,))
"""
DOUBLE = "torch.set_default_dtype(torch.float64)\n"
ZEROS = [("grad", "b1"), ("grad", "logit_maxes")]
BLOCKS = "network/parameters network/forward network/by_hand"


def numbers(lib, blocks, more=DOUBLE):
    """Runs the blocks; returns values and gradients of their tensors, and what they print."""
    try:
        found = blocks.run(BLOCKS, lib, PROLOGUE + more)
    finally:
        lib.set_default_dtype(lib.float32)
    tensors = {k: v for k, v in found.items() if isinstance(v, lib.Tensor)}
    assert all(tensors[name].is_leaf and tensors[name].requires_grad for name in PARAMETERS)
    grads = {k: v.grad for k, v in tensors.items() if v.is_leaf or v.retains_grad}
    functional = lib.nn.functional.cross_entropy(found["logits"], found["Yb"]).item()
    return {
        "value": {k: plain(v) for k, v in tensors.items()},
        "grad": {k: plain(g) for k, g in grads.items() if g is not None},
        "printed": found["printed"],
        "cross entropy": functional,
    }


@pytest.fixture(scope="module", params=["pyad", "torch"])
def found(request, blocks):
    return numbers({"pyad": pyad, "torch": torch}[request.param], blocks)


def test_parameters(found):
    assert found["printed"] == "4137\n"


@pytest.mark.parametrize("name", PARAMETERS + STEPS)
def test_by_hand_as_autograd(name, found):
    hand, automatic = found["value"]["d" + name], found["grad"][name]
    # The batch normalisation takes away what b1 adds, the softmax what the maxima take.
    if name in ("b1", "logit_maxes"):
        assert max(np.abs(automatic).max(), np.abs(hand).max()) < 1e-15
        return
    scale = np.abs(automatic).max()
    assert scale > 1e-5
    np.testing.assert_allclose(hand.reshape(automatic.shape), automatic, rtol=0, atol=1e-12 * scale)


def test_loss(found):
    logits, y = found["value"]["logits"], found["value"]["Yb"]
    want = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(32), y])
    assert found["value"]["loss"] == pytest.approx(want, rel=1e-14)
    assert found["cross entropy"] == pytest.approx(want, rel=1e-14)
    assert math.log(27) < want < 2 * math.log(27)


@pytest.mark.parametrize("more", ["", DOUBLE])
def test_both_libraries_give_the_same_numbers(more, blocks):
    """Equal seeds, equal values: of every tensor the blocks name, gradients included."""
    mine, its = (numbers(lib, blocks, more) for lib in (pyad, torch))
    named = PARAMETERS + STEPS
    assert {*named, *(f"d{name}" for name in named)} <= set(its["value"])
    assert set(its["grad"]) - {"p", "t"} == set(named)
    rtol = 1e-12 if more else 1e-4
    for kind in ("value", "grad"):
        assert list(mine[kind]) == list(its[kind])
        for name, b in its[kind].items():
            a = mine[kind][name]
            assert (a.dtype, a.shape) == (b.dtype, b.shape), name
            if name in ("db1", "dlogit_maxes") or (kind, name) in ZEROS:
                continue  # zeros but for rounding
            scale = np.abs(b).max()
            np.testing.assert_allclose(a, b, rtol=0, atol=rtol * scale, err_msg=name)
    assert mine["printed"] == its["printed"]
