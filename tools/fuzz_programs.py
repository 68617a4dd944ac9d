"""Random programs run here and in PyTorch: the worker of `fuzz.py programs`.

A program is a text in which `T` means one library or the other: tensors of any layout,
operators, reductions, indexing, views, writes in place, hooks, checkpoints. A line that PyTorch
refuses is left out, so programs are valid; then all tensors, the first and the second derivatives
of what was computed are compared. Programs that PyTorch itself refuses at the end (a saved tensor
was written to, no second derivative) count as such, and still give numbers or an error here.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import random
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from fuzz_compare import compare

# Left out: kron, whose factors PyTorch lets a program overwrite and then differentiates wrongly; a
# number to the power of a permuted tensor, which PyTorch makes row-major, and what lists of indices
# take of one, which it does not: `flatten` is then a view here or there; leaves that are views.
# {a}, {b} ... are tensors made before; {f} a number, {i} a small integer, {d} a dim, {k} a bool.
UNARY = [
    "exp",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "square",
    "abs",
    "neg",
    "relu",
    "erf",
    "expm1",
    "atan",
    "sinh",
    "log1p_abs",
    "sqrt_abs",
    "log_abs",
    "rsqrt_abs",
    "reciprocal_1",
    "floor",
    "trunc",
    "frac",
    "softplus",
    "silu",
    "gelu",
    "elu",
    "celu",
    "selu",
    "hardtanh",
    "tanhshrink",
    "logsigmoid",
    "softsign",
    "mish",
    "leaky_relu",
    "relu6",
    "hardswish",
]
SPELLED = {
    "log1p_abs": "T.log1p({a}.abs())",
    "sqrt_abs": "({a}.abs() + 0.5).sqrt()",
    "log_abs": "({a}.abs() + 0.5).log()",
    "rsqrt_abs": "({a}.abs() + 0.5).rsqrt()",
    "reciprocal_1": "1 / ({a} * {a} + 1)",
    **{
        n: "T.nn.functional." + n + "({a})"
        for n in [
            "softplus",
            "silu",
            "gelu",
            "elu",
            "celu",
            "selu",
            "hardtanh",
            "tanhshrink",
            "logsigmoid",
            "softsign",
            "mish",
            "leaky_relu",
            "relu6",
            "hardswish",
        ]
    },
}
EXPRESSIONS = [
    *(SPELLED.get(n, f"{{a}}.{n}()") for n in UNARY),
    *["{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / ({b} * {b} + 1)", "{a} @ {b}", "{a} * {f}"] * 4,
    *[
        "{f} - {a}",
        "{a} ** 2",
        "{a} ** 3",
        "T.pow({a}.abs() + 0.5, {b})",
        "{f} ** {a}.contiguous()",
    ],
    *[
        "T.maximum({a}, {b})",
        "T.minimum({a}, {b})",
        "T.atan2({a}, {b} + 3)",
        "T.hypot({a}, {b} + 3)",
    ],
    *[
        "T.where({a} > {f}, {a}, {b})",
        "T.lerp({a}, {b}, {f})",
        "T.addcmul({a}, {b}, {c}, value={f})",
    ],
    *["{a}.clamp({f}, 1.5)", "{a}.clamp(min={b})", "T.fmod({a}, 1.7)", "T.remainder({a}, 1.7)"],
    *["{a}.sum()", "{a}.sum({d})", "{a}.mean({d}, keepdim={k})", "{a}.prod({d})", "{a}.std({d})"],
    *[
        "{a}.var({d}, keepdim={k})",
        "{a}.amax({d})",
        "{a}.min({d}).values",
        "{a}.max()",
        "{a}.median()",
    ],
    *[
        "{a}.logsumexp({d})",
        "{a}.cumsum({d})",
        "{a}.cumprod({d})",
        "{a}.norm()",
        "{a}.norm(dim={d})",
    ],
    *["{a}.softmax({d})", "{a}.log_softmax({d})", "{a}.sort({d}).values", "{a}.flip({d})"],
    *[
        "{a}.topk(1, {d}).values",
        "{a}.logcumsumexp({d})",
        "{a}.cummax({d}).values",
        "{a}.diff(dim={d})",
    ],
    *["{a}.t()", "{a}.transpose(0, -1)", "{a}.reshape(-1)", "{a}.flatten()", "{a}.unsqueeze({d})"]
    * 2,
    *[
        "{a}.squeeze()",
        "{a}[0]",
        "{a}[..., 0]",
        "{a}[::2]",
        "{a}[..., 1:]",
        "{a}[None]",
        "{a}[[0, 0]].contiguous()",
    ]
    * 2,
    *[
        "{a}.expand(2, *{a}.shape)",
        "{a}.permute(*range({a}.dim())[::-1])",
        "{a}.clone()",
        "{a}.contiguous()",
    ],
    *["{a}[{a} > {f}]", "{a}.narrow({d}, 0, 1)", "{a}.select({d}, 0)", "{a}.unfold({d}, 2, 1)"],
    *[
        "{a}.diagonal()",
        "T.diag({a})",
        "{a}.tril()",
        "{a}.triu(1)",
        "{a}.movedim(0, -1)",
        "{a}.roll(1, {d})",
    ],
    *[
        "{a}.unbind({d})[0]",
        "{a}.chunk(2, {d})[-1]",
        "{a}.split(1, {d})[0]",
        "{a}.tile(2)",
        "{a}.repeat(2, 1)",
    ],
    *[
        "{a}.index_select({d}, T.tensor([0, 0]))",
        "{a}.gather({d}, T.zeros_like({a}, dtype=T.int64))",
    ],
    *[
        "T.cat([{a}, {b}], {d})",
        "T.stack([{a}, {b}], {d})",
        "T.cat([{a}, {a}])",
        "T.outer({a}, {b})",
    ],
    *["T.einsum('ij,kj->ik', {a}, {b})", "T.tensordot({a}, {b}, 1)", "T.dot({a}, {b})"],
    *[
        "{a}.masked_fill({b} > {f}, {f})",
        "{a}.index_add({d}, T.tensor([0]), {b})",
        "T.dist({a}, {b})",
    ],
    *["{a}.scatter({d}, {b}.argsort({d}), {b})", "{a}.view_as({b})", "{a}.nansum({d})"],
    *["T.nn.functional.layer_norm({a}, {a}.shape[-1:])", "T.nn.functional.normalize({a}, dim={d})"],
    *["T.nn.functional.pad({a}, (1, 0))", "T.nn.functional.pad({a}, (1, 1), mode='reflect')"],
    *["T.nn.functional.mse_loss({a}, {b})", "T.nn.functional.smooth_l1_loss({a}, {b})"],
    *[
        "T.nn.functional.linear({a}, {b})",
        "T.nn.functional.max_pool1d({a}, 2)",
        "T.cdist({a}, {b} + 5)",
    ],
    *["T.nn.functional.avg_pool1d({a}, 2)", "T.nn.functional.conv1d({a}, {b}[:, None])"],
    *[
        "T.nn.functional.kl_div({a}.log_softmax(-1), {b}.softmax(-1))",
        "T.nn.functional.cosine_similarity({a}, {b}, -1)",
    ],
    *[
        "T.nn.functional.cross_entropy({a}, {a}.detach().argmax(-1))",
        "{a}.to(T.float64)",
        "{a}.double()",
    ],
    *[
        "{a}.detach()",
        "{a}.to(T.float32)",
        "T.ones_like({a})",
        "T.full_like({a}, {f})",
        "({a} - {f}).sgn()",
    ],
    *["T.utils.checkpoint.checkpoint(lambda x: (x * x).sin() * x, {a}, use_reentrant=False)"] * 2,
    *["T.utils.checkpoint.checkpoint(lambda x, y: x.tanh() * y, {a}, {b}, use_reentrant=False)"],
]
# Writes, on copies more often than not: a leaf that asks for gradients refuses them.
STATEMENTS = [
    *[
        "{a}.add_({b})",
        "{a}.mul_({f})",
        "{a}.mul_({b})",
        "{a}.sub_({b}, alpha=2)",
        "{a}.tanh_()",
        "{a}.sin_()",
    ],
    *[
        "{a}.exp_()",
        "{a}.zero_()",
        "{a}.fill_({f})",
        "{a}.copy_({b})",
        "{a}.clamp_(min={f})",
        "{a}.relu_()",
    ],
    *[
        "{a}[0] = {f}",
        "{a}[0] = {b}",
        "{a}[..., 0] = {b}",
        "{a}[..., 1:].mul_({f})",
        "{a}[::2] += {f}",
    ],
    *[
        "{a}[{a} > {f}] = {f}",
        "{a}.t().add_({b})",
        "{a}.view(-1)[0] = {f}",
        "{a}.masked_fill_({a} > 0, {f})",
    ],
    *[
        "{a}.select(-1, 0).copy_({f} * {a}.select(-1, 0))",
        "{a}.diagonal().zero_()",
        "{a}[[0]] = {b}",
    ],
    *[
        "{a}.index_add_(0, T.tensor([0]), {b})",
        "{a}.sigmoid_()",
        "{a} += {b}",
        "{a} *= {a}",
        "{a} /= 2",
    ],
    *[
        "{a}.register_hook(lambda g: g * 2)",
        "{a}.register_hook(lambda g: g + 1)",
        "{a}.retain_grad()",
    ],
    *[
        "{a}.unbind(0)[0].mul_(2)",
        "{a}.addcmul_({b}, {b})",
        "{a}.squeeze(0).add_(1)",
        "{a}.lerp_({b}, 0.3)",
    ],
]
SHAPES = [
    (),
    (1,),
    (3,),
    (4,),
    (2, 3),
    (3, 2),
    (3, 3),
    (2, 4),
    (1, 3),
    (2, 1, 3),
    (2, 3, 4),
    (2, 2, 2),
]
LAYOUTS = ["{x}", "{x}", "{x}.transpose(0, -1).contiguous().transpose(0, -1).clone()"]


class Program:
    """Lines of a program, grown with PyTorch's consent."""

    def __init__(self, r: random.Random, run: Callable[[str, dict[str, Any]], None]) -> None:
        self.r, self.lines, self.run = r, list[str](), run
        self.names: list[str] = []
        self.leaves: list[str] = []
        self.space: dict[str, Any] = {"T": torch}

    def fill(self, template: str) -> str:
        """The template with names and numbers in its places."""
        r = self.r
        d = r.choice((0, -1, -1, 1))
        # Later tensors are taken more often: programs get deep.
        pick = lambda: self.names[-1 - min(int(r.expovariate(0.4)), len(self.names) - 1)]  # noqa: E731
        return template.format(
            a=pick(), b=pick(), c=pick(), d=d, k=r.random() < 0.5, f=round(r.uniform(-2, 2), 2), i=1
        )

    def attempt(self, line: str) -> bool:
        """Keeps the line if PyTorch runs it and the result is a tensor of moderate size."""
        space = dict(self.space)
        try:
            self.run(line, space)
        except Exception:
            return False
        made = space.get(line.split(" = ")[0])
        if isinstance(made, torch.Tensor) and (
            made.numel() == 0
            or made.numel() > 300
            or not bool(torch.isfinite(made.detach().double()).all())
            or float(made.detach().double().abs().max()) > 1e3
        ):
            return False
        self.space = space
        self.lines.append(line)
        return True

    def leaf(self) -> None:
        """A new leaf with values that are no ties."""
        r = self.r
        shape, name = r.choice(SHAPES), f"x{len(self.leaves)}"
        some = [round(r.uniform(-2, 2), 4) or 0.5 for _ in range(math.prod(shape))]
        values = np.array(some).reshape(shape)
        dtype = "float64" if r.random() < 0.85 else "float32"
        layout = r.choice(LAYOUTS) if len(shape) > 1 else "{x}"
        data = layout.format(x=f"T.tensor({values.tolist()}, dtype=T.{dtype})")
        self.lines.append(f"{name} = {data}.requires_grad_()")
        self.run(self.lines[-1], self.space)
        self.names.append(name)
        self.leaves.append(name)

    def grow(self, steps: int) -> None:
        """Adds about so many lines."""
        r = self.r
        for _ in range(r.randint(1, 3)):
            self.leaf()
        for _ in range(steps * 3):
            if len(self.lines) > steps + len(self.leaves):
                return
            if r.random() < 0.2 and len(self.names) > len(self.leaves):
                self.attempt(self.fill(r.choice(STATEMENTS)))
                continue
            name = f"v{len(self.names)}"
            if self.attempt(f"{name} = {self.fill(r.choice(EXPRESSIONS))}"):
                self.names.append(name)


def shorten(program: Program) -> list[str]:
    """Leaves out lines as long as something stays wrong with what is left."""
    lines = program.lines
    for at in range(len(lines) - 1, -1, -1):
        fewer = lines[:at] + lines[at + 1 :]
        kept = [n for n in program.names if any(x.startswith(f"{n} = ") for x in fewer)]
        leaves = [n for n in program.leaves if n in kept]
        try:
            if leaves and compare(fewer, leaves, kept)[1]:
                lines = fewer
        except Exception:
            continue
    return lines


def main(seed: int, first: int, count: int, log_path: str, seconds: int) -> None:
    """Runs `count` programs from `first` on; a JSON line a finding, and one for the sums."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    descriptor = os.open(log_path, os.O_CREAT | os.O_WRONLY, 0o600)
    counts: dict[str, int] = {}
    for number in range(first, first + count):

        def log(text: str, number: int = number) -> None:
            os.pwrite(descriptor, f"{number} {text}".encode().ljust(4000)[:4000], 0)

        log("(being made)")
        faulthandler.dump_traceback_later(seconds, exit=True)
        r = random.Random(f"{seed}/{number}")
        program = Program(r, lambda line, space: exec(line, space))
        program.grow(r.randint(3, 14))
        log(" ; ".join(program.lines))
        outcome, wrong = compare(program.lines, program.leaves, program.names)
        counts[outcome] = counts.get(outcome, 0) + 1
        if wrong:
            shown = "\n    ".join(shorten(program))
            print(json.dumps({"case": number, "what": f"{wrong}\n    {shown}"}), flush=True)
        faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"counts": counts}), flush=True)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
