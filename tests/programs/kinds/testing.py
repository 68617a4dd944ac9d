"""torch.testing: which things are close, what is said of others, and tensors to test with."""

import torch
from torch.testing import assert_close, make_tensor

results = {}


def said(*arguments, **named):
    try:
        assert_close(*arguments, **named)
    except Exception as error:
        text = str(error).replace("torch.Size([2])", "(2,)").replace("torch.Size([3])", "(3,)")
        return [type(error).__name__, text.replace("pyad.", "torch.")]
    return "close"


t, nan, inf = torch.tensor, float("nan"), float("inf")
results["said"] = [
    said(t([1.0, 2, 3]), t([1.0, 2.5, 3.1])),
    said(t(1.0), t(2.0)),
    said(t([1, 2]), t([1, 3])),
    said(torch.zeros(2), torch.zeros(3)),
    said(torch.zeros(2), torch.zeros(2, dtype=torch.float64)),
    said(torch.zeros(2), torch.zeros(2, dtype=torch.float64), check_dtype=False),
    said(1.0, 2.0),
    said(1.0, 1.0 + 1e-9),
    said(1, 1.0),
    said([1.0, torch.zeros(2)], [1.0, torch.ones(2)]),
    said({"a": [torch.zeros(1)]}, {"a": [torch.ones(1)]}),
    said([1], [1, 2]),
    said({"a": 1}, {"b": 1}),
    said(t(nan), t(nan)),
    said(t(nan), t(nan), equal_nan=True),
    said(t([nan, 1.0]), t([nan, 1.0]), equal_nan=True),
    said(t([1.0]), t([1.1]), rtol=0.1),
    said(t([1.0]), t([1.1]), rtol=0.2, atol=0),
    said(t([1.0]), t([2.0]), msg="mine"),
    said(t([1.0]), t([2.0]), msg=lambda text: "before " + text),
    said(None, None),
    said(True, False),
    said(t([True]), t([False])),
    said(t([inf]), t([inf])),
    said(t([inf, 0]), t([1.0, 0])),
    said(t([[1.0, 2.0], [3.0, 4.0]]).t(), t([[1.0, 3.0], [2.0, 4.0]]), check_stride=False),
    said(torch.ones(3), torch.ones(3) + 1e-7),
    said("a", "a")[0],
    said(t([1.0]), [1.0])[0],
]
torch.manual_seed(3)
results["made"] = [
    make_tensor(2, 3, dtype=torch.float32, device="cpu").tolist(),
    make_tensor((3,), dtype=torch.float64, device="cpu", low=0, high=1).tolist(),
    make_tensor(4, dtype=torch.int64, device="cpu").tolist(),
    make_tensor(4, dtype=torch.uint8, device="cpu").tolist(),
    make_tensor(4, dtype=torch.bool, device="cpu").tolist(),
    make_tensor(4, dtype=torch.int32, device="cpu", low=0, high=2, exclude_zero=True).tolist(),
    make_tensor(2, 3, dtype=torch.float32, device="cpu", requires_grad=True).requires_grad,
    list(make_tensor(2, 3, dtype=torch.float32, device="cpu", noncontiguous=True).stride()),
]
