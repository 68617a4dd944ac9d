"""What training programs use beside tensors, modules and optimizers: data, checkpoints."""

from pyad.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
