"""Optimizers: what changes parameters by their gradients."""

from pyad.optim.adam import Adam, AdamW
from pyad.optim.optimizer import Optimizer
from pyad.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
