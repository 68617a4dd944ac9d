"""A curve fitted by L-BFGS with line search."""

import torch

torch.set_default_dtype(getattr(torch, DTYPE))
torch.manual_seed(7)

t = torch.linspace(0, 4, 50)
data = 2.0 * torch.exp(-0.7 * t) * torch.cos(3.0 * t + 0.4) + 0.01 * torch.randn(50)

p = torch.tensor([1.5, 0.4, 2.7, 0.0], requires_grad=True)
optimizer = torch.optim.LBFGS(
    [p], lr=1.0, max_iter=4, history_size=8, line_search_fn="strong_wolfe"
)

losses = []


def closure():
    optimizer.zero_grad()
    model = p[0] * torch.exp(-p[1] * t) * torch.cos(p[2] * t + p[3])
    # The second term keeps the problem far from its optimum's rounding for all the steps.
    loss = ((model - data) ** 2).mean() + 0.1 * (p**4).sum() ** 0.25
    loss.backward()
    losses.append(loss.item())
    return loss


for _ in range(4):
    optimizer.step(closure)

# Then logistic regressions, each on data of its own and left before it has converged.
true_w = torch.randn(12)
w = torch.zeros(12, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

while len(losses) < 110:
    x = torch.randn(100, 12)
    labels = (x @ true_w + torch.randn(100) > 0).to(x.dtype)
    with torch.no_grad():
        w.copy_(0.5 * torch.randn(12))
        b.zero_()
    second = torch.optim.LBFGS([w, b], lr=0.3, max_iter=6, history_size=3)

    def regression():
        second.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, labels)
        loss = loss + 0.05 * (w * w).sum()
        loss.backward()
        losses.append(loss.item())
        return loss

    second.step(regression)

final = {"p": p, "w": w, "b": b}
