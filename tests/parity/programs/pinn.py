"""Burgers' equation: second derivatives in the loss by autograd.grad, Adam, then LBFGS."""

import itertools
import math

import numpy as np
import torch
import torch.nn as nn

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(7)
np.random.seed(7)


class Net(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.act = nn.Tanh()
        self.ls = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(layers)])
        for l in self.ls:
            nn.init.xavier_normal_(l.weight.data, gain=1.0)
            nn.init.zeros_(l.bias.data)

    def forward(self, x, t):
        a = torch.cat([x, t], dim=1)
        for l in self.ls[:-1]:
            a = self.act(l(a))
        return self.ls[-1](a)


net = Net([2, 16, 16, 1])
nu = nn.Parameter(torch.tensor(0.1))
net.register_parameter("nu", nu)


def pde(x, t):
    u = net(x, t)
    u_t = torch.autograd.grad(
        u, t, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True
    )[0]
    u_x = torch.autograd.grad(
        u, x, grad_outputs=torch.ones_like(u), retain_graph=True, create_graph=True
    )[0]
    u_xx = torch.autograd.grad(u_x, x, torch.ones_like(u_x), create_graph=True)[0]
    return u_t + u * u_x - net.nu * u_xx


dt = torch.get_default_dtype()
x_f = torch.from_numpy(np.random.uniform(-1, 1, (64, 1))).to(dt).requires_grad_(True)
t_f = torch.tensor(np.random.uniform(0, 1, (64, 1)), dtype=dt, requires_grad=True)
x0 = torch.linspace(-1, 1, 32).view(-1, 1)
u0 = -torch.sin(math.pi * x0)
xb = torch.cat([-torch.ones(16, 1), torch.ones(16, 1)], 0)
tb = torch.rand(32, 1)
opt = torch.optim.Adam(net.parameters(), lr=5e-3, eps=1e-6)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.99)
losses = []
mse = nn.MSELoss()
for it in range(120):
    opt.zero_grad()
    f = pde(x_f, t_f)
    loss = (
        torch.mean(f**2)
        + mse(net(x0, torch.zeros_like(x0)), u0)
        + mse(net(xb, tb), torch.zeros_like(tb))
    )
    loss.backward()
    opt.step()
    sched.step()
    losses.append(loss.item())
lb = torch.optim.LBFGS(
    net.parameters(), lr=1.0, max_iter=5, history_size=10, line_search_fn="strong_wolfe"
)


def closure():
    lb.zero_grad()
    loss = pde(x_f, t_f).pow(2).mean() + mse(net(x0, torch.zeros_like(x0)), u0)
    loss.backward()
    return loss


for it in range(2):
    losses.append(float(lb.step(closure)))
final = net.state_dict()
