"""Gradients of four small batches make one step; clipping, OneCycle, two groups, NAdam."""

import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(10)

model = nn.Sequential(nn.Linear(6, 24), nn.GELU(), nn.Linear(24, 24), nn.SiLU(), nn.Linear(24, 1))
decayed = [p for n, p in model.named_parameters() if n.endswith("weight")]
others = [p for n, p in model.named_parameters() if n.endswith("bias")]
optimizer = torch.optim.NAdam(
    [{"params": decayed, "weight_decay": 1e-2}, {"params": others, "lr": 1e-3}], lr=2e-3
)
scheduler = OneCycleLR(optimizer, max_lr=[3e-3, 1e-3], total_steps=30, cycle_momentum=False)
criterion = nn.HuberLoss(delta=0.5)
weights = torch.randn(6)

losses = []
for step in range(120):
    x = torch.randn(8, 6)
    y = torch.sin(x @ weights).unsqueeze(1)
    loss = criterion(model(x), y) / 4
    loss.backward()
    losses.append(loss.item())
    if (step + 1) % 4 == 0:
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
        losses.append(norm.item())
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()

final = model.state_dict()
