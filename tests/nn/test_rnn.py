"""Recurrent layers, cells and packed sequences against PyTorch's."""

from __future__ import annotations

import copy
import pickle
import re
import warnings

import numpy as np
import pytest
import torch

import pyad

# The absolute part for sums of terms of size 5, one unit in the last place of which is 5e-7.
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 5e-6}, "float64": {"rtol": 1e-10, "atol": 1e-13}}

OPTIONS = [
    {},
    {"bias": False},
    {"num_layers": 3},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
    {"batch_first": True},
    {"num_layers": 2, "dropout": 0.4},
]
KINDS = ["RNN", "LSTM", "GRU"]


CASES = [
    *(
        pytest.param(kind, options, id=f"{kind}-{k}")
        for kind in KINDS
        for k, options in enumerate(OPTIONS)
    ),
    pytest.param("RNN", {"nonlinearity": "relu", "num_layers": 2}, id="RNN-relu"),
    pytest.param("LSTM", {"proj_size": 3, "num_layers": 2}, id="LSTM-proj"),
    pytest.param("LSTM", {"proj_size": 2, "bidirectional": True}, id="LSTM-proj-both"),
]
# Of PyTorch alone: it says which way it takes.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def pair(kind, *args, **options):
    """The two modules, made with one seed; their parameters must be equal already."""
    dtype = options.pop("dtype", "float64")
    out = []
    for p in (torch, pyad):
        p.manual_seed(5)
        out.append(getattr(p.nn, kind)(*args, **options, dtype=getattr(p, dtype)))
    a, b = out
    assert list(a.state_dict()) == list(b.state_dict())
    for x, y in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(x.detach().numpy(), y.detach().numpy())
    return out


def flat(out):
    if isinstance(out, tuple) and hasattr(out, "batch_sizes"):
        return [out.data]
    if isinstance(out, (tuple, list)):
        return [t for part in out for t in flat(part)]
    return [out]


def states_of(module, batch, rng):
    n = module.num_layers * (2 if module.bidirectional else 1)
    sizes = [module.proj_size or module.hidden_size, module.hidden_size]
    return [
        rng.standard_normal((n, *batch, size))
        for size in sizes[: 2 if isinstance(module, torch.nn.LSTM) else 1]
    ]


def compare(modules, x, states, call, dtype):
    """Outputs, and the gradients of a random weighting of them by everything."""
    results = []
    for p, module in zip((torch, pyad), modules, strict=True):
        p.manual_seed(9)  # dropout
        inputs = [p.tensor(v, dtype=getattr(p, dtype), requires_grad=True) for v in [x, *states]]
        h = inputs[1:]
        hx = None if not h else tuple(h) if len(h) == 2 else h[0]
        out = flat(call(p, module, inputs[0], hx))
        rng = np.random.default_rng(3)
        weights = [p.tensor(rng.standard_normal(tuple(y.shape)), dtype=y.dtype) for y in out]
        loss = sum((y * w).sum() for y, w in zip(out, weights, strict=True))
        loss.backward()
        module_grads = [q.grad for q in module.parameters()]
        results.append([t.detach().numpy() for t in [*out, *module_grads]])
        results[-1] += [t.grad.numpy() for t in inputs]
    for a, b in zip(*results, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(b, a, **TOLERANCE[dtype])


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "options"), CASES)
def test_layers(kind, options, dtype, given, rng):
    modules = pair(kind, 4, 5, **options, dtype=dtype)
    states = states_of(modules[0], (3,), rng) if given else []
    x = rng.standard_normal((3, 7, 4) if options.get("batch_first") else (7, 3, 4))
    compare(modules, x, states, lambda p, m, x, hx: m(x, hx), dtype)


@pytest.mark.parametrize("batch", [1, 2, 4, 17])
@pytest.mark.parametrize("kind", KINDS)
def test_sizes_around_the_kernels_widths(kind, batch, rng):
    for hidden in (1, 15, 16, 33, 70):
        modules = pair(kind, 3, hidden, dtype="float32")
        states = states_of(modules[0], (batch,), rng)
        compare(modules, rng.standard_normal((3, batch, 3)), states, lambda p, m, x, h: m(x, h),
                "float32")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_large_enough_for_threads(kind, rng):
    modules = pair(kind, 20, 80)
    states = states_of(modules[0], (40,), rng)
    compare(modules, rng.standard_normal((20, 40, 20)), states, lambda p, m, x, h: m(x, h),
            "float64")  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_unbatched(kind, options, rng):
    modules = pair(kind, 4, 5, **options)
    x = rng.standard_normal((6, 4))
    compare(modules, x, states_of(modules[0], (), rng), lambda p, m, x, hx: m(x, hx), "float64")


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [2, 6, 1, 4]])
@pytest.mark.parametrize(("kind", "options"), CASES)
def test_packed(kind, options, lengths, given, rng):
    modules = pair(kind, 4, 5, **options)
    first = bool(options.get("batch_first"))
    x = rng.standard_normal((4, 6, 4) if first else (6, 4, 4))

    def call(p, module, x, hx):
        rnn = p.nn.utils.rnn
        packed = rnn.pack_padded_sequence(x, lengths, first, enforce_sorted=False)
        out, state = module(packed, hx)
        padded, found = rnn.pad_packed_sequence(out, first, padding_value=0.5)
        assert found.tolist() == lengths
        return padded, state

    compare(modules, x, states_of(modules[0], (4,), rng) if given else [], call, "float64")


@pytest.mark.parametrize("kind", KINDS)
def test_only_last_state_used(kind, rng):
    modules = pair(kind, 4, 5, bidirectional=True)
    compare(modules, rng.standard_normal((6, 3, 4)), [], lambda p, m, x, hx: m(x, hx)[1], "float64")


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives(kind, rng):
    """A gradient penalty: the gradient of |d loss / d x|^2 by the parameters."""
    results = []
    modules = pair(kind, 2, 3, num_layers=2)
    x0 = rng.standard_normal((4, 2, 2))
    for p, module in zip((torch, pyad), modules, strict=True):
        x = p.tensor(x0, requires_grad=True)
        (g,) = p.autograd.grad((module(x)[0] ** 2).sum(), [x], create_graph=True)
        (g**2).sum().backward()
        results.append([q.grad.numpy() for q in module.parameters()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)


def test_gradcheck(rng):
    module = pyad.nn.LSTM(2, 3, bidirectional=True, dtype=pyad.float64)
    x = pyad.tensor(rng.standard_normal((3, 2, 2)), requires_grad=True)
    assert pyad.autograd.gradcheck(lambda x: module(x)[0], [x])
    assert pyad.autograd.gradgradcheck(lambda x: module(x)[0], [x])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell", "RNNCell-relu"])
def test_cells(kind, bias, rng):
    kind, _, relu = kind.partition("-")
    options = {"nonlinearity": relu} if relu else {}
    count = 2 if kind == "LSTMCell" else 1
    for batch in ((), (3,)):
        for given in (True, False):
            modules = pair(kind, 4, 5, bias=bias, **options)
            states = [rng.standard_normal((*batch, 5)) for _ in range(count if given else 0)]
            x = rng.standard_normal((*batch, 4))
            compare(modules, x, states, lambda p, m, x, hx: m(x, hx), "float64")


def test_evaluation_does_not_drop(rng):
    modules = pair("GRU", 4, 5, num_layers=2, dropout=0.9)
    for module in modules:
        module.eval()
    compare(modules, rng.standard_normal((3, 2, 4)), [], lambda p, m, x, hx: m(x, hx), "float64")


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_repr(kind, options):
    a, b = pair(kind, 4, 5, **options)
    assert repr(a) == repr(b)


def test_repr_of_cells():
    for kind, options in (("LSTMCell", {"bias": False}), ("RNNCell", {"nonlinearity": "relu"})):
        a, b = pair(kind, 4, 5, **options)
        assert repr(a) == repr(b)


def test_places():
    a, b = pair("LSTM", 4, 5, num_layers=2, bidirectional=True)
    assert [[tuple(w.shape) for w in ws] for ws in a.all_weights] == [
        [tuple(w.shape) for w in ws] for ws in b.all_weights
    ]
    b.flatten_parameters()
    x = pyad.ones(3, 2, 4, dtype=pyad.float64)
    for other in (copy.deepcopy(b), pickle.loads(pickle.dumps(b))):
        assert (other(x)[0] == b(x)[0]).all()
    assert b.float()(x.float())[0].dtype == pyad.float32


def test_weights_replaced():
    module = pyad.nn.GRU(2, 3)
    x = pyad.ones(4, 1, 2)
    before = module(x)[0]
    module.weight_ih_l0 = pyad.nn.Parameter(pyad.zeros(9, 2))
    assert not (module(x)[0] == before).all()


def test_results_survive_changes_in_place(rng):
    module = pyad.nn.LSTM(2, 3)
    x = pyad.tensor(rng.standard_normal((4, 2, 2)), dtype=pyad.float32)
    module(x)[0].sum().backward()
    want = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    y, _ = module(x)
    loss = y.sum()
    with pyad.no_grad():
        y.detach().zero_()
        x.zero_()
    loss.backward()
    for a, p in zip(want, module.parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), p.grad.numpy())


BAD = [
    (lambda p: p.nn.LSTM(4, 5)(p.ones(2, 3, 6)), "input.size(-1) must be equal to input_size"),
    (lambda p: p.nn.LSTM(4, 5)(p.ones(4)), "Expected input to be 2D or 3D"),
    (lambda p: p.nn.GRU(4, 5)(p.ones(1, 1, 1, 4)), "Expected input to be 2D or 3D"),
    (lambda p: p.nn.RNN(4, 5)(p.ones(4)), "RNN: Expected input to be 2D or 3D, got 1D tensor"),
    (lambda p: p.nn.GRU(4, 5)(p.ones(2, 3, 4), p.ones(1, 2, 5)), "Expected hidden size (1, 3, 5)"),
    (
        lambda p: p.nn.LSTM(4, 5)(p.ones(2, 3, 4), (p.ones(1, 3, 5), p.ones(1, 3, 6))),
        "Expected hidden[1] size (1, 3, 5), got [1, 3, 6]",
    ),
    (lambda p: p.nn.GRU(4, 5)(p.ones(2, 3, 4), p.ones(1, 5)), "For batched 3-D input"),
    (lambda p: p.nn.GRU(4, 5)(p.ones(2, 4), p.ones(1, 3, 5)), "For unbatched 2-D input"),
    (
        lambda p: p.nn.LSTM(4, 5)(p.ones(2, 4), (p.ones(1, 1, 5), p.ones(1, 1, 5))),
        "For unbatched 2-D input, hx and cx should also be 2-D but got (3-D, 3-D) tensors",
    ),
    (lambda p: p.nn.LSTM(4, 5)(p.ones(2, 3, 4).double()), "RNN input dtype"),
    (lambda p: p.nn.LSTM(4, 5)(p.ones(0, 3, 4)), "Expected sequence length to be larger than 0"),
    (lambda p: p.nn.LSTM(0, 5), "input_size must be greater than zero"),
    (lambda p: p.nn.LSTM(4, 0), "hidden_size must be greater than zero"),
    (lambda p: p.nn.LSTM(4, 2.5), "hidden_size should be of type int, got: float"),
    (lambda p: p.nn.LSTM(4, 5, num_layers=0), "num_layers must be greater than zero"),
    (lambda p: p.nn.LSTM(4, 5, bias=1), "bias should be of type bool, got: int"),
    (lambda p: p.nn.LSTM(4, 5, dropout=1.5), "dropout should be a number in range [0, 1]"),
    (lambda p: p.nn.LSTM(4, 5, proj_size=5), "proj_size has to be smaller than hidden_size"),
    (lambda p: p.nn.GRU(4, 5, proj_size=2), "proj_size argument is only supported for LSTM"),
    (lambda p: p.nn.RNN(4, 5, nonlinearity="sin"), "Unknown nonlinearity 'sin'"),
    (lambda p: p.nn.LSTMCell(4, 5)(p.ones(2, 3, 4)), "LSTMCell: Expected input to be 1D or 2D"),
    (
        lambda p: p.nn.utils.rnn.pack_padded_sequence(p.ones(3, 2, 1), [1, 3]),
        "`lengths` array must be sorted in decreasing order",
    ),
    (
        lambda p: p.nn.utils.rnn.pack_padded_sequence(p.ones(3, 2, 1), [3, 0]),
        "Length of all samples has to be greater than 0",
    ),
    (
        lambda p: p.nn.utils.rnn.pack_padded_sequence(p.ones(3, 2, 1), [3]),
        "Expected `len(lengths)` to be equal to batch_size",
    ),
    (
        lambda p: p.nn.utils.rnn.pad_packed_sequence(
            p.nn.utils.rnn.pack_sequence([p.ones(3), p.ones(2)]), total_length=2
        ),
        "Expected total_length to be at least the length",
    ),
]


@pytest.mark.parametrize("k", range(len(BAD)))
def test_errors_are_pytorchs(k):
    call, text = BAD[k]
    errors = (ValueError, RuntimeError, TypeError)
    with pytest.raises(errors, match=re.escape(text)) as theirs:
        call(torch)
    with pytest.raises(errors, match=re.escape(text)) as ours:
        call(pyad)
    assert isinstance(ours.value, type(theirs.value))


def test_rows_refuse():
    x, h = pyad.ones(2, 3, 4), pyad.zeros(1, 3, 5)
    w = [pyad.ones(20, 4), pyad.ones(20, 5), pyad.ones(20), pyad.ones(20)]
    rest = (True, 1, 0.0, False, False)
    assert pyad.lstm(x, [h, h], w, *rest)[0].shape == (2, 3, 5)
    for text, call in [
        ("lstm: expects 4 parameters", lambda: pyad.lstm(x, [h, h], w[:3], *rest)),
        ("lstm: expects 2 initial states", lambda: pyad.lstm(x, [h], w, *rest)),
        ("weight_ih must have shape", lambda: pyad.lstm(x, [h, h], [w[1], *w[1:]], *rest)),
        ("bias_hh must have shape", lambda: pyad.lstm(x, [h, h], [*w[:3], h], *rest)),
        ("must have the input's dtype", lambda: pyad.lstm(x.double(), [], w, *rest)),
        ("a floating input", lambda: pyad.lstm(x.long(), [], w, *rest)),
        ("dims, got shape", lambda: pyad.lstm(pyad.ones(4), [], w, *rest)),
        ("layers do not fit", lambda: pyad.lstm(x, [], w, True, 0, 0.0, False, False)),
        ("dropout must be between", lambda: pyad.lstm(x, [], w, True, 1, 2.0, False, False)),
        ("must be a multiple of 3", lambda: pyad.gru(x, None, w, *rest)),
        ("the state h must have", lambda: pyad.gru_cell(x[0], h, w[0][:15], w[1][:15])),
    ]:
        with pytest.raises((ValueError, TypeError), match=text):
            call()
    for sizes in ([2, 3], [3, 2, 0], [4, 1], [], [1.0]):
        with pytest.raises((ValueError, RuntimeError), match="batch_sizes"):
            pyad.lstm(x.reshape(6, 4), [], w, *rest, batch_sizes=pyad.tensor(sizes))


def test_dropout_of_one_layer_warns():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        pyad.nn.LSTM(4, 5, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pyad.nn.LSTM(4, 5, 2, dropout=0.5)


def test_sequences(rng):
    parts = [rng.standard_normal((n, 2)) for n in (2, 5, 3)]
    out = []
    for p in (torch, pyad):
        r = p.nn.utils.rnn
        sequences = [p.tensor(x) for x in parts]
        packed = r.pack_sequence(sequences, enforce_sorted=False)
        values = list(packed)
        for options in ({}, {"batch_first": True}, {"padding_value": 2.0, "padding_side": "left"}):
            values.append(r.pad_sequence(sequences, **options))
        values += r.pad_packed_sequence(packed, total_length=7)
        values += r.unpack_sequence(packed)
        values += r.unpad_sequence(r.pad_sequence(sequences), p.tensor([2, 5, 3]))
        values.append(r.PackedSequence(packed.data, packed.batch_sizes).data)
        again = pickle.loads(pickle.dumps(packed))
        assert isinstance(again, r.PackedSequence)
        assert again.unsorted_indices is not None
        values.append(packed.to(p.float32).data)
        out.append([v.numpy() for v in values])
    for a, b in zip(*out, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
