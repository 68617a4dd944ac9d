from pyad._core.nn import functional as functional
