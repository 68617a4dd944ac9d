"""Parameters of functions written in Python: their defaults, and the order of those given by
position, are PyTorch's. Every name of these modules that both have, with its methods.
"""

from __future__ import annotations

import importlib
import inspect

import pytest

MODULES = [
    "autograd",
    "autograd.functional",
    "func",
    "nn",
    "nn.functional",
    "nn.init",
    "nn.utils",
    "nn.utils.parametrizations",
    "nn.utils.parametrize",
    "nn.utils.rnn",
    "optim",
    "optim.lr_scheduler",
    "optim.swa_utils",
    "utils.checkpoint",
    "utils.data",
]
# Where a default is another object on purpose, and what was left out on purpose.
OTHER = {
    "utils.data.random_split.generator",  # none: the one that is the default when it is called
    "autograd.backward.grad_variables",  # deprecated
    "nn.Sequential.extend.sequential",  # any iterable of modules, by another name
    "nn.RMSNorm.forward.x",  # input, as everywhere
}


def signature(f):
    try:
        return inspect.signature(f).parameters
    except (TypeError, ValueError):
        return None  # a function of C++ that does not tell


def pairs(place):
    """The names of a module that both have, and the methods of its classes."""
    ours, theirs = (
        importlib.import_module(f"pyad.{place}"),
        importlib.import_module(f"torch.{place}"),
    )
    for name, theirs_of in sorted(vars(theirs).items()):
        ours_of = getattr(ours, name, None)
        if (
            name.startswith("_")
            or name == "Tensor"
            or not (callable(theirs_of) and callable(ours_of))
        ):
            continue
        yield f"{place}.{name}", ours_of, theirs_of
        if inspect.isclass(theirs_of):
            for key, method in sorted(vars(theirs_of).items()):
                if (
                    not key.startswith("_")
                    and callable(method)
                    and callable(getattr(ours_of, key, 0))
                ):
                    yield f"{place}.{name}.{key}", getattr(ours_of, key), method


def told(default):
    """A default so that two libraries can be compared."""
    return (
        default.__name__ if inspect.isfunction(default) else repr(default).replace("pyad", "torch")
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", MODULES)
def test_defaults_are_pytorchs(place):
    compared, wrong = 0, []
    for name, ours_of, theirs_of in pairs(place):
        ours, theirs = signature(ours_of), signature(theirs_of)
        if ours is None or theirs is None:
            continue
        open_ended = any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in ours.values())
        for key, p in theirs.items():
            if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) or f"{name}.{key}" in OTHER:
                continue
            if key not in ours:
                if not open_ended:
                    wrong.append(f"{name} has no {key}")
                continue
            compared += 1
            if told(ours[key].default) != told(p.default):
                wrong.append(f"{name}: {key}={ours[key].default!r}, not {p.default!r}")
        both = [
            [k for k, p in mine.items() if p.kind == p.POSITIONAL_OR_KEYWORD and k in other]
            for mine, other in ((ours, theirs), (theirs, ours))
        ]
        short = min(map(len, both))
        if both[0][:short] != both[1][:short]:
            wrong.append(f"{name}: in the order {both[0]}, not {both[1]}")
    assert compared > 0
    assert not wrong, "\n".join(wrong)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", MODULES)
def test_class_attributes_are_pytorchs(place):
    """Flags and numbers that a class has before an object of it sets its own."""
    wrong = []
    for name, ours_of, theirs_of in pairs(place):
        if not inspect.isclass(theirs_of):
            continue
        for key, value in vars(theirs_of).items():
            if type(value) not in (bool, int, float, str, type(None)) or key.startswith("__"):
                continue
            ours = getattr(ours_of, key, value)
            if told(ours) != told(value):
                wrong.append(f"{name}.{key} = {ours!r}, not {value!r}")
    assert not wrong, "\n".join(wrong)
