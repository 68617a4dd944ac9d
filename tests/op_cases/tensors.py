"""Cases of the rows that move, join, index and reduce tensors, of products, losses and layers."""

from __future__ import annotations

import numpy as np

import pyad
from op_cases.tools import (
    X,
    distinct,
    f,
    fixed,
    ints,
    m,
    mask,
    n,
    nn,
    on,
    positive,
    reductions,
    unit,
)

ROWS: dict = {
    # reductions
    "sum": [*reductions("sum", 0, 1, -1, (0, 2)), *on([(0, 3)], f("sum"), f("sum", 0))],
    "mean": reductions("mean", 0, -1, (1, 2)),
    "nansum": reductions("nansum", 0, (1, 2)),
    "nanmean": reductions("nanmean", 0, (1, 2)),
    "prod": [*reductions("prod", 0, -1), *on([np.array([2.0, 0.0, 3.0])], f("prod"), f("prod", 0))],
    "amax": on([distinct(3, 4, 5)], f("amax", 0), f("amax", (0, 2)), f("amax", -1, keepdim=True)),
    "amin": on([distinct(3, 4, 5)], f("amin", 0), f("amin", (0, 2)), f("amin", -1, keepdim=True)),
    "max": on(
        [distinct(3, 4, 5)],
        f("max"),
        lambda p, x: tuple(p.max(x, 1)),
        lambda p, x: p.max(x, -1, keepdim=True).values,
    )
    + on([distinct(3, 4), distinct(3, 4) + 0.01], f("max")),
    "min": on(
        [distinct(3, 4, 5)],
        f("min"),
        lambda p, x: tuple(p.min(x, 1)),
        lambda p, x: p.min(x, -1, keepdim=True).values,
    )
    + on([distinct(3, 4), distinct(3, 4) + 0.01], f("min")),
    "argmax": on([distinct(3, 4)], f("argmax"), f("argmax", 1), f("argmax", 0, keepdim=True)),
    "argmin": on([distinct(3, 4)], f("argmin"), f("argmin", 1), f("argmin", 0, keepdim=True)),
    "all": on([mask(3, 4)], f("all"), f("all", 1), f("all", 0, keepdim=True))
    + on([ints(3, 4, 5)], f("all"), f("all", 1), f("all", dim=())),
    "any": on([mask(3, 4)], f("any"), f("any", 1), f("any", 0, keepdim=True))
    + on([ints(3, 4, 5)], f("any"), f("any", 1), f("any", dim=())),
    "count_nonzero": on([mask(3, 4)], f("count_nonzero"), f("count_nonzero", 1)),
    "var": on(
        X,
        f("var"),
        f("var", 1),
        f("var", (0, 2), keepdim=True),
        f("var", dim=1, correction=0),
        f("var", unbiased=False),
    ),
    "std": on(X, f("std"), f("std", 1), f("std", dim=(0, 2), correction=0, keepdim=True)),
    "var_mean": on(X, lambda p, x: tuple(p.var_mean(x, 1)), lambda p, x: tuple(p.var_mean(x))),
    "std_mean": on(X, lambda p, x: tuple(p.std_mean(x, 1)), lambda p, x: tuple(p.std_mean(x))),
    "logsumexp": on(X, f("logsumexp", 1), f("logsumexp", (0, 2)), f("logsumexp", -1, keepdim=True)),
    "norm": on(
        X,
        f("norm"),
        f("norm", 2, 1),
        f("norm", 1, (0, 2)),
        f("norm", 3, -1, keepdim=True),
        f("norm", float("inf"), 1),
        f("norm", dim=1),
    ),
    "softmax": on(X, f("softmax", 0), f("softmax", -1), n("softmax", dim=1), m("softmax", 1)),
    "log_softmax": on(X, f("log_softmax", 0), f("log_softmax", -1), n("log_softmax", dim=1)),
    "softmin": on(X, n("softmin", dim=1)),
    "cumsum": on(X, f("cumsum", 0), f("cumsum", -1)) + on([()], f("cumsum", 0)),
    "cumprod": on(X, f("cumprod", 0), f("cumprod", -1)),
    "logcumsumexp": on(X, f("logcumsumexp", 0), f("logcumsumexp", -1)),
    "cummax": on([distinct(3, 4)], lambda p, x: tuple(p.cummax(x, 1))),
    "cummin": on([distinct(3, 4)], lambda p, x: tuple(p.cummin(x, 0))),
    # shape
    "reshape": on(X, f("reshape", (4, 15)), m("reshape", 5, -1), m("reshape", -1)),
    "view": on(X, lambda p, x: x.contiguous().view(20, 3), lambda p, x: x.contiguous().view(-1)),
    "view_as": on([(3, 4), (4, 3)], lambda p, x, y: x.contiguous().view_as(y) * y),
    "reshape_as": on([(3, 4), (4, 3)], lambda p, x, y: x.reshape_as(y) * y),
    "permute": on(X, f("permute", (2, 0, 1)), m("permute", 1, 2, 0)),
    "transpose": on(X, f("transpose", 0, 2), m("transpose", -1, 1)),
    "swapaxes": on(X, f("swapaxes", 0, 2)),
    "swapdims": on(X, f("swapdims", 0, 2)),
    "t": on([(3, 4)], f("t")) + on([(3,)], f("t")),
    "expand": on([(3, 1, 5)], m("expand", 3, 4, 5), m("expand", 2, 3, -1, 5)),
    "expand_as": on([(3, 1), (2, 3, 4)], lambda p, x, y: x.expand_as(y) * y),
    "broadcast_to": on([(3, 1)], f("broadcast_to", (2, 3, 4))),
    "squeeze": on(
        [(3, 1, 5, 1)], f("squeeze"), f("squeeze", 1), f("squeeze", 0), f("squeeze", (1, 3))
    ),
    "unsqueeze": on(X, f("unsqueeze", 0), f("unsqueeze", -1)),
    "flatten": on(X, f("flatten"), f("flatten", 1), f("flatten", 0, 1)) + on([()], f("flatten")),
    "unflatten": on([(3, 8)], f("unflatten", 1, (2, 4)), m("unflatten", -1, (-1, 2))),
    "ravel": on(X, f("ravel")),
    "movedim": on(X, f("movedim", 0, 2), f("movedim", (0, 1), (1, 2))),
    "moveaxis": on(X, f("moveaxis", 0, 2)),
    "narrow": on(X, f("narrow", 1, 1, 2)),
    "select": on(X, f("select", 1, 2), f("select", 0, -1)),
    "diagonal": on(X, f("diagonal"), f("diagonal", 1, 0, 2), f("diagonal", -1, 1, 2)),
    "as_strided": on([(4, 6)], lambda p, x: p.as_strided(x.contiguous(), (3, 4), (6, 1), 2))
    + on([(12,)], lambda p, x: p.as_strided(x.contiguous(), (4, 3), (2, 1))),
    "as_strided_scatter": on(
        [(4, 6), (2, 3)],
        lambda p, x, s: p.as_strided_scatter(x.contiguous(), s, (2, 3), (6, 1), 2),
    ),
    "broadcast_tensors": on([(3, 1), (1, 4)], lambda p, x, y: tuple(p.broadcast_tensors(x, y))),
    "meshgrid": on([(3,), (4,)], lambda p, x, y: tuple(p.meshgrid(x, y, indexing="ij")))
    + on([(3,), (4,)], lambda p, x, y: tuple(p.meshgrid(x, y, indexing="xy"))),
    "atleast_1d": on([()], f("atleast_1d")),
    "atleast_2d": on([(3,)], f("atleast_2d")),
    "atleast_3d": on([(3,)], f("atleast_3d")),
    "cat": on([(3, 4), (2, 4)], lambda p, x, y: p.cat([x, y]))
    + on([(3, 4), (3, 2)], lambda p, x, y: p.cat((x, y, x), dim=-1)),
    "concat": on([(3, 4), (2, 4)], lambda p, x, y: p.concat([x, y])),
    "concatenate": on([(3, 4), (2, 4)], lambda p, x, y: p.concatenate([x, y], 0)),
    "stack": on(
        [(3, 4), (3, 4)], lambda p, x, y: p.stack([x, y]), lambda p, x, y: p.stack([x, y], -1)
    ),
    "hstack": on([(3, 4), (3, 2)], lambda p, x, y: p.hstack([x, y])),
    "vstack": on([(3, 4), (1, 4)], lambda p, x, y: p.vstack([x, y])),
    "row_stack": on(
        [(3, 4), (1, 4)], lambda p, x, y: p.row_stack([x, y]) if p is pyad else p.vstack([x, y])
    ),
    "dstack": on([(3, 4), (3, 4)], lambda p, x, y: p.dstack([x, y])),
    "column_stack": on([(3,), (3, 2)], lambda p, x, y: p.column_stack([x, y])),
    "split": on([(7, 3)], lambda p, x: tuple(p.split(x, 3)), lambda p, x: tuple(x.split([2, 4, 1])))
    + on([(3, 6)], lambda p, x: p.split(x, 2, dim=1)[1]),
    "split_with_sizes": on([(7, 3)], lambda p, x: tuple(p.split_with_sizes(x, [2, 5]))),
    "chunk": on([(7, 3)], lambda p, x: tuple(p.chunk(x, 3)), lambda p, x: tuple(x.chunk(2, 1))),
    "tensor_split": on(
        [(7, 3)],
        lambda p, x: tuple(p.tensor_split(x, 3)),
        lambda p, x: tuple(x.tensor_split((2, 5))),
    ),
    "unbind": on(X, lambda p, x: tuple(p.unbind(x)), lambda p, x: tuple(x.unbind(1))),
    "type_as": on([(3,), (3,)], lambda p, x, y: x.type_as(y) * y),
    "float": on(X, m("float")),
    "half": on(X, m("half")),
    "bfloat16": on(X, m("bfloat16")),
    "short": on(X, m("short")),
    "char": on(X, m("char")),
    "double": on(X, m("double")),
    "long": on(X, m("long")),
    "int": on(X, m("int")),
    "byte": on([positive(3, 4)], m("byte")),
    "bool": on([mask(3, 4)], m("bool")),
    "clone": on(X, f("clone"), m("clone")),
    "contiguous": on(X, lambda p, x: x.transpose(0, 1).contiguous()),
    "flip": on(X, f("flip", (0, 2)), m("flip", 1)),
    "fliplr": on([(3, 4)], f("fliplr")),
    "flipud": on([(3, 4)], f("flipud")),
    "roll": on(X, f("roll", 2), f("roll", 1, 0), f("roll", (1, -2), (0, 2))),
    "rot90": on([(3, 4)], f("rot90"), f("rot90", 2), f("rot90", -1, (0, 1))),
    "tril": on([(4, 5)], f("tril"), f("tril", -1), f("tril", 2)),
    "triu": on([(2, 4, 5)], f("triu"), f("triu", 1)),
    "diag": on([(4,)], f("diag"), f("diag", 1)) + on([(4, 5)], f("diag"), f("diag", -2)),
    "diag_embed": on([(3, 4)], f("diag_embed"), f("diag_embed", 1), f("diag_embed", 0, 0, 2)),
    "repeat": on([(3, 2)], m("repeat", 2, 3), m("repeat", 2, 1, 2)),
    "tile": on([(3, 2)], f("tile", (2,)), f("tile", (2, 2, 2))),
    "repeat_interleave": on([(3, 2)], f("repeat_interleave", 2), f("repeat_interleave", 3, 1)),
    "pad": on(
        [(2, 3, 4)],
        n("pad", (1, 2)),
        n("pad", (1, 0, 2, 1), value=0.5),
        n("pad", (-1, 1)),
        n("pad", (1, 2), mode="reflect"),
        n("pad", (2, 1), mode="replicate"),
        n("pad", (2, 1), mode="circular"),
        n("pad", (-1, 2), mode="reflect"),
        n("pad", (2, -1), mode="replicate"),
        n("pad", (-1, -1), mode="replicate"),
        n("pad", (-1, 2), mode="circular"),
        n("pad", (2, -2), mode="circular"),
    ),
    # indexing
    "gather": on([(4, 5), ints(4, 3, 5)], lambda p, x, i: p.gather(x, 0, i))
    + on([(4, 5), ints(5, 4, 2)], lambda p, x, i: x.gather(1, i)),
    "scatter": on(
        [(4, 5), np.array([[0, 1, 2, 0, 3]]), (1, 5)], lambda p, x, i, s: p.scatter(x, 0, i, s)
    )
    + on([(4, 5), np.array([[0, 1, 2, 0, 3]])], lambda p, x, i: p.scatter(x, 0, i, 1.5)),
    "scatter_add": on(
        [(4, 5), ints(4, 3, 5), (3, 5)], lambda p, x, i, s: p.scatter_add(x, 0, i, s)
    ),
    "index_select": on([(4, 5), ints(5, 3)], lambda p, x, i: p.index_select(x, 1, i)),
    "index_add": on(
        [(4, 5), ints(4, 3), (3, 5)],
        lambda p, x, i, s: p.index_add(x, 0, i, s),
        lambda p, x, i, s: x.index_add(0, i, s, alpha=2),
    ),
    "index_copy": on(
        [(4, 5), np.array([2, 0]), (2, 5)], lambda p, x, i, s: p.index_copy(x, 0, i, s)
    ),
    "index_fill": on([(4, 5), np.array([2, 0])], lambda p, x, i: p.index_fill(x, 1, i, 0.5)),
    "index_put": on(
        [(4, 5), np.array([2, 0, 3]), (3, 5)],
        lambda p, x, i, v: p.index_put(x, (i,), v),
        lambda p, x, i, v: p.index_put(x, (i,), v, True),
    ),
    "take": on([(4, 5), ints(20, 3, 2)], lambda p, x, i: p.take(x, i)),
    "take_along_dim": on([(4, 5), ints(5, 4, 2)], lambda p, x, i: p.take_along_dim(x, i, 1))
    + on([(4, 5), ints(20, 3)], lambda p, x, i: p.take_along_dim(x, i)),
    "masked_fill": on([(4, 5), mask(4, 5)], lambda p, x, k: p.masked_fill(x, k, 0.5))
    + on([(4, 5), mask(5), ()], lambda p, x, k, v: x.masked_fill(k, v)),
    "masked_select": on([(4, 5), mask(4, 5)], lambda p, x, k: p.masked_select(x, k)),
    "masked_scatter": on([(4, 5), mask(4, 5), (20,)], lambda p, x, k, s: x.masked_scatter(k, s)),
    "select_scatter": on([(4, 5), (4,)], lambda p, x, s: p.select_scatter(x, s, 1, 2)),
    "slice_scatter": on([(4, 5), (2, 5)], lambda p, x, s: p.slice_scatter(x, s, 0, 0, 4, 2))
    + on([(4, 5), (4, 3)], lambda p, x, s: x.slice_scatter(s, -1, -3)),
    "diagonal_scatter": on([(4, 5), (4,)], lambda p, x, s: p.diagonal_scatter(x, s)),
    "nonzero": on([mask(4, 5)], f("nonzero")),
    "argwhere": on([mask(4, 5)], f("argwhere")),
    "one_hot": on([ints(4, 3, 2)], n("one_hot", 4), n("one_hot", num_classes=6))
    + on([np.array([[1, 3], [0, 2]])], n("one_hot")),
    # products
    "matmul": on([(3, 4), (4, 5)], f("matmul"), lambda p, x, y: x @ y)
    + on([(4,), (4,)], f("matmul"))
    + on([(3, 4), (4,)], f("matmul"))
    + on([(4,), (4, 5)], f("matmul"))
    + on([(2, 3, 4), (4, 5)], f("matmul"))
    + on([(2, 1, 3, 4), (5, 4, 2)], f("matmul"))
    + on([(3, 0), (0, 4)], f("matmul")),
    "mm": on([(3, 4), (4, 5)], f("mm")) + on([(40, 70), (70, 90)], f("mm")),
    "mv": on([(3, 4), (4,)], f("mv")),
    "dot": on([(6,), (6,)], f("dot")),
    "vdot": on([(6,), (6,)], f("vdot")),
    "bmm": on([(2, 3, 4), (2, 4, 5)], f("bmm")),
    "outer": on([(3,), (4,)], f("outer")),
    "ger": on([(3,), (4,)], f("ger")),
    "inner": on([(3,), (3,)], f("inner")) + on([(2, 3), (4, 3)], f("inner")),
    "addmm": on([(3, 5), (3, 4), (4, 5)], f("addmm"), f("addmm", beta=0.5, alpha=2))
    + on([(5,), (3, 4), (4, 5)], f("addmm")),
    "addmv": on([(3,), (3, 4), (4,)], f("addmv", beta=0.5, alpha=2)),
    "baddbmm": on([(2, 3, 5), (2, 3, 4), (2, 4, 5)], f("baddbmm", beta=0.5, alpha=2)),
    "einsum": on([(3, 4), (4, 5)], lambda p, x, y: p.einsum("ij,jk->ik", x, y))
    + on([(2, 3, 4), (2, 4, 5)], lambda p, x, y: p.einsum("bij,bjk->bik", [x, y]))
    + on([(3, 3)], lambda p, x: p.einsum("ii->i", x), lambda p, x: p.einsum("ii", x))
    + on(
        [(3, 2, 2)],
        lambda p, x: p.einsum("bii->bi", x),
        lambda p, x: p.einsum("bii->b", x),
        lambda p, x: p.einsum("...ii->...i", x),
    )
    + on([(2, 3, 2, 3)], lambda p, x: p.einsum("abab->ba", x))
    + on([(2, 3, 4), (4,)], lambda p, x, y: p.einsum("...j,j->...", x, y))
    + on([(3,), (4,), (3, 4)], lambda p, x, y, z: p.einsum("i,j,ij->", x, y, z)),
    "tensordot": on(
        [(3, 4, 5), (5, 4, 2)], lambda p, x, y: p.tensordot(x, y, dims=([1, 2], [1, 0]))
    )
    + on([(3, 4), (4, 5)], lambda p, x, y: p.tensordot(x, y, dims=1)),
    "linear": on([(3, 4), (5, 4), (5,)], n("linear"))
    + on([(2, 3, 4), (5, 4)], n("linear"))
    + on([(4,), (5, 4), (5,)], n("linear")),
    "bilinear": on([(3, 4), (3, 5), (2, 4, 5), (2,)], n("bilinear")),
    # losses
    "mse_loss": on(
        [(3, 4), (3, 4)], *[n("mse_loss", reduction=r) for r in ("mean", "sum", "none")]
    ),
    "l1_loss": on([(3, 4), (3, 4)], *[n("l1_loss", reduction=r) for r in ("mean", "sum", "none")]),
    "smooth_l1_loss": on(
        [(3, 4), (3, 4)], n("smooth_l1_loss"), n("smooth_l1_loss", beta=0.5, reduction="sum")
    ),
    "huber_loss": on(
        [(3, 4), (3, 4)], n("huber_loss"), n("huber_loss", delta=0.7, reduction="sum")
    ),
    "cross_entropy": on(
        [(4, 5), ints(5, 4)],
        n("cross_entropy"),
        n("cross_entropy", reduction="sum"),
        n("cross_entropy", reduction="none"),
        n("cross_entropy", label_smoothing=0.1),
        n("cross_entropy", ignore_index=2),
    )
    + on(
        [(4, 5), ints(5, 4), fixed(positive(5))],
        n("cross_entropy"),
        n("cross_entropy", label_smoothing=0.2),
    )
    + on([(2, 5, 3), ints(5, 2, 3)], n("cross_entropy"))
    + on([(5,), np.array(3)], n("cross_entropy"))
    + on([(4, 5), unit(4, 5)], n("cross_entropy"), n("cross_entropy", label_smoothing=0.1)),
    "nll_loss": on(
        [(4, 5), ints(5, 4)],
        n("nll_loss"),
        n("nll_loss", reduction="sum"),
        n("nll_loss", reduction="none"),
    )
    + on([(2, 5, 3), ints(5, 2, 3)], n("nll_loss", ignore_index=1)),
    "binary_cross_entropy": on([unit(3, 4), fixed(unit(3, 4))], n("binary_cross_entropy")),
    "binary_cross_entropy_with_logits": on(
        [(3, 4), fixed(unit(3, 4))],
        n("binary_cross_entropy_with_logits"),
        n("binary_cross_entropy_with_logits", reduction="sum"),
    ),
    "kl_div": on([(3, 4), fixed(unit(3, 4))], n("kl_div", reduction="batchmean")),
    # layers
    "embedding": on([ints(6, 3, 2), (6, 4)], n("embedding"), n("embedding", padding_idx=2)),
    "layer_norm": on([(3, 4, 5), (5,), (5,)], lambda p, x, w, b: nn(p).layer_norm(x, (5,), w, b))
    + on([(3, 4, 5)], n("layer_norm", (4, 5)), n("layer_norm", (5,), eps=1e-3)),
    # functions over elementwise ops
    "add": on([(3, 1), (4,)], f("add", alpha=2), lambda p, x, y: x + y, lambda p, x, y: 2 + x - y),
    "sub": on([(3, 1), (4,)], f("sub", alpha=2), lambda p, x, y: x - y),
    "subtract": on([(3, 1), (4,)], f("subtract")),
    "rsub": on([(3, 1), (4,)], f("rsub")),
    "div": on([(3, 1), positive(4)], f("div"), lambda p, x, y: x / y, lambda p, x, y: 2.0 / y * x)
    + on([(3, 1), positive(4)], f("div", rounding_mode="floor"), f("div", rounding_mode="trunc")),
    "divide": on([(3, 1), positive(4)], f("divide")),
    "clamp": on([distinct(3, 4)], f("clamp", 0.3, 0.7), f("clamp", min=0.5), f("clamp", max=0.5))
    + on([(3, 4), np.full(4, -0.4), np.full(4, 0.6)], f("clamp")),
    "clip": on([distinct(3, 4)], f("clip", 0.3, 0.7)),
    "clamp_min": on([distinct(3, 4)], f("clamp_min", 0.5)),
    "clamp_max": on([distinct(3, 4)], f("clamp_max", 0.5)),
    "where": on([mask(3, 4), (3, 4), (4,)], f("where"), lambda p, c, x, y: x.where(c, y))
    + on([mask(3, 4), (3, 4)], lambda p, c, x: p.where(c, x, 0.5)),
    "gelu": on([(3, 4)], n("gelu"), n("gelu", approximate="tanh")),
    "square": on([(3, 4)], f("square"), lambda p, x: x**2, lambda p, x: x**3, lambda p, x: 2**x),
    # creation
    "zeros": on([], f("zeros", 2, 3), f("zeros", (2, 3)), f("zeros", 0)),
    "ones": on([], f("ones", 2, 3), f("ones", [4])),
    "empty": on([], lambda p: p.empty(2, 3).zero_()),
    "full": on([], f("full", (2, 3), 2.5), f("full", (2,), 3), f("full", (2,), True)),
    "zeros_like": on([(3,)], lambda p, x: p.zeros_like(x) + x),
    "ones_like": on([(3,)], lambda p, x: p.ones_like(x) * x),
    "empty_like": on([(3,)], lambda p, x: p.empty_like(x).zero_() + x),
    "full_like": on([(3,)], lambda p, x: p.full_like(x, 2.0) * x),
    "new_zeros": on([(3,)], lambda p, x: x.new_zeros(2, 3) + x),
    "new_ones": on([(3,)], lambda p, x: x.new_ones((2, 3)) * x),
    "new_empty": on([(3,)], lambda p, x: x.new_empty(2, 3).zero_() + x),
    "new_full": on([(3,)], lambda p, x: x.new_full((2, 3), 1.5) * x),
    "arange": on(
        [], f("arange", 5), f("arange", 1, 7, 2), f("arange", 0.5, 3.0, 0.5), f("arange", 5, 0, -2)
    ),
    "linspace": on(
        [], f("linspace", 0, 1, 7), f("linspace", -2.0, 3.0, 1), f("linspace", 3, -3, 10)
    ),
    "logspace": on([], f("logspace", 0, 2, 5)),
    "eye": on([], f("eye", 3), f("eye", 2, 4)),
}

# Where the tolerance is looser than rounding: what PyTorch or the formula does.
RTOL = {
    # float64 inputs pass through float32.
    "float": {"float64": 1e-6},
    # Tangents and cotangents are rounded to the dtype, each on its own.
    "half": {"float32": 2.0**-10, "float64": 2.0**-10},
    "bfloat16": {"float32": 2.0**-7, "float64": 2.0**-7},
}

# The result's dtype is fixed by the call, so a float64 input says nothing about it.
NOT_DIFFERENTIABLE = {
    "argmax", "argmin", "all", "any", "count_nonzero", "nonzero", "argwhere", "one_hot", "long",
    "int", "short", "char", "byte", "bool", "zeros", "ones", "empty", "full", "arange", "linspace",
    "logspace", "eye",
}  # fmt: skip
# Steps or ties inside a difference quotient; the row of padding moves but has no gradient.
NO_DIFFERENCES = {"div", "float", "half", "bfloat16", "embedding"}
# PyTorch's derivative is wrong (it keeps what it should zero); finite differences check ours.
NO_TORCH_DERIVATIVE = {"as_strided_scatter"}
