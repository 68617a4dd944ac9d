"""Adafactor and Muon over twenty steps, loss scaling, saved states."""

import torch

results = {}


def problem(seed, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(4, 3), (3, 5)]
    return [torch.randn(*s, generator=generator).to(dtype).requires_grad_() for s in shapes], (
        torch.randn(6, 4, generator=generator).to(dtype),
        torch.randn(6, 5, generator=generator).to(dtype),
    )


def loss_of(parameters, data):
    x, y = data
    a, b = parameters[:2]
    out = torch.tanh(x @ a) @ b
    for extra in parameters[2:]:
        out = out * extra
    return ((out - y) ** 2).mean()


def train(make, more=(), dtype=torch.float32, steps=20):
    parameters, data = problem(0, dtype)
    parameters += [torch.tensor(m, dtype=dtype).requires_grad_() for m in more]
    optimizer = make(parameters)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_of(parameters, data)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [losses, [p.tolist() for p in parameters]], optimizer


def refused(make):
    try:
        make()
    except ValueError as error:
        return str(error).replace("torch.Size([2])", "(2,)")
    return None


A, M = torch.optim.Adafactor, torch.optim.Muon
more = [1.5, [1.0, 2.0, 0.5, 1.0, 1.0]]
results["Adafactor"], kept = train(A, more)
results["Adafactor settings"], _ = train(
    lambda p: A(p, lr=0.1, beta2_decay=-0.5, eps=(1e-8, 1e-2), d=2.0, weight_decay=0.1),
    more,
    torch.float64,
)
results["Adafactor uphill"], _ = train(lambda p: A(p, maximize=True), more, torch.float64)
state = kept.state_dict()["state"]
results["Adafactor state"] = [
    [k, sorted(s), float(s["step"]), [list(v.shape) for _, v in sorted(s.items())]]
    for k, s in state.items()
]
again, data = problem(0)
again += [torch.tensor(m).requires_grad_() for m in more]
other = A(again)
other.load_state_dict(kept.state_dict())
loss_of(again, data).backward()
other.step()
results["Adafactor loaded"] = [p.tolist() for p in again]
results["Adafactor refuses"] = [
    refused(lambda: A([torch.ones(2)], lr=-1.0)),
    refused(lambda: A([torch.ones(2)], beta2_decay=1.0)),
    refused(lambda: A([torch.ones(2)], d=0.5)),
    refused(lambda: A([torch.ones(2)], weight_decay=-1.0)),
]
results["Muon half"], _ = train(M)
results["Muon half plain"], _ = train(
    lambda p: M(p, lr=0.02, weight_decay=0.0, nesterov=False, adjust_lr_fn="match_rms_adamw")
)
results["Muon refuses"] = [
    refused(lambda: M([torch.ones(2)])),
    refused(lambda: M([torch.ones(2, 2)], adjust_lr_fn="x")),
    refused(lambda: M([torch.ones(2, 2)], momentum=-1.0)),
]


def scaled(start):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=start, growth_interval=3)
    seen = []
    for i in range(8):
        optimizer.zero_grad()
        factor = float("inf") if i == 4 else 1.0
        scaler.scale((w * w).sum() * factor).backward()
        if i % 2:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        seen.append([scaler.get_scale(), w.tolist()])
    return [seen, scaler.state_dict()]


results["GradScaler"] = scaled(1024.0)
