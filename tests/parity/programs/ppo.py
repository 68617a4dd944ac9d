"""Proximal policy optimization with continuous actions, batches picked by NumPy indices."""

import math

import numpy as np
import torch
import torch.nn as nn

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(2)
np.random.seed(2)


class Normal:
    def __init__(self, loc, scale):
        self.loc, self.scale = torch.broadcast_tensors(loc, scale)

    def sample(self):
        with torch.no_grad():
            return torch.normal(self.loc, self.scale)

    def log_prob(self, v):
        return (
            -((v - self.loc) ** 2) / (2 * self.scale**2)
            - self.scale.log()
            - math.log(math.sqrt(2 * math.pi))
        )

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)


def layer_init(layer, std=2**0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self, o, a):
        super().__init__()
        self.critic = nn.Sequential(
            layer_init(nn.Linear(o, 16)), nn.Tanh(), layer_init(nn.Linear(16, 1), std=1.0)
        )
        self.actor_mean = nn.Sequential(
            layer_init(nn.Linear(np.array([o]).prod(), 16)),
            nn.Tanh(),
            layer_init(nn.Linear(16, a), std=0.01),
        )
        self.actor_logstd = nn.Parameter(torch.zeros(1, a))

    def get_value(self, x):
        return self.critic(x)

    def get(self, x, action=None):
        mean = self.actor_mean(x)
        std = torch.exp(self.actor_logstd.expand_as(mean))
        p = Normal(mean, std)
        if action is None:
            action = p.sample()
        return action, p.log_prob(action).sum(1), p.entropy().sum(1), self.critic(x)


N, S, O, A = 4, 16, 3, 2
agent = Agent(O, A)
opt = torch.optim.Adam(agent.parameters(), lr=3e-3, eps=1e-5)
M = torch.randn(O, A)
obs_t = torch.randn(N, O)
losses = []
for update in range(1, 9):
    frac = 1.0 - (update - 1.0) / 8
    opt.param_groups[0]["lr"] = frac * 3e-3
    obs = torch.zeros((S, N, O))
    actions = torch.zeros((S, N, A))
    logprobs = torch.zeros((S, N))
    rewards = torch.zeros((S, N))
    dones = torch.zeros((S, N))
    values = torch.zeros((S, N))
    nd = torch.zeros(N)
    for s in range(S):
        obs[s] = obs_t
        dones[s] = nd
        with torch.no_grad():
            act, lp, _, v = agent.get(obs_t)
            values[s] = v.flatten()
        actions[s] = act
        logprobs[s] = lp
        r = -((act - obs_t @ M) ** 2).sum(1).cpu().numpy()
        rewards[s] = torch.tensor(r).view(-1)
        obs_t = torch.Tensor(np.asarray(torch.tanh(0.9 * obs_t + 0.1 * torch.randn(N, O)))).to(
            rewards.dtype
        )
        nd = torch.Tensor([float((s + i) % 7 == 0) for i in range(N)]).to(rewards)
    with torch.no_grad():
        nv = agent.get_value(obs_t).reshape(1, -1)
        adv = torch.zeros_like(rewards)
        last = 0
        for t in reversed(range(S)):
            if t == S - 1:
                nnt, nvv = 1.0 - nd, nv
            else:
                nnt, nvv = 1.0 - dones[t + 1], values[t + 1]
            delta = rewards[t] + 0.99 * nvv * nnt - values[t]
            adv[t] = last = delta + 0.99 * 0.95 * nnt * last
        ret = adv + values
    bo = obs.reshape((-1, O))
    bl = logprobs.reshape(-1)
    ba = actions.reshape((-1, A))
    badv = adv.reshape(-1)
    br = ret.reshape(-1)
    bv = values.reshape(-1)
    inds = np.arange(N * S)
    kls = []
    for ep in range(4):
        np.random.shuffle(inds)
        for st in range(0, N * S, 16):
            mb = inds[st : st + 16]
            _, nlp, ent, nval = agent.get(bo[mb], ba[mb])
            lr_ = nlp - bl[mb]
            ratio = lr_.exp()
            with torch.no_grad():
                kl = ((ratio - 1) - lr_).mean()
                kls.append(kl.item())
            a_ = badv[mb]
            a_ = (a_ - a_.mean()) / (a_.std() + 1e-8)
            pg = torch.max(-a_ * ratio, -a_ * torch.clamp(ratio, 1 - 0.2, 1 + 0.2)).mean()
            nval = nval.view(-1)
            vu = (nval - br[mb]) ** 2
            vc = bv[mb] + torch.clamp(nval - bv[mb], -0.2, 0.2)
            vl = 0.5 * torch.max(vu, (vc - br[mb]) ** 2).mean()
            loss = pg - 0.01 * ent.mean() + vl * 0.5
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            opt.step()
            losses.append(loss.item())
    yp, yt = bv.cpu().numpy(), br.cpu().numpy()
    vy = np.var(yt)
    ev = np.nan if vy == 0 else 1 - np.var(yt - yp) / vy
    losses.append(float(ev))
    assert 0.0 <= np.mean(kls) < 1.0
final = agent.state_dict()
