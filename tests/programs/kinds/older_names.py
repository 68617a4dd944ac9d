"""Names of older programs: Variable, new, new_tensor, in-place views, range, vander."""

import warnings

import torch
import torch.nn as nn
from torch.autograd import Variable
from torch.autograd.variable import Variable as Again

results = {}


def show(x):
    return [list(x.shape), str(x.dtype).split(".")[-1], x.tolist(), x.requires_grad]


def raised(what, *arguments):
    try:
        what(*arguments)
    except Exception as error:
        return type(error).__name__
    return None


base = torch.arange(6.0).reshape(2, 3)
v = Variable(base, requires_grad=True)
(v * v).sum().backward()
results["variable"] = [
    show(v),
    show(v.grad),
    v.is_leaf,
    isinstance(base, Variable),
    Again is Variable,
]
results["variable of a result"] = show(Variable(v * 2))
results["variable of a list"] = raised(Variable, [1.0])
Variable(base).data[0, 0] = 9.0
results["shared"] = base.tolist()

d = torch.zeros(1, dtype=torch.float64)
results["new_tensor"] = [
    show(d.new_tensor([1, 2])),
    show(d.new_tensor(3, dtype=torch.int64)),
    show(d.new_tensor([[1.5]], requires_grad=True)),
    show(torch.tensor([1]).new_tensor([2.0])),
]
results["new"] = [show(d.new([1.0, 2.0])), list(d.new(2, 3).shape), list(d.new().shape)]
results["new of a size"] = list(d.new(base.size()).shape)
results["new keeps"] = str(d.new(1).dtype).split(".")[-1]

x = torch.arange(6.0).reshape(2, 3)
y = x.unsqueeze_(0)
results["unsqueeze_"] = [y is x, show(x), list(x.stride())]
results["transpose_"] = [show(x.transpose_(1, 2)), list(x.stride())]
results["squeeze_"] = [show(x.squeeze_(0)), show(x.t_()), show(torch.ones(1, 2, 1).squeeze_())]
results["swap"] = [show(x.swapaxes_(0, 1)), show(x.swapdims_(0, 1))]
z = torch.zeros(4)
w = z.view(2, 2)
w.unsqueeze_(0).add_(1)
results["memory is shared"] = z.tolist()
leaf = torch.zeros(2, requires_grad=True)
results["of a leaf"] = raised(leaf.unsqueeze_, 0)
results["fill_diagonal_"] = [
    torch.zeros(2, 3).fill_diagonal_(5).tolist(),
    torch.zeros(7, 2).fill_diagonal_(1).tolist(),
    torch.zeros(7, 2).fill_diagonal_(1, wrap=True).tolist(),
    torch.zeros(2, 2, 2).fill_diagonal_(2).tolist(),
    raised(torch.zeros(3).fill_diagonal_, 1),
    raised(torch.zeros(2, 2, 3).fill_diagonal_, 1),
]
results["devices"] = [x.is_xpu, x.is_mps]
results["as_tensor"] = show(torch.as_tensor([1.0], dtype=torch.float64, device="cpu"))

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    results["range"] = [
        show(torch.range(1, 4)),
        show(torch.range(0, 1, 0.25, dtype=torch.float64)),
        show(torch.range(3, 1, -1, dtype=torch.int64)),
        raised(torch.range, 1, 3, -1),
        raised(torch.range, 1, 3, 0),
    ]
    results["range warns"] = sorted({w.category.__name__ for w in said})
results["vander"] = [
    show(torch.vander(torch.tensor([1, 2, 5]))),
    show(torch.vander(torch.tensor([1.0, 2.0]), 3, increasing=True)),
    show(torch.vander(torch.tensor([1.0, 2.0]), 0)),
    show(torch.vander(torch.tensor([1.0, 2.0]), 1)),
    raised(torch.vander, torch.ones(2, 2)),
]

import torch.types  # noqa: E402
from torch.types import Device, Number  # noqa: E402

results["types"] = [isinstance(1.5, Number), isinstance("x", Number), isinstance("cpu", Device)]

layer = nn.DataParallel(nn.Linear(2, 1))
with torch.no_grad():
    for q in layer.parameters():
        q.fill_(0.5)
results["DataParallel"] = [sorted(layer.state_dict()), show(layer(torch.ones(3, 2)).detach())]
results["unwrapped"] = type(layer.module).__name__
