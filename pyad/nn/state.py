"""Loading saved values into the parameters and buffers of a module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyad import _core
from pyad._core import Tensor
from pyad.nn.parameter import Parameter

if TYPE_CHECKING:
    from pyad.nn.module import Module

__all__ = ["IncompatibleKeys", "load"]


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: names it missed and names it did not know."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


def load(
    root: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool
) -> IncompatibleKeys:
    """What `Module.load_state_dict` does, once its argument is a mapping: checks all, then writes.

    Args:
        root: The module.
        state_dict: Tensors by dotted name.
        strict: Whether the names must match exactly.
        assign: Whether the given tensors replace the module's own.

    Returns:
        Names that were missing and names that were not expected.

    Raises:
        RuntimeError: Names or shapes do not match; the text lists all of them.

    Example:
        >>> import pyad
        >>> from pyad.nn.state import load
        >>> load(pyad.nn.ReLU(), {"w": pyad.ones(1)}, strict=False, assign=False)
        IncompatibleKeys(missing_keys=[], unexpected_keys=['w'])
    """
    places = {
        (f"{place}.{name}" if place else name): (module, name, value)
        for place, module in root.named_modules(remove_duplicate=False)
        for name, value in module._own_state()
    }
    missing = [key for key in places if key not in state_dict]
    unexpected = [key for key in state_dict if key not in places]
    errors = []
    if strict and unexpected:
        names = ", ".join(f'"{k}"' for k in unexpected)
        errors.append(f"Unexpected key(s) in state_dict: {names}. ")
    if strict and missing:
        names = ", ".join(f'"{k}"' for k in missing)
        errors.insert(0, f"Missing key(s) in state_dict: {names}. ")
    for key, (_, _, value) in places.items():
        given = state_dict.get(key)
        if key in state_dict and not isinstance(given, Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected Tensor or Tensor-like '
                f"object from checkpoint but received {type(given)}"
            )
        elif given is not None and given.shape != value.shape:
            errors.append(
                f"size mismatch for {key}: copying a param with shape {given.shape} from "
                f"checkpoint, the shape in current model is {value.shape}."
            )
    if errors:
        listed = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(root).__name__}:\n\t{listed}")
    with _core.NoGrad():
        for key, (module, name, value) in places.items():
            if key not in state_dict:
                continue
            given = state_dict[key]
            if not assign:
                value.copy_(given)
            elif isinstance(value, Parameter):
                taken = (
                    given if isinstance(given, Parameter) else Parameter(given, value.requires_grad)
                )
                module.register_parameter(name, taken)
            else:
                module.__dict__["_buffers"][name] = module.__dict__[name] = given
    return IncompatibleKeys(missing, unexpected)
