"""One matrix as embedding and as output layer, one layer applied twice; Adagrad."""

import torch
import torch.nn as nn

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(9)


class Tied(nn.Module):
    def __init__(self, words=20, width=12):
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=0)
        self.mix = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, words, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x):
        h = self.embed(x).mean(1)
        h = torch.tanh(self.mix(h))
        h = self.norm(h + self.mix(h))
        return self.out(h)


model = Tied()
assert sum(p.numel() for p in model.parameters()) == 20 * 12 + 12 * 12 + 12 + 24
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05, lr_decay=1e-3)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)

losses = []
for step in range(100):
    x = torch.randint(0, 20, (32, 5))
    y = x.max(dim=1)[0]
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

final = model.state_dict()
