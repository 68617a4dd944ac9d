"""Modules on several devices: there is one, so a module is called as it is.

Names of parameters in state dicts begin with "module.", as with PyTorch's.
"""

from __future__ import annotations

from pyad.nn.parallel.data_parallel import DataParallel, DistributedDataParallel, data_parallel

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]

_PARTLY = {"DistributedDataParallel": "one process"}
