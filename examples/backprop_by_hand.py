"""A network that invents names of Python modules, every gradient in it derived by hand.

Run it as `python examples/backprop_by_hand.py`. The network reads three letters and expects a
fourth; its forward pass, batch normalisation and cross-entropy included, is written as steps so
small that each can be turned round by itself. It prints, for each of its 21 intermediates and 7
parameters, how far the derivation by hand is from `backward`, trains by minibatches with a rate
that decays, spells new names, and writes `backprop_by_hand.png`.
"""

from __future__ import annotations

import argparse
import builtins
import keyword
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad
from pyad.nn import functional as F

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the dot begins and ends a name
SEEN, WIDTH, HIDDEN, BATCH = 3, 10, 64, 32
Tensors = dict[str, pyad.Tensor]


def names() -> list[str]:
    """Returns what Python calls its modules, keywords and built-ins, as far as it is letters."""
    found = {*sys.stdlib_module_names, *keyword.kwlist}
    for kind in (builtins, str, list, dict, set, bytes, int, float):
        found.update(dir(kind))
    plain = {name.strip("_").lower() for name in found}
    return sorted(name for name in plain if len(name) > 1 and name.isascii() and name.isalpha())


def examples(words: list[str]) -> tuple[pyad.Tensor, pyad.Tensor]:
    """Returns letters (n, SEEN) and the letter that follows each (n,)."""
    x, y = [], []
    for word in words:
        context = [0] * SEEN
        for letter in word + ".":
            x.append(context)
            y.append(LETTERS.index(letter))
            context = [*context[1:], y[-1]]
    return pyad.tensor(x), pyad.tensor(y)


def make_parameters() -> Tensors:
    """Nothing begins at 0 or 1, where a wrong derivation might look right."""
    fan_in = SEEN * WIDTH
    scales = {
        "C": ((len(LETTERS), WIDTH), 1.0, 0.0),
        "W1": ((fan_in, HIDDEN), 5 / 3 / fan_in**0.5, 0.0),
        "b1": ((HIDDEN,), 0.1, 0.0),
        "W2": ((HIDDEN, len(LETTERS)), 0.1, 0.0),
        "b2": ((len(LETTERS),), 0.1, 0.0),
        "gain": ((1, HIDDEN), 0.1, 1.0),
        "bias": ((1, HIDDEN), 0.1, 0.0),
    }
    return {
        name: (pyad.randn(*shape, dtype=pyad.float64) * scale + shift).requires_grad_()
        for name, (shape, scale, shift) in scales.items()
    }


def forward(p: Tensors, x: pyad.Tensor, y: pyad.Tensor) -> tuple[pyad.Tensor, Tensors]:
    """Returns the loss and all intermediates, each one step from those before it."""
    n = len(x)
    v: Tensors = {}
    v["emb"] = p["C"][x]
    v["embcat"] = v["emb"].view(n, -1)
    v["hprebn"] = v["embcat"] @ p["W1"] + p["b1"]
    # Batch normalisation
    v["mean"] = v["hprebn"].sum(0, keepdim=True) / n
    v["diff"] = v["hprebn"] - v["mean"]
    v["diff2"] = v["diff"] ** 2
    v["var"] = v["diff2"].sum(0, keepdim=True) / (n - 1)
    v["var_inv"] = (v["var"] + 1e-5) ** -0.5
    v["raw"] = v["diff"] * v["var_inv"]
    v["hpreact"] = p["gain"] * v["raw"] + p["bias"]
    v["h"] = v["hpreact"].tanh()
    v["logits"] = v["h"] @ p["W2"] + p["b2"]
    # Cross-entropy
    v["maxes"] = v["logits"].max(1, keepdim=True).values
    v["shifted"] = v["logits"] - v["maxes"]
    v["counts"] = v["shifted"].exp()
    v["sums"] = v["counts"].sum(1, keepdim=True)
    v["sums_inv"] = v["sums"] ** -1
    v["probs"] = v["counts"] * v["sums_inv"]
    v["logprobs"] = v["probs"].log()
    v["right"] = v["logprobs"][range(n), y]
    v["likelihood"] = v["right"].mean()
    return -v["likelihood"], v


@pyad.no_grad()
def by_hand(p: Tensors, v: Tensors, x: pyad.Tensor, y: pyad.Tensor) -> Tensors:
    """The gradient of the loss by everything in `v` and `p`, from the end to the beginning.

    What a broadcast repeated is summed again, what a sum joined is handed to each part.
    """
    n = len(x)
    d: Tensors = {}
    d["likelihood"] = pyad.tensor(-1.0, dtype=pyad.float64)
    d["right"] = (d["likelihood"] / n).expand(n)
    d["logprobs"] = pyad.zeros_like(v["logprobs"])
    d["logprobs"][range(n), y] = d["right"]
    d["probs"] = d["logprobs"] / v["probs"]
    d["sums_inv"] = (v["counts"] * d["probs"]).sum(1, keepdim=True)
    d["sums"] = -(v["sums"] ** -2) * d["sums_inv"]
    d["counts"] = v["sums_inv"] * d["probs"] + d["sums"]  # counts go two ways
    d["shifted"] = v["counts"] * d["counts"]
    d["maxes"] = -d["shifted"].sum(1, keepdim=True)
    largest = F.one_hot(v["logits"].argmax(1), len(LETTERS))
    d["logits"] = d["shifted"] + largest * d["maxes"]
    d["W2"] = v["h"].T @ d["logits"]
    d["b2"] = d["logits"].sum(0)
    d["h"] = d["logits"] @ p["W2"].T
    d["hpreact"] = (1 - v["h"] ** 2) * d["h"]
    d["gain"] = (v["raw"] * d["hpreact"]).sum(0, keepdim=True)
    d["bias"] = d["hpreact"].sum(0, keepdim=True)
    d["raw"] = p["gain"] * d["hpreact"]
    d["var_inv"] = (v["diff"] * d["raw"]).sum(0, keepdim=True)
    d["var"] = -0.5 * (v["var"] + 1e-5) ** -1.5 * d["var_inv"]
    d["diff2"] = (d["var"] / (n - 1)).expand(n, -1)
    d["diff"] = v["var_inv"] * d["raw"] + 2 * v["diff"] * d["diff2"]
    d["mean"] = -d["diff"].sum(0, keepdim=True)
    d["hprebn"] = d["diff"] + d["mean"] / n
    d["W1"] = v["embcat"].T @ d["hprebn"]
    d["b1"] = d["hprebn"].sum(0)
    d["embcat"] = d["hprebn"] @ p["W1"].T
    d["emb"] = d["embcat"].view(v["emb"].shape)
    d["C"] = pyad.zeros_like(p["C"])
    d["C"].index_add_(0, x.flatten(), d["emb"].flatten(0, 1))  # a letter may come several times
    return d


def compare(p: Tensors, x: pyad.Tensor, y: pyad.Tensor) -> dict[str, tuple[float, float]]:
    """For every name the largest element of the gradient, and of hand's distance to `backward`."""
    loss, v = forward(p, x, y)
    everything = v | p
    grads = pyad.autograd.grad(loss, list(everything.values()))
    hand = by_hand(p, v, x, y)
    return {
        name: (g.abs().max().item(), (hand[name] - g).abs().max().item())
        for name, g in zip(everything, grads, strict=True)
    }


def train(p: Tensors, x: pyad.Tensor, y: pyad.Tensor, steps: int) -> list[float]:
    optimizer = pyad.optim.SGD(p.values(), lr=0.3)
    # The rate ends at 3 % of where it began, however many steps there are.
    scheduler = pyad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.03 ** (1 / steps))
    losses = []
    with tqdm(range(steps), desc="training") as bar:
        for step in bar:
            batch = pyad.randint(0, len(x), (BATCH,))
            loss, _ = forward(p, x[batch], y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
            if step % 100 == 99:
                rate = scheduler.get_last_lr()[0]
                bar.set_postfix(loss=f"{sum(losses[-100:]) / 100:.2f}", rate=f"{rate:.3f}")
    return losses


@pyad.no_grad()
def spell(p: Tensors, statistics: Tensors, count: int) -> list[str]:
    """Makes up names letter by letter; the statistics of all examples stand in for a batch's."""
    words = []
    for _ in range(count):
        context, word = [0] * SEEN, ""
        while len(word) < 15:
            sums = p["C"][pyad.tensor(context)].view(1, -1) @ p["W1"] + p["b1"]
            raw = (sums - statistics["mean"]) * statistics["var_inv"]
            logits = (p["gain"] * raw + p["bias"]).tanh() @ p["W2"] + p["b2"]
            letter = int(pyad.multinomial(logits.softmax(1), 1).item())
            if letter == 0:
                break
            word += LETTERS[letter]
            context = [*context[1:], letter]
        words.append(word)
    return words


def draw(losses: list[float], apart: dict[str, tuple[float, float]], path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    block = len(losses) // 50
    means = [sum(losses[i : i + block]) / block for i in range(0, len(losses), block)]
    left.plot([block * (i + 0.5) for i in range(len(means))], means)
    left.set(xlabel="step", ylabel="nats a letter", title=f"Loss, means of {block} steps")
    sizes, distances = zip(*apart.values(), strict=True)
    right.semilogy(sizes, "o", label="largest element of the gradient")
    right.semilogy([max(d, 1e-19) for d in distances], "x", label="the derivation's distance to it")
    right.set_xticks(range(len(apart)), apart, rotation=90, fontsize=8)
    right.set(title="By hand and by backward")  # behind the normalisation b1 has no effect
    right.legend(fontsize=8, loc="center")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    parser.add_argument("--out", type=Path, default=Path("backprop_by_hand.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    words = names()
    x, y = examples(words)
    p = make_parameters()
    print(f"{len(words)} names, {len(x)} letters, {sum(t.numel() for t in p.values())} weights")

    before = compare(p, x[:BATCH], y[:BATCH])
    losses = train(p, x, y, steps=1000 if options.quick else 10_000)
    after = compare(p, x[:BATCH], y[:BATCH])
    print("largest elements   gradient at first, hand apart   gradient trained, hand apart")
    for name, at_first in before.items():
        print(f"  {name:13}" + "{:16.1e}{:14.1e}{:19.1e}{:12.1e}".format(*at_first, *after[name]))

    with pyad.no_grad():
        loss, statistics = forward(p, x, y)
    print(f"loss on all letters: {losses[0]:.3f} in the first batch, {loss.item():.3f} at the end")
    spelled = spell(p, statistics, 12)
    print(f"names it makes up: {', '.join(spelled)}")
    draw(losses, after, options.out)
    print(f"wrote {options.out}")
    return {
        "before": before,
        "after": after,
        "losses": losses,
        "loss": loss.item(),
        "names": spelled,
    }


if __name__ == "__main__":
    main()
