"""Learns to balance a pole on a cart: an actor-critic on an environment of thirty lines.

Run it as `python examples/actor_critic.py`. Sixteen carts run side by side; every twenty steps the
network learns from what they have seen. It prints how long the pole stands and writes
`actor_critic.png`.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F

CARTS = 16
STEPS = 20  # between two updates
LONGEST = 200  # steps of an episode
DISCOUNT = 0.98


class Carts:
    """Poles on carts (Barto, Sutton and Anderson 1983), several at once.

    A state is (place, speed, angle, angular speed); an action pushes left or right. An
    episode ends when a pole leans by 12 degrees, a cart leaves its track, or after LONGEST steps.
    """

    def __init__(self, number: int) -> None:
        self.state = self._start(number)
        self.age = pyad.zeros(number, dtype=pyad.int64)
        self.ended: list[int] = []  # lengths of the episodes so far

    @staticmethod
    def _start(number: int) -> pyad.Tensor:
        return pyad.rand(number, 4) * 0.1 - 0.05

    def step(self, action: pyad.Tensor) -> tuple[pyad.Tensor, pyad.Tensor]:
        """Pushes all carts by action (number,), 0 or 1; returns states and which episodes ended."""
        x, v, angle, spin = self.state.unbind(1)
        sine, cosine = angle.sin(), angle.cos()
        push = (action * 20 - 10).to(pyad.float32)
        lever = (push + 0.05 * spin.square() * sine) / 1.1
        turn = (9.8 * sine - cosine * lever) / (0.5 * (4 / 3 - 0.1 * cosine.square() / 1.1))
        speed_up = lever - 0.05 * turn * cosine / 1.1
        self.state = pyad.stack(
            [x + 0.02 * v, v + 0.02 * speed_up, angle + 0.02 * spin, spin + 0.02 * turn], dim=1
        )
        self.age += 1
        out = (self.state[:, 0].abs() > 2.4) | (self.state[:, 2].abs() > math.radians(12))
        done = out | (self.age >= LONGEST)
        if done.any():
            self.ended += self.age[done].tolist()
            self.state[done] = self._start(int(done.sum()))
            self.age[done] = 0
        return self.state.clone(), done


class ActorCritic(nn.Module):
    """Logits of the two actions, and the value of a state, from one body."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh())
        self.policy = nn.Linear(64, 2)
        self.value = nn.Linear(64, 1)

    def forward(self, state: pyad.Tensor) -> tuple[pyad.Tensor, pyad.Tensor]:
        """Takes states (n, 4); returns logits (n, 2) and values (n,)."""
        h = self.body(state)
        return self.policy(h), self.value(h).squeeze(-1)


def learn(model: ActorCritic, optimizer: pyad.optim.Optimizer, carts: Carts) -> float:
    """Plays STEPS steps with all carts, then improves the model once; returns the loss."""
    states, actions, rewards, ends = [], [], [], []
    for _ in range(STEPS):
        state = carts.state
        with pyad.no_grad():
            logits, _ = model(state)
            action = pyad.multinomial(logits.softmax(1), 1).squeeze(1)
        _, done = carts.step(action)
        states.append(state)
        actions.append(action)
        rewards.append(1.0 - done.float())
        ends.append(done)
    with pyad.no_grad():
        _, future = model(carts.state)
    returns = []
    for reward, end in zip(reversed(rewards), reversed(ends), strict=True):
        future = reward + DISCOUNT * future * ~end
        returns.append(future)
    wanted = pyad.stack(returns[::-1]).flatten()
    logits, values = model(pyad.cat(states))
    log_p = logits.log_softmax(1)
    chosen = log_p.gather(1, pyad.cat(actions).unsqueeze(1)).squeeze(1)
    advantage = (wanted - values).detach()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
    entropy = -(log_p.exp() * log_p).sum(1).mean()
    loss = -(chosen * advantage).mean() + F.smooth_l1_loss(values, wanted) - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def main(arguments: list[str] | None = None) -> float:
    """Runs the example and returns the mean length of the last 50 episodes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer updates")
    parser.add_argument("--out", type=Path, default=Path("actor_critic.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(1)
    model, carts = ActorCritic(), Carts(CARTS)
    optimizer = pyad.optim.Adam(model.parameters(), lr=2e-3)
    updates = 150 if options.quick else 1500
    curve: list[tuple[int, float]] = []
    with tqdm(range(updates), desc="learning") as bar:
        for update in bar:
            learn(model, optimizer, carts)
            if carts.ended and update % 10 == 9:
                last = carts.ended[-50:]
                curve.append((update + 1, sum(last) / len(last)))
                bar.set_postfix(standing=f"{curve[-1][1]:.0f} steps")

    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    axis.plot(*zip(*curve, strict=True))
    axis.set(xlabel="update", ylabel="mean length of 50 episodes", title="How long the pole stands")
    figure.savefig(options.out, dpi=110)
    plt.close(figure)
    print(f"the pole stands for {curve[0][1]:.0f} steps at first, {curve[-1][1]:.0f} at the end")
    print(f"wrote {options.out}")
    return curve[-1][1]


if __name__ == "__main__":
    main()
