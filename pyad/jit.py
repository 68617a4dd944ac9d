"""PyTorch's compiler of functions, for programs that decorate with it: the functions as they are.

`script` and `trace` return what they are given, which computes the same; the first use says so.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

from pyad.nn import Module

__all__ = [
    "Final",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "fork",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "optimize_for_inference",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
    "wait",
]

_IDENTITY = "the function or module as it is"
_PARTLY = dict.fromkeys(
    [
        *("export", "freeze", "ignore", "interface", "optimize_for_inference", "script"),
        *("script_if_tracing", "script_method", "trace", "trace_module", "unused"),
    ],
    _IDENTITY,
) | {"fork": "runs at once", "ScriptModule": "a Module"}
_said: set[str] = set()


def _say(name: str) -> None:
    if not _said:
        _said.add(name)
        warnings.warn(
            f"jit.{name}: pyad compiles no modules and functions of tensors; they run as they are",
            stacklevel=3,
        )


ScriptModule = Module
ScriptFunction = Callable[..., Any]


def script(
    obj: Any,
    optimize: Any = None,
    _frames_up: int = 0,
    _rcb: Any = None,
    example_inputs: Any = None,
) -> Any:
    """The function, class or module itself.

    Args:
        obj: What PyTorch would compile.
        optimize: Ignored.
        example_inputs: Ignored.

    Example:
        >>> import warnings
        >>> import pyad
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     square = pyad.jit.script(lambda x: x * x)
        >>> square(pyad.tensor(3.0))
        tensor(9.)
    """
    _say("script")
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The function or module itself; its control flow stays as it is written."""
    _say("trace")
    return func


def trace_module(mod: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """The module itself."""
    _say("trace_module")
    return mod


def script_if_tracing(fn: Any) -> Any:
    """The function itself: nothing is traced."""
    return fn


def script_method(fn: Any) -> Any:
    """The method itself."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Decorates a method that a compiler would leave alone: the method itself."""
    return drop if callable(drop) else export


def unused(fn: Any) -> Any:
    """The method itself."""
    return fn


def export(fn: Any) -> Any:
    """The method itself."""
    return fn


def interface(obj: Any) -> Any:
    """The class itself."""
    return obj


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """The module itself."""
    _say("freeze")
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module itself."""
    _say("optimize_for_inference")
    return mod


def fork(func: Any, *args: Any, **kwargs: Any) -> Any:
    """Calls the function at once; `wait` gives its result."""
    return func(*args, **kwargs)


def wait(future: Any) -> Any:
    """The result of `fork`."""
    return future


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value."""
    return the_value


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether an object is of a type; parameters such as in List[int] are not looked at."""
    kinds: Any = target_type if builtins.isinstance(target_type, tuple) else (target_type,)
    return builtins.isinstance(obj, tuple([getattr(k, "__origin__", k) for k in kinds]))


class Final:
    """`Final[T]` in annotations is T."""

    def __class_getitem__(cls, item: Any) -> Any:
        """The type."""
        return item
