"""A generator and a discriminator in turn, on points of a ring."""

import math

import torch
import torch.nn as nn

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(5)

generator = nn.Sequential(nn.Linear(4, 24), nn.LeakyReLU(0.2), nn.Linear(24, 2))
discriminator = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()

losses = []
for step in range(100):
    angle = torch.rand(32) * 2 * math.pi
    real = torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * torch.randn(32, 2)
    fake = generator(torch.randn(32, 4))

    d_optimizer.zero_grad()
    d_loss = criterion(discriminator(real), torch.ones(32, 1))
    d_loss = d_loss + criterion(discriminator(fake.detach()), torch.zeros(32, 1))
    d_loss.backward()
    d_optimizer.step()

    g_optimizer.zero_grad()
    g_loss = criterion(discriminator(fake), torch.ones(32, 1))
    g_loss.backward()
    g_optimizer.step()
    losses += [d_loss.item(), g_loss.item()]

final = {f"generator.{k}": v for k, v in generator.state_dict().items()}
final |= {f"discriminator.{k}": v for k, v in discriminator.state_dict().items()}
