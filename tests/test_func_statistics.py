"""Running statistics and samples inside `vmap`, beside PyTorch or a loop over examples."""

import copy

import numpy as np
import pytest
import torch

import pyad
from pyad import func

LIBRARIES = {"pyad": (pyad, func), "torch": (torch, torch.func)}
DRAW = np.random.default_rng(3)
X1 = DRAW.standard_normal((3, 5, 2, 4))
X2 = DRAW.standard_normal((3, 5, 2, 4, 3))


def close(a, b, tolerance=1e-5):
    np.testing.assert_allclose(
        a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance
    )


LAYERS = {
    "BatchNorm1d": (lambda lib: lib.nn.BatchNorm1d(2, momentum=0.3), X1),
    "BatchNorm1d of rows": (lambda lib: lib.nn.BatchNorm1d(2), X1[..., 0]),
    "BatchNorm2d": (lambda lib: lib.nn.BatchNorm2d(2, affine=False), X2),
    "InstanceNorm1d": (lambda lib: lib.nn.InstanceNorm1d(2, track_running_stats=True), X1),
    "InstanceNorm2d": (
        lambda lib: lib.nn.InstanceNorm2d(2, affine=True, track_running_stats=True),
        X2,
    ),
    "a net": (
        lambda lib: lib.nn.Sequential(
            lib.nn.Conv1d(2, 2, 1), lib.nn.BatchNorm1d(2), lib.nn.ReLU(), lib.nn.BatchNorm1d(2)
        ),
        X1,
    ),
}


def run(f, nets, x, *, own, training):
    """Two steps of an ensemble: outputs, buffers, gradients."""
    for net in nets:
        net.train(training)
    params, buffers = f.stack_module_state(nets)
    base = copy.deepcopy(nets[0])

    def loss(p, b, x):
        y = f.functional_call(base, (p, b), (x,))
        return (y * y * y).sum(), y

    step = f.vmap(f.grad(loss, has_aux=True), in_dims=(0, 0, 0 if own else None))
    grads, y = step(params, buffers, x)
    grads, y = step(params, buffers, x)
    return y, buffers, grads


def nets_of(make):
    """The same nets here and in PyTorch."""
    ours = [make(pyad) for _ in range(3)]
    theirs = [make(torch) for _ in range(3)]
    for a, b in zip(ours, theirs, strict=True):
        b.load_state_dict({k: torch.tensor(v.numpy()) for k, v in a.state_dict().items()})
    return ours, theirs


@pytest.mark.parametrize("own", [True, False], ids=["own inputs", "one input"])
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", list(LAYERS))
def test_ensembles_move_their_own_statistics(name, training, own):
    make, data = LAYERS[name]
    ours, theirs = nets_of(make)
    data = data.astype(np.float32)
    data = data if own else data[0]
    got = run(func, ours, pyad.tensor(data), own=own, training=training)
    want = run(torch.func, theirs, torch.tensor(data), own=own, training=training)
    close(got[0], want[0], 1e-4)
    for k in want[1]:
        close(got[1][k], want[1][k], 1e-4)
    for k in want[2]:
        close(got[2][k], want[2][k], 2e-3)


def statistics(lib, dtype="float64"):
    kind = getattr(lib, dtype)
    return lib.zeros(3, 2, dtype=kind), lib.ones(3, 2, dtype=kind)


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_as_example_by_example(name):
    rule = getattr(pyad.nn.functional, name)
    flag = {"training": True} if name == "batch_norm" else {}
    x = pyad.tensor(X1)
    m, v = statistics(pyad)
    y = func.vmap(lambda x, m, v: rule(x, m, v, momentum=0.4, **flag))(x, m, v)
    m2, v2 = statistics(pyad)
    want = pyad.stack([rule(x[i], m2[i], v2[i], momentum=0.4, **flag) for i in range(3)])
    close(y, want, 1e-12)
    close(m, m2, 1e-12)
    close(v, v2, 1e-12)


def test_batches_within_batches():
    x = pyad.tensor(X1).reshape(3, 5, 2, 2, 2)
    m, v = pyad.zeros(3, 2, 2, dtype=pyad.float64), pyad.ones(3, 2, 2, dtype=pyad.float64)
    m2, v2 = m.clone(), v.clone()
    norm = pyad.nn.functional.batch_norm
    inner = func.vmap(lambda x, m, v: norm(x, m, v, training=True), in_dims=(2, 0, 0))
    func.vmap(inner)(x, m, v)
    for i in range(3):
        for j in range(2):
            norm(x[i, :, :, j], m2[i, j], v2[i, j], training=True)
    close(m, m2, 1e-12)
    close(v, v2, 1e-12)


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_statistics_of_all_are_refused(name):
    for lib, f in LIBRARIES.values():
        rule = getattr(lib.nn.functional, name)
        flag = {"training": True} if name == "batch_norm" else {}
        m, v = statistics(lib)
        mean, variance = m[0], v[0]
        with pytest.raises(RuntimeError, match=r"batched.*running_mean or running_var"):
            f.vmap(lambda x: rule(x, mean, variance, **flag))(lib.tensor(X1))  # noqa: B023
        assert mean.tolist() == [0.0, 0.0]
        assert variance.tolist() == [1.0, 1.0]
    m, v = statistics(pyad)
    rule = getattr(pyad.nn.functional, name)
    with pytest.raises(RuntimeError, match="running_mean or running_var"):
        func.vmap(lambda x, m: rule(x, m, v[0], **flag))(pyad.tensor(X1), m)
    assert m.sum().item() == 0.0


# ---- samples


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("randomness", ["same", "different"])
def test_gumbel_softmax(randomness, hard):
    logits = pyad.zeros(4, 5, 6)
    sample = pyad.nn.functional.gumbel_softmax
    pyad.manual_seed(0)
    y = func.vmap(lambda x: sample(x, hard=hard), randomness=randomness)(logits)
    assert y.shape == (4, 5, 6)
    close(y.sum(-1), pyad.ones(4, 5))
    assert bool((y[0] == y[1]).all()) == (randomness == "same")
    pyad.manual_seed(0)
    if randomness == "same":
        close(y[0], sample(logits[0], hard=hard))
    else:
        close(y, sample(logits, hard=hard))


def test_gumbel_softmax_is_differentiated():
    logits = pyad.tensor(DRAW.standard_normal((4, 6)))
    w = pyad.arange(6.0).double()

    def loss(x):
        return (pyad.nn.functional.gumbel_softmax(x, tau=0.7, hard=True) * w).sum()

    pyad.manual_seed(1)
    got = func.vmap(func.grad(loss), randomness="different")(logits)
    pyad.manual_seed(1)
    want = func.grad(lambda x: loss(x))(logits)
    close(got, want, 1e-12)


def test_gumbel_softmax_asks_for_randomness():
    with pytest.raises(RuntimeError, match="randomness"):
        func.vmap(pyad.nn.functional.gumbel_softmax)(pyad.zeros(2, 3))
