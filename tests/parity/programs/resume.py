"""Training that stops in the middle, is saved, and goes on from the file in new objects."""

import os

import torch
import torch.nn as nn
import torch.optim as optim

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(11)
path = os.path.join(PATH, "checkpoint.pt")


def build():
    model = nn.Sequential(
        nn.Linear(5, 20, bias=False),
        nn.BatchNorm1d(20),
        nn.Tanh(),
        nn.Dropout(0.1),
        nn.Linear(20, 2),
    )
    optimizer = optim.AdamW(model.parameters(), lr=3e-3)
    scheduler = optim.lr_scheduler.MultiStepLR(optimizer, [30, 70], gamma=0.3)
    return model, optimizer, scheduler


x = torch.randn(128, 5)
y = (x.pow(2).sum(1) > 5).long()
losses = []


def train(model, optimizer, scheduler, steps):
    for _ in range(steps):
        batch = torch.randperm(128)[:32]
        loss = nn.functional.nll_loss(model(x[batch]).log_softmax(1), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())


model, optimizer, scheduler = build()
train(model, optimizer, scheduler, 50)
torch.save(
    {
        "step": 50,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
    },
    path,
)
del model, optimizer, scheduler

model, optimizer, scheduler = build()
checkpoint = torch.load(path, weights_only=False)
assert checkpoint["step"] == 50
model.load_state_dict(checkpoint["model"])
optimizer.load_state_dict(checkpoint["optimizer"])
scheduler.load_state_dict(checkpoint["scheduler"])
torch.set_rng_state(checkpoint["rng"])
train(model, optimizer, scheduler, 60)

final = model.state_dict()
