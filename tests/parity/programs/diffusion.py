"""Denoising diffusion of points on rings: a warm-up, averaged weights, sampling with them."""

import math
from contextlib import contextmanager

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(11)


def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1)
    ac = torch.cos(((x / T) + s) / (1 + s) * math.pi * 0.5) ** 2
    ac = ac / ac[0]
    return torch.clip(1 - (ac[1:] / ac[:-1]), 0.0001, 0.9999)


def extract(a, t, shape):
    b = t.shape[0]
    return a.gather(-1, t).reshape(b, *((1,) * (len(shape) - 1)))


class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        half = self.dim // 2
        e = math.log(10000) / (half - 1)
        e = torch.exp(torch.arange(half, device=time.device) * -e)
        e = time[:, None] * e[None, :]
        return torch.cat((e.sin(), e.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self, h=32):
        super().__init__()
        self.time_mlp = nn.Sequential(
            SinusoidalPositionEmbeddings(16), nn.Linear(16, h), nn.GELU(), nn.Linear(h, h)
        )
        self.inp = nn.Linear(2, h)
        self.mid = nn.ModuleList(nn.Linear(h, h) for _ in range(2))
        self.norm = nn.ModuleList([nn.LayerNorm(h)] * 2)
        self.out = nn.Linear(h, 2)

    def forward(self, x, t):
        e = self.time_mlp(t)
        h = self.inp(x)
        for l, n in zip(self.mid, self.norm):
            scale, shift = e.unsqueeze(1).expand(-1, 2, -1).unbind(1)
            h = h + F.silu(n(l(h)) * (scale + 1) + shift)
        return self.out(h)


class EMA:
    def __init__(self, model, decay):
        self.model, self.decay = model, decay
        self.shadow = {n: p.data.clone() for n, p in model.named_parameters() if p.requires_grad}
        self.backup = {}

    def update(self):
        for n, p in self.model.named_parameters():
            if p.requires_grad:
                assert n in self.shadow
                self.shadow[n] = ((1.0 - self.decay) * p.data + self.decay * self.shadow[n]).clone()

    @contextmanager
    def average(self):
        for n, p in self.model.named_parameters():
            self.backup[n] = p.data
            p.data = self.shadow[n]
        yield
        for n, p in self.model.named_parameters():
            p.data = self.backup[n]


T = 50
betas = cosine_beta_schedule(T)
alphas = 1.0 - betas
ac = torch.cumprod(alphas, axis=0)
acp = F.pad(ac[:-1], (1, 0), value=1.0)
sra = torch.sqrt(1.0 / alphas)
sac = torch.sqrt(ac)
somac = torch.sqrt(1.0 - ac)
pv = betas * (1.0 - acp) / (1.0 - ac)
model = Denoiser()
ema = EMA(model, 0.95)
opt = torch.optim.AdamW(model.parameters(), lr=2e-3, eps=1e-5)
sched = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda s: min((s + 1) / 20, 0.5 * (1 + math.cos(math.pi * s / 120)))
)
losses = []
for s in range(120):
    a = torch.rand(32) * math.pi * 2
    x0 = torch.stack([a.cos(), a.sin()], dim=1) * (1 + (torch.rand(32, 1) > 0.5) * 1.0)
    t = torch.randint(0, T, (x0.shape[0],)).long()
    noise = torch.randn_like(x0)
    xt = extract(sac, t, x0.shape) * x0 + extract(somac, t, x0.shape) * noise
    loss = F.smooth_l1_loss(noise, model(xt, t))
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    ema.update()
    losses.append(loss.item())


@torch.no_grad()
def sample(n):
    x = torch.randn((n, 2))
    for i in reversed(range(T)):
        t = torch.full((n,), i, dtype=torch.long)
        mean = extract(sra, t, x.shape) * (
            x - extract(betas, t, x.shape) * model(x, t) / extract(somac, t, x.shape)
        )
        x = mean if i == 0 else mean + torch.sqrt(extract(pv, t, x.shape)) * torch.randn_like(x)
    return x


with ema.average():
    pts = sample(16)
final = model.state_dict() | {"ema." + k: v for k, v in ema.shadow.items()} | {"pts": pts}
