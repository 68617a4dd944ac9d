"""Programs of our own with each kind of line that the documents write, in both libraries.

They need no folder: whoever has not the documents tests by them what the documents ask for.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad
from same import same


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_operators_on_numbers():
    """Sums, differences, products, quotients and powers of traced numbers, and a tanh."""

    def program(lib):
        x, w, b, y = (lib.tensor(v, dtype=float, requires_grad=True) for v in (1.5, -0.4, 0.3, 0.8))
        a = x * w + b
        cost = (lib.tensor(1.0) / lib.tensor(2.0)) * ((a.tanh() - y) ** lib.tensor(2.0))
        cost.backward()
        return [
            cost,
            x.grad,
            w.grad,
            b.grad,
            y.grad,
            f"{w.grad:.6f}",
            f"{cost:.3e}",
            f"{lib.tensor(0.5)}",
        ]

    found = same(program)
    t = math.tanh(1.5 * -0.4 + 0.3)
    assert found[2] == pytest.approx((t - 0.8) * (1 - t * t) * 1.5, rel=1e-14)
    x, w = pyad.Value(1.5), pyad.Value(-0.4)
    ((x * w + 0.3).tanh() - 0.8).backward()
    assert w.grad == pytest.approx((1 - t * t) * 1.5, rel=1e-14)


@pytest.mark.filterwarnings("ignore:Using backward")
def test_what_a_node_has():
    """Data, the wish for a gradient, children, and a gradient that is a node itself."""

    def program(lib):
        x = lib.tensor([2.0, 3.0], requires_grad=True)
        y = x * x
        children = [child.variable is x for child, _ in y.grad_fn.next_functions]
        before = x.grad
        y.backward(lib.tensor([1.0, 10.0]), create_graph=True)
        (again,) = lib.autograd.grad(x.grad.sum(), x)
        x.grad = None
        return [children, before, y, y.requires_grad, y.is_leaf, again]

    found = same(program)
    assert found[0] == [True, True]
    assert found[-1].tolist() == [2.0, 20.0]


def test_a_tensor_of_sizes_and_values():
    """`Tensor` with a capital, the wish set afterwards, a gradient of ones, numbers in text."""

    def program(lib):
        x = lib.Tensor([4])
        x.requires_grad = True
        y = lib.pow(lib.cos(lib.pow(x, 2)), 3) * 5
        y.backward(gradient=lib.ones(1))
        return [y, x.grad, f"{x.item()} {round(y.item(), 4)} {round(x.grad.item(), 3)}"]

    y, slope, _ = same(program, rtol=1e-5)
    assert y[0] == pytest.approx(5 * math.cos(16) ** 3, rel=1e-5)
    assert slope[0] == pytest.approx(-120 * math.cos(16) ** 2 * math.sin(16), rel=1e-5)


def test_rows_and_columns_by_sequences():
    """A range for the rows and labels for the columns, read, written and added to."""

    def program(lib):
        generator = lib.Generator().manual_seed(11)
        table = lib.randn((5, 4), generator=generator, dtype=float)
        labels = lib.randint(0, 4, (5,), generator=generator)
        table.requires_grad = True
        n = len(table)
        picked = -table.log_softmax(1)[range(n), labels].mean()
        picked.backward()
        by_hand = table.detach().softmax(1)
        by_hand[range(n), labels] -= 1.0
        by_hand[range(n), labels] += lib.zeros(n, dtype=float)
        marks = lib.zeros_like(by_hand)
        marks[range(n), labels] = -1.0 / n
        return [picked, table.grad, by_hand / n, marks]

    _, automatic, hand, marks = same(program)
    np.testing.assert_allclose(hand, automatic, rtol=1e-13)
    assert (marks == -0.2).sum() == 5


def test_a_layer_and_its_gradients_by_hand():
    """Embedding by an index, views, sums that keep a dim, powers, maxima, one-hot, `+=`, loops."""

    def program(lib):
        generator = lib.Generator().manual_seed(7)
        letters, width, seen, n = 6, 3, 2, 8
        C = lib.randn((letters, width), generator=generator, dtype=float)
        W = lib.randn((width * seen, letters), generator=generator, dtype=float) * (5 / 3) / 6**0.5
        b = lib.randn(letters, generator=generator, dtype=float) * 0.1
        gain = lib.randn((1, letters), generator=generator, dtype=float) * 0.1 + 1.0
        parameters = [C, W, b, gain]
        count = sum(p.nelement() for p in parameters)
        for p in parameters:
            p.requires_grad = True
        x = lib.randint(0, letters, (n, seen), generator=generator)
        y = lib.randint(0, letters, (n,), generator=generator)
        emb = C[x]
        flat = emb.view(emb.shape[0], -1)
        pre = flat @ W + b
        mean = 1 / n * pre.sum(0, keepdim=True)
        diff = pre - mean
        var = 1 / (n - 1) * (diff**2).sum(0, keepdim=True)
        inv = (var + 1e-5) ** -0.5
        raw = diff * inv
        h = lib.tanh(gain * raw)
        largest = h.max(1, keepdim=True).values
        counts = (h - largest).exp()
        total = counts.sum(1, keepdims=True)
        probs = counts * total**-1
        loss = -probs.log()[range(n), y].mean()
        for p in parameters:
            p.grad = None
        steps = [probs, counts, h, raw, inv, var, diff, pre, emb]
        for t in steps:
            t.retain_grad()
        loss.backward()

        with lib.no_grad():
            dh = probs.clone()
            dh[range(n), y] -= 1
            dh *= 1.0 / n
            dpre = (1.0 - h**2) * dh
            dgain = (raw * dpre).sum(0, keepdim=True)
            draw = gain * dpre
            dinv = (diff * draw).sum(0, keepdim=True)
            dvar = (-0.5 * (var + 1e-5) ** -1.5) * dinv
            ddiff = inv * draw
            ddiff += 2 * diff * (1.0 / (n - 1)) * lib.ones_like(diff) * dvar
            dsum = ddiff.clone()
            dsum += 1.0 / n * (lib.ones_like(pre) * (-ddiff).sum(0))
            dW = flat.T @ dsum
            demb = (dsum @ W.T).view(emb.shape)
            dC = lib.zeros_like(C)
            for k in range(x.shape[0]):
                for j in range(x.shape[1]):
                    ix = x[k, j]
                    dC[ix] += demb[k, j]
            hot = lib.nn.functional.one_hot(h.max(1).indices, num_classes=h.shape[1]) * largest
        automatic = [C.grad, W.grad, gain.grad, emb.grad, pre.grad]
        return [count, loss, [dC, dW, dgain, demb, dsum], automatic, hot]

    count, _, hand, automatic, _ = same(program, rtol=1e-10)
    assert count == 6 * 3 + 6 * 6 + 6 + 6
    for mine, its in zip(hand, automatic, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-10, atol=1e-15)


def test_a_fit_by_autograd_and_by_modules():
    """NumPy's random points, in-place steps without recording, modules with given weights."""

    def program(lib):
        rng = np.random.default_rng(2)
        points = rng.random((20, 2))
        values = np.dot(points, [0.5, -1.5]) + 0.25
        x = lib.from_numpy(points).type(lib.DoubleTensor)
        y = lib.from_numpy(values).type(lib.DoubleTensor).unsqueeze(1)
        w0, b0 = (lib.from_numpy(rng.random(k)).type(lib.DoubleTensor) for k in (2, 1))
        w, b = w0.clone().unsqueeze(1), b0.clone().unsqueeze(1)
        w.requires_grad_(True)
        b.requires_grad_(True)
        losses = []
        for _ in range(5):
            loss = (x.mm(w) + b - y).pow(2).sum()
            loss.backward()
            with lib.no_grad():
                w -= 0.01 * w.grad
                b -= 0.01 * b.grad
            w.grad.zero_()
            b.grad.zero_()
            losses.append(loss.data)
        fits = [[w.data, b.data.t(), lib.stack(losses)]]
        for optimize in (False, True):
            model = lib.nn.Sequential(lib.nn.Linear(2, 1))
            for m in model.children():
                m.weight.data = w0.clone().unsqueeze(0)
                m.bias.data = b0.clone()
            criterion = lib.nn.MSELoss(reduction="sum")
            model.train()
            optimizer = lib.optim.SGD(model.parameters(), lr=0.01)
            losses = []
            for _ in range(5):
                loss = criterion(model(x), y)
                (optimizer if optimize else model).zero_grad()
                loss.backward()
                if optimize:
                    optimizer.step()
                else:
                    with lib.no_grad():
                        for p in model.parameters():
                            p.data -= 0.01 * p.grad
                losses.append(loss.data)
            weight, bias = model.parameters()
            fits.append([weight.data.t(), bias.data.unsqueeze(0), lib.stack(losses)])
            fits.append([str(p).replace(lib.__name__, "lib") for p in model.parameters()])
        return fits

    by_autograd, by_module, texts, by_optimizer, _ = same(program, rtol=1e-11)
    assert texts[0].startswith("Parameter containing:\ntensor([[")
    for other in (by_module, by_optimizer):
        for mine, its in zip(by_autograd, other, strict=True):
            np.testing.assert_allclose(mine, its, rtol=1e-12)


def test_chain_rule_of_two_paths():
    """f(x(t), y(t)): what t does through x and through y adds up, in both modes."""

    def program(lib):
        t = lib.tensor(0.7, dtype=float, requires_grad=True)
        f = (t.sin() ** 2) * (3 * t).exp()
        (slope,) = lib.autograd.grad(f, t)
        with lib.autograd.forward_ad.dual_level():
            dual = lib.autograd.forward_ad.make_dual(t.detach(), lib.ones_like(t.detach()))
            out = (dual.sin() ** 2) * (3 * dual).exp()
            return [slope, lib.autograd.forward_ad.unpack_dual(out).tangent]

    s, c, e = math.sin(0.7), math.cos(0.7), math.exp(2.1)
    assert same(program) == [pytest.approx(2 * s * c * e + s * s * 3 * e, rel=1e-14)] * 2


def test_matrix_product_by_shapes():
    """Of x @ w only g @ w.T and x.T @ g have the shapes of x and w, and they are the gradients."""
    rng = np.random.default_rng(5)
    x, w, g = (rng.standard_normal(s) for s in ((4, 3), (3, 2), (4, 2)))
    a, b = (pyad.tensor(v, requires_grad=True) for v in (x, w))
    (a @ b).backward(pyad.tensor(g))
    np.testing.assert_allclose(a.grad.numpy(), g @ w.T, rtol=1e-14)
    np.testing.assert_allclose(b.grad.numpy(), x.T @ g, rtol=1e-14)
    assert pyad.autograd.gradcheck(pyad.matmul, (a, b))


def field(x):
    return pyad.stack([x[0] * x[1], x[1].sin(), x[2] ** 2 + x[0]])


def test_divergence_costs_a_sweep_a_dim():
    """The trace of the Jacobian, a row by row: as many sweeps as the field has dims."""
    x = pyad.tensor([0.3, 1.2, -0.7], dtype=float, requires_grad=True)
    y = field(x)
    rows = [pyad.autograd.grad(y[i], x, retain_graph=True)[0][i] for i in range(3)]
    assert sum(rows).item() == pytest.approx(1.2 + math.cos(1.2) - 1.4, rel=1e-14)
    jacobian = pyad.autograd.functional.jacobian(field, x.detach())
    assert sum(rows).item() == pytest.approx(jacobian.numpy().trace(), rel=1e-14)


def test_hutchinson_and_hutchpp():
    """The mean of v' J v over signs v is the trace; its range taken out first, less is left."""
    rng = np.random.default_rng(3)
    q, _ = np.linalg.qr(rng.standard_normal((40, 40)))
    matrix = pyad.tensor(q * np.arange(1.0, 41.0) ** -2 @ q.T)
    x = pyad.zeros(40, dtype=float, requires_grad=True)

    def products(v):
        """The Hessian of x' A x / 2 times each column, one sweep over a recorded gradient each."""
        (g,) = pyad.autograd.grad((x @ matrix @ x) / 2, x, create_graph=True)
        columns = [pyad.autograd.grad(g, x, c, retain_graph=True)[0] for c in v.T]
        return pyad.stack(columns, 1)

    def signs(k):
        return pyad.tensor(rng.choice([-1.0, 1.0], (40, k)))

    trace = matrix.numpy().trace()
    plain, better = [], []
    for _ in range(60):
        v = signs(12)
        plain.append((v * products(v)).sum().item() / 12)
        basis = pyad.tensor(np.linalg.qr(products(signs(4)).numpy())[0])
        v = signs(4)
        v = v - basis @ (basis.T @ v)
        better.append(((basis * products(basis)).sum() + (v * products(v)).sum() / 4).item())
    assert np.mean(plain) == pytest.approx(trace, abs=4 * np.std(plain) / 60**0.5)
    assert np.mean(better) == pytest.approx(trace, abs=4 * np.std(better) / 60**0.5)
    assert np.std(better) < 0.3 * np.std(plain)
