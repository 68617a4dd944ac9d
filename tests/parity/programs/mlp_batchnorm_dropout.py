"""A classifier with batch normalisation and dropout, Adam, evaluation in between."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(0)

x = torch.randn(256, 10)
y = (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 0.5).long()

model = nn.Sequential(
    nn.Linear(10, 32, bias=False),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(32, 32, bias=False),
    nn.BatchNorm1d(32),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(32, 3),
)
# eps: a gradient that is rounding alone must not become a step of full size.
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-5)

losses = []
for step in range(120):
    model.train()
    batch = torch.randint(0, len(x), (32,))
    loss = F.cross_entropy(model(x[batch]), y[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 20 == 19:
        model.eval()
        with torch.no_grad():
            losses.append(F.cross_entropy(model(x), y).item())

final = model.state_dict()
