"""Which of torch's names a program asked for and did not find, and from where.

Asked is also what a program only tries, by `hasattr` or inside `try`. Kept per process: children
print their own list when they end.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Asked", "asked"]

_PACKAGE = str(Path(__file__).resolve().parent.parent) + os.sep


class Asked:
    """The names that were not found, with the first place that asked for each."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.wanted = False
        self._hook: Callable[..., Any] | None = None

    def note(self, name: str) -> None:
        """Remembers that `name` was asked for, by the nearest frame outside of pyad."""
        if self.wanted and name not in self.names:
            self.names[name] = _place()

    def watch(self, module: types.ModuleType, name: str) -> None:
        """Notes what `module`, which programs call `name`, is asked for in vain."""
        get = vars(module).get("__getattr__")
        if not self.wanted or getattr(get, "noted", False):
            return

        def noting(attribute: str) -> Any:
            try:
                if get is None:
                    raise AttributeError(
                        f"module {module.__name__!r} has no attribute {attribute!r}",
                        name=attribute,
                        obj=module,
                    )
                return get(attribute)
            except AttributeError:
                if not attribute.startswith("__"):
                    self.note(f"{name}.{attribute}")
                raise

        noting.noted = True  # type: ignore[attr-defined]
        module.__getattr__ = noting  # type: ignore[method-assign]

    def start(self) -> None:
        """Begins to remember, and prints what was remembered when the process ends."""
        if self.wanted:
            return
        # Processes of multiprocessing end without atexit, but run its finalizers.
        from multiprocessing import util

        def at_end(_: Any = None) -> None:
            util.Finalize(None, self.show, exitpriority=0)

        def in_child(_: Any = None) -> None:
            self.names.clear()
            at_end()

        self.wanted = True
        at_end()
        util.register_after_fork(self, in_child)
        self._hook = sys.excepthook
        sys.excepthook = self._uncaught

    def _uncaught(self, kind: type, error: BaseException, trace: Any) -> None:
        """Attributes of objects are known to be missing only when that ends the program."""
        owner = getattr(error, "obj", None)
        name = getattr(error, "name", None)
        if isinstance(error, AttributeError) and name and not isinstance(owner, types.ModuleType):
            cls = owner if isinstance(owner, type) else type(owner)
            for base in cls.__mro__:
                if base.__module__.partition(".")[0] == "pyad":
                    short = "Tensor" if base.__name__ == "Tensor" else base.__qualname__
                    self.names.setdefault(f"{short}.{name}", _raised_at(trace))
                    break
        assert self._hook is not None
        self._hook(kind, error, trace)

    def show(self) -> None:
        """Prints the names to standard error."""
        who = f"process {os.getpid()}"
        if not self.names:
            print(f"pyad: every name of torch was found ({who})", file=sys.stderr)
            return
        print(f"pyad: names of torch asked for and not found ({who}):", file=sys.stderr)
        width = max(map(len, self.names))
        for name, place in sorted(self.names.items()):
            print(f"  {name:<{width}}  {place}", file=sys.stderr)


def _raised_at(trace: Any) -> str:
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def _place() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if not (name.startswith((_PACKAGE, "<frozen importlib"))):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return "?"


@functools.cache
def asked() -> Asked:
    """The one list of this process."""
    return Asked()
