"""One program in both libraries, and modules that must do the same in both."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import torch

import pyad

TOLERANCE = {"rtol": 1e-9, "atol": 1e-11}


def start_alike(make):
    """The same construction in both libraries, from the same seed."""
    pyad.manual_seed(3)
    torch.manual_seed(3)
    return make(pyad), make(torch)


def both(program):
    """What a program returns in both libraries, which must be equal."""
    mine, its = program(pyad), program(torch)
    assert mine == its
    return mine


def arrays(module) -> list[np.ndarray]:
    return [p.detach().numpy() for p in module.parameters()]


def check_module(make, inputs, *, differentiable=True, grad_of=None, **tolerance) -> None:
    """Start, values, gradients, text, keys, copies and pickles of a module, against torch's.

    `inputs` are arrays; floating ones become float64 and are differentiated unless `grad_of` names
    the positions that are.
    """
    tolerance = {**TOLERANCE, **tolerance}
    mine, its = start_alike(lambda lib: make(lib).double())
    for a, b in zip(mine.parameters(), its.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    assert repr(mine) == repr(its).replace("torch.", "pyad.")
    assert list(mine.state_dict()) == list(its.state_dict())
    results = []
    for lib, module in ((pyad, mine), (torch, its)):
        args = []
        for i, x in enumerate(inputs):
            x = np.asarray(x)
            floating = x.dtype.kind == "f" and differentiable
            wanted = floating and (grad_of is None or i in grad_of)
            args.append(lib.tensor(x, requires_grad=True) if wanted else lib.tensor(x))
        y = module(*args)
        found = [y.detach().numpy()]
        if y.requires_grad:
            (y * y).sum().backward()
            found += [a.grad.numpy() for a in args if a.requires_grad]
            found += [p.grad.numpy() for p in module.parameters() if p.grad is not None]
        results.append(found)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, **tolerance)
    for again in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        assert repr(again) == repr(mine)
        assert again.state_dict().keys() == mine.state_dict().keys()
        for name, value in mine.state_dict().items():
            np.testing.assert_array_equal(again.state_dict()[name].numpy(), value.numpy())
        assert all(
            a is again.get_parameter(n) and a.data_ptr() != mine.get_parameter(n).data_ptr()
            for n, a in again.named_parameters()
        )
