"""A derivative written by hand, hooks, frozen layers, weight normalisation, checkpointing."""

import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(14)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, g):
        x, s = ctx.saved_tensors
        return g * (s + x * s * (1 - s))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.a = torch.nn.utils.parametrizations.weight_norm(nn.Linear(width, width))
        self.b = nn.Linear(width, width)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return x + self.drop(Swish.apply(self.b(torch.tanh(self.a(x)))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 16)
        self.blocks = nn.ModuleList(Block(16) for _ in range(3))
        self.last = nn.Linear(16, 1)

    def forward(self, x):
        h = self.first(x)
        for block in self.blocks:
            h = checkpoint(block, h, use_reentrant=False)
        return self.last(h)


model = Net()
for p in model.first.parameters():
    p.requires_grad_(False)
seen = []
model.last.weight.register_hook(lambda g: g.clamp(-0.1, 0.1))
model.last.register_forward_hook(lambda m, args, out: seen.append(out.detach().mean().item()))
optimizer = torch.optim.Adamax((p for p in model.parameters() if p.requires_grad), lr=2e-3)

losses = []
for step in range(100):
    x = torch.randn(16, 4)
    loss = nn.functional.mse_loss(model(x), x.prod(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses += [loss.item()]
losses += [abs(m) + 1.0 for m in seen[:20]]

final = model.state_dict()
