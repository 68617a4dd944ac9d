"""Attention and transformer layers against PyTorch's: equal seeds, equal numbers."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch

import pyad

TOLERANCE = {"float32": 2e-5, "float64": 1e-11}


def arrays(*shapes, dtype="float32"):
    rng = np.random.default_rng(5)
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def close(a, b, dtype, what=""):
    tol = TOLERANCE[dtype]
    np.testing.assert_allclose(
        a.detach().numpy(), b.detach().numpy(), rtol=tol, atol=tol, err_msg=what
    )


def both(build, dtype):
    """The module in both packages, made from one seed."""
    pair = []
    for p in (pyad, torch):
        p.manual_seed(3)
        with warnings.catch_warnings():  # about nested tensors, which PyTorch alone has
            warnings.simplefilter("ignore")
            pair.append(build(p.nn).to(getattr(p, dtype)))
    ours, theirs = pair
    a, b = ours.state_dict(), theirs.state_dict()
    assert list(a) == list(b)
    for key in a:
        np.testing.assert_allclose(a[key].numpy(), b[key].numpy(), rtol=1e-6, err_msg=key)
        if dtype == "float32":  # bit by bit, but for the rounding of a square root
            ours.get_parameter(key).data.copy_(pyad.tensor(b[key].numpy()))
    return ours, theirs


def compare(build, inputs, call, dtype="float64"):
    """Results and all gradients, after the same random numbers in dropout."""
    ours, theirs = both(build, dtype)
    results = []
    for p, module in ((pyad, ours), (torch, theirs)):
        leaves = [
            p.tensor(x, requires_grad=True) if x.dtype.kind == "f" else p.tensor(x) for x in inputs
        ]
        p.manual_seed(7)
        out = call(p, module, *leaves)
        out = [y for y in (out if isinstance(out, tuple) else (out,)) if y is not None]
        total = sum((y * y.detach().cos()).sum() for y in out)
        total.backward()
        results.append((out, leaves, dict(module.named_parameters())))
    (out, leaves, params), (expected, others, references) = results
    for k, (y, z) in enumerate(zip(out, expected, strict=True)):
        assert tuple(y.shape) == tuple(z.shape)
        close(y, z, dtype, f"result {k}")
    for k, (x, z) in enumerate(zip(leaves, others, strict=True)):
        if z.requires_grad and z.grad is not None:
            close(x.grad, z.grad, dtype, f"gradient of input {k}")
    for name, z in references.items():
        if z.grad is not None:
            close(params[name].grad, z.grad, dtype, f"gradient of {name}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": False},
        {"dropout": 0.4},
        {"add_bias_kv": True},
        {"add_zero_attn": True},
        {"add_bias_kv": True, "add_zero_attn": True},
        {"kdim": 5, "vdim": 3},
    ],
    ids=str,
)
def test_multihead_attention(options, need_weights, dtype):
    k, v = options.get("kdim", 8), options.get("vdim", 8)
    compare(
        lambda nn: nn.MultiheadAttention(8, 2, **options),
        arrays((4, 3, 8), (6, 3, k), (6, 3, v), dtype=dtype),
        lambda p, m, q, k, v: m(q, k, v, need_weights=need_weights),
        dtype,
    )


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_self_attention_and_attention_to_a_memory(batch_first, need_weights):
    def build(nn):
        return nn.MultiheadAttention(8, 4, batch_first=batch_first)

    x, memory = arrays((3, 5, 8), (3, 7, 8) if batch_first else (6, 5, 8), dtype="float64")
    compare(build, [x], lambda p, m, x: m(x, x, x, need_weights=need_weights))
    compare(build, [x, memory], lambda p, m, x, y: m(x, y, y, need_weights=need_weights))
    compare(build, arrays((5, 8), (6, 8), dtype="float64"), lambda p, m, x, y: m(x, y, y))


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("kind", ["bool", "float", "heads", "padding", "both"])
def test_masks(kind, need_weights):
    rng = np.random.default_rng(2)
    hidden = rng.random((4, 4)) < 0.3
    hidden[:, 0] = False
    padding = np.zeros((3, 4), bool)
    padding[1, 2:] = True

    def call(p, m, x):
        mask = None
        if kind in ("bool", "both"):
            mask = p.tensor(hidden)
        elif kind == "float":
            mask = p.tensor(rng.standard_normal((4, 4)) * 0 + hidden * -2.0)
        elif kind == "heads":
            mask = p.tensor(np.broadcast_to(hidden, (6, 4, 4)).copy())
        ignored = None
        if kind == "padding" or kind == "both":
            ignored = p.tensor(padding)
        return m(
            x,
            x,
            x,
            attn_mask=mask,
            key_padding_mask=ignored,
            need_weights=need_weights,
            average_attn_weights=False,
        )

    compare(lambda nn: nn.MultiheadAttention(8, 2), arrays((4, 3, 8), dtype="float64"), call)


@pytest.mark.filterwarnings("ignore:Support for mismatched:UserWarning")
@pytest.mark.parametrize("with_padding", [False, True])
def test_the_hint_that_a_mask_is_causal(with_padding):
    padding = np.array([[False] * 4, [False, False, True, True]])

    def call(p, m, x):
        mask = p.nn.Transformer.generate_square_subsequent_mask(4).to(p.float64)
        ignored = p.tensor(padding) if with_padding else None
        options = {"need_weights": False, "is_causal": True, "key_padding_mask": ignored}
        return m(x, x, x, attn_mask=mask, **options)

    compare(lambda nn: nn.MultiheadAttention(8, 2), arrays((4, 2, 8), dtype="float64"), call)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dropout": 0.0, "norm_first": True},
        {"activation": "gelu", "batch_first": True},
        {"bias": False, "layer_norm_eps": 1e-3},
    ],
    ids=str,
)
def test_encoder_layer(options, dtype):
    def call(p, m, x):
        mask = p.nn.Transformer.generate_square_subsequent_mask(4).to(x.dtype)
        return m(m(x, src_mask=mask))

    compare(
        lambda nn: nn.TransformerEncoderLayer(8, 2, 16, **options),
        arrays((4, 4, 8), dtype=dtype),
        call,
        dtype,
    )


@pytest.mark.parametrize("options", [{}, {"norm_first": True, "batch_first": True}], ids=str)
def test_decoder_layer(options):
    compare(
        lambda nn: nn.TransformerDecoderLayer(8, 2, 16, **options),
        arrays((4, 4, 8), (4, 4, 8), dtype="float64"),
        lambda p, m, x, y: m(x, y),
    )


@pytest.mark.parametrize("training", [False, True])
def test_encoder_decoder(training):
    def call(p, m, src, tgt):
        m.train(training)
        mask = p.nn.Transformer.generate_square_subsequent_mask(tgt.shape[0]).to(tgt.dtype)
        return m(src, tgt, tgt_mask=mask)

    compare(
        lambda nn: nn.Transformer(8, 2, 2, 2, 16),
        arrays((6, 3, 8), (4, 3, 8), dtype="float64"),
        call,
    )


def test_a_stack_sees_that_its_mask_is_causal():
    def call(p, m, x):
        mask = p.nn.Transformer.generate_square_subsequent_mask(4).to(p.float64)
        return m(x, mask=mask)

    compare(
        lambda nn: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16), 2, enable_nested_tensor=False
        ),
        arrays((4, 3, 8), dtype="float64"),
        call,
    )


@pytest.mark.parametrize(
    "build",
    [
        lambda nn: nn.MultiheadAttention(8, 2, kdim=4, add_bias_kv=True),
        lambda nn: nn.TransformerEncoderLayer(8, 2, 16),
        lambda nn: nn.TransformerDecoderLayer(8, 2, 16, activation="gelu"),
        lambda nn: nn.Transformer(8, 2, 1, 1, 16),
    ],
)
def test_repr_and_copies(build):
    ours, theirs = both(build, "float32")
    assert repr(ours) == repr(theirs)
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert repr(other) == repr(ours)
        for a, b in zip(ours.parameters(), other.parameters(), strict=True):
            np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def test_second_derivatives_of_a_fused_layer():
    """Gradient penalties differentiate attention twice: against its expression by hand."""
    rng = np.random.default_rng(0)
    q, k, v = (pyad.tensor(rng.standard_normal((2, 4, 3)), requires_grad=True) for _ in range(3))
    results = []
    for attend in (
        pyad.nn.functional.scaled_dot_product_attention,
        lambda q, k, v: pyad.softmax(q @ k.transpose(1, 2) / 3**0.5, -1) @ v,
    ):
        gs = pyad.autograd.grad((attend(q, k, v) ** 2).sum(), (q, k, v), create_graph=True)
        results.append(pyad.autograd.grad(sum((g**2).sum() for g in gs), (q, k, v)))
    for a, b in zip(*results, strict=True):
        close(a, b, "float64")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda nn, t: nn.MultiheadAttention(0, 2), ValueError),
        (lambda nn, t: nn.MultiheadAttention(6, 4), AssertionError),
        (lambda nn, t: nn.MultiheadAttention(4, 2)(*[t.ones(2, 3, 5)] * 3), AssertionError),
        (lambda nn, t: nn.MultiheadAttention(4, 2)(*[t.ones(2)] * 3), AssertionError),
        (
            lambda nn, t: nn.MultiheadAttention(4, 2)(
                *[t.ones(3, 2, 4)] * 3, attn_mask=t.ones(2, 2)
            ),
            RuntimeError,
        ),
        (lambda nn, t: nn.TransformerEncoderLayer(4, 2, activation="cube"), RuntimeError),
        (
            lambda nn, t: nn.Transformer(4, 2, 1, 1, 4)(t.ones(3, 2, 4), t.ones(3, 1, 4)),
            RuntimeError,
        ),
        (
            lambda nn, t: nn.functional.scaled_dot_product_attention(
                *[t.ones(3, 2)] * 3, attn_mask=t.ones(3, 3), is_causal=True
            ),
            RuntimeError,
        ),
        (
            lambda nn, t: nn.functional.scaled_dot_product_attention(
                t.ones(3, 2), t.ones(3, 4), t.ones(3, 2)
            ),
            RuntimeError,
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning")
def test_wrong_inputs_are_refused_as_by_pytorch(call, error):
    with pytest.raises(error):
        call(torch.nn, torch)
    with pytest.raises(error):
        call(pyad.nn, pyad)
