"""A character model: encoder layers under a causal mask, AdamW, a cosine schedule."""

import math

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import CosineAnnealingLR

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(3)

text = "the quick brown fox jumps over the lazy dog while the slow grey cat sleeps under the tree "
letters = sorted(set(text))
data = torch.tensor([letters.index(c) for c in text * 4])
LENGTH, WIDTH = 12, 16


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(letters), WIDTH)
        position = torch.arange(LENGTH).unsqueeze(1)
        rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(1e4) / WIDTH))
        table = torch.zeros(LENGTH, WIDTH)
        table[:, 0::2] = torch.sin(position * rate)
        table[:, 1::2] = torch.cos(position * rate)
        self.register_buffer("positions", table)
        layer = nn.TransformerEncoderLayer(
            WIDTH,
            4,
            dim_feedforward=32,
            dropout=0.1,
            activation="gelu",
            batch_first=True,
            bias=False,  # a bias of the keys has no effect, so its gradient is rounding alone
        )
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(WIDTH, len(letters))

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        h = self.embed(x) * math.sqrt(WIDTH) + self.positions
        return self.head(self.encoder(h, mask=mask, is_causal=True))


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
scheduler = CosineAnnealingLR(optimizer, T_max=100)

losses = []
for step in range(100):
    starts = torch.randint(0, len(data) - LENGTH - 1, (8,))
    x = torch.stack([data[i : i + LENGTH] for i in starts])
    y = torch.stack([data[i + 1 : i + LENGTH + 1] for i in starts])
    logits = model(x)
    loss = nn.functional.cross_entropy(logits.view(-1, len(letters)), y.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())

final = model.state_dict()
