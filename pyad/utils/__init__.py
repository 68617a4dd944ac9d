"""What training programs use beside tensors, modules and optimizers: data, checkpoints."""

from pyad.utils import checkpoint as checkpoint
from pyad.utils import data as data

__all__ = ["checkpoint", "data"]
