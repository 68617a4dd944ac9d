"""Normalising layers against PyTorch's: results, gradients, running statistics, states, errors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad

LAYERS = [
    ("BatchNorm1d", (4,), {}, (6, 4)),
    ("BatchNorm1d", (4,), {"momentum": None}, (6, 4, 3)),
    ("BatchNorm1d", (4,), {"affine": False, "eps": 1e-3}, (6, 4)),
    ("BatchNorm1d", (4,), {"track_running_stats": False}, (6, 4)),
    ("BatchNorm2d", (3,), {"momentum": 0.3}, (2, 3, 4, 5)),
    ("BatchNorm3d", (2,), {}, (3, 2, 2, 3, 2)),
    ("InstanceNorm1d", (4,), {}, (3, 4, 5)),
    ("InstanceNorm1d", (4,), {"affine": True}, (4, 5)),
    ("InstanceNorm2d", (3,), {"affine": True, "track_running_stats": True}, (2, 3, 4, 5)),
    ("InstanceNorm3d", (2,), {"track_running_stats": True, "momentum": 0.4}, (3, 2, 2, 3, 2)),
    ("GroupNorm", (2, 4), {}, (3, 4, 5)),
    ("GroupNorm", (4, 4), {"affine": False}, (3, 4, 2, 3)),
    ("LayerNorm", ((4, 5),), {}, (3, 4, 5)),
    ("LayerNorm", (5,), {"bias": False}, (3, 4, 5)),
    ("RMSNorm", (5,), {}, (3, 4, 5)),
    ("RMSNorm", ((4, 5),), {"eps": 1e-2, "elementwise_affine": False}, (3, 4, 5)),
    ("LocalResponseNorm", (3,), {"alpha": 0.5}, (2, 5, 4)),
]
IDS = [f"{name}-{k}" for k, (name, *_) in enumerate(LAYERS)]


def pair(name, args, kwargs, dtype):
    ours = getattr(pyad.nn, name)(*args, **kwargs).to(getattr(pyad, dtype))
    theirs = getattr(torch.nn, name)(*args, **kwargs).to(getattr(torch, dtype))
    rng = np.random.default_rng(3)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        values = rng.uniform(0.5, 1.5, tuple(q.shape)).astype(dtype)
        with pyad.no_grad():
            p.copy_(pyad.tensor(values))
        with torch.no_grad():
            q.copy_(torch.tensor(values))
    return ours, theirs


def close(a, b, dtype, what=""):
    tolerance = {"float32": 2e-5, "float64": 1e-11}[dtype]
    np.testing.assert_allclose(
        a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance, err_msg=what
    )


def same_state(ours, theirs, dtype):
    a, b = ours.state_dict(), theirs.state_dict()
    assert list(a) == list(b)
    for key in a:
        close(a[key], b[key], dtype, key)
        assert str(a[key].dtype).split(".")[-1] == str(b[key].dtype).split(".")[-1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAYERS, ids=IDS)
def test_training_then_evaluation(name, args, kwargs, shape, dtype):
    ours, theirs = pair(name, args, kwargs, dtype)
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs, dtype)
    rng = np.random.default_rng(0)
    for step in range(4):
        if step == 3:
            ours.eval()
            theirs.eval()
        x = rng.standard_normal(shape).astype(dtype) * 2 + 0.5
        g = rng.standard_normal(shape).astype(dtype)
        a = pyad.tensor(x, requires_grad=True)
        b = torch.tensor(x, requires_grad=True)
        y, z = ours(a), theirs(b)
        close(y, z, dtype, f"step {step}: result")
        ours.zero_grad()
        theirs.zero_grad()
        y.backward(pyad.tensor(g))
        z.backward(torch.tensor(g))
        close(a.grad, b.grad, dtype, f"step {step}: gradient")
        for (key, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            close(p.grad, q.grad, dtype, f"step {step}: gradient of {key}")
        same_state(ours, theirs, dtype)


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAYERS, ids=IDS)
def test_copies(name, args, kwargs, shape):
    layer = getattr(pyad.nn, name)(*args, **kwargs)
    x = pyad.randn(*shape)
    layer(x)
    layer.eval()
    expected = layer(x)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(x).detach().numpy(), expected.detach().numpy())
        assert repr(other) == repr(layer)


def test_running_statistics_that_are_not_contiguous():
    mean, var = pyad.zeros(6)[::2], pyad.ones(6)[::2]
    a, b = torch.zeros(6)[::2], torch.ones(6)[::2]
    x = np.random.default_rng(1).standard_normal((5, 3)).astype("float32")
    pyad.nn.functional.batch_norm(pyad.tensor(x), mean, var, training=True)
    torch.nn.functional.batch_norm(torch.tensor(x), a, b, training=True)
    close(mean, a, "float32")
    close(var, b, "float32")


def test_results_do_not_depend_on_threads():
    x = pyad.randn(64, 16, 28, 28)
    results = []
    before = pyad.get_num_threads()
    try:
        for threads in (1, 2, 3):
            pyad.set_num_threads(threads)
            leaf = x.clone().requires_grad_()
            layer = pyad.nn.BatchNorm2d(16)
            layer(leaf).square().sum().backward()
            results.append([leaf.grad.numpy(), layer.weight.grad.numpy()])
    finally:
        pyad.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda nn, t: nn.BatchNorm1d(3)(t.ones(2, 3, 4, 5)), ValueError, "expected 2D or 3D"),
        (lambda nn, t: nn.BatchNorm2d(3)(t.ones(2, 3)), ValueError, "expected 4D input"),
        (lambda nn, t: nn.BatchNorm1d(3)(t.ones(1, 3)), ValueError, "Expected more than 1 value"),
        (lambda nn, t: nn.InstanceNorm1d(3)(t.ones(2, 3, 1)), ValueError, "more than 1 spatial"),
        (lambda nn, t: nn.InstanceNorm2d(3)(t.ones(2, 3)), ValueError, "expected 3D or 4D"),
        (lambda nn, t: nn.GroupNorm(2, 3), ValueError, "must be divisible"),
        (lambda nn, t: nn.LocalResponseNorm(2)(t.ones(2, 3)), ValueError, "3D or higher"),
        (lambda nn, t: nn.BatchNorm1d(3)(t.ones(2, 4)), RuntimeError, "running_mean"),
        (lambda nn, t: nn.GroupNorm(2, 4)(t.ones(2, 5)), RuntimeError, "divisible"),
        (lambda nn, t: nn.RMSNorm(3)(t.ones(2, 4)), RuntimeError, "normalized_shape"),
    ],
)
def test_wrong_inputs_are_refused_as_by_pytorch(call, error, text):
    with pytest.raises(error, match=text):
        call(torch.nn, torch)
    with pytest.raises((error, ValueError), match=text):
        call(pyad.nn, pyad)


def test_a_refused_call_changes_no_statistics():
    layer = pyad.nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="more than 1 value"):
        layer(pyad.ones(1, 3))
    with pytest.raises(pyad.ShapeError):
        layer(pyad.ones(2, 4))
    assert layer.running_mean.tolist() == [0.0, 0.0, 0.0]
    assert layer.running_var.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("track", [True, False])
@pytest.mark.parametrize("momentum", [None, 0.1, 0.0, 0.7])
@pytest.mark.parametrize("dims", [2, 3, 4, 5])
def test_batches_are_counted_as_in_pytorch(dims, momentum, track, rng):
    """Counts, running statistics and results over steps in training and evaluation."""
    name = f"BatchNorm{max(dims - 2, 1)}d"
    layers = [
        getattr(lib.nn, name)(3, momentum=momentum, track_running_stats=track).to(lib.float64)
        for lib in (pyad, torch)
    ]
    for training in (True, True, True, False, True, False, False):
        x = rng.standard_normal((4, 3) + (3,) * (dims - 2))
        results = []
        for lib, layer in zip((pyad, torch), layers, strict=True):
            layer.train(training)
            results.append(layer(lib.tensor(x)).detach().numpy())
        np.testing.assert_allclose(*results, rtol=1e-12, atol=1e-12)
        ours, theirs = (layer.state_dict() for layer in layers)
        assert list(ours) == list(theirs)
        for key in ours:
            a, b = ours[key].numpy(), theirs[key].numpy()
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-12, err_msg=key)
    if not track:
        assert layers[0].num_batches_tracked is None
        return
    assert layers[0].num_batches_tracked.item() == 4
    again = getattr(pyad.nn, name)(3, momentum=momentum)
    again.load_state_dict(layers[0].state_dict())
    assert again.num_batches_tracked.item() == 4
    assert again.num_batches_tracked.dtype == pyad.int64


def test_states_without_a_count_leave_it():
    """As in PyTorch: what an old state does not say stays."""
    for lib in (pyad, torch):
        layer = lib.nn.BatchNorm1d(2)
        for _ in range(3):
            layer(lib.ones(2, 2))
        state = {k: v for k, v in layer.state_dict().items() if k != "num_batches_tracked"}
        layer.load_state_dict(state)
        assert layer.num_batches_tracked.item() == 3


def test_a_batch_that_is_refused_does_not_count():
    layer = pyad.nn.BatchNorm1d(2, momentum=None)
    with pytest.raises(ValueError, match="more than 1 value"):
        layer(pyad.ones(1, 2))
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_var.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("only", [(3,), (4,), (3, 4), (0, 1, 2, 3, 4)])
def test_known_statistics_have_derivatives(name, weighted, only, rng):
    """PyTorch refuses them; here in every mode those of the formula."""
    values = [
        rng.uniform(-1, 1, (3, 2, 4)),
        rng.uniform(0.5, 2, 2),
        rng.uniform(-1, 1, 2),
        rng.uniform(-1, 1, 2),
        rng.uniform(0.5, 2, 2),
    ]
    only = [i for i in only if weighted or i not in (1, 2)]
    training = {"batch_norm": "training", "instance_norm": "use_input_stats"}[name]

    def layer(x, w, b, mean, variance):
        more = {"weight": w, "bias": b} if weighted else {}
        function = getattr(pyad.nn.functional, name)
        return function(x, mean, variance, **more, **{training: False})

    def formula(x, w, b, mean, variance):
        each = (1, -1, 1)
        y = (x - mean.reshape(each)) / (variance.reshape(each) + 1e-5).sqrt()
        return y * w.reshape(each) + b.reshape(each) if weighted else y

    seed, pushed = (pyad.tensor(rng.uniform(-1, 1, (3, 2, 4))) for _ in range(2))
    found = []
    for function in (layer, formula):
        xs = [pyad.tensor(v, requires_grad=i in only) for i, v in enumerate(values)]
        asked = [xs[i] for i in only]
        first = pyad.autograd.grad(function(*xs), asked, seed)
        again = pyad.autograd.grad(function(*xs), asked, seed, create_graph=True)
        asks = sum((g * g).sum() for g in again) + sum(x.sum() for x in asked)
        second = pyad.autograd.grad(asks, asked)
        found.append([*first, *again, *second])
        with pyad.autograd.forward_ad.dual_level():
            duals = [
                pyad.autograd.forward_ad.make_dual(pyad.tensor(v), pyad.tensor(v).cos())
                if i in only
                else pyad.tensor(v)
                for i, v in enumerate(values)
            ]
            tangent = pyad.autograd.forward_ad.unpack_dual(function(*duals)).tangent
            found[-1].append((tangent * pushed).sum())
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "groups"), [((1, 2, 1, 1), 2), ((1, 2), 2), ((1, 1), 1), ((1, 4, 1), 4)]
)
def test_groups_of_one_value_are_refused(shape, groups):
    """As PyTorch does where there is one instance; with several, the result is the bias."""
    words = "Expected more than 1 value per channel when training, got input size"
    for lib in (pyad, torch):
        f = lib.nn.functional.group_norm
        for call in (lambda x: f(x, groups), lib.nn.GroupNorm(groups, shape[1])):  # noqa: B023
            with pytest.raises(ValueError, match=words):
                call(lib.ones(shape))
        for more in ((2, *shape[1:]), (1, 2 * shape[1], *shape[2:]), (0, *shape[1:])):
            assert f(lib.ones(more), groups).sum().item() == 0
        with pytest.raises(ValueError, match="Expected more than 1 spatial element when training"):
            lib.nn.functional.instance_norm(lib.ones(2, 2, 1))
