"""Q-learning with a replay memory and a target network, on a walk along a line."""

import copy
import random
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(6)
random.seed(6)


class Walk:
    """The state (place, speed) moves by pushes to either side; the goal is the middle."""

    def reset(self):
        self.x, self.v = random.uniform(-1, 1), 0.0
        return [self.x, self.v, self.x * self.x, 1.0]

    def step(self, action):
        self.v = 0.8 * self.v + (0.1 if action == 1 else -0.1)
        self.x = max(-1.5, min(1.5, self.x + self.v))
        reward = -abs(self.x)
        return [self.x, self.v, self.x * self.x, 1.0], reward, abs(self.x) < 0.02


policy = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
target = copy.deepcopy(policy)
target.load_state_dict(policy.state_dict())
target.eval()
optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-3, amsgrad=True)
memory = deque(maxlen=500)
env = Walk()

# Exploration does not look at the network, so rounding cannot change the course of events.
state = env.reset()
losses = []
for step in range(160):
    action = random.randrange(2)
    following, reward, done = env.step(action)
    memory.append((state, action, reward, following, done))
    state = env.reset() if done else following
    if len(memory) < 32:
        continue
    batch = random.sample(memory, 32)
    states = torch.tensor([b[0] for b in batch])
    actions = torch.tensor([b[1] for b in batch])
    rewards = torch.tensor([b[2] for b in batch])
    followings = torch.tensor([b[3] for b in batch])
    dones = torch.tensor([b[4] for b in batch])
    q = policy(states).gather(1, actions.unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        best = target(followings).max(1).values
        best[dones] = 0.0
        wanted = rewards + 0.9 * best
    loss = F.smooth_l1_loss(q, wanted)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy.parameters(), 100)
    optimizer.step()
    with torch.no_grad():
        for t, p in zip(target.parameters(), policy.parameters()):
            t.mul_(0.95).add_(0.05 * p)
    losses.append(loss.item())

final = policy.state_dict() | {f"target.{k}": v for k, v in target.state_dict().items()}
