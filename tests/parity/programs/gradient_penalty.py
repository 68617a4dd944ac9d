"""A critic whose gradients are held to length one: derivatives of derivatives in every step."""

import torch
import torch.nn as nn
from torch.autograd import grad

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(8)

critic = nn.Sequential(
    nn.Linear(2, 32), nn.Softplus(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
)
generator = nn.Sequential(nn.Linear(2, 16), nn.ELU(), nn.Linear(16, 2))
c_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)
g_optimizer = torch.optim.SGD(generator.parameters(), lr=1e-2)

losses = []
for step in range(100):
    real = torch.randn(16, 2) * torch.tensor([1.0, 0.3]) + torch.tensor([1.0, 2.0])
    fake = generator(torch.randn(16, 2)).detach()
    mix = torch.rand(16, 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    (slope,) = grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.norm(2, dim=1) - 1) ** 2).mean()
    loss = critic(fake).mean() - critic(real).mean() + 10 * penalty
    c_optimizer.zero_grad()
    loss.backward()
    c_optimizer.step()
    losses.append(loss.item())
    if step % 2:
        g_loss = -critic(generator(torch.randn(16, 2))).mean()
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        losses.append(g_loss.item())

final = critic.state_dict() | {f"generator.{k}": v for k, v in generator.state_dict().items()}
