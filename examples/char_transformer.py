"""A character-level transformer learns to write like Python's own help pages.

Run it as `python examples/char_transformer.py`. The text is `pydoc_data.topics`, which every Python
ships. It trains with a progress bar, prints a sample before and after, and writes
`char_transformer.png`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from pydoc_data.topics import topics

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F

WIDTH, LAYERS, HEADS, LENGTH, BATCH = 64, 3, 4, 64, 16


class Block(nn.Module):
    """Attention to earlier letters, then a small network, each added to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.mix = nn.Linear(WIDTH, WIDTH, bias=False)
        self.feed = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: pyad.Tensor) -> pyad.Tensor:
        """Takes and returns (batch, length, width)."""
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, HEADS, width // HEADS).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(seen.transpose(1, 2).reshape(batch, length, width))
        return x + self.feed(self.norm2(x))


class Writer(nn.Module):
    """Logits of the next letter at every place."""

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.letter = nn.Embedding(letters, WIDTH)
        self.place = nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, letters, bias=False)
        self.head.weight = self.letter.weight  # one matrix reads letters and writes them
        for p in self.parameters():
            if p.ndim == 2:
                nn.init.normal_(p, std=0.05)

    def forward(self, x: pyad.Tensor) -> pyad.Tensor:
        """Takes letters (batch, length); returns (batch, length, letters)."""
        h = self.letter(x) + self.place(pyad.arange(x.shape[1]))
        return self.head(self.norm(self.blocks(h)))

    @pyad.no_grad()
    def write(self, x: pyad.Tensor, count: int, temperature: float = 0.7) -> pyad.Tensor:
        """Appends `count` letters to x (1, length), drawn from what the model expects."""
        for _ in range(count):
            logits = self(x[:, -LENGTH:])[:, -1] / temperature
            x = pyad.cat([x, pyad.multinomial(logits.softmax(-1), 1)], dim=1)
        return x


def read() -> str:
    """Returns the prose of the help pages: plain letters, no tables, no indentation."""
    lines = (line.strip() for key in sorted(topics) for line in topics[key].splitlines())
    prose = "\n".join(line for line in lines if line and line[0] not in "|+-=*")
    return "".join(c for c in prose if c == "\n" or " " <= c <= "~")


def main(arguments: list[str] | None = None) -> float:
    """Runs the example and returns the loss at the end, in nats a letter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    parser.add_argument("--out", type=Path, default=Path("char_transformer.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    text = read()
    letters = sorted(set(text))
    number = {c: i for i, c in enumerate(letters)}
    data = pyad.tensor([number[c] for c in text])
    model = Writer(len(letters))
    print(
        f"{len(text)} letters of {len(letters)} kinds, "
        f"{sum(p.numel() for p in model.parameters())} weights"
    )

    def sample(count: int) -> str:
        start = pyad.tensor([[number["T"]]])
        return "".join(letters[i] for i in model.write(start, count)[0].tolist())

    print(f"before training it writes: {sample(60)!r}")
    steps = 120 if options.quick else 1200
    optimizer = pyad.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    scheduler = pyad.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=1e-4)
    losses: list[float] = []
    seconds = 0.0
    window = pyad.arange(LENGTH + 1)
    with tqdm(range(steps), desc="training") as bar:
        for step in bar:
            rows = data[pyad.randint(len(data) - LENGTH - 1, (BATCH, 1)) + window]
            start = time.perf_counter()
            logits = model(rows[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            seconds += time.perf_counter() - start
            losses.append(loss.item())
            if step % 20 == 19:
                bar.set_postfix(loss=f"{sum(losses[-20:]) / 20:.2f}")
    reached = sum(losses[-50:]) / 50

    figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    axis.plot(losses, linewidth=0.6)
    axis.set(xlabel="step", ylabel="nats a letter", title="Cross-entropy of the next letter")
    figure.savefig(options.out, dpi=110)
    plt.close(figure)
    print(f"after training it writes:\n{sample(300)}")
    print(
        f"loss {losses[0]:.2f} -> {reached:.2f} nats a letter, "
        f"{seconds / steps * 1e3:.1f} ms a step; wrote {options.out}"
    )
    return reached


if __name__ == "__main__":
    main()
