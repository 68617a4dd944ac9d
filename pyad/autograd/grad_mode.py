"""Contexts that switch recording on and off; each is a decorator too.

Entering and leaving is the engine's (it happens around every optimizer step); this file adds the
decorators.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from pyad import _core

__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]

F = TypeVar("F", bound=Callable[..., Any])

is_grad_enabled = _core.is_grad_enabled


def _wrap_generator(make_context: Callable[[], Any], fn: Callable[..., Any]) -> Callable[..., Any]:
    """Runs every step of the generator, and nothing of its caller, inside the context."""

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = fn(*args, **kwargs)
        try:
            with make_context():
                item = generator.send(None)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    with make_context():
                        generator.close()
                    raise
                except BaseException as error:
                    with make_context():
                        item = generator.throw(error)
                else:
                    with make_context():
                        item = generator.send(sent)
        except StopIteration as stop:
            return stop.value

    return wrapper


def _decorate(make_context: Callable[[], Any], fn: F) -> F:
    if inspect.isclass(fn):
        raise TypeError(
            f"a grad-mode context cannot decorate the class {fn.__name__}; decorate its methods"
        )
    if inspect.isgeneratorfunction(fn):
        return _wrap_generator(make_context, fn)  # type: ignore[return-value]

    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with make_context():
            return fn(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


class no_grad(_core.NoGrad):  # noqa: N801
    """Context and decorator inside which ops are not recorded.

    Results do not require grad, in-place writes change values only, and leaves that require grad
    may be written. Thread-local.

    Example:
        >>> import pyad
        >>> x = pyad.ones(2, requires_grad=True)
        >>> with pyad.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
        >>> @pyad.no_grad()
        ... def double(t):
        ...     return t * 2
        >>> double(x).requires_grad
        False
    """

    __slots__ = ()

    def __call__(self, fn: F) -> F:
        """Decorates a function or generator function."""
        return _decorate(type(self), fn)


class enable_grad(_core.EnableGrad):  # noqa: N801
    """Context and decorator inside which ops are recorded, also within `no_grad`.

    Example:
        >>> import pyad
        >>> x = pyad.ones(2, requires_grad=True)
        >>> with pyad.no_grad(), pyad.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """

    __slots__ = ()

    def __call__(self, fn: F) -> F:
        """Decorates a function or generator function."""
        return _decorate(type(self), fn)


class set_grad_enabled(_core.SetGradEnabled):  # noqa: N801
    """Switches recording at once; as a context, back at its end.

    Args:
        mode: Whether ops are recorded.

    Example:
        >>> import pyad
        >>> with pyad.set_grad_enabled(False):
        ...     pyad.is_grad_enabled()
        False
        >>> pyad.is_grad_enabled()
        True
    """

    __slots__ = ()

    def __call__(self, fn: F) -> F:
        """Decorates a function or generator function."""
        self._undo()
        mode = self.mode
        return _decorate(lambda: set_grad_enabled(mode), fn)


class inference_mode(_core.InferenceMode):  # noqa: N801
    """Context and decorator for inference: nothing is recorded.

    PyTorch forbids results of this mode in later recorded computations; here they are ordinary
    tensors that do not require grad, as those of `no_grad`.

    Args:
        mode: False leaves recording on.

    Example:
        >>> import pyad
        >>> x = pyad.ones(2, requires_grad=True)
        >>> with pyad.inference_mode():
        ...     (x * 2).requires_grad
        False
    """

    __slots__ = ()

    def __call__(self, fn: F) -> F:
        """Decorates a function or generator function."""
        mode = not self.mode
        return _decorate(lambda: inference_mode(mode), fn)
