"""Mixed precision, as programs for GPUs ask for it: loss scaling works, casting is off.

`autocast` for a GPU is off with a warning, as in PyTorch without one. For the CPU, numbers stay in
the dtypes of the tensors, which is said once; PyTorch would compute products in bfloat16.
"""

from __future__ import annotations

from pyad.amp.autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from pyad.amp.grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_PARTLY = {"autocast": "numbers stay in the dtypes of the tensors"}
