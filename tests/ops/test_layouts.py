"""Results lie in memory as PyTorch's do: generated shapes, permutations, slices and expansions.

Strides are compared down to those of dims of size one; values, gradients, their strides, and what
is drawn from equal streams follow.
"""

from __future__ import annotations

import copy
import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

import op_names
import pyad
from ops.test_elementwise import OPS, RTOL, params_of, samples, torch_function


@dataclass
class Layout:
    """How an operand of a shape lies in memory."""

    shape: tuple[int, ...]  # of the operand
    order: list[int]  # dims from the widest step to the narrowest
    steps: list[int]  # 1: dense; 2: every second element; 0: expanded
    start: int  # where slices begin

    def stored(self) -> tuple[int, ...]:
        sizes = [
            1 if t == 0 else n * t + self.start * (t == 2)
            for n, t in zip(self.shape, self.steps, strict=True)
        ]
        return tuple(sizes[d] for d in self.order)

    def of(self, package, values: np.ndarray):
        """A view of this layout that shows the values (of expanded dims the first)."""
        x = package.zeros(self.stored(), dtype=getattr(package, str(values.dtype)))
        x = x.permute([self.order.index(d) for d in range(len(self.shape))])
        taken = [slice(self.start, None, 2) if t == 2 else slice(None) for t in self.steps]
        x = x[tuple(taken)] if taken else x
        first = [slice(0, 1) if t == 0 else slice(None) for t in self.steps]
        x.copy_(package.tensor(values[tuple(first)].copy()))
        return x.expand(self.shape)


def random_layout(rng, shape) -> Layout:
    n = len(shape)
    kinds = {"dense": [1], "mixed": [1, 1, 1, 2, 0], "expanded": [1, 0]}
    steps = kinds[rng.choice(["dense", "dense", "mixed", "expanded"])]
    order = list(map(int, rng.permutation(n))) if rng.random() < 0.8 else list(range(n))
    return Layout(
        tuple(shape), order, [int(rng.choice(steps)) for _ in shape], int(rng.integers(2))
    )


def random_shape(rng, least=0) -> tuple[int, ...]:
    return tuple(int(rng.choice([1, 2, 3, 4])) for _ in range(rng.integers(least, 5)))


def broadcast(rng, shape) -> tuple[int, ...]:
    """A shape that broadcasts to this one, mostly itself."""
    if rng.random() < 0.6:
        return shape
    kept = shape[rng.integers(len(shape) + 1) :]
    return tuple(n if rng.random() < 0.7 else 1 for n in kept)


def operands(rng, entry, shape) -> list[tuple[Layout, np.ndarray]]:
    shapes = [shape] + [broadcast(rng, shape) for _ in range(entry["arity"] - 1)]
    if rng.random() < 0.5:
        rng.shuffle(shapes)
    alike = random_layout(rng, shape) if rng.random() < 0.3 else None  # one layout for all
    found = []
    for s, x in zip(shapes, samples(entry, shapes, rng), strict=True):
        x = np.asarray(x)
        if x.dtype != bool:
            integral = entry["accept"] in ("integral", "integer")
            x = np.abs(x).astype("int64") + 1 if integral else x.astype("float64")
        found.append((alike if alike and s == shape else random_layout(rng, s), x))
    return found


def strides(x, all_dims: bool) -> list[int]:
    return [s for n, s in zip(x.shape, x.stride(), strict=True) if all_dims or n != 1]


def same(ours, theirs, what: str, exact=False, all_dims=True, rtol=1e-10) -> None:
    found, expected = strides(ours, all_dims), strides(theirs, all_dims)
    assert found == expected, f"{what}: strides {found}, PyTorch {expected}"
    check = np.testing.assert_array_equal if exact else np.testing.assert_allclose
    rest = {} if exact else {"rtol": rtol, "atol": 1e-12}
    check(ours.detach().numpy(), theirs.detach().numpy(force=True), err_msg=what, **rest)


# What PyTorch makes of other ops, so that strides of dims of size one differ.
COMPOSED = {
    *("clamp", "deg2rad", "hardsigmoid", "hardtanh", "huber", "nan_to_num", "rad2deg", "relu6"),
    *("masked_fill", "mse", "to contiguous", "sort", "places of sort", "argsort"),
    *("index_put", "index_put behind a slice", "index_fill", "select_scatter"),
}

# Steps have no PyTorch op beside them: a formula in their place has the layout of its last step, as
# has PyTorch's polygamma of tensors.
NAMED = [e["name"] for e in OPS if e["use"] == "public" and e["name"] != "polygamma"]


@pytest.mark.parametrize("name", NAMED)
def test_elementwise(name, rng):
    entry = next(e for e in OPS if e["name"] == name)
    differentiable = any(entry["differentiable"])
    for trial in range(16):
        given = operands(rng, entry, random_shape(rng))
        seed_values = rng.uniform(0.5, 1.5, np.broadcast_shapes(*[x.shape for _, x in given]))
        seed = random_layout(rng, seed_values.shape)
        what = f"{name} {trial} {given}"
        results = []
        for package, function in (
            (pyad, op_names.function_of(entry)),
            (torch, torch_function(name)),
        ):
            xs = [lay.of(package, x).detach() for lay, x in given]
            leaves = [x.requires_grad_() for x in xs if differentiable and x.is_floating_point()]
            y = function(*xs, **params_of(entry))
            if y.requires_grad:
                (y * seed.of(package, seed_values)).sum().backward()
            results.append((xs, y, [x.grad for x in leaves]))
        (xs, y, grads), (xs2, y2, grads2) = results
        assert [x.stride() for x in xs] == [x.stride() for x in xs2]
        rtol = RTOL.get(name, {}).get("float64", 1e-10)
        same(y, y2, what, all_dims=name not in COMPOSED, rtol=rtol)
        for g, g2 in zip(grads, grads2, strict=True):
            if g is not None and g2 is not None:
                same(g, g2, f"gradient of {what}", all_dims=False, rtol=rtol)


def both(lay: Layout, values: np.ndarray):
    """The operand in pyad and in PyTorch."""
    return lay.of(pyad, values), lay.of(torch, values)


def random_pair(rng, least=0, dtype="float64"):
    shape = random_shape(rng, least)
    values = rng.uniform(-2, 2, shape).astype(dtype)
    return both(random_layout(rng, shape), values)


def functional(package):
    return package.nn.functional


def places(package, values: list[int]):
    return package.tensor(values)


def one(package):
    return package.tensor(1.0, dtype=package.float64)


COPIES = {
    "clone": lambda p, x: x.clone(),
    "clone preserve": lambda p, x: x.clone(memory_format=p.preserve_format),
    "clone contiguous": lambda p, x: x.clone(memory_format=p.contiguous_format),
    "contiguous": lambda p, x: x.contiguous(),
    "to": lambda p, x: x.to(p.float32),
    "to contiguous": lambda p, x: x.to(p.float32, memory_format=p.contiguous_format),
    "to copy": lambda p, x: x.to(p.float64, copy=True),
    "int": lambda p, x: x.int(),
    "bool": lambda p, x: x.bool(),
    "type_as": lambda p, x: x.type_as(p.zeros(1, dtype=p.int64)),
    "tensor": lambda p, x: p.tensor(x),
    "as_tensor": lambda p, x: p.as_tensor(x, dtype=p.float32),
    "zeros_like": lambda p, x: p.zeros_like(x),
    "ones_like": lambda p, x: p.ones_like(x, dtype=p.int32),
    "full_like": lambda p, x: p.full_like(x, 3),
    "full_like contiguous": lambda p, x: p.full_like(x, 3, memory_format=p.contiguous_format),
    "new_zeros": lambda p, x: x.new_zeros(x.shape),
    "empty_like": lambda p, x: p.empty_like(x).zero_(),
    "deepcopy": lambda p, x: copy.deepcopy(x),
    "flip": lambda p, x: x.flip(tuple(range(x.dim()))) if x.dim() else x.clone(),
    "softmax": lambda p, x: x.softmax(-1),
    "cumsum": lambda p, x: x.cumsum(0),
    "sum": lambda p, x: x.sum(-1, keepdim=True),
    "cat": lambda p, x: p.cat([x, x]) if x.dim() else x.clone(),
    "masked_fill": lambda p, x: x.masked_fill(x > 0, 1.0),
    "where": lambda p, x: p.where(x > 0, x, 0.0),
    "normalize": lambda p, x: functional(p).normalize(x, dim=-1) if x.dim() else x.clone(),
    "gelu": lambda p, x: functional(p).gelu(x),
    "mse": lambda p, x: functional(p).mse_loss(x, x * 2, reduction="none"),
    "comparison": lambda p, x: x > 0,
    "minus": lambda p, x: -x,
    "number first": lambda p, x: 2 - x,
    "mixed dtypes": lambda p, x: x.float() + x,
    "sort": lambda p, x: p.sort(x, dim=-1, stable=True)[0],
    "places of sort": lambda p, x: p.sort(x, dim=0, stable=True)[1],
    "argsort": lambda p, x: p.argsort(x, dim=0, stable=True),
    "topk": lambda p, x: x.topk(1, 0)[0],
    "cummax": lambda p, x: x.cummax(0)[0],
    "index_put": lambda p, x: x.index_put((places(p, [0, -1]),), one(p)) if x.dim() else x + 0,
    "index_put behind a slice": lambda p, x: (
        x.index_put((places(p, [0]),) * 2, one(p)) if x.dim() > 1 else x + 0
    ),
    "index_fill": lambda p, x: x.index_fill(0, places(p, [0]), 2.0) if x.dim() else x + 0,
    "index_copy": lambda p, x: x.index_copy(0, places(p, [0]), x[:1]) if x.dim() else x + 0,
    "index_add": lambda p, x: x.index_add(0, places(p, [0]), x[:1]) if x.dim() else x + 0,
    "scatter": lambda p, x: x.scatter(0, p.zeros_like(x, dtype=p.int64), 2.0),
    "masked_scatter": lambda p, x: x.masked_scatter(x > 0, x.reshape(-1) + 1),
    "select_scatter": lambda p, x: p.select_scatter(x * 1, x[0], 0, -1) if x.dim() else x + 0,
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", COPIES)
def test_copies(name, rng):
    call = COPIES[name]
    for trial in range(40):
        x, x2 = random_pair(rng)
        what = f"{name} {trial} {x2.shape} {x2.stride()}"
        same(call(pyad, x), call(torch, x2), what, all_dims=name not in COMPOSED)


NONE = {"reduction": "none"}
# Losses of an input and a target in (0, 1).
LOSSES = {
    "mse_loss": lambda p, f, x, t: f.mse_loss(x, t, **NONE),
    "mse_loss with weights": lambda p, f, x, t: f.mse_loss(x, t, weight=t, **NONE),
    "l1_loss": lambda p, f, x, t: f.l1_loss(x, t, **NONE),
    "smooth_l1_loss": lambda p, f, x, t: f.smooth_l1_loss(x, t, beta=0.5, **NONE),
    "huber_loss": lambda p, f, x, t: f.huber_loss(x, t, delta=0.3, **NONE),
    "binary_cross_entropy": lambda p, f, x, t: f.binary_cross_entropy(x, t, **NONE),
    "binary_cross_entropy with weights": lambda p, f, x, t: f.binary_cross_entropy(x, t, t, **NONE),
    "with_logits": lambda p, f, x, t: f.binary_cross_entropy_with_logits(x, t, **NONE),
    "with_logits with weights": lambda p, f, x, t: f.binary_cross_entropy_with_logits(
        x, t, t, **NONE
    ),
    "with_logits with pos_weight": lambda p, f, x, t: f.binary_cross_entropy_with_logits(
        x, t, pos_weight=t, **NONE
    ),
    "kl_div": lambda p, f, x, t: f.kl_div(x, t, **NONE),
    "kl_div of logarithms": lambda p, f, x, t: f.kl_div(x, t, log_target=True, **NONE),
    "poisson_nll_loss": lambda p, f, x, t: f.poisson_nll_loss(x, t, **NONE),
    "poisson_nll_loss of rates": lambda p, f, x, t: f.poisson_nll_loss(x, t, False, **NONE),
    "full poisson_nll_loss": lambda p, f, x, t: f.poisson_nll_loss(x, t, True, True, **NONE),
    "gaussian_nll_loss": lambda p, f, x, t: f.gaussian_nll_loss(x, t, t, full=True, **NONE),
    "hinge_embedding_loss": lambda p, f, x, t: f.hinge_embedding_loss(
        x, (t > 0.5) * 2.0 - 1, **NONE
    ),
    "margin_ranking_loss": lambda p, f, x, t: f.margin_ranking_loss(x, t, x, **NONE),
    "soft_margin_loss": lambda p, f, x, t: f.soft_margin_loss(x, t, **NONE),
    "multilabel_soft_margin_loss": lambda p, f, x, t: (
        f.multilabel_soft_margin_loss(x, t, **NONE) if x.dim() > 1 else x.clone()
    ),
    "triplet_margin_loss": lambda p, f, x, t: (
        f.triplet_margin_loss(x, t, x * t, **NONE) if x.dim() > 1 else x.clone()
    ),
    "cross_entropy": lambda p, f, x, t: f.cross_entropy(x, t, **NONE) if x.dim() > 1 else x.clone(),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, rng):
    call = LOSSES[name]
    for trial in range(80):
        shape = random_shape(rng)
        first = random_layout(rng, shape)
        second = first if rng.random() < 0.3 else random_layout(rng, shape)
        values = [rng.uniform(0.1, 0.9, shape) for _ in "xt"]
        results = []
        for package in (pyad, torch):
            x, t = first.of(package, values[0]), second.of(package, values[1])
            x = x.detach().requires_grad_()
            y = call(package, functional(package), x, t)
            y.sum().backward()
            results.append((y, x.grad))
        what = f"{name} {trial} {first} {second}"
        same(results[0][0], results[1][0], what, all_dims=False, rtol=1e-9)
        same(results[0][1], results[1][1], f"gradient of {what}", all_dims=False, rtol=1e-9)


def if_dims(least, f):
    return lambda p, x: f(p, x) if x.dim() >= least else x.clone()


# Rows that move elements.
MOVES = {
    "x[index]": if_dims(1, lambda p, x: x[places(p, [0, -1, 0])]),
    "x[list]": if_dims(1, lambda p, x: x[[0, -1]]),
    "x[:, index]": if_dims(2, lambda p, x: x[:, places(p, [0, -1, 0])]),
    "x[..., index]": if_dims(1, lambda p, x: x[..., places(p, [0, -1, 0])]),
    "x[matrix]": if_dims(1, lambda p, x: x[places(p, [[0, -1], [0, 0]])]),
    "x[i, j]": if_dims(2, lambda p, x: x[places(p, [0, -1]), places(p, [0, 0])]),
    "x[i, :, j]": if_dims(3, lambda p, x: x[places(p, [0, -1]), :, places(p, [0, 0])]),
    "x[:, i, j]": if_dims(3, lambda p, x: x[:, places(p, [0, -1]), places(p, [0, 0])]),
    "x[mask]": lambda p, x: x[x > 0],
    "x[mask of a dim]": if_dims(1, lambda p, x: x[p.ones(x.shape[0]) > 0]),
    "index_select": if_dims(2, lambda p, x: x.index_select(1, places(p, [0, 0]))),
    "repeat_interleave": if_dims(1, lambda p, x: x.repeat_interleave(2, 0)),
    "repeat_interleave of a dim": if_dims(2, lambda p, x: x.repeat_interleave(2, 1)),
    "repeat_interleave by counts": if_dims(
        1, lambda p, x: x.repeat_interleave(p.ones(x.shape[0], dtype=p.int64) * 2, 0)
    ),
    "repeat": lambda p, x: x.repeat(*([2] * max(x.dim(), 1))),
    "repeat once": lambda p, x: x.repeat(*([1] * max(x.dim(), 1))),
    "tile": lambda p, x: x.tile(2),
    "cat": if_dims(1, lambda p, x: p.cat([x, x], 0)),
    "cat of channels": if_dims(2, lambda p, x: p.cat([x, x * 2], 1)),
    "cat of the last": if_dims(1, lambda p, x: p.cat([x, x], -1)),
    "cat of one": if_dims(1, lambda p, x: p.cat([x])),
    "cat with rows": if_dims(1, lambda p, x: p.cat([x, p.zeros(x.shape, dtype=x.dtype)])),
    "stack": lambda p, x: p.stack([x, x]),
    "stack within": if_dims(1, lambda p, x: p.stack([x, x, x], 1)),
    "stack behind": lambda p, x: p.stack([x, x], -1),
    "hstack": lambda p, x: p.hstack([x, x]),
    "vstack": lambda p, x: p.vstack([x, x]),
    "dstack": lambda p, x: p.dstack([x, x]),
    "pad": if_dims(1, lambda p, x: functional(p).pad(x, (1, 2))),
    "pad two dims": if_dims(2, lambda p, x: functional(p).pad(x, (1, 2, 0, 1))),
    "pad by less": if_dims(1, lambda p, x: functional(p).pad(x, (1, -1))),
    "pad by nothing": if_dims(1, lambda p, x: functional(p).pad(x, (0, 0))),
    "roll": if_dims(1, lambda p, x: x.roll(1, 0)),
    "roll the last": if_dims(1, lambda p, x: x.roll(1, -1)),
    "roll two dims": if_dims(2, lambda p, x: x.roll((1, 1), (0, 1))),
    "roll all": lambda p, x: x.roll(1),
    "diff": if_dims(1, lambda p, x: x.diff()),
    "tril": if_dims(2, lambda p, x: x.tril()),
    "rot90": if_dims(2, lambda p, x: x.rot90()),
    "gather": if_dims(1, lambda p, x: x.gather(0, p.zeros_like(x, dtype=p.int64))),
    "take": lambda p, x: x.take(p.zeros_like(x, dtype=p.int64)),
}
# Where PyTorch goes by strides that nothing steps by, those of dims of size one: channels that lie
# last and rows look alike where all other sizes are 1; and an indexed dim is sorted among them. (Of
# `x[None, index]`, whose new axis has such a stride, no order is tested.)
UNTOLD = {
    "cat with rows": lambda lay: len(lay.shape) == 4 and math.prod(lay.shape) == lay.shape[1],
    "x[:, index]": lambda lay: 0 in lay.steps and 1 in lay.shape,
    "x[:, i, j]": lambda lay: 0 in lay.steps and 1 in lay.shape,
}


@pytest.mark.parametrize("name", MOVES)
def test_moves(name, rng):
    """Images with their channels last, batches of one among them, and anything else."""
    call = MOVES[name]
    for trial in range(80):
        shape = random_shape(rng)
        lay = random_layout(rng, shape)
        if trial % 2:
            shape = (int(rng.choice([1, 1, 2])), *map(int, rng.choice([1, 2, 3, 4], 3)))
            lay = Layout(shape, [0, 2, 3, 1], [1] * 4, 0)
        if UNTOLD.get(name, lambda _: False)(lay):
            continue
        values = rng.uniform(-2, 2, shape)
        what = f"{name} {trial} {lay}"
        found = []
        for package in (pyad, torch):
            x = lay.of(package, values).detach().requires_grad_()
            y = call(package, x)
            y.square().sum().backward()
            found.append((y, x.grad))
        same(found[0][0], found[1][0], what, exact=True, all_dims=False)
        same(found[0][1], found[1][1], f"gradient of {what}", all_dims=False)


DRAWS = {
    "rand_like": lambda p, x: p.rand_like(x),
    "rand_like contiguous": lambda p, x: p.rand_like(x, memory_format=p.contiguous_format),
    "randn_like": lambda p, x: p.randn_like(x),
    "randint_like": lambda p, x: p.randint_like(x, 3, 100),
    "dropout": lambda p, x: functional(p).dropout(x, 0.4),
    "dropout of a product": lambda p, x: functional(p).dropout(x * 2 + 1, 0.4),
    "dropout of a copy": lambda p, x: functional(p).dropout(x.clone().relu() + 1, 0.4),
    "alpha_dropout": lambda p, x: functional(p).alpha_dropout(x, 0.4, True),
    "dropout_": lambda p, x: functional(p).dropout(x.clone(), 0.4, True, True),
    "bernoulli": lambda p, x: p.bernoulli(x.sigmoid()),
    "bernoulli_": lambda p, x: p.empty_like(x).bernoulli_(0.3),
    "uniform_": lambda p, x: (x * 2).uniform_(-1, 1),
    "normal_": lambda p, x: x.clone().normal_(),
    "exponential_": lambda p, x: (x + x).exponential_(),
    "random_": lambda p, x: x.int().random_(0, 9),
    "geometric_": lambda p, x: x.double().geometric_(0.3),
    "cauchy_": lambda p, x: p.zeros_like(x).cauchy_(),
    "log_normal_": lambda p, x: x.abs().log_normal_(),
    "rrelu": lambda p, x: functional(p).rrelu(x, 0.1, 0.3, True),
    "in a view": lambda p, x: x.clone()[..., :1].uniform_() if x.dim() else x.clone().uniform_(),
}


@pytest.mark.parametrize("name", DRAWS)
def test_equal_streams_give_equal_draws(name, rng):
    call = DRAWS[name]
    for trial in range(40):
        x, x2 = random_pair(rng, dtype="float32")
        found = []
        for package, one in ((pyad, x), (torch, x2)):
            package.manual_seed(trial)
            found.append(call(package, one))
        what = f"{name} {trial} {x2.shape} {x2.stride()}"
        assert strides(found[0], False) == strides(found[1], False), what
        np.testing.assert_allclose(
            found[0].numpy(), found[1].numpy(force=True), rtol=1e-6, err_msg=what
        )
        assert pyad.rand(1).item() == torch.rand(1).item(), what


CHANGES = {
    "add_": lambda p, x, y: x.add_(y),
    "mul_ number": lambda p, x, y: x.mul_(3),
    "sub_ of itself": lambda p, x, y: x.sub_(x),
    "exp_": lambda p, x, y: x.exp_(),
    "copy_": lambda p, x, y: x.copy_(y),
    "fill_": lambda p, x, y: x.fill_(2),
    "zero_": lambda p, x, y: x.zero_(),
    "lerp_": lambda p, x, y: x.lerp_(y, 0.25),
    "add_ of the other way": lambda p, x, y: (
        x.add_(x.mT.clone().reshape(x.shape)) if x.dim() > 1 else x
    ),
    "set a part": lambda p, x, y: x.__setitem__((..., 0), 7.0) or x if x.dim() else x,
    "write through reshape": lambda p, x, y: x.reshape(-1).add_(1) if x.numel() else x,
    "write through a view": lambda p, x, y: x.t().mul_(2) if x.dim() == 2 else x,
}


@pytest.mark.parametrize("name", CHANGES)
def test_writes(name, rng):
    """In-place writes into what elementwise ops and copies made, seen by it and by its views."""
    call = CHANGES[name]
    for trial in range(30):
        a, a2 = random_pair(rng, 2 if name == "add_ of the other way" else 0)
        b, b2 = both(random_layout(rng, a2.shape), rng.uniform(-1, 1, a2.shape))
        found = []
        for package, x, y in ((pyad, a, b), (torch, a2, b2)):
            made = x * 2 if trial % 2 else x.clone()
            views = [made.reshape(-1), made[..., 0] if made.dim() else made]
            found.append([made, *views, call(package, made, y)])
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, f"{name} {trial} {a2.shape} {a2.stride()}", all_dims=False)


def test_views_of_results(rng):
    """`view` takes and refuses what it does in PyTorch; `reshape` shares memory alike."""
    for _ in range(200):
        x, x2 = random_pair(rng, 1)
        shape = (-1, x2.shape[-1]) if rng.random() < 0.5 else (x2.shape[0], -1)
        found = []
        for one in (x, x2):
            y = one * 2
            try:
                viewed = y.view(shape).data_ptr() == y.data_ptr()
            except RuntimeError:
                viewed = None
            found.append((viewed, y.reshape(shape).data_ptr() == y.data_ptr()))
        assert found[0] == found[1], (x2.shape, x2.stride(), shape)


def leaf_cases(rng):
    for _ in range(40):
        shape = random_shape(rng, 1)
        values = [rng.uniform(0.5, 1.5, shape) for _ in range(3)]
        yield [random_layout(rng, shape) for _ in range(3)], values


def test_gradients_lie_as_their_leaves(rng):
    for layouts, values in leaf_cases(rng):
        found = []
        for package in (pyad, torch):
            w, x, y = (lay.of(package, v) for lay, v in zip(layouts, values, strict=True))
            w = w.detach().requires_grad_()
            middle = w * x
            middle.retain_grad()
            (middle * y + w.exp()).sum().backward()
            first = w.grad.clone()
            (w * y).sum().backward()  # adds to what there is
            (twice,) = package.autograd.grad((w.sin() * x).sum(), w, create_graph=True)
            twice.pow(2).sum().backward()
            found.append([first, w.grad, middle.grad])
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, f"{layouts}", all_dims=False)


@pytest.mark.parametrize("rule", ["SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Rprop"])
def test_optimizers_on_permuted_parameters(rule, rng):
    for layouts, values in leaf_cases(rng):
        found = []
        for package in (pyad, torch):
            w = layouts[0].of(package, values[0]).clone().requires_grad_()
            optimizer = getattr(package.optim, rule)([w], lr=0.1)
            for lay, v in zip(layouts, values, strict=True):
                w.grad = lay.of(package, v).clone()
                package.nn.utils.clip_grad_norm_([w], 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=False)
            state = [s for s in optimizer.state[w].values() if getattr(s, "shape", ()) == w.shape]
            found.append([w, w.grad, *state])
        for ours, theirs in zip(*found, strict=True):
            same(ours, theirs, f"{rule} {layouts}")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("shape", [(301, 523), (1000, 1001), (40, 20_000), (9, 3, 20_011)])
def test_large_transposed_operands(dtype, shape, rng):
    """Turned block by block: every element, whatever a last block holds, on one thread and two."""
    values = [
        (rng.uniform(-9, 9, shape) > 0 if dtype == "bool" else rng.uniform(-9, 9, shape))
        for _ in "ab"
    ]
    a, b = (v.astype(dtype) for v in values)
    row = b[..., :1, :]
    x, y = pyad.tensor(a.swapaxes(-1, -2).copy()).mT, pyad.tensor(b)
    z = pyad.tensor(b.swapaxes(-1, -2).copy()).mT
    before = pyad.get_num_threads()
    try:
        for threads in (1, 2):
            pyad.set_num_threads(threads)
            for ours, theirs in [
                (
                    y.logical_xor(x) if dtype == "bool" else y + x,
                    b ^ a if dtype == "bool" else b + a,
                ),
                (pyad.where(y > 0, x, z), np.where(b > 0, a, b)),
                (pyad.where(z > 0, y, x), np.where(b > 0, b, a)),
                (pyad.maximum(pyad.tensor(row), x), np.maximum(row, a)),
            ]:
                np.testing.assert_array_equal(ours.numpy(), theirs)
    finally:
        pyad.set_num_threads(before)


def test_large_arrays_begin_at_a_large_page():
    for n in (1 << 20, 3_000_000, 20_000_000):
        x = pyad.empty(n, dtype=pyad.float64)
        assert (x.data_ptr() - 64) % (2 << 20) == 0


def test_glu_is_the_same_with_a_graph_and_without(rng):
    for _ in range(40):
        shape = (*random_shape(rng), 4)
        x, x2 = both(random_layout(rng, shape), rng.uniform(-2, 2, shape))
        y = functional(pyad).glu(x)
        same(y, functional(torch).glu(x2), f"{shape}", all_dims=False)
        recorded = functional(pyad).glu(x.detach().requires_grad_())
        same(y, recorded.detach(), f"{shape}, recorded", exact=True)


NEW_AXES = {
    "in front": lambda x: x[None],
    "twice": lambda x: x[None, None],
    "behind": lambda x: x[..., None],
    "within": lambda x: x[:, None],
    "before a slice": lambda x: x[None, 1:],
    "before a number": lambda x: x[None, 0],
}


@pytest.mark.parametrize("where", NEW_AXES)
def test_a_new_axis_leaves_rows_rows(where, rng):
    """So that what is made of it and a column is laid out in rows, which `view` can flatten."""
    for shape in [(3,), (1, 3), (3, 1), (2, 3), (3, 3), (1, 1), (2, 1, 3)]:
        if where == "within" and len(shape) == 1:
            continue
        values = rng.uniform(-2, 2, shape)
        x, x2 = pyad.tensor(values), torch.tensor(values)
        for each in (lambda t: t, lambda t: t.transpose(0, -1)):
            y, y2 = NEW_AXES[where](each(x)), NEW_AXES[where](each(x2))
            same(y, y2, f"{shape}", exact=True)
    row = pyad.tensor(rng.uniform(-2, 2, (1, 3)))
    assert (row.t() - row[None]).view(-1).shape == (9,)


FEATURES = {
    "dropout1d": 3,
    "dropout2d": 4,
    "dropout3d": 5,
    "feature_alpha_dropout": 4,
}


@pytest.mark.parametrize("name", FEATURES)
def test_dropout_of_features(name):
    dims = FEATURES[name]
    for order in itertools.permutations(range(dims)):
        seen = []
        for package in (pyad, torch):
            package.manual_seed(3)
            x = package.arange(float(2**dims)).reshape((2,) * dims).permute(order).clone()
            y = getattr(package.nn.functional, name)(x, 0.5, True)
            seen.append((y.stride(), y.numpy()))
        assert seen[0][0] == seen[1][0], order
        np.testing.assert_allclose(seen[0][1], seen[1][1], rtol=1e-6)


@pytest.mark.parametrize("hard", [False, True])
def test_gumbel_softmax(hard):
    for order in itertools.permutations(range(3)):
        seen = []
        for package in (pyad, torch):
            package.manual_seed(0)
            x = package.arange(24.0).reshape(2, 3, 4).permute(order)
            y = package.nn.functional.gumbel_softmax(x / 9, dim=1, hard=hard)
            seen.append(y.numpy())
        np.testing.assert_allclose(seen[0], seen[1], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "float32", "int64", "float64"])
@pytest.mark.parametrize("rows", [15, 16, 33, 64, 100])
def test_turned_copies(rows, dtype, rng):
    """Around the tiles that copies are cut into, whole ones among them."""
    for columns in (15, 16, 31, 64, 97):
        values = rng.integers(0, 100, (2, columns, rows)).astype(dtype)
        x = pyad.tensor(values).transpose(1, 2)
        np.testing.assert_array_equal(x.contiguous().numpy(), values.transpose(0, 2, 1))
        y = pyad.zeros(2, columns, rows, dtype=getattr(pyad, dtype)).transpose(1, 2)
        y.copy_(x.contiguous())
        np.testing.assert_array_equal(y.numpy(), values.transpose(0, 2, 1))


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_copies_of_every_length(dtype, rng):
    """Rows that begin anywhere in a line of the cache: whole vectors and both ends."""
    for n in [*range(1, 140), 255, 256, 257, 300, 511, 513, 1000, 1023, 1025]:
        a = rng.integers(0, 200, (3, n)).astype(dtype)
        x = pyad.tensor(a)
        for k in (1, n // 3, n - 1):
            np.testing.assert_array_equal(x.roll(k, 1).numpy(), np.roll(a, k, 1))
        joined = np.concatenate([a, a[:, : n // 2], a], 1)
        np.testing.assert_array_equal(pyad.cat([x, x[:, : n // 2], x], 1).numpy(), joined)
        np.testing.assert_array_equal(x[:, 1:].clone().numpy(), a[:, 1:])
        np.testing.assert_array_equal(x[[2, 0, 2, 1]].numpy(), a[[2, 0, 2, 1]])


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("step", [2, 3])
def test_steps_along_rows(dtype, step, rng):
    """Elements apart, read by copies and by elementwise loops, and written."""
    for n in [*range(1, 70), 1023, 1024, 1025, 3000]:
        a = rng.integers(1, 100, (5, n)).astype(dtype)
        for start in {0, min(1, n - 1)}:
            x = pyad.tensor(a)[:, start::step]
            b = a[:, start::step]
            np.testing.assert_array_equal(x.contiguous().numpy(), b)
            np.testing.assert_array_equal((x * 2).numpy(), b * a.dtype.type(2))
            np.testing.assert_array_equal((x + x.contiguous()).numpy(), b + b)
            y, expected = pyad.tensor(a), a.copy()
            y[:, start::step] = 7
            expected[:, start::step] = 7
            np.testing.assert_array_equal(y.numpy(), expected)
