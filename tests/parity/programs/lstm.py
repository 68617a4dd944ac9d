"""Which of the values of a sequence was largest: two layers of LSTM, clipped gradients."""

import torch
from torch import nn

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(2)


class Reader(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.lstm = nn.LSTM(2, hidden, num_layers=2, batch_first=True, dropout=0.1)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.head(out[:, -1]).squeeze(-1) + c[-1].mean(-1)


model = Reader()
# eps: a gradient that is rounding alone must not become a step of full size.
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3, eps=1e-2)
criterion = nn.MSELoss()

losses = []
for step in range(100):
    x = torch.rand(24, 10, 2)
    target = (x[..., 0] * (x[..., 1] > 0.5)).sum(1)
    optimizer.zero_grad()
    loss = criterion(model(x), target)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())

final = dict(model.named_parameters())
