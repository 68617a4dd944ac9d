"""`import torch` and its submodules, answered by pyad's own modules.

Note [Modules under torch's names]: `torch.nn` *is* `pyad.nn`, one object in sys.modules under two
names, so that classes are the same whichever name a program or a library of pyad's uses. Only
`torch` itself is a module of its own, before `pyad`: its version is another, and what programs set
on it does not reach pyad.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from typing import Any

import pyad
from pyad._programs import children
from pyad._programs.asked import asked

__all__ = ["Finder", "install", "installed", "own_name"]

# Modules of torch whose content stands elsewhere here.
_PLACES = {
    "torch.functional": "pyad",
    "torch.version": "pyad._programs.version",
    "torch.torch_version": "pyad._programs.version",
    "torch._tensor": "pyad",
    "torch.serialization": "pyad.serialization",
    "torch.optim.adamw": "pyad.optim.adam",
    "torch.optim.sparse_adam": "pyad.optim",
    "torch.utils.data._utils": "pyad.utils.data",
    "torch.utils.data._utils.collate": "pyad.utils.data.collate",
    "torch.utils.data._utils.worker": "pyad.utils.data.worker",
}


def own_name(name: str) -> str:
    """The module of pyad that answers for a module of torch.

    Example:
        >>> from pyad._programs.finder import own_name
        >>> own_name("torch.nn.functional"), own_name("torch.version")
        ('pyad.nn.functional', 'pyad._programs.version')
    """
    return _PLACES.get(name) or "pyad" + name[len("torch") :]


def own_module(name: str) -> types.ModuleType:
    """That module, imported.

    Raises:
        ModuleNotFoundError: pyad has none; says what to use instead.
    """
    own = own_name(name)
    try:
        return importlib.import_module(own)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{own}.".startswith(f"{error.name}."):
            raise
    from pyad._torch_names import advice

    parent, _, last = name.rpartition(".")
    asked().note(name)
    hint = advice(own_name(parent), last) if not last.startswith("_") else None
    text = f"No module named {name!r}: {hint or 'not in pyad'}, which stands for torch here"
    raise ModuleNotFoundError(text, name=name) from None


class Torch(types.ModuleType):
    """`torch`: what pyad has, under PyTorch's version."""

    def __getattr__(self, name: str) -> Any:
        if name in ("version", "torch_version", "functional"):
            return importlib.import_module(f"torch.{name}")
        try:
            value = getattr(pyad, name)
        except AttributeError as error:
            if not name.startswith("__"):
                asked().note(f"torch.{name}")
            text = str(error).replace("module 'pyad'", "module 'torch' (pyad)", 1)
            raise AttributeError(text, name=name, obj=self) from None
        if isinstance(value, types.ModuleType):
            asked().watch(value, f"torch.{name}")
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *dir(pyad)})


def _make() -> Torch:
    from pyad._programs import version

    made = Torch("torch", pyad.__doc__)
    made.__dict__.update(
        __version__=version.__version__,
        __file__=pyad.__file__,
        __path__=[],  # nothing of torch is found by path
        __all__=list(pyad.__all__),
    )
    return made


class Finder(Loader):
    """Finds `torch` and its submodules for the import system, and loads them: they are there."""

    def __init__(self) -> None:
        self._specs: dict[str, Any] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """The spec of a module of torch; of other names none."""
        if name != "torch" and not name.startswith("torch."):
            return None
        if name == "torch":
            return ModuleSpec(name, self, origin=pyad.__file__, is_package=True)
        try:
            own = own_module(name)
        except ModuleNotFoundError:
            # importlib.util.find_spec only asks: None, as for any name that is not there.
            if sys._getframe(2).f_code.co_name == "find_spec":
                return None
            raise
        return ModuleSpec(
            name, self, origin=getattr(own, "__file__", None), is_package=hasattr(own, "__path__")
        )

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """The module of pyad's."""
        if spec.name == "torch":
            return _make()
        module = own_module(spec.name)
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Gives back what the import system has written onto a module that has its own."""
        spec = module.__spec__
        assert spec is not None
        if spec.name in self._specs:
            module.__spec__ = self._specs.pop(spec.name)
            asked().watch(module, spec.name)


def installed() -> bool:
    """Whether `torch` means pyad in this process."""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)


def install(report: bool = False) -> None:
    """From here on `import torch` means pyad, in this process and in those it starts.

    Args:
        report: Whether names that were not found are printed when a process ends.

    Raises:
        ImportError: PyTorch itself is imported already.
    """
    if report or os.environ.get(children.REPORT):
        asked().start()
    if installed():
        return
    there = sys.modules.get("torch")
    if there is not None and not children.is_stand_in(there):
        raise ImportError(
            "pyad.as_torch: PyTorch is imported already, from "
            f"{getattr(there, '__file__', None)}; import pyad.as_torch before anything that "
            "imports torch, or run the program by `python -m pyad`"
        )
    sys.meta_path.insert(0, Finder())
    children.announce(report)
