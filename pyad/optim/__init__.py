"""Optimizers: what changes parameters by their gradients, and what changes their step sizes."""

from typing import TYPE_CHECKING

from pyad._lazy import lazy
from pyad.optim import lr_scheduler, swa_utils
from pyad.optim.adadelta import Adadelta
from pyad.optim.adagrad import Adagrad
from pyad.optim.adam import Adam, AdamW
from pyad.optim.adamax import Adamax
from pyad.optim.asgd import ASGD
from pyad.optim.lbfgs import LBFGS
from pyad.optim.nadam import NAdam
from pyad.optim.optimizer import Optimizer
from pyad.optim.radam import RAdam
from pyad.optim.rmsprop import RMSprop
from pyad.optim.rprop import Rprop
from pyad.optim.sgd import SGD

if TYPE_CHECKING:
    from pyad.optim.adafactor import Adafactor
    from pyad.optim.muon import Muon
else:
    __getattr__, __dir__ = lazy(
        globals(), {"Adafactor": "pyad.optim.adafactor", "Muon": "pyad.optim.muon"}
    )

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
    "swa_utils",
]
