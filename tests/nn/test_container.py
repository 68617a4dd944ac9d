"""Containers of modules and parameters are PyTorch's."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch

import pyad
from alike import both
from pyad import nn


def test_containers() -> None:
    def program(lib):
        N = lib.nn
        s = N.Sequential(OrderedDict(first=N.ReLU(), second=N.Tanh()))
        seen = [list(dict(s.named_children())), len(s), type(s[-1]).__name__, type(s[:1]).__name__]
        s = N.Sequential(N.ReLU(), N.Tanh(), N.Sigmoid())
        s.append(N.GELU())
        s.insert(1, N.SiLU())
        s.extend([N.ReLU()])
        del s[2]
        s[0] = N.Identity()
        seen += [repr(s), [type(m).__name__ for m in s]]
        ms = N.ModuleList([N.Linear(1, 1), N.ReLU()])
        ms.append(N.Tanh())
        ms.insert(0, N.ReLU())
        ms.extend([N.ReLU()])
        ms[1] = N.Sigmoid()
        del ms[0]
        seen += [
            len(ms),
            [type(m).__name__ for m in ms[1:]],
            type(ms[-1]).__name__,
            list(ms.state_dict()),
        ]
        d = N.ModuleDict({"a": N.ReLU()})
        d["b"] = N.Linear(1, 1)
        seen += [list(d), "a" in d, len(d), [type(m).__name__ for m in d.values()], list(d.keys())]
        del d["a"]
        return [*seen, [k for k, _ in d.items()]]

    both(program)
    for container in (nn.Sequential(nn.ReLU()), nn.ModuleList([nn.ReLU()])):
        with pytest.raises(IndexError, match="out of range"):
            container[1]
        with pytest.raises(TypeError):
            container["0"]


def test_arithmetic_of_rows() -> None:
    def program(lib):
        N = lib.nn
        a, b = N.Sequential(N.ReLU(), N.Tanh()), N.Sequential(N.Linear(2, 2))
        seen = [repr(a + b), repr(a * 2), repr(2 * b), list((a + b).state_dict())]
        first = a
        a += b
        a *= 2
        seen += [a is first, repr(a), repr(a.pop(0)), repr(a.pop(-1)), len(a)]
        seen += [repr(a[1:]), repr(a.insert(-1, N.Sigmoid()))]
        del a[1:]
        named = N.Sequential(OrderedDict(x=N.ReLU(), y=N.Tanh()))
        named[1] = N.GELU()
        named.append(N.SiLU())
        seen += [repr(named), repr(named[:1])]
        del named[0]
        seen += [repr(named), len(a), "0" in dir(a)]
        more = [N.Tanh(), N.Tanh()]
        m = N.ModuleList([N.ReLU()]) + more
        m += [N.Linear(1, 1)]
        seen += [repr(m), repr(m.pop(0)), repr(m), repr(N.ModuleList())]
        m.extend([N.ReLU()]).append(N.ReLU())
        del m[::2]
        seen += [repr(m), [type(c).__name__ for c in m], list(m.state_dict())]
        d = N.ModuleDict([("a", N.ReLU()), ("b", N.Tanh())])
        d.update({"c": N.GELU()})
        seen += [repr(d), repr(d.pop("a")), list(d)]
        d.clear()
        return [*seen, len(d), repr(d)]

    both(program)


def test_container_errors() -> None:
    cases = [
        (lambda N: N.Sequential() + N.ModuleList(), ValueError),
        (lambda N: N.Sequential() * 0, ValueError),
        (lambda N: N.Sequential() * "2", TypeError),
        (lambda N: N.Sequential().insert(0, 3), AssertionError),
        (lambda N: N.Sequential().insert(2, N.ReLU()), IndexError),
        (lambda N: N.ModuleList().extend(3), TypeError),
        (lambda N: N.ModuleList([3]), TypeError),
        (lambda N: N.ModuleList()(1), NotImplementedError),
        (lambda N: N.ModuleDict().update(3), TypeError),
        (lambda N: N.ModuleDict().update([(1, 2, 3)]), ValueError),
        (lambda N: N.ModuleDict().update([3]), TypeError),
        (lambda N: N.ModuleDict()["a"], KeyError),
        (lambda N: N.ModuleDict({"pop": N.ReLU()}), KeyError),
        (lambda N: N.ParameterList().extend(3), TypeError),
        (lambda N: N.ParameterList()[0], IndexError),
        (lambda N: N.ParameterList()(), RuntimeError),
        (lambda N: N.ParameterDict()[3], TypeError),
        (lambda N: N.ParameterDict()(1), RuntimeError),
        (lambda N: N.ParameterDict().update([(1,)]), ValueError),
    ]
    for case, error in cases:
        for lib in (torch, pyad):
            with pytest.raises(error):
                case(lib.nn)


def test_parameter_containers() -> None:
    def program(lib):
        N = lib.nn
        ps = N.ParameterList([lib.ones(2), N.Parameter(lib.zeros(3), requires_grad=False), "text"])
        ps.append(lib.zeros(2, 2)).extend([lib.ones(1)])
        ps += [lib.ones(4)]
        ps[0] = lib.zeros(1)
        seen = [repr(ps).replace(lib.__name__ + ".", ""), len(ps), list(ps.state_dict())]
        seen += [[type(p).__name__ for p in ps], [type(p).__name__ for p in ps[1:4]]]
        seen += [ps[-1].tolist(), [p.requires_grad for p in ps.parameters()], "0" in dir(ps)]
        d = N.ParameterDict({"b": lib.ones(2), "a": lib.zeros(1)})
        d["c"] = lib.ones(2, 2)
        d.update([("d", lib.ones(1)), ("e", 3)])
        seen += [repr(d).replace(lib.__name__ + ".", ""), list(d), list(reversed(d)), "a" in d]
        seen += [list(d.state_dict()), [k for k, _ in d.items()], len(list(d.values()))]
        seen += [d.pop("a").tolist(), d.popitem()[0], d.setdefault("z", lib.ones(1)).tolist()]
        seen += [d.get("no"), d.get("no", 3), list(d.copy()), list(d | N.ParameterDict({"q": 1}))]
        d |= {"r": lib.ones(1)}
        seen += [list(d), list(d.fromkeys(["u", "v"]))]
        d.clear()
        return [*seen, len(d), repr(d)]

    both(program)
