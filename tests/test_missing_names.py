"""Names that a module does not have: what is said of PyTorch's, and what `dir` shows."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import types

import pytest
import torch

import pyad
from pyad._torch_names import advice

MODULES = [
    "nn",
    "nn.functional",
    "nn.init",
    "nn.utils",
    "optim",
    "optim.lr_scheduler",
    "autograd",
    "autograd.functional",
    "func",
    "special",
    "distributions",
    "utils",
    "utils.data",
]
# PyTorch's insides that its modules show.
INSIDES = {
    "JITException",
    "argument_validation",
    "assert_int_or_pair",
    "boolean_dispatch",
    "classproperty",
    "compiled_with_cxx11_abi",
    "generate_methods_for_privateuse1_backend",
    "guaranteed_datapipes_determinism",
    "merge_type_from_type_comment",
    "non_deterministic",
    "rename_privateuse1_backend",
    "set_module",
    "unify_type_list",
}


def for_users(module, name):
    """Whether a program may ask for it: a function, a module or a class of PyTorch's own."""
    value = getattr(module, name)
    if isinstance(value, types.ModuleType):
        return value.__name__.startswith("torch.") and name in (
            "linalg fft special sparse nested masked distributed distributions jit fx export amp "
            "hub onnx profiler quantization mps xpu multiprocessing package futures compiler"
        )
    if isinstance(value, torch.dtype):
        return True
    where = str(getattr(value, "__module__", ""))
    if name in INSIDES or name.startswith(("parse_", "import_ir_")):
        return False
    if isinstance(value, type):
        return where.startswith("torch.") and not where.startswith(("torch._C", "torch.types"))
    return callable(value) and (where == "None" or where.startswith("torch"))


def missing(name):
    theirs = importlib.import_module(f"torch.{name}" if name else "torch")
    ours = importlib.import_module(f"pyad.{name}" if name else "pyad")
    names = [n for n in dir(theirs) if not n.startswith("_") and not hasattr(ours, n)]
    return ours, [n for n in names if for_users(theirs, n)]


@pytest.mark.parametrize("name", ["", *MODULES])
def test_a_name_of_torch_is_known(name):
    ours, names = missing(name)
    unknown = []
    for n in names:
        with pytest.raises(AttributeError, match="has no attribute") as raised:
            getattr(ours, n)
        assert (raised.value.name, raised.value.obj) == (n, ours)
        if "not in pyad" not in str(raised.value):
            unknown.append(n)
    assert unknown == []


@pytest.mark.parametrize(
    ("expression", "remedy"),
    [
        ("pyad.linalg.svd", "numpy.linalg"),
        ("pyad.float8_e4m3fn", "pyad.float16"),
        ("pyad.layer_norm", "use pyad.nn.functional.layer_norm"),
        ("pyad.nn.LazyLinear", "without Lazy"),
        ("pyad.nn.relu", "use pyad.relu"),
        ("pyad.functional.relu", "use pyad.autograd.functional|not in pyad"),
        ("pyad.detach", "use x.detach"),
        ("pyad.func.replace_all_batch_norm_modules_", "pyad.func"),
        ("pyad.optim.SparseAdam", "dense"),
        ("pyad.utils.data.DistributedSampler", "one process"),
    ],
)
def test_what_to_use_instead(expression, remedy):
    with pytest.raises(AttributeError, match=remedy):
        eval(expression)


def test_advice_names_what_is_there():
    """Every `pyad.…` name that the advice mentions exists."""
    import re

    source = importlib.import_module("pyad._torch_names")
    text = " ".join(instead for instead, _ in source._INSTEAD)
    found = set(re.findall(r"pyad(?:\.\w+)+", text)) - {"pyad.NAME"}
    assert len(found) > 10
    for name in sorted(found):
        value = pyad
        for part in name.split(".")[1:]:
            value = getattr(value, part)


def test_other_names_are_not_explained():
    with pytest.raises(AttributeError, match=r"^module 'pyad' has no attribute 'tensro'$"):
        _ = pyad.tensro
    assert advice("pyad", "__wrapped__") is None
    assert not hasattr(pyad, "_no_such")


def test_asking_imports_nothing_more_of_torch():
    assert "torch" not in vars(sys.modules["pyad._torch_names"])


def public_modules():
    yield pyad
    for info in pkgutil.walk_packages(pyad.__path__, "pyad."):
        if "._" not in info.name and info.name != "pyad.as_torch":
            module = importlib.import_module(info.name)
            if hasattr(module, "__all__"):
                yield module


def test_dir_shows_what_is_meant_for_users():
    for module in public_modules():
        pyad._lazy.dress()
        shown = {name for name in dir(module) if not name.startswith("__")}
        assert shown <= {*module.__all__, "modules"}, module.__name__
        assert shown >= set(module.__all__) - {"__version__"}, module.__name__
        for name in shown:
            assert hasattr(module, name), f"{module.__name__}.{name}"
        assert not shown & {"Any", "TYPE_CHECKING", "annotations"}, module.__name__
